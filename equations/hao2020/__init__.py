"""Hao, Huang, Dong & Xu (2020): supervised learning with symmetric STDP.

A biologically plausible supervised learning method for spiking neural networks using the
symmetric STDP rule. Neural Networks 121, 387-395.

- `neurons`: Eq. 1-5, membrane, adaptive threshold and lateral inhibition
- `plasticity`: Eq. 6-7, STDP and synaptic scaling
- `presentation`: section 3, how a sample is shown and when it is shown again
- `settings`: Tables 1 and 3, all numbers of one network

Where the text is silent or the authors' public code (haoyz/sym-STDP-SNN) differs from it, the
comment beside a number says which of the two it is from.
"""
