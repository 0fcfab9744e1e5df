"""What a run says while it goes on: a progress bar on a terminal, else a line per evaluation."""

import contextlib
import sys

from tqdm import tqdm


class Console:
    """Tells of a run.

    Parameters
    ----------
    program : str
        Begins warnings.
    quiet : bool
        Say nothing but warnings.
    """

    def __init__(self, program: str, quiet: bool = False):
        self.program = program
        self.quiet = quiet
        self._bar = None

    @contextlib.contextmanager
    def progress(self, total: int, done: int, title: str):
        """A progress bar in training samples; none where the output is not a terminal."""
        with tqdm(total=total, initial=done, unit=" samples", smoothing=0.05, desc=title,
                  disable=True if self.quiet else None) as bar:
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
        if self.has_bar:
            self._bar.write(line)
        else:
            print(line, flush=True)

    def warn(self, line: str) -> None:
        """A line on standard error."""
        text = f"{self.program}: warning: {line}"
        if self.has_bar:
            self._bar.write(text, file=sys.stderr)
        else:
            print(text, file=sys.stderr, flush=True)

    def evaluated(self, row: dict, learner) -> None:
        """Tell of a row of metrics.csv."""
        words = ", ".join(accuracy_words(row, learner.readouts))
        if self.has_bar:
            self._bar.set_description_str(f"{learner.settings.preset}, {row['split']} {words}")
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
