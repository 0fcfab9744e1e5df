"""Change an equation, and see what it does: hidden neurons that tire while they fire.

    python -m protocols.examples.change_an_equation runs/tiring tiring.png

Each spike adds to a slow conductance that pulls V down (spike-frequency adaptation). The network
learns scikit-learn's digits without it and with it; drawn is the neuron that fires most for the
first test image.
"""

import argparse
import json
from pathlib import Path

import matplotlib.pyplot as plt
from brian2 import mV, ms

from protocols import datasets
from protocols.api import from_preset
from protocols.cli import clear_errors

TIRING = {"groups": {"hidden1": {
    "equations": """
        dV/dt = (E_rest - V + g_E*(E_exc - V)
                 + (g_I + g_a)*(E_inh - V))/tau_m : volt (unless refractory)
        dg_a/dt = -g_a/tau_a : 1
        """,
    "reset": "V = E_reset; g_a += b",
    "parameters": {"tau_a": "100*ms", "b": 0.2}}}}


def change(folder: str, picture: str, **settings) -> dict[str, float]:
    """Train both networks and draw them; return what each answers correctly, in per cent."""
    figure, axes = plt.subplots(2, sharex=True, sharey=True, layout="constrained")
    right = {}
    for axis, (case, equations) in zip(axes, {"before": {}, "after": TIRING}.items()):
        model = from_preset("diehl_cook_sl", equations=equations, **settings)
        model = model.train(Path(folder) / case)
        right[case] = json.loads((Path(folder) / case / "summary.json").read_text())["accuracy"]
        image = datasets.load(model.settings.dataset).x_test[0]
        shown, = model.network(traces=["hidden1.V"]).show(image)
        winner = shown.counts["hidden1.count"].argmax()
        axis.plot(shown.t / ms, shown.traces["hidden1.V"][:, winner] / mV, linewidth=1)
        axis.set(ylabel="V (mV)", title=f"{case}: {shown.counts['hidden1.count'][winner]} spikes")
    axes[-1].set_xlabel("time (ms)")
    figure.savefig(picture, dpi=300)
    plt.close(figure)
    return right


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("picture")
    options = parser.parse_args()
    with clear_errors("change_an_equation"):
        print(change(options.folder, options.picture))
