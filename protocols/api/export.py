"""Trained networks as files for other programs.

``.npz``, for `numpy.load` without pickle:

======================  =====================================================================
key                     value
======================  =====================================================================
``NAME``                an array of `protocols.api.Model.arrays` in SI units, such as
                        ``hidden1.theta``
``unit:NAME``           its unit as text, ``1`` without one
``threshold:NAME``      a number of `protocols.api.Model.thresholds` in SI units, such as
                        ``threshold:output.V_th``
``unit:threshold:NAME`` its unit
``class_names``         texts, shape (classes,)
``image_shape``         (height, width) or (height, width, 3)
``equations``           the text of `protocols.api.Model.describe`
``settings``            the text of config.toml
``protocol``            the name of the protocol
``samples``             training samples that were learned from
======================  =====================================================================

``.nir``: the neuromorphic intermediate representation, by the package nir. What is mapped to what,
and what is refused, stands in `models.stbp.nir_graph` and `models.glsnn.nir_graph`. The networks of
the other protocols have no equal in NIR.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import tomli_w

from models.errors import SuiteError
from models.shared.nir_nodes import nir_package
from protocols.api.quantities import unit_text
from protocols.files import write_whole
from protocols.runs.settings import to_tables

if TYPE_CHECKING:
    from protocols.api.model import Model


def export_model(model: Model, path: Path) -> Path:
    """Write a model into a file, whole or not at all.

    Parameters
    ----------
    model : protocols.api.Model
    path : Path
        The ending says what is written.

    Returns
    -------
    Path

    Raises
    ------
    SuiteError
        As `protocols.api.Model.export`.
    """
    writers = {".npz": _npz, ".nir": _nir}
    if path.suffix not in writers:
        raise SuiteError(f"cannot export to {path}: end the name with {' or '.join(writers)}")
    data = writers[path.suffix](model)
    write_whole(path, data, "choose another place, or free some space")
    return path


def _npz(model):
    """Bytes of the .npz file."""
    found = {}
    numbers = model.arrays | {f"threshold:{name}": value
                              for name, value in model.thresholds.items()}
    for name, value in numbers.items():
        found[name] = np.asarray(value)
        found[f"unit:{name}"] = np.array(unit_text(value))
    found |= {
        "class_names": np.array(model.data.class_names),
        "image_shape": np.array(model.data.image_shape),
        "equations": np.array(model.describe()),
        "settings": np.array(tomli_w.dumps(to_tables(model.settings, model.protocol))),
        "protocol": np.array(model.protocol), "samples": np.array(model.samples)}
    data = io.BytesIO()
    np.savez(data, **found)
    return data.getvalue()


def _nir(model):
    """Bytes of the NIR file."""
    graph = model.nir_graph()
    data = io.BytesIO()
    nir_package().write(data, graph)
    return data.getvalue()
