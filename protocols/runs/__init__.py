"""What every run shares: settings, run directory, training loop, resume, summary, command line."""
