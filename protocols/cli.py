"""What all command lines share: one clear line on failure, exit code 2, no traceback."""

import argparse
import contextlib
import importlib.metadata
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from models.errors import SuiteError
from models.shared.processes import OUT_OF_MEMORY

BAD_INPUT = 2
DISTRIBUTION = "brian2-learning-suite"
"""What is installed, as pyproject.toml names it."""


def program_name() -> str:
    """Name of the program of this process, such as ``stbp``."""
    path = Path(sys.argv[0])
    return path.parent.name if path.stem == "__main__" else path.stem


def prepare_process() -> None:
    """What a command line needs before it imports NumPy or Brian2.

    - One BLAS thread: more are slower on a busy machine.
    - Interrupts end the process with one line while the imports go on.
    - A standard stream that is closed leads nowhere, so that no file takes its number.
    - Standard output writes what its encoding cannot hold as escapes.

    Ends the process if its arguments are not UTF-8: importing Brian2 writes them to a log.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    open_streams()
    with contextlib.suppress(ValueError):  # not in the main thread
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, _end_at_once)
    for word in sys.argv[1:]:
        try:
            word.encode()
        except UnicodeEncodeError:
            print(f"{program_name()}: the argument {os.fsencode(word)} is not UTF-8; rename what "
                  "it names", file=sys.stderr)
            sys.exit(BAD_INPUT)


def open_streams() -> None:
    """Give every standard stream a place, and standard output escapes."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest free number is the one that is missing.
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


@contextlib.contextmanager
def imports():
    """Turn a failure of the imports inside into one line and exit code 2.

    Where memory is exhausted imports fail in many ways, some of which name something else.
    """
    try:
        yield
    except (ImportError, MemoryError, SystemError) as error:
        cause = failed_import(error)
        if cause is None:
            raise
    else:
        return
    print(f"{program_name()}: {' '.join(cause.split())}", file=sys.stderr)
    sys.exit(BAD_INPUT)


def failed_import(error: Exception) -> str | None:
    """Why an import failed and what to do; None if it is a fault of the code."""
    if isinstance(error, ModuleNotFoundError):
        return (f"the package {error.name} is not installed; install the suite with pip install "
                "-e . where its pyproject.toml lies")
    if isinstance(error, ImportError) and not OUT_OF_MEMORY.search(str(error)):
        return None
    said = str(error) or type(error).__name__
    return (f"no memory is left for the imports ({said}); end other programs, or raise the limit "
            "(ulimit -v)")


def _end_at_once(*_) -> None:
    """Handler of interrupts during imports, where no exception is safe."""
    os.write(2, f"{program_name()}: stopped\n".encode())
    os._exit(BAD_INPUT)


def suite_version() -> str:
    """Version of the suite that is installed."""
    try:
        return importlib.metadata.version(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError:
        return "unknown, not installed"


class Parser(argparse.ArgumentParser):
    """An argument parser that knows ``--version`` and answers a wrong argument with one line,
    without the usage."""

    def __init__(self, *arguments, **keywords):
        super().__init__(*arguments, **keywords)
        if self.add_help:
            self.add_argument("--version", action="version",
                              version=f"{DISTRIBUTION} {suite_version()}")

    def print_help(self, file=None):
        """Without this, argparse is silent where the text cannot be written."""
        print(self.format_help(), end="", file=file or sys.stdout, flush=True)

    def error(self, message):
        self.exit(BAD_INPUT, f"{self.prog.rpartition('.')[2]}: {message}; see {self.prog} --help\n")


def restore_interrupts() -> None:
    """Make interrupts exceptions again, where an import has replaced their handler.

    Brian2's handler lets a network on NumPy run on, and fails where interrupts are ignored, as in a
    script's background jobs. Without effect where nothing was replaced, and outside the main thread,
    which alone has handlers.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    now = signal.getsignal(signal.SIGINT)
    before = getattr(now, "previous_handler", now)
    if before is _end_at_once:
        before = signal.default_int_handler
    if before is not now:
        signal.signal(signal.SIGINT, before)


def import_brian2() -> None:
    """Import Brian2 where it is first needed, and leave interrupts exceptions.

    The import takes a second: a command that is only asked for help has no need of it.

    Raises
    ------
    SuiteError
        If another thread than the main one is the first to import it. There Brian2 cannot replace
        the handler of interrupts, and its import fails.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread and "brian2" not in sys.modules:
        raise SuiteError("Brian2 can be imported in the main thread only: write import brian2 "
                         "before your script starts its threads")
    import brian2  # noqa: F401
    restore_interrupts()


@contextlib.contextmanager
def clear_errors(program, resumed=""):
    """Turn a failure the user can mend into one line on standard error and exit code 2.

    Parameters
    ----------
    program : str
        Name to begin the line with.
    resumed : str
        How an interrupted command is continued, if it can be.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    with contextlib.suppress(ValueError):  # not in the main thread
        # A terminated command cleans up as an interrupted one does.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    restore_interrupts()
    try:
        with _flushed_output():
            yield
    except SuiteError as error:
        cause = str(error)
    except MemoryError:
        cause = "out of memory; use a smaller network or fewer samples"
    except ImportError as error:
        # Some packages are imported only where they are used.
        cause = failed_import(error)
        if cause is None:
            raise
    except KeyboardInterrupt:
        cause = f"stopped{resumed and f'; {resumed}'}"
    except BrokenPipeError:
        # The reader, such as head, has seen enough.
        drop_output()
        return
    except OSError as error:
        try:
            sys.stdout.flush()
        except OSError:
            drop_output()
        where = f": {error.filename}" if error.filename else ""
        cause = f"{error.strerror or error}{where}; check the path, its rights and the free space"
    else:
        return
    # A path may hold a line break, and so do some messages of the C library's callers.
    print(f"{program}: {' '.join(cause.splitlines())}", file=sys.stderr)
    sys.exit(BAD_INPUT)


@contextlib.contextmanager
def _flushed_output():
    """Write out what has been printed while a failure can still be told, as after ``--help``."""
    try:
        yield
    except SystemExit:
        sys.stdout.flush()
        raise
    sys.stdout.flush()


def drop_output() -> None:
    """Lead standard output nowhere, as it takes no more; else Python fails again at its end."""
    with contextlib.suppress(OSError):  # no file of the system
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def draw(out) -> None:
    """Draw a run's figures with the analysis package, in a process of its own.

    Raises
    ------
    SuiteError
        If that fails or is interrupted.
    """
    command = [sys.executable, "-m", "analysis", str(out)]
    again = f"python -m analysis {out}"
    try:
        # An interrupt at the terminal is for this process, which ends the other one.
        failed = subprocess.run(command, process_group=0).returncode
    except KeyboardInterrupt:
        raise SuiteError(f"stopped while drawing; the run is whole, its figures: {again}") from None
    if failed:
        raise SuiteError(f"figures failed; try: {again}")
