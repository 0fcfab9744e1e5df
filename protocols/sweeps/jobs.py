"""The jobs of a sweep: a process each, which makes one run directory, with replicas several."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from protocols.runs import protocol as protocols
from protocols.runs.directory import SUMMARY


@dataclass(frozen=True)
class Job:
    """A process that makes a run directory; with replicas several.

    Attributes
    ----------
    name : str
        Of its rule, such as ``table1/mnist-100/seed0``.
    protocol : str
    words : tuple of str
        Options of its command line that say what is run.
    where : tuple of str
        Those that say where.
    runs : tuple of Path
        Run directories that it makes.
    files : tuple of Path
        Files of other runs of the sweep that it reads.
    resources : dict
        For Snakemake, such as ``runtime`` (minutes) and ``mem_mb``.
    """

    name: str
    protocol: str
    words: tuple[str, ...]
    where: tuple[str, ...]
    runs: tuple[Path, ...]
    files: tuple[Path, ...]
    resources: dict[str, Any]

    @property
    def summaries(self) -> list[str]:
        """Files whose presence says that the job is done."""
        return [str(run / SUMMARY) for run in self.runs]

    @property
    def log(self) -> str:
        """File of what the job says; beside its run directories, not in them."""
        return str(self.runs[0].with_suffix(".log"))

    @property
    def command(self) -> str:
        """Shell command; given again, it continues the runs."""
        module = protocols.module_of(self.protocol)
        return shlex.join([sys.executable, "-m", module, *self.words, *self.where, "--resume",
                           "--no-figures"])


@dataclass(frozen=True)
class Sweep:
    """All jobs of a file.

    Attributes
    ----------
    name : str
        Of the file, without its ending.
    folder : Path
        Its run directories are ``folder/PLACE/seedN``.
    jobs : tuple of Job
    """

    name: str
    folder: Path
    jobs: tuple[Job, ...]

    @property
    def runs(self) -> list[Path]:
        """All run directories."""
        return [run for job in self.jobs for run in job.runs]

    def needs(self, job: Job) -> list[str]:
        """Summaries of the runs of this sweep whose files a job reads."""
        return [str(run / SUMMARY) for file in job.files for run in self.runs
                if run in file.parents]
