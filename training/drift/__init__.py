"""Whether comments are still like those that a model was made for."""
