"""Supervised learning by symmetric STDP (Hao et al. 2020)."""
