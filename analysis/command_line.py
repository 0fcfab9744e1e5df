"""What the two command lines share: one line and exit code 2 for whatever goes wrong."""

import argparse
import contextlib
import importlib.metadata
import os
import signal
import sys
from collections.abc import Callable, Sequence

from analysis.errors import AnalysisError

FAILED = 2
DISTRIBUTION = "brian2-learning-suite"
"""What is installed, as pyproject.toml names it."""


def leave_when_interrupted() -> None:
    """Let an interrupt end the process with one line; call it before importing what takes long.

    An exception would not do: libraries catch it while they are imported, or print it where
    it cannot be raised. Where interrupts are ignored, as in a script's background jobs, they
    stay so.
    """
    def leave(number: int, frame: object) -> None:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        with contextlib.suppress(OSError):
            os.write(2, b"analysis: stopped; give the command again\n")
        os._exit(FAILED)

    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, leave)


class Parser(argparse.ArgumentParser):
    """An argument parser that knows ``--version`` and answers a wrong argument with one line,
    without the usage."""

    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)
        try:
            version = importlib.metadata.version(DISTRIBUTION)
        except importlib.metadata.PackageNotFoundError:
            version = "unknown, not installed"
        self.add_argument("--version", action="version", version=f"{DISTRIBUTION} {version}")

    def error(self, message: str) -> None:
        """Leave with one line."""
        _say(f"{message}; see {self.prog} --help")
        self.exit(FAILED)


def exit_code(command: Callable[[Sequence[str]], int], arguments: Sequence[str] | None = None
              ) -> int:
    """Run a command line and turn its failures into one line.

    Parameters
    ----------
    command : callable
        Takes the list of arguments, returns an exit code.
    arguments : list of str, optional
        Default: those of this process.

    Returns
    -------
    int
        What `command` returned, or 2 after bad input or a file that cannot be written.
    """
    _print_everything()
    try:
        code = command(sys.argv[1:] if arguments is None else arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader, such as head, has seen enough.
        _drop_output()
        return 0
    except AnalysisError as error:
        _say(str(error))
    except MemoryError:
        _say("out of memory; name fewer runs, or fewer figures with --only")
    except OSError as error:
        if error.filename is None:
            # Files are written and read by functions that name them.
            _drop_output()
        _say(f"{error.filename or 'standard output'}: {error.strerror or error}; "
             "check the path, its permissions and the free disk space")
    return FAILED


def _print_everything() -> None:
    """Print what the terminal's encoding cannot hold as an escape, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Lead standard output nowhere: what is left in its buffer would fail again at the end."""
    # Where output is no file there is nothing to lead away.
    with contextlib.suppress(OSError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(message: str) -> None:
    """Print a message on standard error, as one line even if it names a path of several."""
    if sys.stderr is not None:
        print(f"analysis: {' '.join(message.splitlines())}", file=sys.stderr)
