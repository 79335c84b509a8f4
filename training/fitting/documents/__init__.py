"""Our own training documents, which make up for what the data lack."""
