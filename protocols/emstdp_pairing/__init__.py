"""EMSTDP and pair STDP on the same spikes: ``python -m protocols.emstdp_pairing``."""
