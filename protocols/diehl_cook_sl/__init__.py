"""Supervised learning by symmetric STDP (Hao et al. 2020): ``python -m protocols.diehl_cook_sl``."""
