"""What the Locust file is made of. `visitor` and `growth` import Locust, which patches Python."""
