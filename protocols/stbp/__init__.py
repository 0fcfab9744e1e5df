"""Spatio-temporal backpropagation (Wu et al. 2018): ``python -m protocols.stbp``."""
