"""Many runs as jobs of Snakemake: presets, seeds and grids of settings from one YAML file."""
