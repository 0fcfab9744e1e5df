"""Supervised learning with symmetric STDP on a Diehl & Cook network (Hao et al. 2020).

    python -m protocols.diehl_cook_sl                      # scikit-learn's digits
    python -m protocols.diehl_cook_sl --preset mnist-400   # a cell of Table 1
    python -m protocols.diehl_cook_sl --dataset my.npz     # your own images
"""

from protocols.diehl_cook_sl.learner import DiehlCookLearner
from protocols.diehl_cook_sl.settings import DiehlCookSettings
from protocols.runs.protocol import Protocol

PROTOCOL = Protocol(
    name="diehl_cook_sl", module="protocols.diehl_cook_sl", settings=DiehlCookSettings,
    learner=DiehlCookLearner, description=__doc__, table="hao2020")
