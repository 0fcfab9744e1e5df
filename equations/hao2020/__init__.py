"""Hao et al. (2020): supervised learning with symmetric STDP on a Diehl & Cook network."""
