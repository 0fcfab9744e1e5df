# ---
# jupyter:
#   jupytext:
#     formats: py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Error-modulated STDP: the figures of Shrestha et al. (2019)
#
# A. Shrestha, H. Fang, Q. Wu, Q. Qiu, *Approximating back-propagation for a biologically plausible
# local learning rule in spiking neural networks*, ICONS 2019.
#
# This notebook trains the paper's kind of network, each time as a process of its own that writes a
# run directory. From these directories it draws Figs. 2, 3, 5 and 6, and it measures what the paper
# says in words. By default it learns scikit-learn's digits (8 x 8 pixels, two hidden layers). Most
# of its time is compiling: some 20 networks, ten seconds each, the first time. The same cells draw
# the paper's experiments from runs on MNIST.
#
# Open it in Jupyter with jupytext installed (right click, *Open With*, *Notebook*), with the
# suite installed or Jupyter started in the suite's folder. Environment variables change it:
#
# | variable               | meaning                                  | default                    |
# |------------------------|------------------------------------------|----------------------------|
# | `SHRESTHA2019_PRESET`  | preset of `protocols.emstdp`             | `digits`                   |
# | `SHRESTHA2019_RUN`     | run directory, reused if it holds a run  | `runs/shrestha2019-PRESET` |
# | `SHRESTHA2019_OPTIONS` | further options of the command line      | see below                  |
# | `SHRESTHA2019_KEEP`    | samples after which angles are measured  | `100 200 400 ...`          |
# | `SHRESTHA2019_STEPS`   | time steps T                             | `26 50 100 200 400`        |
# | `SHRESTHA2019_BETAS`   | thresholds of the hidden layers          | `0.2 0.4 0.8 1.6`          |

# %%
import os
import shlex
import subprocess
import sys
from pathlib import Path

from analysis.active_neurons import active_neurons
from analysis.changes import single_changes
from analysis.figures import (
    ann_against_snn, compared, confusion_matrix, convergence, spikes_per_sample, staircases,
    stdp_correlation, tsne_layers, update_angles, window_raster,
)
from analysis.milestones import samples_needed
from analysis.rules import RULES
from analysis.run import Run

# %matplotlib inline

preset = os.environ.get("SHRESTHA2019_PRESET", "digits")
directory = Path(os.environ.get("SHRESTHA2019_RUN", f"runs/shrestha2019-{preset}"))
options = shlex.split(os.environ.get(
    "SHRESTHA2019_OPTIONS", "--network 100-60-classes --epochs 4 --test-every 200"))
keep = os.environ.get("SHRESTHA2019_KEEP", "100 200 400 800 1600 3200").split()
windows = os.environ.get("SHRESTHA2019_STEPS", "26 50 100 200 400").split()
betas = os.environ.get("SHRESTHA2019_BETAS", "0.2 0.4 0.8 1.6").split()

# %% [markdown]
# ## Training
#
# A finished run is taken as it is; one that was interrupted goes on from its checkpoint. Each
# sample is shown for T steps. In the first half the network answers. In the second half loss
# neurons compare the output with the label, and spiking error neurons drive every layer towards
# its target. The weights change by the difference between the spike counts of both halves.


# %%
def train(name, *changes, protocol="emstdp"):
    """Run a protocol, unless its directory holds a finished run; return what it said."""
    out = Path(f"{directory}{name}")
    if (out / "summary.json").exists():
        return f"{out} holds a finished run"
    command = [sys.executable, "-m", f"protocols.{protocol}", "--out", str(out), "--no-figures",
               *changes]
    if protocol == "emstdp":
        command += ["--preset", preset, *options]
    if (out / "checkpoint.npz").exists():
        command.append("--resume")
    return said_by(command)


def said_by(command):
    """What a command printed."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


# %%
print(train("", "--keep", *keep))

# %%
run = Run(directory)
for rule, accuracies in run.summary["accuracies"].items():
    print(f"{RULES[rule]:50s} {accuracies['output']:6.2f} %")

# %% [markdown]
# ## Figs. 2a and 3a: neurons as staircases
#
# A neuron without a leak adds its inputs and fires at its threshold. Its spike count is a staircase
# of the summed input. Forward, the dotted line is the rectifier that stands for it, shifted by one
# threshold. An error neuron for positive and one for negative errors make a line together.
#
# *What to look for:* each step begins at a whole number of thresholds. With a reset to 0 what
# exceeds the threshold is lost, and later steps begin later.

# %%
staircases(run)

# %% [markdown]
# ## Figs. 2b and 3b: the layers with and without spikes
#
# The same weights and the same sample, in a network of rectified units and in the spiking one.
# Above the activities of the forward pass, below the errors of the backward pass.
#
# *What to look for:* the ladder at small T comes from whole numbers of spikes. With larger T the
# correlation rises. Forward, active neurons lie above the diagonal: a reset to 0 loses input. In a
# trained network errors can be so small and sparse that the backward correlation is lower.

# %%
ann_against_snn(run)

# %% [markdown]
# ## Fig. 5: the rule of Eq. 12 against pair STDP
#
# One synapse, many times. The postsynaptic neuron fires by its own drive alone (h). Then a
# presynaptic one fires at random, too, through a weight of random strength (h_hat). Both rules
# read the same spikes.
#
# *What to look for:* the correlation is high where STDP counts all pairs within its window. Where
# it counts the nearest spike alone, it falls. A negative weight leaves few spikes to count.

# %%
print(train("-pairing", protocol="emstdp_pairing"))

# %%
stdp_correlation(Run(f"{directory}-pairing"))

# %% [markdown]
# ## One sample through both phases
#
# A test sample that was answered wrongly. The dashed line is the beginning of phase 2.
#
# *What to look for:* loss neurons fire where output and target differ. Their spikes run down
# through the error neurons of the hidden layers, red for more and blue for less activity. The
# output's neuron of the label, shaded, fires more often in phase 2 than in phase 1.

# %%
window_raster(run)

# %% [markdown]
# ## Accuracy while learning, and the confusion matrix

# %%
convergence(run)

# %%
confusion_matrix(run)

# %% [markdown]
# ## Spikes per sample
#
# *What to look for:* error spikes fall as errors vanish; forward spikes do not.

# %%
spikes_per_sample(run)

# %% [markdown]
# ## From pixels to classes, layer by layer
#
# *What to look for:* clusters become purer from layer to layer. Distances between clusters, and
# their sizes, mean nothing in t-SNE.

# %%
tsne_layers(run)

# %% [markdown]
# ## Fig. 6: symmetric weights, direct feedback, and networks without spikes
#
# BP-MLP is a perceptron with backpropagation. EMSTDP-MLP has the update of EMSTDP and no spikes. SW
# sends errors back through the forward weights, FA and DFA through fixed random ones: from layer to
# layer, and from the output at once.
#
# *What to look for:* the paper finds BP before EMSTDP-MLP before the spiking network, and SW before
# DFA.

# %%
for feedback in ("dfa", "fa"):
    train(f"-{feedback}", "--feedback", feedback, "--keep", *keep)
settings = {**run.config["run"], **run.config["training"], **run.config["network"]}
same = [word for name in ("dataset", "network", "epochs", "epoch_samples", "test_every", "held_out")
        for word in (f"--{name.replace('_', '-')}", str(settings[name]))]
for name, method in (("-bp-mlp", "bp"), ("-emstdp-mlp", "emstdp")):
    train(name, "--method", method, *same, protocol="emstdp_mlp")
ways = [run, *(Run(f"{directory}{name}") for name in ("-dfa", "-fa", "-bp-mlp", "-emstdp-mlp"))]

# %%
convergence(ways)

# %%
samples_needed(ways)

# %% [markdown]
# ## Feedback alignment
#
# The same samples are shown to networks of the same forward weights. Only the way of the errors
# differs. The angle is that between both updates for a sample, on average.
#
# *What to look for:* with random feedback the update begins far from that of SW. It comes nearer
# while the forward weights learn to fit the feedback; Lillicrap et al. (2016) saw about 45 degrees.

# %%
unmeasured = [way.directory for way in ways[1:3] if "angle_samples" not in way.activity]
if unmeasured:
    print(said_by([sys.executable, "-m", "protocols.emstdp_angles", *map(str, unmeasured)]))

# %%
update_angles(Run(f"{directory}-dfa"))

# %%
update_angles(Run(f"{directory}-fa"))

# %% [markdown]
# ## Larger T
#
# The same number of samples, each shown for T steps.
#
# *What to look for:* the paper finds larger T to learn faster and better: Poisson spikes tell an
# intensity more exactly in more steps.

# %%
for steps in windows:
    train(f"-T{steps}", "--steps", steps)
longer = [Run(f"{directory}-T{steps}") for steps in windows]

# %%
compared(longer, "rules.steps")

# %% [markdown]
# ## Thresholds
#
# *What to look for:* thresholds that are too high starve the layers behind.

# %%
for beta in betas:
    train(f"-beta{beta}", "--parameter", f"beta_hidden={beta}")
higher = [Run(f"{directory}-beta{beta}") for beta in betas]

# %%
active_neurons(higher, "parameters.beta_hidden")

# %% [markdown]
# ## What each departure from the paper's text is worth
#
# The first run is the text's own form: reset to 0, every step counted, nothing cleared between the
# phases. In each other run one switch is that of the adapted form.
#
# *What to look for:* changes that differ by less than a per cent with one seed mean nothing.

# %%
literal = ("--form", "literal")
changes = {
    "": (), "-clear": ("--parameter", "clear=1"), "-skip": ("--parameter", "skip=3"),
    "-subtraction": ("--reset-error", "subtraction"), "-phase-1": ("--presynaptic", "phase-1"),
}
for name, change in changes.items():
    train(f"-literal{name}", *literal, *change)
changed = [Run(f"{directory}-literal{name}") for name in changes]

# %%
single_changes(changed)
