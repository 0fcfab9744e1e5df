"""The Diehl & Cook network of Hao et al. (2020), trained by symmetric STDP."""
