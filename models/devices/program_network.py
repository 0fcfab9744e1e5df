"""A network that is a compiled program, run once per call with other arrays.

Values enter through Brian2's run arguments (files) and come back through the arrays that
Brian2 writes at its end. Each call has a folder of its own: calls may run side by side.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from models.devices.arguments import Arguments
from models.devices.compiled_network import CompiledNetwork
from models.errors import SuiteError
from models.programs.compilation import Compilation
from models.programs.working_folder import in_words
from models.shared.processes import how_it_ended
from models.shared.resources import processors, with_huge_pages


class ProgramNetwork(CompiledNetwork):
    """Base of the devices whose networks are programs.

    They set `_folder`, a WorkingFolder, `_files`, the ProgramFiles, and `_compilation`.
    """

    def wait(self) -> None:
        """Wait until the network is compiled.

        Raises
        ------
        SuiteError
            If compiling failed.
        """
        self._compilation.wait()

    @property
    def likeness(self) -> Hashable:
        """Each call is a process of its own, whatever its program."""
        return ProgramNetwork

    def _run_replicas(self, arguments: Sequence[Arguments], copies: Sequence[ProgramNetwork]
                      ) -> list[tuple]:
        """A process each, as many at a time as there are processors."""
        with ThreadPoolExecutor(min(len(arguments), processors())) as pool:
            return list(pool.map(ProgramNetwork._timed, copies, arguments))

    @contextmanager
    def _executed(self, compilation: Compilation,
                  arguments: Arguments) -> Iterator[tuple[Path, float]]:
        """Run a program: the folder of its results, for the block, and its seconds."""
        compilation.wait()
        with in_words(self.label):
            folder = Path(tempfile.mkdtemp(prefix="call-", dir=self._folder.path))
        try:
            with in_words(self.label):
                given = self._files.write(arguments, folder)
                cpu = self._execute(compilation.program, folder, given)
            yield folder / "results", cpu
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _execute(self, program, folder, given):
        """Run a program; the seconds that it took of processors."""
        results = folder / "results"
        results.mkdir()
        with open(folder / "log", "w+", errors="replace") as log:
            process = subprocess.Popen(
                [program, "--results_dir", f"{results}/", *given],
                cwd=program.parent, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=with_huge_pages(os.environ), pass_fds=self._folder.inherited)
            try:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            except BaseException:
                process.kill()
                process.wait()
                raise
            log.seek(0)
            said = log.read().strip()
        if process.returncode == -signal.SIGINT:
            raise KeyboardInterrupt
        if process.returncode or said:
            ended = how_it_ended(process.returncode, said, "is the disk or memory full?")
            raise SuiteError(f"the compiled {self.label} network {ended}")
        return usage.ru_utime + usage.ru_stime
