"""Training: from labelled texts to the artifact that the service loads."""
