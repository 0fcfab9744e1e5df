"""brian2genn 1.7.0 beside Brian2 newer than the 2.5 it was written for.

brian2genn's last release requires brian2 < 2.6. Installed with ``pip install --no-deps`` it
imports beside a newer Brian2, but what it writes does not fit that version's C++ sources.
This file derives from brian2genn's device and is the only one that knows its insides.

Licence: brian2genn is distributed under the GNU General Public License, version 2. This
file, being derived from it, is to be distributed under the same licence; the rest of the
suite reaches it through `load` alone and works without it.
"""

import abc
import re
import sys
from pathlib import Path
from types import ModuleType

from brian2 import prefs
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.devices.device import all_devices
from packaging.version import parse

# Device code of int() and clip(). brian2genn's own int takes a truth value, so that a waiting
# time would become 0 or 1; its clip takes float32, so that weights would be rounded.
_INT = """
template <typename T> SUPPORT_CODE_FUNC int int_(const T value)
{
    return (int)value;
}
"""
_CLIP = """
SUPPORT_CODE_FUNC double _clip(const double value, const double a_min, const double a_max)
{
    return value < a_min ? a_min : (value > a_max ? a_max : value);
}
"""


def load():
    """Register the device 'genn' in a form that fits the installed Brian2.

    Returns
    -------
    brian2genn.device.GeNNDevice

    Raises
    ------
    ModuleNotFoundError
        If brian2genn is not installed.
    """
    genn = _import_brian2genn()
    code_object = genn.codeobject.GeNNCodeObject
    # Brian2 >= 2.6: objects.cpp lists the TimedArrays that a command line may replace.
    genn.codeobject.GeNNUserCodeObject.templater.env.globals["timed_arrays"] = {}
    # Brian2 >= 2.10: abstract methods. GeNN compiles and runs this code, not Brian2.
    code_object.compile_block = code_object.run_block = lambda self, block: None
    abc.update_abstractmethods(code_object)
    for name, code, in_genn in (("int", _INT, "int_"), ("clip", _CLIP, "_clip")):
        DEFAULT_FUNCTIONS[name].implementations.add_implementation(
            code_object.generator_class, code=code, name=in_genn)
    if type(all_devices["genn"]) is genn.device.GeNNDevice:
        all_devices["genn"] = _derive(genn.device.GeNNDevice)()
    return all_devices["genn"]


def _import_brian2genn():
    """Import it; the one function it takes from setuptools was removed there in version 81."""
    stand_in = ModuleType("pkg_resources")
    stand_in.parse_version = parse
    before = sys.modules.get("pkg_resources")
    sys.modules["pkg_resources"] = stand_in
    try:
        import brian2genn
    finally:
        del sys.modules["pkg_resources"]
        if before is not None:
            sys.modules["pkg_resources"] = before
    return brian2genn


def _derive(base):
    """The device class; made here since its base is known only once brian2genn is found."""

    class GeNNDevice(base):
        def build(self, directory="GeNNworkspace", **options):
            # Brian2 >= 2.8 looks for the results there.
            self.results_dir = str(Path(directory).resolve() / "results") + "/"
            super().build(directory=directory, **options)

        def process_synapses(self, synapse_groups, objects):
            # brian2genn has one choice for all synapses. Those of `models.dense` that connect
            # all to all become matrices in GeNN too. Without a variable of its own there is
            # nothing to hold, and brian2genn writes an empty element that does not compile.
            before = prefs.devices.genn.connectivity
            try:
                for synapses in synapse_groups:
                    pattern = getattr(synapses, "pattern", None)
                    dense = pattern is not None and pattern.full and any(
                        "shared" not in synapses.equations[name].flags
                        for name in synapses.equations.parameter_names)
                    prefs.devices.genn.connectivity = "DENSE" if dense else before
                    super().process_synapses([synapses], objects)
            finally:
                prefs.devices.genn.connectivity = before

        def copy_source_files(self, writer, directory):
            super().copy_source_files(writer, directory)
            library = Path(directory) / "brianlib"
            # Brian2 >= 2.8 has no randomkit; brian2genn goes on to move and include it.
            kit = library / "randomkit" / "randomkit.c"
            if not kit.exists():
                kit.parent.mkdir(exist_ok=True)
                kit.write_text("")
            # Brian2 >= 2.10 has the spike queue in a source file of its own.
            if (library / "spikequeue.cpp").exists():
                self.source_files.add("brianlib/spikequeue.cpp")

        def generate_model_source(self, writer, main_lines, use_GPU):
            super().generate_model_source(writer, main_lines, use_GPU)
            self._adapt(writer, "magicnetwork_model.cpp")

        def generate_main_source(self, writer, main_lines):
            super().generate_main_source(writer, main_lines)
            self._adapt(writer, "main.cpp")

        def generate_engine_source(self, writer, *arguments):
            super().generate_engine_source(writer, *arguments)
            path = Path(writer.project_dir) / "engine.cpp"
            text = path.read_text()
            # Synapses are told from neurons by the name of their class, which a subclass has not.
            for model in self.synapse_models:
                for variable in model.variables:
                    call = f"{variable}{model.name}ToDevice();"
                    text = text.replace(f"pushCurrent{call}", f"push{call}")
            path.write_text(text)

        def _adapt(self, writer, name):
            path = Path(writer.project_dir) / name
            # Brian2 >= 2.8 has a generator of its own instead of randomkit's.
            text = path.read_text().replace(
                "rk_randomseed(brian::_mersenne_twister_states[0]);",
                "brian::_random_generators[0].seed();")
            # GeNN refuses a span of threads for a matrix, brian2genn sets one for all synapses.
            text = re.sub(r"(SynapseMatrixType::DENSE_INDIVIDUALG[^}]*?\{\}, \{\}\);\n)\s*"
                          r"syn->setSpanType\(.*\);\n", r"\1", text)
            # GeNN compiles the model alone, with what it needs included.
            if "brianlib/spikequeue.cpp" in self.source_files:
                text = text.replace(
                    '#include "objects.cpp"',
                    '#include "objects.cpp"\n#include "brianlib/spikequeue.cpp"')
            path.write_text(text)

    return GeNNDevice
