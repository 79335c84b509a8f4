"""`python -m k8s.doctor`: checks an installation, from outside and inside."""
