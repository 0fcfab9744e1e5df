"""What a run says: a progress bar on a terminal, a line per evaluation elsewhere."""

import contextlib
import sys

from tqdm import tqdm

from protocols.cli import drop_output


class Console:
    """Tells of a run.

    Parameters
    ----------
    program : str
        Begins warnings.
    quiet : bool
        Say nothing but warnings.
    title : str
        Begins every line of a run beside others, which has no progress bar.
    """

    def __init__(self, program: str, quiet: bool = False, title: str = ""):
        self.program = program
        self.quiet = quiet
        self.title = title
        self._bar = None

    @contextlib.contextmanager
    def progress(self, total: int, done: int, title: str):
        """A progress bar in training samples; none where the output is not a terminal."""
        with tqdm(total=total, initial=done, unit=" samples", smoothing=0.05, desc=title,
                  disable=True if self.quiet or self.title else None) as bar:
            self._bar = bar
            try:
                yield
            finally:
                self._bar = None

    @property
    def has_bar(self) -> bool:
        """Whether a progress bar is on the screen."""
        return self._bar is not None and not self._bar.disable

    def advance(self, samples: int, status: str) -> None:
        """Move the bar."""
        if self.has_bar:
            self._bar.set_postfix_str(status, refresh=False)
            self._bar.update(samples - self._bar.n)

    def say(self, line: str) -> None:
        """A line on standard output, at once; above the bar if there is one."""
        if self.quiet:
            return
        try:
            if self.has_bar:
                self._bar.write(line)
            else:
                print(f"{self.title}{line}")
            sys.stdout.flush()
        except OSError as error:
            # What is learned is in files; it is worth more than what is said of it.
            self.quiet = True
            drop_output()
            self.warn(f"standard output takes no more ({error.strerror}); the run goes on without")

    def warn(self, line: str) -> None:
        """A line on standard error."""
        text = f"{self.program}: warning: {self.title}{line}"
        if self.has_bar:
            self._bar.write(text, file=sys.stderr)
        else:
            with contextlib.suppress(OSError):
                print(text, file=sys.stderr, flush=True)

    def evaluated(self, row: dict, learner) -> None:
        """Tell of a row of metrics.csv."""
        words = ", ".join(accuracy_words(row, learner.readouts))
        if self.has_bar:
            self._bar.set_description_str(f"{learner.settings.preset}, {row['split']} {words}")
            # The bar is on standard error; standard output may still be a file.
            if sys.stdout.isatty():
                return
        seconds = f"{row['wall_seconds']:.0f} s"
        status = learner.status()
        more = f", {status}" if status else ""
        self.say(f"{row['samples']:,} of {learner.total:,} samples, {seconds}: {row['split']} "
                 f"{words}{more}")


def accuracy_words(row: dict, readouts: tuple[str, ...]) -> list[str]:
    """Accuracies of a row of metrics.csv, such as "SL layer 83.1 %"."""
    if len(readouts) == 1:
        return [f"{row['accuracy']:.2f} %"]
    return [f"{readout} {row[f'accuracy_{readout}']:.2f} %" for readout in readouts
            if row[f"accuracy_{readout}"] is not None]
