"""Our own training documents."""
