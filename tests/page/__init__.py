"""A package, so that pytest can start one browser for the whole folder."""
