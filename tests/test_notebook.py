"""The notebooks run from top to bottom and show their figures."""

import copy
from pathlib import Path

import numpy as np
import pytest

from analysis.run import Run
from tests.conftest import needs_compiler

NOTEBOOKS = Path(__file__).parents[1] / "analysis" / "notebooks"
HAO2020 = ("stdp_windows(run)", "convergence(run)", "confusion_matrix(run)",
           "tsne_activity(run)", "tsne_out_synapses(run)", "receptive_fields(run)")
WU2018 = ("surrogate_curves(run)", "input_and_output_rasters(run)", "convergence(run)",
          "confusion_matrix(run)", "tsne_layers(run)",
          'compared([run, *others], "neurons.surrogate")',
          'compared([run, *others], "neurons.width")')
SACCADES = "saccades(events) if events else None"


@pytest.fixture
def execute(monkeypatch):
    """``execute(name, again, **variables)``: the code cells of a notebook that was run.

    The cell that begins with `again` is run a second time at the end.
    """
    def run(name, again, **variables):
        needed = "notebooks need: pip install 'brian2-learning-suite[notebooks]'"
        jupytext = pytest.importorskip("jupytext", reason=needed)
        nbclient = pytest.importorskip("nbclient", reason=needed)
        pytest.importorskip("ipykernel", reason=needed)
        for variable, value in variables.items():
            monkeypatch.setenv(variable, value)
        # Notebooks draw with the kernel's own backend.
        monkeypatch.delenv("MPLBACKEND", raising=False)
        notebook = jupytext.read(NOTEBOOKS / name)
        training, = (cell for cell in notebook.cells if cell.source.startswith(again))
        notebook.cells.append(copy.deepcopy(training))
        nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3", resources={
            "metadata": {"path": str(NOTEBOOKS.parents[1])}}).execute()
        return [cell for cell in notebook.cells if cell.cell_type == "code"]

    return run


def shows(code, source):
    """Whether the cell shows a figure."""
    outputs, = (cell.outputs for cell in code if cell.source == source)
    images = [out.data["image/png"] for out in outputs if "image/png" in out.get("data", {})]
    return len(images) == 1 and len(images[0]) > 5000


def texts(code):
    """What the cells printed, each its first output."""
    return [cell.outputs[0].text for cell in code if cell.outputs and "text" in cell.outputs[0]]


@needs_compiler
def test_hao2020(tmp_path, monkeypatch, execute):
    """A fifth of an epoch of the digits: every figure is shown, a finished run is reused."""
    monkeypatch.delenv("HAO2020_PRESET", raising=False)
    code = execute("hao2020.py", "command = ", HAO2020_RUN=str(tmp_path / "run"),
                   HAO2020_OPTIONS="--epochs 0.2 --test-every 144 --hidden 50")
    assert [source for source in HAO2020 if not shows(code, source)] == []
    text = texts(code)
    assert "SL layer" in text[0] and "final_sl" in text[1]
    assert text[-1].strip() == f"{tmp_path / 'run'} holds a finished run"


SMALL = {"WU2018_OPTIONS": "--epochs 2 --kernels numpy --network 30-10 --train-samples 600",
         "WU2018_SURROGATES": "sigmoid", "WU2018_WIDTHS": "10",
         "WU2018_EVENTS": "--epochs 1 --kernels numpy --network 10-10"}


def test_wu2018(tmp_path, monkeypatch, execute):
    """Two epochs of some digits, a run for either half of Fig. 6, a made-up N-MNIST."""
    monkeypatch.delenv("WU2018_PRESET", raising=False)
    rng = np.random.default_rng(0)
    for part in ("Train", "Test"):
        for label in range(2):
            path = tmp_path / "data" / "n-mnist" / part / str(label) / "00001.bin"
            path.parent.mkdir(parents=True)
            # x, y, polarity with the time's upper 7 bits, the time's lower 16 bits.
            times = np.sort(rng.integers(0, 300_000, 3000))
            path.write_bytes(np.stack([
                rng.integers(0, 34, 3000), rng.integers(0, 34, 3000),
                rng.integers(0, 2, 3000) << 7 | times >> 16, times >> 8 & 255, times & 255],
                axis=1).astype(np.uint8).tobytes())
    code = execute("wu2018.py", "print(train(", WU2018_RUN=str(tmp_path / "run"),
                   SNN_DATA=str(tmp_path / "data"), **SMALL)
    assert [source for source in (*WU2018, SACCADES) if not shows(code, source)] == []
    text = texts(code)
    assert "run directory" in text[0] and "best_test" in text[1]
    assert text[-1].strip() == f"{tmp_path / 'run'} holds a finished run"
    settings = [Run(tmp_path / f"run{which}").config["neurons"]
                for which in ("", "-sigmoid", "-a10")]
    assert [(each["surrogate"], each["width"]) for each in settings] == \
        [("rectangular", 1.0), ("sigmoid", 1.0), ("rectangular", 10.0)]
