"""What `components/monitoring` tells Prometheus and Grafana: objectives, alerts and boards.

`make golden` writes the files.
"""
