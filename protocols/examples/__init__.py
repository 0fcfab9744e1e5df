"""Scripts that show how the suite is used from Python; each is run by a test."""
