"""What the two command lines share: one line and exit code 2 for bad input."""

import argparse
import os
import sys

from analysis.errors import AnalysisError


class Parser(argparse.ArgumentParser):
    """An argument parser that answers a wrong argument with one line, without the usage."""

    def error(self, message):
        self.exit(2, f"analysis: {message}; see {self.prog} --help\n")


def exit_code(command, arguments=None):
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
    try:
        code = command(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader, such as head, has seen enough; nothing may be flushed into the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except AnalysisError as error:
        message = str(error)
    except OSError as error:
        message = (f"{error.filename or 'output'}: {error.strerror or error}; "
                   "check the path, its permissions and the free disk space")
    print(f"analysis: {message}", file=sys.stderr)
    return 2
