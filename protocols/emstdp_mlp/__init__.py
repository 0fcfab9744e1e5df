"""The non-spiking networks of Shrestha et al. 2019: BP-MLP and EMSTDP-MLP."""
