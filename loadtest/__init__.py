"""Load tests and benchmarks of Valence, and the servers they run against."""
