"""The longer commands of `python -m training`, one module each."""
