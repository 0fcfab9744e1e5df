"""Small networks on the dense device and on Brian2's own, and what they computed.

A program costs two seconds of compilation whatever it holds, so a test file puts its
networks into one program: parts, run one after the other, each for a time of its own.
"""

import re
import subprocess
import sysconfig

import numpy as np
import pytest
from brian2 import Network, NeuronGroup, defaultclock, get_device, ms, set_device
from brian2.core.variables import ArrayVariable
from brian2.devices.device import reset_device

from models.devices.standalone import FLAGS
from models.programs.single_source import join_sources
from tests.precompiled import standard_headers

DT = 0.1

GROUP = """
dv/dt = (drive + g - v)/(10*ms) : 1
dg/dt = -g/(4*ms) : 1
dx/dt = -x/(15*ms) : 1
dy/dt = -y/(20*ms) : 1
drive : 1
seen : integer
total : 1
"""

SOON = ["-O1", "-ftree-vectorize", "-fwhole-program"]
"""Vectorises the loops over neurons and synapses as -O3 does, and takes half the time."""

NOT = ["-O0"]
"""For Brian2's own loops, which are what ours are compared with."""

COMPARED = ("v", "g", "x", "y", "drive", "seen", "total", "w", "strength", "v_post", "x_pre",
            "twice")
"""Variables of groups, projections and monitors that are looked at."""


@pytest.fixture
def dense_device():
    """Groups made in the test are the dense device's."""
    set_device("cpp_dense", build_on_run=False, directory=None)
    get_device().reinit()
    get_device().activate(build_on_run=False, directory=None)
    yield
    reset_device()


def codes_of(objects):
    """The code objects of a network on the active device, each with its clock, in their order."""
    network = Network(objects, name="network")
    network.run(1 * ms, namespace={})
    return [(o.clock, code) for o in network.sorted_objects for code in o._code_objects]


@pytest.fixture(params=["cpp_dense", "cpp_standalone", "runtime"])
def each_device(request):
    """Groups made in the test are those of one device after the other."""
    if request.param == "runtime":
        reset_device()
    else:
        set_device(request.param, build_on_run=False, directory=None)
        get_device().reinit()
        get_device().activate(build_on_run=False, directory=None)
    yield
    reset_device()


def compiled_with(optimisation):
    """The package's options for the compiler, with other optimisation."""
    return [*optimisation, *(flag for flag in FLAGS if flag != "-O3")]


def neurons(n, name, refractory=0):
    """Neurons that fire by themselves, with traces and conductances."""
    group = NeuronGroup(
        n, GROUP, threshold="v > 1", reset="v = 0\nx += 0.1\nseen += int(t >= 5*ms)",
        method="euler", name=name, dt=DT * ms, refractory=refractory * ms)
    # Text would be a piece of code to compile for each variable of each group.
    group.v = 0.9 * np.arange(n) / n
    group.drive = 1.05 + 0.3 * np.arange(n) / n
    return group


def run_on(device, parts, directory, run_args=(None,), look=None, without=()):
    """All variables of some networks after a run, in one program.

    Parameters
    ----------
    device : {'cpp_dense', 'cpp_standalone', 'runtime'}
    parts : list of (callable, float)
        Each returns the objects of a network, which then runs for so many milliseconds. No two
        objects have the same name.
    directory : Path
    run_args : sequence of callable
        The program is run once for each. Called with all objects, it returns what the program is
        given at its start.
    look : callable, optional
        Called with all objects after a run, it returns further values, by name.
    without : sequence of str
        Passes that the dense device leaves out, `models.dense.passes.PASSES`.

    Returns
    -------
    dict of str to ndarray
        ``'group.variable'`` and ``'synapses.matrix'``; a list of them, one a run, if there are
        several.
    """
    standalone = device != "runtime"
    set_device(device, **({"build_on_run": False, "directory": None} if standalone else {}))
    try:
        if standalone:
            get_device().reinit()
            get_device().activate(build_on_run=False, directory=None)
        if device == "cpp_dense":
            # Not before: the device forgets it with everything else.
            get_device().without = without
        objects = []
        for make, duration in parts:
            made = make()
            Network(made).run(duration * ms, namespace={})
            objects += made
        if not standalone:
            return _values(objects, look)
        _compile(directory / device, SOON if device == "cpp_dense" else NOT)
        found = []
        for given in run_args:
            get_device().run(str(directory / device), "results", with_output=False,
                             run_args=given(objects) if given else {})
            found.append(_values(objects, look))
        return found if len(found) > 1 else found[0]
    finally:
        reset_device()
        defaultclock.dt = DT * ms


def generated(directory):
    """Generated code of a dense program, without the numbers that Brian2 gives to code objects."""
    text = (directory / "cpp_dense" / "all.cpp").read_text()
    return re.sub(r"_codeobject_\d+", "_codeobject", text)


def _compile(directory, optimisation):
    """Write the active device's program and compile it."""
    get_device().build(directory=str(directory), compile=False, run=False)
    source = join_sources(directory)
    # As in models.devices.standalone: the flag for denormals is for the linker alone.
    headers = ["-I.", f"-I{sysconfig.get_path('include')}"]
    options = compiled_with(optimisation)
    for arguments in (["-c", *options, *standard_headers(tuple(options)), *headers, source],
                      ["all.o", "-o", "main", "-ffast-math"]):
        subprocess.run(["g++", *arguments], cwd=directory, check=True)


def _values(objects, look):
    """Variables of all groups, matrices of all projections, and what else is looked at."""
    found = {f"{thing.name}.matrix": thing.matrix() for thing in objects
             if "w" in thing.variables and hasattr(thing, "pattern") and thing.pattern.full}
    for thing in objects:
        for name, variable in thing.variables.items():
            if (name in COMPARED and isinstance(variable, ArrayVariable)
                    and variable.owner.name == thing.name):
                found[f"{thing.name}.{name}"] = np.array(variable.get_value())
    return found | (look(objects) if look else {})


def assert_same_values(found, expected):
    """The same variables with the same bits."""
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert np.array_equal(found[name], values), name


def assert_equal_bits(parts, directory, without=(), **keywords):
    """The dense device against Brian2's own; something must have happened."""
    dense = run_on("cpp_dense", parts, directory, without=without, **keywords)
    plain = run_on("cpp_standalone", parts, directory, **keywords)
    assert_same_values(dense, plain)
    assert sum(v.sum() for k, v in plain.items() if k.endswith("seen")) > 0
    return dense
