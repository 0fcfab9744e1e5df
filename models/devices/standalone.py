"""The cpp_standalone device: Brian2's C++ project as a program, run once per call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from functools import partial

import models.dense  # noqa: F401  registers the device
from models.dense import threads as thread_loop
from models.devices.arguments import Arguments
from models.devices.brian2_turns import brian2_turn
from models.devices.cpp_project import write_project
from models.devices.network_description import NetworkDescription
from models.devices.precision import float_type
from models.devices.program_files import ProgramFiles
from models.devices.program_network import ProgramNetwork
from models.errors import SuiteError
from models.programs import cache_lines, not_a_number
from models.programs.compilation import Compilation
from models.programs.compiler_options import FLAGS, adapted, preferences
from models.programs.not_a_number import copy_exact, had_no_result
from models.programs.working_folder import WorkingFolder, in_words
from models.shared.resources import check_compiler, check_threads


class StandaloneNetwork(ProgramNetwork):
    """A network compiled to C++.

    Parameters
    ----------
    build : callable
        Returns a NetworkDescription; called while the device is active.
    label : str
        Names the network in messages.
    plain : bool
        Brian2's own Synapses and loops instead of `models.dense`: the same numbers, slower.
    precision : {'float64', 'float32'}
        Of the network's variables.
    without : collection of str
        Passes to leave out (`models.dense.passes`), for measuring what each is worth.
    threads : int
        Threads that share the loops of the network (`models.dense.threads`): the same bits,
        sooner in networks of some thousand neurons.
    announce : callable, optional
        Takes a line before the compiler starts (`models.devices.compile_network`).

    Raises
    ------
    SuiteError
        No C++ compiler, more threads than processors, threads for a plain network. If compilation
        fails, `wait` and calls raise it.

    Attributes
    ----------
    directory : Path
        Where sources and binary are; removed with the object.
    """

    def __init__(self, build: Callable[[], NetworkDescription], label: str = "compiled",
                 plain: bool = False, precision: str = "float64",
                 without: Collection[str] = (), threads: int = 1,
                 announce: Callable[[str], None] | None = None):
        if plain and threads > 1:
            raise SuiteError("Brian2's own loops (plain=True) run in one thread; leave "
                             "threads at 1")
        compiler = check_compiler()
        check_threads(threads)
        with in_words(label):
            self._folder = WorkingFolder()
        self.directory = self._folder.path / "build"
        device_name = "cpp_plain" if plain else "cpp_dense"
        options = {"build_on_run": False, "directory": None}
        with brian2_turn(device_name, _preferences(threads, compiler), **options) as device:
            device.reinit()
            device.activate(**options)
            device.without = without
            device.threads = threads
            with float_type(precision):
                super().__init__(build(), label)
                with in_words(label):
                    write_project(self.description, device, self.directory, threads)
            self._files = ProgramFiles(self.description, device)
            # The device would keep all that it generated until the next network is built.
            device.reinit()
        headers = (*not_a_number.HEADERS, *cache_lines.HEADERS,
                   *(thread_loop.HEADERS if threads > 1 else ()))
        self._lock = threading.Lock()
        self._compile = partial(Compilation, folder=self._folder, compiler=compiler,
                                headers=headers, label=label, announce=announce)
        self._compilation = self._compile(self.directory)

    def _run(self, arguments: Arguments):
        program = self._compilation
        *values, cpu, certain = self._call(program, arguments)
        if not certain and program.program.parent == self.directory:
            *values, more, _ = self._call(self._exact(), arguments)
            cpu += more
        return *values, cpu

    def _exact(self):
        """The program that knows NaN; from its first use on, it takes the other one's place."""
        with self._lock:
            if self._compilation.program.parent == self.directory:
                exact = self.directory.with_name("exact")
                with in_words(self.label):
                    copy_exact(self.directory, exact)
                self._compilation = self._compile(exact)
            return self._compilation

    def _call(self, compilation, arguments):
        """What a program returns, its seconds, and whether every operation had a result."""
        with self._executed(compilation, arguments) as (results, cpu):
            return *self._files.read(results), cpu, not had_no_result(results)


def _preferences(threads, compiler):
    """How Brian2 is to write the project."""
    linking = ["-pthread"] if threads > 1 else []
    # Brian2's own threads; ours are `threads`.
    return {**preferences(adapted(FLAGS, compiler), linking),
            "devices.cpp_standalone.openmp_threads": 0}
