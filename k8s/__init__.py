"""The manifests, and the programs that write some of them."""
