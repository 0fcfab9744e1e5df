"""Peak memory of the programs that this process starts."""

import threading

from models.errors import SuiteError

try:
    import psutil
except ImportError:
    raise SuiteError("benchmarks read the memory with psutil: "
                     "pip install 'brian2-learning-suite[benchmarks]'") from None

PERIOD = 0.002


class PeakMemory:
    """Largest resident memory of a program that runs inside the ``with`` block.

    It is looked up every 2 ms. The maximum that the kernel keeps (``ru_maxrss``) is of no
    use here: a new process takes over that of Python, some 200 MB. Programs that were
    started earlier do not count, whether they run or nobody has asked for their end yet
    (a compiler, say). May be entered again; the largest value stays.

    Attributes
    ----------
    megabytes : float or None
        1e6 bytes; None if the program was never met.
    """

    def __init__(self):
        self.megabytes = None

    def __enter__(self):
        self._parent = psutil.Process()
        self._earlier = set(psutil.pids())
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _watch(self):
        program = None
        while not self._stop.wait(PERIOD):
            program = program or self._find()
            if program is not None:
                try:
                    now = program.memory_info().rss / 1e6
                    self.megabytes = max(now, self.megabytes or 0.0) or None
                except psutil.Error:
                    program = None

    def _find(self):
        """The child, once it has become another program: before, it shares our memory."""
        for child in self._parent.children():
            try:
                if child.pid not in self._earlier and child.exe() not in ("", self._parent.exe()):
                    return child
            except psutil.Error:
                continue
        return None
