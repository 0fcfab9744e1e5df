"""The notebook runs from top to bottom and shows its figures."""

import copy
from pathlib import Path

import pytest

from tests.conftest import needs_compiler

NOTEBOOK = Path(__file__).parents[1] / "analysis" / "notebooks" / "hao2020.py"
FIGURES = ("stdp_windows", "convergence", "confusion_matrix", "tsne_activity",
           "tsne_out_synapses", "receptive_fields")


@needs_compiler
def test_notebook(tmp_path, monkeypatch):
    """A fifth of an epoch of the digits: every figure is shown, a finished run is reused."""
    needed = "notebooks need: pip install 'brian2-learning-suite[notebooks]'"
    jupytext = pytest.importorskip("jupytext", reason=needed)
    nbclient = pytest.importorskip("nbclient", reason=needed)
    pytest.importorskip("ipykernel", reason=needed)
    monkeypatch.setenv("HAO2020_RUN", str(tmp_path / "run"))
    monkeypatch.setenv("HAO2020_OPTIONS", "--epochs 0.2 --test-every 144 --hidden 50")
    monkeypatch.delenv("HAO2020_PRESET", raising=False)
    # Notebooks draw with the kernel's own backend.
    monkeypatch.delenv("MPLBACKEND", raising=False)

    notebook = jupytext.read(NOTEBOOK)
    training, = (cell for cell in notebook.cells if cell.source.startswith("command = "))
    notebook.cells.append(copy.deepcopy(training))
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3",
                            resources={"metadata": {"path": str(NOTEBOOK.parents[2])}}).execute()

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for name in FIGURES:
        shown, = (cell.outputs for cell in code if cell.source == f"{name}(run)")
        image, = (out.data["image/png"] for out in shown if "image/png" in out["data"])
        assert len(image) > 5000, name
    text = [cell.outputs[0].text for cell in code if cell.outputs and "text" in cell.outputs[0]]
    assert "SL layer" in text[0] and "final_sl" in text[1]
    assert text[-1].strip() == f"{tmp_path / 'run'} holds a finished run"
