"""GeNN and the compiler at work on a project."""

from __future__ import annotations

import hashlib
from pathlib import Path

from models.devices.genn.installation import Installation
from models.devices.genn.project import RUNNER
from models.programs import program_cache
from models.programs.compilation import Compilation


class GeNNCompilation(Compilation):
    """A program that GeNN and the compiler make, or that was found among those that are kept.

    Parameters
    ----------
    directory : Path
        Project of `models.devices.genn.project.generate`.
    installation : Installation
    **keywords
        Of `models.programs.compilation.Compilation`.
    """

    usual_time = "about 30 s"
    compiled_by = "GeNN"
    remedy = "use --device cpp_standalone"

    def __init__(self, directory: Path, installation: Installation, **keywords):
        self._installation = installation
        super().__init__(directory, **keywords)

    def _kept_files(self, directory, source, compiler):
        """The program, and the library with what GeNN generated, which it loads."""
        model = (directory / "magicnetwork_model.cpp").read_text()
        makefile = (directory / "makefile").read_text()
        # The model includes more code, which counts synapses; it says the same as the code that
        # creates them, in lines of a changing order.
        key = program_cache.key(directory, source, compiler,
                                [model, makefile, self._installation.version])
        runner = directory / RUNNER
        runner.parent.mkdir(exist_ok=True)
        return {self.program: key, runner: hashlib.sha256(f"{key} runner".encode()).hexdigest()}

    def _environment(self):
        return super()._environment() | self._installation.environment()
