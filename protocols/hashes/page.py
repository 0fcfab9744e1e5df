"""The table of hashes as README.md shows it."""

from __future__ import annotations

from pathlib import Path

from protocols.files import write_whole
from protocols.hashes.published import SEEDS, read, runs

PAGE = Path(__file__).with_name("README.md")
BEGIN = "<!-- hashes begin -->\n"
END = "<!-- hashes end -->"
DIGITS = 12


def table() -> str:
    """Lines of the table: a row for each kind of run and precision, a column for each seed."""
    published = read()
    rows = {}
    for run in runs():
        if run.command in published:
            words = run.command.removeprefix("python -m protocols.")
            words = words.replace(f" --seed {run.settings.seed}", "")
            key = (words.replace(f" --precision {run.settings.precision}", ""),
                   run.settings.precision)
            rows.setdefault(key, {})[run.settings.seed] = published[run.command]["weights"]
    lines = [f"| run | precision | {' | '.join(f'seed {seed}' for seed in SEEDS)} |",
             "| --- | --- |" + " --- |" * len(SEEDS)]
    for (words, precision), found in rows.items():
        cells = [f"`{found[seed][:DIGITS]}`" if seed in found else "" for seed in SEEDS]
        lines.append(f"| `{words}` | {precision} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def renewed(text: str) -> str:
    """The page with the table of today."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + table() + END + after


def write() -> None:
    """Put the table into the page."""
    write_whole(PAGE, renewed(PAGE.read_text(encoding="utf-8")).encode(), "choose another folder")
