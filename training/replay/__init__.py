"""What a candidate would have answered to the comments that were recorded."""
