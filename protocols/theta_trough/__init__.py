"""Why accuracy falls at the end of an epoch: ``python -m protocols.theta_trough``."""
