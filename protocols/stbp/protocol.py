"""Spatio-temporal backpropagation (Wu et al. 2018): training in NumPy, networks in Brian2.

    python -m protocols.stbp                                  # scikit-learn's digits
    python -m protocols.stbp --preset mlp-mnist               # 784-800-10, Table 2
    python -m protocols.stbp --dataset my.npz --network 300-5 # your own images
    python -m protocols.stbp --engine brian2                  # tested by the Brian2 groups too
"""

from protocols.runs.protocol import Protocol
from protocols.stbp.learner import STBPLearner
from protocols.stbp.settings import STBPSettings

PROTOCOL = Protocol(
    name="stbp", module="protocols.stbp", settings=STBPSettings, learner=STBPLearner,
    description=__doc__, table="wu2018", prefix="stbp-")
