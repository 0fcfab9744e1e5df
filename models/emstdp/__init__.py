"""The network of Shrestha et al. (2019): a forward and an error network of spiking neurons."""
