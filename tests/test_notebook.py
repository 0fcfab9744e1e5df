"""The notebooks run from top to bottom and show their figures.

They learn three easy classes: of the digits, t-SNE alone would take most of the time. The
network of Hao et al. is that of `tests.test_training.test_resume_after_kill_9_is_exact`, compiled
once. Both run in one kernel, emptied in between, that imports the packages once.
"""

from pathlib import Path

import numpy as np
import pytest

from analysis.run import Run
from tests.analysis_runs import make_pairing_run
from tests.conftest import SOON_ELSEWHERE, needs_compiler
from tests.emstdp_runs import make_emstdp_run
from tests.glsnn_runs import make_glsnn_run
from tests.tiny import write_data

NOTEBOOKS = Path(__file__).parents[1] / "analysis" / "notebooks"
HAO2020 = ("stdp_windows(run)", "convergence(run)", "confusion_matrix(run)",
           "tsne_activity(run)", "tsne_out_synapses(run)", "receptive_fields(run)")
WU2018 = ("surrogate_curves(run)", "input_and_output_rasters(run)", "convergence(run)",
          "confusion_matrix(run)", "tsne_layers(run)",
          'compared([run, *others], "neurons.surrogate")',
          'compared([run, *others], "neurons.width")')
SHRESTHA2019 = (
    "staircases(run)", "ann_against_snn(run)",
    "stdp_correlation(Run(pairing))", "window_raster(run)", "convergence(run)",
    "confusion_matrix(run)", "spikes_per_sample(run)", "tsne_layers(run)", "convergence(ways)",
    "samples_needed(ways)", 'update_angles(Run(f"{directory}-dfa"))',
    'update_angles(Run(f"{directory}-fa"))', 'compared(longer, "rules.steps")',
    'active_neurons(higher, "parameters.beta_hidden")', "single_changes(changed)")
ZHAO2020 = (
    "membrane(run)", "spikes_in_time(run)", "layer_rates(run)", "changed_spikes(run)",
    "convergence(run)", "confusion_matrix(run)", "layer_updates(run)", "tsne_layers(run)",
    "class_separation(run)", "over_width(wider)", "over_depth(every)",
    'over_depth(deeper["glsnn"])', "seconds_over_depth(every)", "over_feedback(ablated)",
    "successive_changes(walked)", "over_depth(beside)")
AS_THEY_ARE = """
from pathlib import Path
really = train_once

def train_once(out, *words, **settings):
    there = (Path(out) / "summary.json").exists()
    return Path(out) if there else really(out, *words, **settings)
"""
SACCADES = "saccades(events) if events else None"


@pytest.fixture(scope="module")
def kernel():
    """A kernel of Jupyter, as its manager."""
    needed = "notebooks need: pip install 'brian2-learning-suite[notebooks]'"
    pytest.importorskip("jupytext", reason=needed)
    pytest.importorskip("ipykernel", reason=needed)
    nbclient = pytest.importorskip("nbclient", reason=needed)
    with pytest.MonkeyPatch.context() as patch:
        # Notebooks draw with the kernel's own backend.
        patch.delenv("MPLBACKEND", raising=False)
        manager = nbclient.client.KernelManager(kernel_name="python3")
        manager.start_kernel(cwd=str(NOTEBOOKS.parents[1]))
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.fixture
def execute(kernel):
    """``execute(name, variables, made_up, **parameters)`` runs a notebook; returns its code cells.

    The parameters replace those of its cell of that tag. The variables are those of the kernel's
    environment. Runs that are made up are taken as they are.
    """
    import jupytext
    import nbclient
    import nbformat

    def run(name, variables=None, made_up=False, **parameters):
        notebook = jupytext.read(NOTEBOOKS / name)
        tagged, = (k for k, cell in enumerate(notebook.cells)
                   if "parameters" in cell.metadata.get("tags", []))
        namespace = {}
        exec(notebook.cells[tagged].source, namespace)
        assert set(parameters) <= set(namespace), "a parameter that the notebook does not have"
        given = "\n".join(f"{key} = {value!r}" for key, value in parameters.items())
        notebook.cells.insert(tagged + 1, nbformat.v4.new_code_cell(given))
        if made_up:
            imports, = (k for k, cell in enumerate(notebook.cells)
                        if "from analysis.making import" in cell.source)
            notebook.cells.insert(imports + 1, nbformat.v4.new_code_cell(AS_THEY_ARE))
        empty = nbformat.v4.new_code_cell(
            f"%reset -f\nimport os; os.environ.update({variables or {}!r}); del os")
        notebook.cells.insert(0, empty)
        nbclient.NotebookClient(notebook, km=kernel, timeout=600).execute()
        return [cell for cell in notebook.cells[1:] if cell.cell_type == "code"]

    return run


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """120 training and 60 test images of three classes."""
    return write_data(tmp_path_factory.mktemp("data") / "easy.npz", n_train=40, n_test=20)


def shows(code, source):
    """Whether the cell shows a figure."""
    outputs, = (cell.outputs for cell in code if cell.source == source)
    images = [out.data["image/png"] for out in outputs if "image/png" in out.get("data", {})]
    return len(images) == 1 and len(images[0]) > 5000


def printed(code):
    """What all cells printed."""
    return "".join(out.text for cell in code for out in cell.outputs if "text" in out)


@needs_compiler
def test_hao2020(tmp_path, execute):
    """Every figure is shown."""
    data = write_data(tmp_path / "tiny.npz")
    code = execute("hao2020.py", SOON_ELSEWHERE, directory=str(tmp_path / "run"), preset="own",
                   settings={"dataset": str(data), "epochs": 2, "test_every": 20, "hidden": [10]})
    assert [source for source in HAO2020 if not shows(code, source)] == []
    text = printed(code)
    assert "SL layer" in text and "end of the run" in text and "label statistics" in text


def write_events(folder):
    """A made-up N-MNIST of two samples a part."""
    rng = np.random.default_rng(0)
    for part in ("Train", "Test"):
        for label in range(2):
            path = folder / "n-mnist" / part / str(label) / "00001.bin"
            path.parent.mkdir(parents=True)
            # x, y, polarity with the time's upper 7 bits, the time's lower 16 bits.
            times = np.sort(rng.integers(0, 300_000, 3000))
            path.write_bytes(np.stack([
                rng.integers(0, 34, 3000), rng.integers(0, 34, 3000),
                rng.integers(0, 2, 3000) << 7 | times >> 16, times >> 8 & 255, times & 255],
                axis=1).astype(np.uint8).tobytes())


def test_wu2018(tmp_path, data, execute):
    """Every figure is shown, with a run for either half of Fig. 6 and one of events."""
    write_events(tmp_path / "sets")
    small = {"dataset": str(data), "epochs": 2, "kernels": "numpy", "network": "30-classes"}
    code = execute(
        "wu2018.py", {"SNN_DATA": str(tmp_path / "sets")}, directory=str(tmp_path / "run"),
        preset="own", settings=small, surrogates=["sigmoid"], widths=[10],
        event_settings={"epochs": 1, "kernels": "numpy", "network": "10-10"})
    assert [source for source in (*WU2018, SACCADES) if not shows(code, source)] == []
    assert "best of the tests" in printed(code)
    settings = [Run(tmp_path / f"run{which}").config["neurons"]
                for which in ("", "-sigmoid", "-a10")]
    assert [(each["surrogate"], each["width"]) for each in settings] == \
        [("rectangular", 1.0), ("sigmoid", 1.0), ("rectangular", 10.0)]


def test_shrestha2019(tmp_path, execute):
    """Every figure is shown; the run itself is trained, those beside it are made up.

    They would need a network each. What trains them is the cell that trains the run.
    """
    beside = {
        "-dfa": {}, "-fa": {"network": {"feedback": "fa"}},
        "-bp-mlp": {"run": {"protocol": "emstdp_mlp"}, "network": {"method": "bp"}},
        "-emstdp-mlp": {"run": {"protocol": "emstdp_mlp"}, "network": {"method": "emstdp"}},
        "-T10": {"rules": {"steps": 10}}, "-T20": {"rules": {"steps": 20}},
        "-beta1": {"parameters": {"beta_hidden": 1.0}},
        "-beta2": {"parameters": {"beta_hidden": 2.0}}, "-literal": {"rules": {"form": "literal"}},
        "-literal-clear": {"rules": {"form": "literal"}, "parameters": {"clear": 1.0}},
        "-literal-skip": {"rules": {"form": "literal"}, "parameters": {"skip": 3.0}},
        "-literal-subtraction": {"rules": {"form": "literal", "reset_error": "subtraction"}},
        "-literal-phase-1": {"rules": {"form": "literal", "presynaptic": "phase-1"}}}
    for name, tables in beside.items():
        make_emstdp_run(tmp_path / f"run{name}", tables=tables)
    make_pairing_run(tmp_path / "run-pairing")
    write_data(tmp_path / "few.npz", n_train=8, n_test=4)
    code = execute(
        "shrestha2019.py", made_up=True, directory=str(tmp_path / "run"), preset="own",
        settings={"dataset": str(tmp_path / "few.npz"), "network": "8-classes", "epochs": 1,
                  "steps": 12, "test_every": 12, "device": "runtime"},
        keep=[12], windows=[10, 20], betas=[1, 2])
    assert [source for source in SHRESTHA2019 if not shows(code, source)] == []


def test_zhao2020(tmp_path, data, execute):
    """Every figure is shown; the run itself is trained, those beside it are made up.

    They would need a process each. What trains them is the function that trains the run.
    """
    def made_up(name, count, **tables):
        network = {"network": "-".join(["5"] * count + ["classes"])} | tables.pop("network", {})
        make_glsnn_run(tmp_path / f"run{name}", tables={"network": network, **tables})

    for neurons in ("5", "6"):
        make_glsnn_run(tmp_path / f"run-3x{neurons}", tables={
            "network": {"network": "-".join([neurons] * 3 + ["classes"])}})
    for count in (1, 3):
        for method in ("glsnn", "dtp"):
            made_up(f"-{method}-{count}x5", count, network={"method": method})
        made_up(f"-current-{count}x5", count,
                parameters={"hidden_spikes": 0.0, "hidden_current": 1.0})
        made_up(f"-both-{count}x5", count, parameters={"hidden_current": 1.0, "tau": 0.5})
    for side in ("top", "bottom"):
        for count in range(3):
            made_up(f"-3x5-K{count}-{side}", 3,
                    network={"feedback_layers": str(count), "feedback_from": side})
    changes = {}
    for name, change in (
            ("literal", {}), ("g_L", {"g_L": 1}), ("output", {"output_spikes": 0}),
            ("tau", {"tau": 2, "hidden_current": 0}),
            ("reading", {"reading": "mean"}), ("passing", {"passing": "layers"}),
            ("gate", {"gate": "band"}), ("eta_t", {"eta_t": 0.1}),
            ("eta_w", {"eta_w": 0.03, "decay": 0.9})):
        changes |= change
        made_up(f"-walk-{name}", 2, form=dict(changes))
    code = execute(
        "zhao2020.py", made_up=True, directory=str(tmp_path / "run"), preset="own", size=5,
        settings={"dataset": str(data), "network": "20-20-classes", "epochs": 2,
                  "kernels": "numpy"},
        widths=[5, 6], depths=[1, 3], methods=["dtp"], feedback=3)
    assert [source for source in ZHAO2020 if not shows(code, source)] == []
    assert "best of the tests" in printed(code)
