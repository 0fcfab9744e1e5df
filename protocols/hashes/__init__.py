"""Published hashes of weights and thresholds: `published.toml`, and what checks and extends it."""
