"""The version of Valence; that of pyproject.toml."""

VERSION = "0.1.0"
