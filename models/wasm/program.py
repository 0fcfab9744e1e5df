"""A network compiled to WebAssembly."""

from __future__ import annotations

from collections.abc import Callable

from models.devices.brian2_turns import brian2_turn
from models.devices.network_description import NetworkDescription
from models.devices.precision import float_type
from models.programs.compiler_options import EXACT, preferences
from models.programs.working_folder import WorkingFolder, in_words
from models.wasm.compilation import WasmCompilation, check_emcc
from models.wasm.project import write_project


class WasmProgram:
    """A network compiled to WebAssembly, for one sample a call.

    Parameters
    ----------
    build : callable
        Returns a NetworkDescription of capacity 1; called while the device is active.
    label : str
        Names the network in messages.
    precision : {'float64', 'float32'}
        Of the network's variables.
    announce : callable, optional
        Takes a line before the compiler starts.

    Attributes
    ----------
    table : dict of str to dict
        Where arrays are (`models.wasm.project.Table`).
    slot : float
        Seconds of the network's time in which a sample is shown.

    Raises
    ------
    SuiteError
        There is no emscripten, or the network cannot be written. If compilation fails, `binary`
        raises it.
    """

    def __init__(self, build: Callable[[], NetworkDescription], label: str = "compiled",
                 precision: str = "float64", announce: Callable[[str], None] | None = None):
        compiler = check_emcc()
        with in_words(label):
            folder = WorkingFolder()
        directory = folder.path / "build"
        options = {"build_on_run": False, "directory": None}
        with brian2_turn("cpp_wasm", preferences(EXACT), **options) as device:
            device.reinit()
            device.activate(**options)
            with float_type(precision):
                description = build()
                self.slot = float(description.slot)
                with in_words(label):
                    self.table = write_project(description, device, directory).entries
            device.reinit()
        self._compilation = WasmCompilation(directory, folder=folder, compiler=compiler,
                                            headers=(), label=label, announce=announce)

    def binary(self) -> bytes:
        """The program, once it is compiled.

        Raises
        ------
        SuiteError
            If compiling failed.
        """
        self._compilation.wait()
        return self._compilation.program.read_bytes()
