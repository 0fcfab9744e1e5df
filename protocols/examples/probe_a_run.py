"""Probe a trained run in a script of one's own: what does lateral inhibition do?

    python -m protocols.diehl_cook_sl
    python -m protocols.examples.probe_a_run runs/digits-seed0 probe.png

The hidden neuron that fires most for a test image is drawn with lateral inhibition and without it;
the spikes are those of the whole hidden layer while the image was shown for the last time.
"""

import argparse

import matplotlib.pyplot as plt
from brian2 import StateMonitor, mV, ms

from protocols import datasets
from protocols.api import load_run
from protocols.cli import clear_errors


def probe(directory: str, picture: str) -> dict[str, int]:
    """Draw a figure; return the spikes of the whole hidden layer in both cases."""
    run = load_run(directory)
    image = datasets.load(run.settings.dataset).x_test[0]

    network = run.network(device="runtime")
    # Groups are Brian2's own and live, so anything of Brian2 can be added to them.
    monitor = StateMonitor(network["hidden1"], ["V", "g_E", "g_I"], record=True)
    network.add(monitor)

    figure, axes = plt.subplots(3, sharex=True, layout="constrained")
    spikes = {}
    winner = None
    for case, inhibited in (("intact", True), ("without lateral inhibition", False)):
        network["lateral1"].active = inhibited
        shown, = network.show(image)
        counts = shown.counts["hidden1.count"]
        winner = counts.argmax() if winner is None else winner
        spikes[case] = int(counts.sum())
        values = (monitor.V[winner] / mV, monitor.g_E[winner], monitor.g_I[winner])
        for axis, value in zip(axes, values):
            axis.plot(monitor.t / ms, value, linewidth=1, label=f"{case}: {spikes[case]} spikes")
    for axis, label in zip(axes, ("V (mV)", "$g_E$", "$g_I$")):
        axis.set_ylabel(label)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    axes[-1].set_xlabel("time (ms)")
    figure.savefig(picture, dpi=300)
    plt.close(figure)
    return spikes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("picture")
    options = parser.parse_args()
    with clear_errors("probe_a_run"):
        print(probe(options.run, options.picture))
