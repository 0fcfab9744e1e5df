"""GLSNN (Zhao et al. 2020) and the methods that it is compared with."""
