"""Small networks on the dense device and on Brian2's own, and what they computed."""

import subprocess
import sysconfig

import numpy as np
from brian2 import Network, NeuronGroup, get_device, ms, set_device
from brian2.devices.device import reset_device

from models.devices.standalone import FLAGS
from models.devices.single_source import join_sources

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


def neurons(n, name, refractory=0):
    group = NeuronGroup(
        n, GROUP, threshold="v > 1", reset="v = 0\nx += 0.1\nseen += int(t >= 5*ms)",
        method="euler", name=name, dt=DT * ms, refractory=refractory * ms)
    group.v = "0.9*i/N"
    group.drive = "1.05 + 0.3*i/N"
    return group


def run_on(device, make, directory, duration=60, run_args=lambda objects: {}):
    """All variables of a network after a run.

    Parameters
    ----------
    device : {'cpp_dense', 'cpp_standalone', 'runtime'}
    make : callable
        Returns the objects of the network.
    run_args : callable
        What the program is given at its start, of the objects.
    """
    standalone = device != "runtime"
    set_device(device, **({"build_on_run": False, "directory": None} if standalone else {}))
    try:
        if standalone:
            get_device().reinit()
            get_device().activate(build_on_run=False, directory=None)
        objects = make()
        Network(objects).run(duration * ms, namespace={})
        if standalone:
            get_device().build(directory=str(directory / device), compile=False, run=False)
            source = join_sources(directory / device)
            # As in models.devices.standalone: the flag for denormals is for the linker alone.
            for arguments in (["-c", *FLAGS, "-I.", f"-I{sysconfig.get_path('include')}", source],
                              ["all.o", "-o", "main", "-ffast-math"]):
                subprocess.run(["g++", *arguments], cwd=directory / device, check=True)
            get_device().run(str(directory / device), "results", with_output=False,
                             run_args=run_args(objects))
        found = {f"{thing.name}.matrix": thing.matrix() for thing in objects
                 if "w" in thing.variables and hasattr(thing, "pattern")}
        for thing in objects:
            for name, variable in thing.variables.items():
                if name in ("v", "g", "x", "y", "drive", "seen", "total", "w") and \
                        variable.owner.name == thing.name:
                    found[f"{thing.name}.{name}"] = np.array(
                        thing.variables[name].get_value())
        return found
    finally:
        reset_device()


def assert_equal_bits(make, directory, **keywords):
    """The dense device against Brian2's own; something must have happened."""
    dense = run_on("cpp_dense", make, directory, **keywords)
    plain = run_on("cpp_standalone", make, directory, **keywords)
    assert dense.keys() == plain.keys()
    for name, values in plain.items():
        assert np.array_equal(dense[name], values), name
    assert sum(v.sum() for k, v in plain.items() if k.endswith("seen")) > 0
    return dense
