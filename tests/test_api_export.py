"""Models written into files: keys and units of the arrays, and what is refused."""

import sys

import numpy as np
import pytest

from models.errors import SuiteError
from protocols.api import from_preset


def test_export_npz(tmp_path):
    """Keys as documented, read without pickle."""
    model = from_preset("diehl_cook_sl", hidden=[6])
    with np.load(model.export(tmp_path / "network.npz"), allow_pickle=False) as found:
        for name, value in model.arrays.items():
            assert np.array_equal(found[name], np.asarray(value))
        assert str(found["unit:hidden1.theta"]) == "V" and str(found["unit:input_hidden1.w"]) == "1"
        assert found["threshold:hidden1.V_const"] == float(model.thresholds["hidden1.V_const"])
        assert str(found["unit:threshold:hidden1.V_const"]) == "V"
        assert str(found["equations"]) == model.describe()
        assert found["class_names"].tolist() == [str(k) for k in range(10)]
        assert found["image_shape"].tolist() == [8, 8]
        assert "hidden = [\n    6,\n]" in str(found["settings"])
        assert str(found["protocol"]) == "diehl_cook_sl" and found["samples"] == 0


@pytest.mark.parametrize("protocol, settings, cause", [
    ("diehl_cook_sl", {"hidden": [4]}, "conductances"),
    ("emstdp", {"network": "4-10"}, "set"),
    ("emstdp_mlp", {"network": "4-10"}, "units"),
    ("stbp", {"network": "4-10", "units": "rectified"}, "rectified"),
    ("glsnn", {"network": "4-10", "method": "bp"}, "compared with")])
def test_protocols_refused(protocol, settings, cause, tmp_path):
    """One line, and no file."""
    model = from_preset(protocol, **settings)
    with pytest.raises(SuiteError, match=f"NIR has no .*{cause}.*npz") as refused:
        model.export(tmp_path / "network.nir")
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_bad_places(tmp_path, monkeypatch):
    model = from_preset("stbp", network="4-10", kernels="numpy")
    with pytest.raises(SuiteError, match="end the name with .npz or .nir"):
        model.export(tmp_path / "network.h5")
    with pytest.raises(SuiteError, match="cannot write .*choose another place"):
        model.export(tmp_path / "absent" / "network.npz")
    monkeypatch.setitem(sys.modules, "nir", None)
    with pytest.raises(SuiteError, match="pip install nir"):
        model.export(tmp_path / "network.nir")
