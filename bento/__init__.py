"""The model, its text processing and the BentoML service that answers with them."""
