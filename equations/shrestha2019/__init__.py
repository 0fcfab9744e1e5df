"""Shrestha, Fang, Wu & Qiu (2019): error-modulated STDP (EMSTDP).

Approximating back-propagation for a biologically plausible local learning rule in spiking neural
networks. International Conference on Neuromorphic Systems (ICONS 2019), article 10.

- `presentation`: section 3.6, the two phases of a window, input spikes
- `neurons`: Eq. 1, 5 and 9, section 3.4: forward, error, loss and target neurons
- `plasticity`: Eq. 8, 12 and 13: feedback, correction and update
- `stdp`: section 4.1, two neurons and the pair STDP that Eq. 12 is compared with
- `settings`: section 4, thresholds, initial weights, and every switch that the text leaves open

Where the text is silent or the author's public code (zmeidd/EMSTDP) differs from it, the comment
beside a number or a switch says which of the two it is from.
"""
