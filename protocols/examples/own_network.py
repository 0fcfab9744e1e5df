"""A network of one's own on the dense device: STDP makes neurons choose among their inputs.

    python -m protocols.examples.own_network weights.png

Each of 100 neurons hears the same 1,000 Poisson inputs. Pair STDP in which depression outweighs
potentiation drives the weights to one of their bounds (Song, Miller and Abbott 2000).
"""

import argparse

import matplotlib.pyplot as plt
import numpy as np
from brian2 import Hz, NeuronGroup, Quantity, mV, ms, run, second, seed, set_device

from models.dense import dense_synapses
from protocols.cli import clear_errors

NAMES = {"rate": 15 * Hz, "tau": 20 * ms, "tau_m": 20 * ms, "tau_g": 5 * ms, "E_rest": -74 * mV,
         "V_threshold": -54 * mV, "V_reset": -60 * mV, "w_max": 0.015, "A_plus": 7.5e-5,
         "A_minus": 7.875e-5}


def learn(duration: Quantity, device: str = "cpp_dense") -> np.ndarray:
    """Weights at the end, shape (1000, 100)."""
    set_device(device)
    seed(0)
    inputs = NeuronGroup(1000, "dx/dt = -x/tau : 1", threshold="rand() < rate*dt",
                         reset="x += 1", namespace=NAMES, name="inputs")
    neurons = NeuronGroup(100, """
        dV/dt = (E_rest - V + g*(0*mV - V))/tau_m : volt
        dg/dt = -g/tau_g : 1
        dy/dt = -y/tau : 1""", threshold="V > V_threshold", reset="V = V_reset; y += 1",
        method="euler", namespace=NAMES, name="neurons")
    neurons.V = NAMES["E_rest"]
    synapses = dense_synapses(inputs, neurons, "w : 1", namespace=NAMES, name="synapses",
                              on_pre="g_post += w; w = clip(w - A_minus*y_post, 0, w_max)",
                              on_post="w = clip(w + A_plus*x_pre, 0, w_max)")
    synapses.w = "rand()*w_max"
    run(duration)
    return synapses.matrix()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture")
    with clear_errors("own_network"):
        picture = parser.parse_args().picture
        plt.hist(learn(100 * second).ravel() / NAMES["w_max"], bins=50)
        plt.xlabel("weight / w_max")
        plt.ylabel("synapses")
        plt.savefig(picture, dpi=300)
