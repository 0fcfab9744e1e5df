"""Global feedback targets with local plasticity (GLSNN, Zhao et al. 2020), and its baselines.

    python -m protocols.glsnn                                       # scikit-learn's digits
    python -m protocols.glsnn --preset mnist-800                    # 784-800-800-800-10, Fig. 4
    python -m protocols.glsnn --method dtp                          # a method it is compared with
    python -m protocols.glsnn --form literal                        # the printed numbers
    python -m protocols.glsnn --engine brian2                       # tested by Brian2 groups too
"""

from protocols.glsnn.learner import GLSNNLearner
from protocols.glsnn.settings import GLSNNSettings
from protocols.runs.protocol import Protocol

PROTOCOL = Protocol(
    name="glsnn", module="protocols.glsnn", settings=GLSNNSettings, learner=GLSNNLearner,
    description=__doc__, table="zhao2020", prefix="glsnn-")
