"""What all command lines share: one clear line on failure, exit code 2, no traceback."""

import argparse
import contextlib
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

from models.errors import SuiteError

BAD_INPUT = 2


def pin_threads():
    """One BLAS thread: more are slower on a busy machine. Call before importing NumPy.

    Ends the process if its arguments are not UTF-8: importing Brian2 writes them to a log.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    for word in sys.argv[1:]:
        try:
            word.encode()
        except UnicodeEncodeError:
            path = Path(sys.argv[0])
            program = path.parent.name if path.stem == "__main__" else path.stem
            print(f"{program}: the argument {os.fsencode(word)} is not UTF-8; rename what it names",
                  file=sys.stderr)
            sys.exit(BAD_INPUT)


class Parser(argparse.ArgumentParser):
    """An argument parser that answers a wrong argument with one line, without the usage."""

    def error(self, message):
        self.exit(BAD_INPUT, f"{self.prog.rpartition('.')[2]}: {message}; see {self.prog} --help\n")


def restore_interrupts():
    """Take back the handler of interrupts that importing Brian2 replaced.

    Brian2's lets a network on NumPy run on, and fails where interrupts are ignored, as in a
    script's background jobs. Without effect where nothing was replaced. Call it again after a late
    import, in the main thread.
    """
    replaced = getattr(signal.getsignal(signal.SIGINT), "previous_handler", None)
    if replaced is not None:
        signal.signal(signal.SIGINT, replaced)


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
        yield
    except SuiteError as error:
        cause = str(error)
    except MemoryError:
        cause = "out of memory; use a smaller network or fewer samples"
    except KeyboardInterrupt:
        cause = f"stopped{resumed and f'; {resumed}'}"
    except BrokenPipeError:
        # The reader, such as head, has seen enough; nothing may be flushed into the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        cause = f"{error.strerror or error}{where}; check the path, its rights and the free space"
    else:
        return
    # A path may hold a line break, and so do some messages of the C library's callers.
    print(f"{program}: {' '.join(cause.splitlines())}", file=sys.stderr)
    sys.exit(BAD_INPUT)


def draw(out):
    """Draw a run's figures with the analysis package, in a process of its own.

    Raises
    ------
    SuiteError
        If that fails.
    """
    if subprocess.run([sys.executable, "-m", "analysis", str(out)]).returncode:
        raise SuiteError(f"figures failed; try: python -m analysis {out}")
