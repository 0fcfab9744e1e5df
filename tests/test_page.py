"""The page of a run: all of it in one file, which a browser shows at a telephone's width too."""

import html
import json
import re
import shutil
import subprocess

import pytest

from analysis.__main__ import main
from analysis.command_line import exit_code
from analysis.figures import worst_images
from analysis.run import Run
from tests.analysis_runs import TESTED, make_run, write_summary
from tests.chromium import OPTIONS, browser

FIGURES = ("convergence", "confusion_matrix", "worst_images", "receptive_fields")
PHONE = 360


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of a run with equations and a long setting, and the run."""
    directory = tmp_path_factory.mktemp("runs") / "run"
    make_run(directory)
    (directory / "equations.txt").write_text(
        f"dV/dt = (V_rest - V) / tau : volt{' ' * 200}# <Eq. 3>\n")
    config = (directory / "config.toml").read_text()
    (directory / "config.toml").write_text(config + f'[data]\nfolder = "{"x" * 300}"\n')
    write_summary(directory, protocol="diehl_cook_sl", preset="small", seed=0, samples=600,
                  published={"mean": 83.67, "sd": 0.3, "readout": "sl"}, dataset="a < b",
                  accuracies={"end": {"sl": 81.5, "labels": 70.25}}, warnings=["it <b>sleeps</b>"],
                  class_names=["boot", "bag", "coat"], command="python -m protocols.x")
    assert main([str(directory), "--html", "--only", *FIGURES]) == 0
    return (directory / "report.html").read_text(), Run(directory)


def test_it_is_whole(page):
    """Everything is in the file, and nothing is loaded from elsewhere."""
    text, run = page
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', text)
    assert len(sources) == len(FIGURES)
    assert all(source.startswith("data:image/png;base64,iVBOR") for source in sources)
    assert not re.search(r"https?:|<script|@import|url\(", text)
    assert "dV/dt = (V_rest - V) / tau" in text and "# &lt;Eq. 3&gt;" in text
    assert "81.50 %" in text and "70.25 %" in text and "83.67 %" in text
    assert "it &lt;b&gt;sleeps&lt;/b&gt;" in text and "a &lt; b" in text
    for table in run.config.values():
        assert all(f"<td>{key}</td>" in text for key in table) or "format" in table
    # Nothing else was written.
    assert not (run.directory / "figures").exists()


def test_figures_that_were_drawn_before(page, tmp_path):
    """Of a run whose arrays are gone; a damaged one is told."""
    _, run = page
    directory = shutil.copytree(run.directory, tmp_path / "run")
    assert main([str(directory), "--formats", "png", "--only", "receptive_fields"]) == 0
    (directory / "activity.npz").unlink()
    assert main([str(directory), "--html", "--only", "receptive_fields"]) == 0
    assert (directory / "report.html").read_text().count("data:image/png") == 1
    (directory / "figures" / "receptive_fields.png").write_bytes(b"no")
    assert exit_code(main, [str(directory), "--html"]) == 2


def test_a_run_that_is_not_finished(page, tmp_path):
    _, run = page
    directory = shutil.copytree(run.directory, tmp_path / "run")
    for name in ("summary.json", "activity.npz", "predictions.csv", "equations.txt"):
        (directory / name).unlink()
    assert main([str(directory), "--html", "--only", "convergence", "confusion_matrix"]) == 0
    text = (directory / "report.html").read_text()
    assert "not finished" in text and text.count("data:image/png") == 1
    assert "confusion_matrix: predictions.csv is absent" in text


def test_worst_images(tmp_path):
    """Wrong answers alone, those first whose output exceeds that of the label most."""
    run = make_run(tmp_path / "run")
    rows = run.predictions
    wrong = rows.index[rows["predicted_sl"] != rows["label"]]
    assert 0 < len(wrong) < TESTED
    figure = worst_images(run)
    shown = [axes for axes in figure.axes if axes.images]
    assert len(shown) == len(wrong)
    counts = run.activity["sl_counts"].astype(int)
    margins = [counts[k, rows["predicted_sl"][k]] - counts[k, rows["label"][k]] for k in wrong]
    worst = wrong[max(range(len(wrong)), key=margins.__getitem__)]
    names = run.class_names
    assert shown[0].get_title() == \
        f"{names[rows['label'][worst]]} → {names[rows['predicted_sl'][worst]]}"
    image = run.activity["images"][worst].reshape(4, 4)
    assert (shown[0].images[0].get_array() == image).all()


MEASURE = """<iframe id="page" width="{width}" height="900" srcdoc="{page}"></iframe><script>
addEventListener("load", () => {{
  const inner = document.getElementById("page").contentDocument;
  document.body.innerHTML = "<pre id='measured'>" + JSON.stringify({{
    width: inner.documentElement.scrollWidth,
    headings: [...inner.querySelectorAll("h2")].map(each => each.id),
    images: [...inner.images].map(each => each.naturalWidth),
    errors: inner.querySelectorAll("parsererror").length}}) + "</pre>";
}});</script>"""


def test_in_a_browser(page, tmp_path):
    """Nothing is wider than a telephone, and each picture is shown."""
    text, _ = page
    (tmp_path / "frame.html").write_text(MEASURE.format(width=PHONE, page=html.escape(text)))
    done = subprocess.run(
        [browser(), *OPTIONS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom",
         (tmp_path / "frame.html").as_uri()], capture_output=True, text=True, timeout=120)
    found = re.search(r'<pre id="measured">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stderr
    measured = json.loads(html.unescape(found[1]))
    assert measured["width"] <= PHONE
    assert measured["headings"] == ["accuracy", "figures", "equations", "settings", "command"]
    assert len(measured["images"]) == len(FIGURES) and min(measured["images"]) > 200
