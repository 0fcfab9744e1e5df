"""Processor time and peak memory of the programs that this process starts."""

import resource
import threading

from models.errors import SuiteError

try:
    import psutil
except ImportError:
    raise SuiteError("benchmarks read the memory with psutil: "
                     "pip install 'brian2-learning-suite[benchmarks]'") from None

PERIOD = 0.002


def cpu_seconds(children_only=False):
    """CPU seconds so far, of this process and the finished programs it has started."""
    both = [resource.getrusage(resource.RUSAGE_CHILDREN)]
    if not children_only:
        both.append(resource.getrusage(resource.RUSAGE_SELF))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


class PeakMemory:
    """Largest resident memory of a program that runs inside the ``with`` block.

    It is looked up every 2 ms. The maximum that the kernel keeps (``ru_maxrss``) is of no
    use here: a new process takes over that of Python, some 200 MB. May be entered again;
    the largest value stays.

    Attributes
    ----------
    megabytes : float or None
        1e6 bytes; None if the program was never met.
    """

    def __init__(self):
        self.megabytes = None

    def __enter__(self):
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _watch(self):
        parent, program = psutil.Process(), None
        while not self._stop.wait(PERIOD):
            try:
                program = program or self._find(parent)
                if program is not None:
                    now = program.memory_info().rss / 1e6
                    self.megabytes = max(now, self.megabytes or 0.0) or None
            except psutil.Error:
                program = None

    @staticmethod
    def _find(parent):
        """The child, once it has become another program: before, it shares our memory."""
        children = [p for p in parent.children() if p.exe() not in ("", parent.exe())]
        return children[0] if children else None
