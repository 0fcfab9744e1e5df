"""Networks as one kernel for GPUs: a replica is a work-group (`README.md`)."""
