"""One self-contained page of a run, for a browser: ``python -m analysis DIR --html``."""

import base64
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.errors import MissingData
from analysis.figures import FIGURES, belongs
from analysis.files import damaged, need_file, read_text, write
from analysis.published import published_value
from analysis.readouts import WORDS
from analysis.rules import RULES
from analysis.run import Run
from analysis.style import styled

PAGE = "report.html"
TEMPLATES = Path(__file__).parent / "templates"
# What a reader looks for first; the other figures follow by name.
FIRST = ("convergence", "confusion_matrix", "worst_images", "receptive_fields")
# Enough for a screen of twice the usual resolution, and a page of some megabytes.
SCREEN_DPI = 130
WIDE = 1.8


class Picture(NamedTuple):
    """A figure on a page.

    Attributes
    ----------
    name, caption : str
    source : str
        A data URI.
    wide : bool
        A telephone would show it too small: it scrolls there.
    """

    name: str
    caption: str
    source: str
    wide: bool


def write_page(run: Run, names: Sequence[str]) -> Path:
    """Write the page of a run into its directory.

    Parameters
    ----------
    run : analysis.run.Run
        Finished or not; what is not there yet is left out.
    names : sequence of str
        Figures to show, of `analysis.figures.FIGURES`.

    Returns
    -------
    pathlib.Path
        ``report.html``. It loads nothing from anywhere.

    Raises
    ------
    AnalysisError
        A file is damaged, or the page cannot be written.
    """
    pictures, skipped = _pictures(run, names)
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True,
                              undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    text = environment.get_template("run.html").render(
        title=run.title.replace(r"\$", "$"), summary=_or(lambda: run.summary, {}),
        config=_settings(run), accuracies=_accuracies(run),
        equations=_or(lambda: read_text(run.directory / "equations.txt"), ""),
        pictures=pictures, skipped=skipped)
    path = run.directory / PAGE
    write(path, text.encode("utf-8", "replace"))
    return path


def _or(read: Callable[[], Any], otherwise: Any) -> Any:
    """What `read` returns, or something else where the file is absent."""
    try:
        return read()
    except MissingData:
        return otherwise


def _settings(run: Run) -> dict[str, dict[str, Any]]:
    """Tables of config.toml with something in them, but for notes on the file itself."""
    config = _or(lambda: run.config, {})
    return {name: table for name, table in config.items() if table and name != "settings"}


def _accuracies(run: Run) -> list[dict[str, str]]:
    """A row for each rule and readout: words, measured and published value."""
    rows = []
    for rule, values in _or(lambda: run.summary, {}).get("accuracies", {}).items():
        for readout, value in values.items():
            if value is None:
                continue
            published = published_value(run, readout)
            several = len(values) > 1
            rows.append({
                "rule": f"{RULES[rule]}, {WORDS.get(readout, readout)}" if several else RULES[rule],
                "measured": f"{value:.2f} %",
                "published": "–" if published is None else f"{published.mean:.2f} %"})
    return rows


def _pictures(run: Run, names: Sequence[str]) -> tuple[list[Picture], list[str]]:
    """The figures of a run, and a line for each of its own that is left out."""
    pictures = []
    skipped = []
    for name in [*(each for each in FIRST if each in names), *sorted(set(names) - set(FIRST))]:
        caption = FIGURES[name].__doc__.strip().splitlines()[0]
        kept = run.directory / "figures" / f"{name}.png"
        try:
            content = _drawn(FIGURES[name], run)
        except MissingData as reason:
            if kept.exists():
                # Of a run whose arrays were not kept with its figures.
                content = _kept(kept)
            else:
                if belongs(FIGURES[name], run):
                    skipped.append(f"{name}: {reason}")
                continue
        source = f"data:image/png;base64,{base64.b64encode(content).decode()}"
        pictures.append(Picture(name.replace("_", " "), caption, source, _is_wide(content)))
    return pictures, skipped


def _kept(path: Path) -> bytes:
    """A figure that was drawn before."""
    need_file(path)
    content = path.read_bytes()
    try:
        _is_wide(content)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise damaged(path, "is no PNG file") from error
    return content


def _is_wide(png: bytes) -> bool:
    """Whether a PNG file is more than `WIDE` times as wide as high."""
    with Image.open(io.BytesIO(png)) as image:
        return image.width > WIDE * image.height


@styled
def _drawn(figure: Callable, run: Run) -> bytes:
    """A figure of a run as PNG."""
    content = io.BytesIO()
    figure(run).savefig(content, format="png", dpi=SCREEN_DPI)
    return content.getvalue()
