"""The non-spiking networks that Shrestha et al. (2019) compare theirs with.

    python -m protocols.emstdp_mlp                                  # scikit-learn's digits
    python -m protocols.emstdp_mlp --method bp                      # vanilla backpropagation
    python -m protocols.emstdp_mlp --preset mnist-500-500-emstdp-sw # a curve of Fig. 6
"""

from protocols.emstdp_mlp.learner import MLPLearner
from protocols.emstdp_mlp.settings import MLPSettings
from protocols.runs.protocol import Protocol

PROTOCOL = Protocol(
    name="emstdp_mlp", module="protocols.emstdp_mlp", settings=MLPSettings, learner=MLPLearner,
    description=__doc__, table="shrestha2019", prefix="emstdp-mlp-")
