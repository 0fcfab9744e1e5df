"""Error-modulated STDP with spiking error circuits (Shrestha et al. 2019).

    python -m protocols.emstdp                               # scikit-learn's digits
    python -m protocols.emstdp --preset mnist-500-sw         # a cell of Table 2
    python -m protocols.emstdp --dataset my.npz --feedback dfa
"""

from protocols.emstdp.learner import EMSTDPLearner
from protocols.emstdp.settings import EMSTDPSettings
from protocols.runs.protocol import Protocol

PROTOCOL = Protocol(
    name="emstdp", module="protocols.emstdp", settings=EMSTDPSettings, learner=EMSTDPLearner,
    description=__doc__, table="shrestha2019", prefix="emstdp-")
