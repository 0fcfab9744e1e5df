"""A run's network with its weights, untrained or trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from brian2 import Quantity, have_same_dimensions
from numpy.typing import NDArray

from models.errors import SuiteError
from protocols import datasets
from protocols.api.export import export_model
from protocols.api.images import as_images
from protocols.api.network import ShownNetwork
from protocols.api.quantities import array_units, threshold_constants, unit_text, with_unit
from protocols.runs import protocol as protocols
from protocols.runs.checkpoint import Checkpoint, read_checkpoint
from protocols.runs.directory import CHECKPOINT
from protocols.runs.equations import equations_of
from protocols.runs.learner import Learner
from protocols.runs.prediction import PURPOSE, described_data, image_set, say
from protocols.runs.protocol import Protocol
from protocols.runs.run import run
from protocols.runs.settings import RunSettings, from_tables
from protocols.runs.showing import Showing
from protocols.runs.training import choose_samples


def load_run(directory: str | Path, readout: str | None = None) -> Model:
    """The trained network of a run directory.

    A run that held training samples out gives the weights which classified those best, like its
    predictions.csv; any other its latest ones.

    Parameters
    ----------
    directory : path-like
    readout : str, optional
        Whose best weights. Default: that of the run.

    Returns
    -------
    Model

    Raises
    ------
    SuiteError
        If there is no run, it is damaged or of another version, or has no such readout. A run on
        events or series needs its data set.
    """
    checkpoint = read_checkpoint(Path(directory) / CHECKPOINT)
    found = protocols.find(checkpoint.protocol)
    settings = from_tables(found.settings, checkpoint.tables, found.name)
    data = described_data(checkpoint)
    if data.kind == "images":
        nothing = image_set(data, np.zeros((0, *data.image_shape), np.uint8))
        learner = found.learner(settings, nothing, np.arange(0), say)
    else:
        dataset = settings.load()
        learner = found.learner(settings, dataset, choose_samples(settings, dataset)[0], say)
    learner.restore(checkpoint)
    readout = readout or learner.readout
    if readout not in learner.readouts:
        raise SuiteError(f"{directory} has no readout {readout!r}: choose "
                         f"{' or '.join(learner.readouts)}")
    return Model(found, learner, data, checkpoint, readout)


class Model:
    """Settings of a run, and weights; made by `load_run` and `protocols.api.preset.from_preset`.

    Parameters
    ----------
    protocol : protocols.runs.protocol.Protocol
    learner : protocols.runs.learner.Learner
    data : protocols.datasets.Description
    checkpoint : protocols.runs.checkpoint.Checkpoint
        What the learner has restored, or was before its first sample.
    readout : str
        Which names the class.

    Attributes
    ----------
    protocol : str
    settings : protocols.runs.settings.RunSettings
    data : protocols.datasets.Description
        ``image_shape``, ``class_names`` and so on of the data that it is for.
    readout : str
    samples : int
        Training samples that it has learned from.
    """

    def __init__(self, protocol: Protocol, learner: Learner, data: datasets.Description,
                 checkpoint: Checkpoint, readout: str):
        self._protocol = protocol
        self._learner = learner
        self._checkpoint = checkpoint
        # Without held-out samples nothing was best, and the latest is what counts.
        self._learned = checkpoint.learned(readout) or None
        self.protocol = protocol.name
        self.settings: RunSettings = learner.settings
        self.data = data
        self.readout = readout
        self.samples = checkpoint.progress.samples

    def __repr__(self):
        return (f"<Model of protocols.{self.protocol}, preset {self.settings.preset!r}, "
                f"{self.samples:,} samples learned>")

    # -- what it is -----------------------------------------------------------------------

    def describe(self) -> str:
        """Equations of the networks, as ``--describe`` prints them and equations.txt holds them."""
        return equations_of(self._learner)

    @property
    def arrays(self) -> dict[str, NDArray | Quantity]:
        """What has been learned, by name: copies.

        Returns
        -------
        dict of str to ndarray or Quantity
            ``'BELOW_LAYER.w'`` of shape (below, layer); ``'LAYER.theta'`` in volts and
            ``'LAYER.b'`` of shape (neurons,); of STBP ``'dense1.w'`` of shape (inputs, neurons)
            and ``'conv1.w'`` of shape (height, width, channels, maps); ``'classes'`` of the
            hidden neurons by label statistics, shape (neurons,). In the precision in which runs
            keep what they test.
        """
        units = array_units(self.showing(self._learned)) if self._spikes else {}
        return {name: with_unit(value, units.get(name))
                for name, value in self._plain_arrays().items()}

    @property
    def thresholds(self) -> dict[str, float | Quantity]:
        """Constants of the threshold conditions: ``{'GROUP.NAME': value}``.

        Thresholds that change, such as theta, are among `arrays`.
        """
        return threshold_constants(self.showing(self._learned)) if self._spikes else {}

    # -- what it does ---------------------------------------------------------------------

    def train(self, out: str | Path, resume: bool = False) -> Model:
        """Train, test and write a run directory, as ``python -m protocols.NAME`` does.

        Parameters
        ----------
        out : path-like
            Run directory.
        resume : bool
            Go on from its checkpoint.

        Returns
        -------
        Model
            The trained one.

        Raises
        ------
        SuiteError
            If the run cannot be made, or the directory holds one already.
        """
        run(self._protocol, self.settings, out, "protocols.api: Model.train", resume, quiet=True)
        return load_run(out)

    def predict(self, images: NDArray | Sequence, device: str | None = None) -> NDArray[np.int_]:
        """Classes of images.

        Parameters
        ----------
        images
            As for `ShownNetwork.show`.
        device : str, optional
            One of `models.devices.DEVICES`; default: whichever is sooner. The answers are the same.

        Returns
        -------
        ndarray of int, shape (n,)
            ``data.class_names[answer]`` is the name.

        Raises
        ------
        SuiteError
            If the images do not fit, nothing is trained that could answer, or the device fails.
        """
        learner = self.learner_of(images)
        learner.prepare_classifying(device)
        found = []
        for k in range(len(learner.dataset.y_test)):
            answers = learner.classify(np.array([k]), PURPOSE, self._learned, device).predicted
            if self.readout not in answers:
                raise SuiteError(f"this model has no trained {learner.words[self.readout]}")
            found.append(int(answers[self.readout][0]))
        return np.array(found, int)

    def network(self, device: str = "runtime", spikes: Sequence[str] = (),
                traces: Sequence[str] = (), arrays: dict | None = None) -> ShownNetwork:
        """The Brian2 network of testing with these weights, ready to show images.

        Parameters
        ----------
        device : str
            'runtime': NumPy, no compiler, and live groups for a script of one's own;
            'cpp_standalone': compiled in 10 s, then milliseconds an image.
        spikes : sequence of str
            Groups whose spikes are recorded, such as 'input'.
        traces : sequence of str
            ``'GROUP.VARIABLE'`` that are recorded after every time step, such as 'hidden1.V'.
        arrays : dict, optional
            Of the names of `arrays`, to be shown instead of what has been learned; quantities or
            numbers in SI units.

        Raises
        ------
        SuiteError
            If units do not spike, a name or the device is unknown, an array does not fit, or
            compiling fails.
        """
        return ShownNetwork(self, device, spikes, traces, self._replaced(arrays or {}))

    def export(self, path: str | Path) -> Path:
        """Write the network into a file; see `protocols.api.export`.

        Parameters
        ----------
        path : path-like
            ``.npz``; or ``.nir`` for networks of stbp and glsnn that NIR can hold without loss.

        Raises
        ------
        SuiteError
            If NIR has not what the network needs, the ending is another one, or the file cannot be
            written.
        """
        return export_model(self, Path(path))

    # -- what its parts need ----------------------------------------------------------------

    def learner_of(self, images: NDArray | Sequence) -> Learner:
        """The learner with images for its test samples.

        Raises
        ------
        SuiteError
            If the images do not fit.
        """
        shown = as_images(images, self.data, resize=bool(self.settings.resize))
        learner = self._protocol.learner(
            self.settings, image_set(self.data, shown), np.arange(0), say)
        learner.restore(self._checkpoint)
        return learner

    def showing(self, learned: dict | None, device: str = "runtime") -> Showing:
        """The network of testing with some arrays, without samples.

        Raises
        ------
        SuiteError
            If units do not spike.
        """
        return self._learner.showing(PURPOSE, learned, device)

    def nir_graph(self) -> object:
        """The graph that `export` writes, a nir.NIRGraph."""
        return self._learner.nir_graph(self._plain_arrays())

    def _plain_arrays(self):
        """Copies of the arrays in SI units."""
        learned = self._learner.learned() if self._learned is None else self._learned
        return {name: np.array(value) for name, value in learned.items()}

    def _replaced(self, arrays):
        """What is learned, with some arrays replaced; None: the latest."""
        if not arrays:
            return self._learned
        own = self.arrays
        for name, value in arrays.items():
            if name not in own or np.shape(value) != own[name].shape:
                raise SuiteError(f"arrays: {name} of shape {np.shape(value)} is none of this "
                                 f"model: {', '.join(f'{k} {v.shape}' for k, v in own.items())}")
            if isinstance(value, Quantity) and not have_same_dimensions(value, own[name]):
                raise SuiteError(f"arrays: {name} is in {unit_text(own[name])}, not in "
                                 f"{unit_text(value)}")
            own[name] = value
        return {name: np.asarray(value) for name, value in own.items()}

    @property
    def _spikes(self):
        """Whether there is a Brian2 network."""
        return bool(self._learner.networks())
