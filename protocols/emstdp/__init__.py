"""Error-modulated STDP (Shrestha et al. 2019)."""
