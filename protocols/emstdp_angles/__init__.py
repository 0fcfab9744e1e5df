"""How well feedback alignment follows the gradient: ``python -m protocols.emstdp_angles``."""
