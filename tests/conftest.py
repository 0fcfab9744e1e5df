"""Fixtures that several files share: a small network and images to show to it."""

import contextlib
import logging
import os
import shlex
import shutil
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import numpy as np
import pytest
from brian2 import BrianLogger, prefs

from analysis import style
from equations.hao2020.settings import settings
from models.devices import compile_network, standalone
from models.devices.shared_networks import SharedNetworks
from models.diehl_cook.architecture import Architecture
from models.diehl_cook.network import build
from models.shared.counter_random import stream
from protocols import datasets
from protocols.diehl_cook_sl import learner
from protocols.emstdp import learner as emstdp_learner
from protocols.runs.learner import Learner
from tests.datasets_made import data  # noqa: F401  (a fixture)
from tests.precompiled import standard_headers
from tests.tiny import leave_out_figures, train

BrianLogger.log_level_error()
logging.getLogger("brian2").setLevel(logging.ERROR)
# Compiling Cython for networks of a few neurons takes longer than running them.
prefs.codegen.target = "numpy"

needs_compiler = pytest.mark.skipif(
    shutil.which("g++") is None or shutil.which("make") is None, reason="no C++ compiler")

BOTH = frozenset({"hidden", "readout"})


def pytest_configure(config):
    """Keep the programs of tests in pytest's cache.

    So both processes of a run and later runs find them, and the user's programs, of which a
    limited number is kept, stay where they are. ``pytest --cache-clear`` compiles all anew.
    """
    cache = getattr(config, "cache", None)
    if cache is not None and "SNN_CACHE" not in os.environ:
        # Where nothing can be written, the user's folder has to do.
        with contextlib.suppress(OSError):
            os.environ["SNN_CACHE"] = str(cache.mkdir("brian2-learning-suite"))
            # Kernels that pocl compiles.
            os.environ.setdefault("POCL_CACHE_DIR", str(cache.mkdir("pocl")))


SHIPPED = tuple(standalone.FLAGS)
"""Options of the compiler that users get."""

SOON = ("-O1", "-ftree-vectorize", "-fwhole-program", *(flag for flag in SHIPPED if flag != "-O3"))
"""Those of most tests: the same bits after half the time."""


def soon_flags():
    """`SOON`, with the standard headers precompiled."""
    return [*SOON, *standard_headers(SOON)]


SOON_ELSEWHERE = {"CXX": f"sh {shlex.quote(str(Path(__file__).with_name('compiled_soon.sh')))}"}
"""Environment in which processes compile with `SOON`, too."""


@pytest.fixture(scope="session", autouse=True)
def compiled_soon():
    """Programs are compiled with `SOON`; a file whose tests are about them asks for `SHIPPED`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standalone, "FLAGS", soon_flags())
        yield


@pytest.fixture(scope="module")
def as_shipped():
    """Programs are compiled as users get them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standalone, "FLAGS", list(SHIPPED))
        yield


@pytest.fixture
def soon(monkeypatch):
    """So are those of one test in a file that asks for `SHIPPED`."""
    monkeypatch.setattr(standalone, "FLAGS", soon_flags())


@pytest.fixture(scope="session", autouse=True)
def shared_networks():
    """All trainings in this process share their compiled networks."""
    with pytest.MonkeyPatch.context() as patch:
        shared = SharedNetworks()

        def networks(build, device="cpp_standalone", *others, **options):
            # Tests take compilers and drivers away from the other devices.
            made = shared if device == "cpp_standalone" else compile_network
            return made(build, device, *others, **options)

        patch.setattr(Learner, "compile_network", staticmethod(networks))
        patch.setattr(learner, "compile_network", networks)
        patch.setattr(emstdp_learner, "compile_network", networks)
        yield


@pytest.fixture(scope="session", autouse=True)
def coarse_figures():
    """Files of figures have few pixels; a test that looks at them restores `style.DPI`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(style.RC, "savefig.dpi", 50)
        yield


@pytest.fixture(scope="session")
def digits():
    """scikit-learn's digits."""
    return datasets.load("digits")


def small_architecture(digits, learn=BOTH, **changes):
    """A network of 20 hidden neurons for the digits."""
    drive = digits.x_train.reshape(len(digits.x_train), -1).sum(1).mean()
    values = {"settings": settings("general", 20, drive=drive), "n_input": 64, "hidden": (20,),
              "n_classes": 10, "learn": learn, "capacity": 12, **changes}
    return Architecture(**values)


@pytest.fixture(scope="session")
def compiled(digits):
    """``compiled(device, **architecture changes)``: a small network, compiled once per session."""
    made = {}

    def get(device="cpp_standalone", **changes):
        key = (device, repr(sorted(changes.items())), *standalone.FLAGS)
        if key not in made:
            architecture = small_architecture(digits, **changes)
            made[key] = architecture, compile_network(lambda: build(architecture), device)
        return made[key]

    return get


@pytest.fixture(scope="session")
def stimuli(digits):
    """``stimuli(n, first=0, seed=0)``: n digits with their labels."""
    def get(n, first=0, seed=0):
        part = slice(first, first + n)
        return {"pattern": digits.x_train[part].reshape(n, -1) / 255, "first": first,
                "label": digits.y_train[part], "stream": stream(seed, "test")}

    return get


def assert_same_state(a, b, exact=True):
    """All variables of two states agree."""
    assert a.keys() == b.keys()
    for name in a:
        if exact:
            assert np.array_equal(a[name], b[name]), name
        else:
            np.testing.assert_allclose(a[name], b[name], rtol=0, atol=1e-5, err_msg=name)


@pytest.fixture
def without_figures(monkeypatch):
    """Trainings record nothing that only figures need."""
    leave_out_figures(monkeypatch)


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory):
    """A finished run of ten neurons on three easy classes, `tests.tiny.TinyRun`."""
    return train(tmp_path_factory.mktemp("tiny"))
