"""Zhao, Zeng, Zhang, Shi & Zhao (2020): GLSNN, and the methods that it is compared with."""
