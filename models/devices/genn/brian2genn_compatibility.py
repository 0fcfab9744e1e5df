"""brian2genn 1.7.0 beside Brian2 newer than the 2.5 it was written for, and a program of ours.

brian2genn's last release requires brian2 < 2.6. Installed with ``pip install --no-deps`` it
imports beside a newer Brian2, but what it writes does not fit that version's C++ sources.
Its program has the values of one run in it and ends at a time; the one made here is told the values
when it starts, and ends when all samples were shown.
This file derives from brian2genn's device and is the only one that knows its insides.

Licence: brian2genn is distributed under the GNU General Public License, version 2. This
file, being derived from it, is to be distributed under the same licence; the rest of the
suite reaches it through `load` alone and works without it.
"""

import abc
import re
import sys
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from types import ModuleType

import brian2
from brian2 import prefs
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.core.names import find_name
from brian2.devices.device import all_devices
from packaging.version import parse

from models.dense.step_count import LENGTH_CHECK
from models.errors import SuiteError

RELEASE = "1.7.0"
"""Of brian2genn, the one whose texts are changed here."""

INSTALL = f"pip install --no-deps brian2genn=={RELEASE}"

HAS_SPIKEQUEUE_SOURCE = parse(brian2.__version__) >= parse("2.10")
"""Brian2's spike queue has a source file of its own, and its code objects abstract methods."""

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

# main.cpp: what a program takes from its command line, as Brian2's own programs do.
_COMMAND_LINE = """
  std::vector<std::string> given(argv + 1, argv + argc);
  if (given.size() >= 2 && given[0] == "--results_dir")
  {
    brian::results_dir = given[1];
    given.erase(given.begin(), given.begin() + 2);
  }
"""
_TAKE_VALUES = """
  for (const std::string& each : given)
  {
    const size_t equal_sign = each.find("=");
    brian::set_variable_by_name(each.substr(0, equal_sign), each.substr(equal_sign + 1));
  }
"""
_SHOW_SLOTS = """
  for (;;)
  {{
    {copies}
    using namespace brian;
    if (!({condition}))
      break;
    {check}
    eng.run({steps} * DT);
  }}
"""
_COPY = """
    pull{variable}{group}FromDevice();
    std::copy_n({variable}{group}, {size}, brian::{array});
"""

# b2glib/convert_synapses.h: weights of a matrix in which all are connected. brian2genn's own
# function takes NaN for a synapse that is not there and writes 0, so that a network that has
# diverged would go on.
_INTO_MATRIX = r"""\1
{
    for (size_t k = 0; k < gvector.size(); k++)
        g[source[k] * trgNN + target[k]] = gvector[k];
}
"""


def load():
    """Register the device 'genn' in a form that fits the installed Brian2.

    Returns
    -------
    brian2genn.device.GeNNDevice

    Raises
    ------
    SuiteError
        If brian2genn is not installed, or another release of it.
    """
    genn = _import_brian2genn()
    code_object = genn.codeobject.GeNNCodeObject
    if HAS_SPIKEQUEUE_SOURCE:
        # GeNN compiles and runs this code, not Brian2.
        code_object.compile_block = _do_nothing
        code_object.run_block = _do_nothing
        abc.update_abstractmethods(code_object)
    for name, code, in_genn in (("int", _INT, "int_"), ("clip", _CLIP, "_clip")):
        DEFAULT_FUNCTIONS[name].implementations.add_implementation(
            code_object.generator_class, code=code, name=in_genn)
    if type(all_devices["genn"]) is genn.device.GeNNDevice:
        user_code = genn.codeobject.GeNNUserCodeObject
        all_devices["genn"] = _derive(genn.device.GeNNDevice, user_code.templater.env.globals)()
    return all_devices["genn"]


def _do_nothing(code_object, block):
    """What Brian2 would compile or run, GeNN does."""


def _import_brian2genn():
    """Import it; the one function it takes from setuptools was removed there in version 81."""
    stand_in = ModuleType("pkg_resources")
    stand_in.parse_version = parse
    before = sys.modules.get("pkg_resources")
    sys.modules["pkg_resources"] = stand_in
    try:
        import brian2genn
    except ModuleNotFoundError as error:
        if error.name != "brian2genn":
            raise
        raise SuiteError("GeNN projects are written by brian2genn, which is not installed: "
                         f"{INSTALL}") from None
    finally:
        del sys.modules["pkg_resources"]
        if before is not None:
            sys.modules["pkg_resources"] = before
    if brian2genn.__version__ != RELEASE:
        raise SuiteError(f"brian2genn {brian2genn.__version__} is installed, its release {RELEASE} "
                         f"is needed: {INSTALL}")
    return brian2genn


def _changed(path, *changes):
    """Replace parts of a file, each of which is there once.

    Parameters
    ----------
    path : Path
    *changes : (str, str)
        Regular expression, whose dot matches line ends, and what takes its place.
    """
    text = path.read_text()
    for pattern, new in changes:
        text, found = re.subn(pattern, new, text, flags=re.S)
        assert found == 1, f"{path.name} has {pattern} {found} times"
    path.write_text(text)


def _in_one_order(queue):
    """What main() does first, with values that are set one after the other in order of their names.

    Brian2 sets the clocks to 0 in the order of a set.
    """
    ordered = []
    for kind, entries in groupby(queue, key=itemgetter(0)):
        entries = list(entries)
        if kind == "set_by_single_value":
            entries.sort(key=_array_that_is_set)
        ordered += entries
    return ordered


def _array_that_is_set(entry):
    _, (array, _, _) = entry
    return array


def _derive(base, template_globals):
    """The device class; made here since its base is known only once brian2genn is found."""

    class GeNNDevice(base):
        def show_slots(self, group, names, condition, steps):
            """Have the program show slots as long as a condition holds, instead of for a time.

            Parameters
            ----------
            group : NeuronGroup
            names : sequence of str
                The group's variables on which the condition depends.
            condition : str
                C++ expression of their arrays.
            steps : int
                Time steps of a slot.
            """
            self._shown = (group, names, condition, steps)

        def code_object(self, owner, name, *arguments, **keywords):
            # As on our C++ device: the name is new in this network, not in the process.
            return super().code_object(owner, find_name(name, self.code_objects), *arguments,
                                       **keywords)

        def build(self, directory="GeNNworkspace", **options):
            # Since 2.8 Brian2 looks for the results there.
            self.results_dir = str(Path(directory).resolve() / "results") + "/"
            # A network has the same source, and is compiled once, only if no set's order is in it.
            self.net_objects = sorted(self.net_objects, key=attrgetter("name"))
            self.max_row_length_synapses = sorted(self.max_row_length_synapses)
            self.run_regularly_read_write = {
                code: {use: sorted(names) for use, names in uses.items()}
                for code, uses in self.run_regularly_read_write.items()}
            self.main_queue = _in_one_order(self.main_queue)
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
            # Brian2 has no randomkit since 2.8; brian2genn goes on to move and include it.
            kit = library / "randomkit" / "randomkit.c"
            kit.parent.mkdir(exist_ok=True)
            kit.write_text("")
            if HAS_SPIKEQUEUE_SOURCE:
                self.source_files.add("brianlib/spikequeue.cpp")
            _changed(Path(directory) / "b2glib" / "convert_synapses.h",
                     (r"(void convert_dynamic_arrays_2_dense_matrix\([^)]*\))\n\{.*?\n\}\n",
                      _INTO_MATRIX))

        def generate_objects_source(self, *arguments):
            # Since 2.6 objects.cpp knows the TimedArrays that a command line may replace.
            template_globals["timed_arrays"] = self.timed_arrays
            super().generate_objects_source(*arguments)

        def generate_makefile(self, directory, use_GPU):
            """Ours is another (`models.devices.genn.project`)."""

        def generate_model_source(self, writer, main_lines, use_GPU):
            super().generate_model_source(writer, main_lines, use_GPU)
            self._adapt(writer, "magicnetwork_model.cpp")

        def generate_main_source(self, writer, main_lines):
            super().generate_main_source(writer, main_lines)
            self._adapt(writer, "main.cpp")
            slots = self._slots().replace("\\", r"\\")
            _changed(
                Path(writer.project_dir) / "main.cpp",
                (r"  if \(argc != 3\).*# totalTime[^\n]*\n", _COMMAND_LINE),
                ("  // translate to GeNN synaptic arrays\n", _TAKE_VALUES),
                (r"  eng\.run\(totalTime\);[^\n]*\n", slots),
                # What a program says is taken for a complaint.
                (r"  fprintf\(stderr, \"# We are running[^\n]*\n", ""),
                (r"  cerr << t << \" done [^\n]*\n", ""),
                (r"  cerr << \"everything finished[^\n]*\n", ""))

        def _slots(self):
            """The loop over slots. What GeNN does not hold is as the host's code left it."""
            group, names, condition, steps = self._shown
            held = self.groupDict[group.name].variables
            copies = [
                _COPY.format(variable=name, group=group.name, size=group.variables[name].size,
                             array=self.get_array_name(group.variables[name]))
                for name in names if name in held
            ]
            return _SHOW_SLOTS.format(copies="".join(copies), condition=condition, steps=steps,
                                      check=LENGTH_CHECK.format(count="iT", steps=steps))

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
            # Since 2.8 Brian2 has a generator of its own instead of randomkit's.
            text = path.read_text().replace(
                "rk_randomseed(brian::_mersenne_twister_states[0]);",
                "brian::_random_generators[0].seed();")
            # GeNN refuses a span of threads for a matrix, brian2genn sets one for all synapses.
            text = re.sub(r"(SynapseMatrixType::DENSE_INDIVIDUALG[^}]*?\{\}, \{\}\);\n)\s*"
                          r"syn->setSpanType\(.*\);\n", r"\1", text)
            # GeNN compiles the model alone, with what it needs included.
            if HAS_SPIKEQUEUE_SOURCE:
                text = text.replace(
                    '#include "objects.cpp"',
                    '#include "objects.cpp"\n#include "brianlib/spikequeue.cpp"')
            path.write_text(text)

    return GeNNDevice
