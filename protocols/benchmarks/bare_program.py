"""A network as a hand-written C++ loop: compiled for one case, and run on arrays in files."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.errors import SuiteError
from models.programs.compiler_options import accepts, adapted
from models.shared.resources import check_compiler, with_huge_pages


class BareProgram:
    """A program that reads numbers from one file and writes numbers to another one.

    Parameters
    ----------
    source : Path
        C++ file.
    flags : sequence of str
        Of the compiler. Those that it does not know are left out.
    defined : dict of str to object
        Constants of the case, ``-DNAME=VALUE``.
    program : Path
        Where the program is to be.

    Raises
    ------
    SuiteError
        No compiler, or it failed.
    """

    def __init__(self, source: Path, flags: Sequence[str], defined: dict, program: Path):
        self._program = program
        compiler = check_compiler()
        known = [flag for flag in adapted(flags, compiler) if accepts(tuple(compiler), flag)]
        done = subprocess.run(
            [*compiler, *known, *(f"-D{name}={value}" for name, value in defined.items()),
             str(source), "-o", str(program)], capture_output=True, text=True)
        if done.returncode:
            raise SuiteError(f"the compiler failed on {source.name}: "
                             f"{(done.stderr.splitlines() or ['no message'])[0]}")

    def __call__(self, parts: Sequence[ArrayLike]) -> NDArray[np.float64]:
        """Run it.

        Parameters
        ----------
        parts : sequence of array_like
            Written one after the other, as doubles.

        Returns
        -------
        ndarray
            What it has written.

        Raises
        ------
        SuiteError
            If it fails.
        """
        with tempfile.TemporaryDirectory(prefix="brian2-learning-") as folder:
            given = Path(folder, "in")
            taken = Path(folder, "out")
            np.concatenate([np.ravel(part).astype(float) for part in parts]).tofile(given)
            done = subprocess.run([str(self._program), str(given), str(taken)],
                                  capture_output=True, text=True, env=with_huge_pages(os.environ))
            if done.returncode:
                raise SuiteError(f"the bare network failed: {done.stderr.strip() or 'no message'}")
            return np.fromfile(taken)
