"""The devices genn and genn-cpu: a program of GeNN's, run once per call."""

from __future__ import annotations

from collections.abc import Callable

from models.devices.arguments import Arguments
from models.devices.genn.compilation import GeNNCompilation
from models.devices.genn.installation import find
from models.devices.genn.project import generate
from models.devices.network_description import NetworkDescription
from models.devices.program_network import ProgramNetwork
from models.programs.working_folder import WorkingFolder, in_words
from models.shared.resources import check_compiler


class GeNNNetwork(ProgramNetwork):
    """A network compiled by GeNN.

    Parameters
    ----------
    build : callable
        Returns a NetworkDescription made for GeNN; called while the device is active.
    use_gpu : bool
        GeNN's CUDA backend, or else its CPU backend.
    label : str
        Names the network in messages.
    precision : {'float64', 'float32'}
        Of the network's variables.
    announce : callable, optional
        Takes a line before the compiler starts (`models.devices.compile_network`).

    Raises
    ------
    SuiteError
        GeNN, brian2genn, CUDA or a C++ compiler is missing; the network has something that GeNN
        cannot run. If compilation fails, `wait` and calls raise it.

    Attributes
    ----------
    directory : Path
        Where project and program are; removed with the object.
    """

    def __init__(self, build: Callable[[], NetworkDescription], use_gpu: bool,
                 label: str = "compiled", precision: str = "float64",
                 announce: Callable[[str], None] | None = None):
        compiler = check_compiler()
        installation = find(use_gpu)
        with in_words(label):
            self._folder = WorkingFolder()
            self.directory = self._folder.path / "build"
            description, self._files = generate(build, self.directory, use_gpu, precision)
        super().__init__(description, label)
        self._compilation = GeNNCompilation(
            self.directory, installation, folder=self._folder, compiler=compiler, headers=(),
            label=label, announce=announce)

    def _run(self, arguments: Arguments):
        with self._executed(self._compilation, arguments) as (results, cpu):
            return *self._files.read(results), cpu
