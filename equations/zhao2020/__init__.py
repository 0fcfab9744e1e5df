"""Zhao, Zeng, Zhang, Shi & Zhao (2020): global feedback and local STDP (GLSNN).

GLSNN: a multi-layer spiking neural network based on global feedback alignment and local STDP
plasticity. Frontiers in Computational Neuroscience 14, 576841.

- `neurons`: Eq. 2-3, leaky integrate-and-fire neurons with a conductance
- `presentation`: how a sample is shown, and when a layer passes on what it has
- `settings`: section 4, the printed numbers, and the forms that depart from them
- `baselines`: numbers of the methods that GLSNN is compared with

The text is of the network as Brian2 groups (`models.glsnn.groups`). Targets and plasticity,
Eq. 4-8 and Algorithm 1, are no equations of Brian2: `models.glsnn.rule` computes them on arrays.
"""
