"""GLSNN (Zhao et al. 2020) on arrays: the spiking network, its targets and its plasticity.

- `architecture`: initial weights, which layers have feedback
- `neurons`: Eq. 2-3 for all neurons of a layer; `kernels` the same in compiled loops
- `network`: layers of them
- `rule`: Eq. 4-7 and Algorithm 1
- `groups`: the same network as Brian2 groups
"""
