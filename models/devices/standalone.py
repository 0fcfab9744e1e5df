"""The cpp_standalone device: one binary, run once per chunk with other arrays.

The generated ``main`` is wrapped in a loop that shows one slot after the other until all
samples of the chunk have been accepted, so a call ends exactly at the end of a rest
period. Values enter through Brian2's run arguments (files) and come back through the
arrays that Brian2 writes at its end. Each call has a folder of its own: calls may run
side by side.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import weakref
from pathlib import Path

import numpy as np
from brian2 import get_device, prefs, set_device
from brian2.devices.device import reset_device

from models.devices import program_cache
import models.dense  # noqa: F401  registers the device
from models.devices.compiled_network import CompiledNetwork
from models.errors import SuiteError
from models.shared.resources import check_compiler, check_threads, with_huge_pages
from models.devices.precision import float_type
from models.dense import threads as thread_loop
from models.devices.single_source import join_sources, step_loop, two_clocks

# What vectorises without changing results: sums keep their order, no fused multiply-add.
# So dense and plain code give the same bits. Without infinities and signed zeros a clip is two
# instructions, a maximum and a minimum, instead of seven comparisons and choices by masks (gcc 12,
# AVX-512; 6 to 13 % of the time at N = 400). Brian2's default, -ffast-math, is these and more.
FLAGS = ["-w", "-O3", "-march=native", "-std=c++11", "-fno-math-errno", "-fno-trapping-math",
         "-ffinite-math-only", "-fno-signed-zeros", "-ffp-contract=off"]


def _end(compiler):
    """End a compilation that nobody waits for any more."""
    if compiler.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(compiler.pid, signal.SIGTERM)
        compiler.wait()


class StandaloneNetwork(CompiledNetwork):
    """A network compiled to C++.

    Parameters
    ----------
    build : callable
        Returns a NetworkDescription; called while the device is active.
    label : str
        For messages.
    plain : bool
        Brian2's own Synapses and loops instead of `models.dense`: the same numbers, slower.
    precision : {'float64', 'float32'}
        Of the network's variables.
    without : collection of str
        Passes to leave out (`models.dense.passes`), for measuring what each is worth.
    threads : int
        Threads that share the loops of the network (`models.dense.threads`): the same bits,
        sooner in networks of some thousand neurons.

    Raises
    ------
    SuiteError
        No C++ compiler, compilation failed, more threads than processors, threads for a plain
        network.

    Attributes
    ----------
    directory : Path
        Where sources and binary are; removed with the object.
    """

    def __init__(self, build, label="network", plain=False, precision="float64",
                 without=(), threads=1):
        if plain and threads > 1:
            raise SuiteError("Brian2's own loops (plain=True) run in one thread; leave threads at 1")
        check_compiler()
        check_threads(threads)
        self.threads, self.label = threads, label
        self._lock = threading.Lock()
        with self._temporary_folder():
            self._folder = tempfile.TemporaryDirectory(prefix="brian2-learning-")
        self.directory = Path(self._folder.name) / "build"
        set_device("cpp_standalone" if plain else "cpp_dense", build_on_run=False, directory=None)
        device = get_device()
        device.reinit()
        device.activate(build_on_run=False, directory=None)
        device.without, device.threads = without, threads
        # Traces and conductances decay into denormal numbers, 1.5 to 1.8 times slower.
        # Linked with this option, the program starts with flush-to-zero set.
        prefs.codegen.cpp.extra_link_args = ["-ffast-math"] + ["-pthread"] * (threads > 1)
        prefs.codegen.cpp.extra_compile_args_gcc = FLAGS
        # Brian2's own threads; ours are `threads`.
        prefs.devices.cpp_standalone.openmp_threads = 0
        try:
            with float_type(precision):
                super().__init__(build())
                with self._temporary_folder():
                    self._generate(device)
                self._note_files(device)
        finally:
            reset_device()
        with self._temporary_folder():
            self._make()

    @contextlib.contextmanager
    def _temporary_folder(self):
        """Name what can be changed where the folder of the network cannot be used."""
        try:
            yield
        except OSError as error:
            raise SuiteError(f"cannot use {tempfile.gettempdir()} for the {self.label} network: "
                             f"{error.strerror}; free some space, or set TMPDIR to a folder of "
                             "another disk in which programs may run") from None

    def _generate(self, device):
        description = self.description
        array = {
            name: device.get_array_name(description.follower.variables[name])
            for name in ("cursor", "accepted", "attempt", "n_samples")
        }
        to_show = (
            f"{array['cursor']}[0] + int({array['accepted']}[0] > 0 || "
            f"{array['attempt']}[0] + 1 >= {description.max_attempts}) < {array['n_samples']}[0]"
        )
        device.apply_run_args()
        description.network.run(description.slot, namespace={})
        code_objects = [
            (o.clock, code) for o in description.network.sorted_objects if o.active
            for code in o._code_objects
        ]
        # Brian2 has queued its own loop over one slot; ours runs slot after slot.
        at = [entry[0] for entry in device.main_queue].index("run_network")
        network = device.main_queue[at][1][0]
        device.main_queue[at] = ("run_network", (network, self._loop(
            device, code_objects, to_show)))
        device.build(directory=str(self.directory), compile=False, run=False)

    def _loop(self, device, codes, condition):
        """C++ lines that show the samples."""
        clocks = self.description.clock, self.description.slot_clock
        steps = self.description.slot_steps
        two_clocks(codes, *clocks)
        if self.threads > 1:
            return thread_loop.step_loop(device, codes, *clocks, steps, condition, self.threads)
        calls = (device.calls(codes) if hasattr(device, "calls")
                 else [(clock, [f"_run_{code.name}();"]) for clock, code in codes])
        return step_loop(calls, *clocks, steps, condition)

    def _note_files(self, device):
        """Remember under which file each variable is written, and its type."""
        def file_of(owner, variable):
            var = owner.variables[variable]
            return device.get_array_filename(var), np.dtype(var.dtype)

        description = self.description
        self._state_files = {n: file_of(*at) for n, at in description.state.items()}
        self._slot_files = {
            n: (*file_of(m, v), *file_of(m.source, v), m.record)
            for n, (m, v) in description.records.items()
        }
        self._spike_files = {
            n: (file_of(m, "i"), file_of(m, "t")) for n, m in description.spikes.items()
        }
        self._trace_files = {
            n: (*file_of(m, v), len(m.record)) for n, (m, v) in description.traces.items()
        }
        self._array_names = {n: t.name for n, t in description.arrays.items()}

    def _make(self):
        """Start the compiler; `wait` collects it, so that networks compile side by side."""
        source = join_sources(self.directory, thread_loop.HEADERS if self.threads > 1 else ())
        self._key = program_cache.key(self.directory, source)
        if program_cache.fetch(self._key, self.directory / "main"):
            self._compiler = None
            return
        self._compiler = subprocess.Popen(
            ["make", "-o", "make.deps", f"SRCS={source}", "main"], cwd=self.directory,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        # make and the compilers that it started end with this process.
        weakref.finalize(self, _end, self._compiler)

    def wait(self):
        """Wait until the network is compiled."""
        with self._lock:
            if self._compiler is None:
                return
            said, _ = self._compiler.communicate()
            failed, self._compiler = self._compiler.returncode, None
        if failed:
            errors = [line for line in said.splitlines() if "rror" in line]
            raise SuiteError(
                f"the C++ compiler failed on the {self.label} network: "
                f"{(errors or ['no message'])[0].strip()}; try another compiler (CXX=...) or "
                "--device runtime")
        program_cache.keep(self._key, self.directory / "main")
        # Only the binary and its initial arrays are needed from here on.
        for name in ("code_objects", "brianlib"):
            shutil.rmtree(self.directory / name, ignore_errors=True)

    def _run(self, values, arrays, scalars):
        self.wait()
        with self._temporary_folder():
            folder = Path(tempfile.mkdtemp(prefix="call-", dir=self._folder.name))
        try:
            arguments = self._write_inputs(folder, values, arrays, scalars)
            cpu = self._execute(folder, arguments)
            return (*self._read(folder), cpu)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _write_inputs(self, folder, values, arrays, scalars):
        arguments = []

        def give(name, array):
            path = folder / f"in{len(arguments)}"
            array.tofile(path)
            arguments.append(f"{name}={path}")

        with self._temporary_folder():
            for name, value in values.items():
                owner, variable = self.description.state[name]
                give(f"{owner.name}.{variable}", value.astype(self._state_files[name][1]))
            for name, value in arrays.items():
                give(f"{self._array_names[name]}.values", value)
        for name, value in scalars.items():
            for owner, variable in self.description.scalars[name]:
                arguments.append(f"{owner.name}.{variable}={value}")
        return arguments

    def _execute(self, folder, arguments):
        results = folder / "results"
        with self._temporary_folder(), open(folder / "log", "w+") as log:
            results.mkdir()
            process = subprocess.Popen(
                [str(self.directory / "main"), "--results_dir", f"{results}/", *arguments],
                cwd=self.directory, stdout=log, stderr=log, env=with_huge_pages(os.environ))
            try:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            except BaseException:
                process.kill()
                process.wait()
                raise
            log.seek(0)
            said = log.read().strip()
        if process.returncode or said:
            raise SuiteError(
                f"the compiled network failed (exit status {process.returncode}): "
                f"{said.splitlines()[0] if said else 'no message'}; is the disk or memory full?")
        return usage.ru_utime + usage.ru_stime

    def _load(self, folder, name, dtype):
        path = folder / "results" / name
        return np.fromfile(path, dtype) if path.exists() else np.empty(0, dtype)

    def _read(self, folder):
        state = {}
        for name, (file, dtype) in self._state_files.items():
            value = self._load(folder, file, dtype).astype(float)
            if value.size != np.prod(self.shapes[name]):
                raise SuiteError(f"the compiled network wrote no {name}: is the disk full?")
            state[name] = value.reshape(self.shapes[name])
        slots = {}
        for name, (file, dtype, last, last_dtype, record) in self._slot_files.items():
            rows = self._load(folder, file, dtype).reshape(-1, len(record))
            final = self._load(folder, last, last_dtype)[record]
            slots[name] = np.vstack([rows[1:], final])
        spikes = {
            n: (self._load(folder, *i), self._load(folder, *t))
            for n, (i, t) in self._spike_files.items()
        }
        traces = {
            n: self._load(folder, file, dtype).reshape(-1, width)
            for n, (file, dtype, width) in self._trace_files.items()
        }
        return state, slots, spikes, traces
