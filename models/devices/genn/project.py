"""The GeNN project of a network; neither GeNN nor CUDA is needed for writing it."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from brian2 import BrianLogger, prefs

from models.devices.brian2_turns import brian2_turn
from models.devices.cpp_project import FOLLOWED, to_show
from models.devices.genn import brian2genn_compatibility
from models.devices.network_description import NetworkDescription
from models.devices.precision import float_type
from models.devices.program_files import ProgramFiles
from models.errors import SuiteError
from models.programs.compiler_options import EXACT

CHANGED = (
    "codegen.generators.cpp.restrict_keyword",
    "codegen.loop_invariant_optimisations",
    "core.network.default_schedule",
)
"""Preferences that brian2genn alters, and a change of the device does not set back."""

OPTIMISATIONS = tuple(EXACT)
"""Of the C++ device; with the assumption a network that has diverged would look healthy."""

CODE = "magicnetwork_model_CODE"
"""Folder in which GeNN writes."""
RUNNER = f"{CODE}/librunner.so"
"""What is compiled of it: a library that the program loads."""

# make calls GeNN, then the compiler. GeNN's own makefile compiles what it wrote, for a CPU without
# optimisation unless it is told so; for CUDA it knows the flags itself. The include path is an
# environment variable because GeNN's option for it takes no blanks.
MAKEFILE = """SRCS = {sources}
OPTIMISATIONS = {flags}
LFLAGS = -ffast-math

main: $(SRCS) {runner}
	$(CXX) $(OPTIMISATIONS) -I. -Ibrianlib/randomkit $(SRCS) -o $@ \
-L{code} -lrunner -Wl,-rpath,{code} $(LFLAGS)

{runner}: {code}/Makefile
	$(MAKE) -C {code} CXXFLAGS="-c -fPIC $(OPTIMISATIONS)"

{code}/Makefile: magicnetwork_model.cpp
	CPATH="$(CURDIR):$(CURDIR)/brianlib/randomkit" \
"$(GENN_PATH)/bin/genn-buildmodel.sh" {options} magicnetwork_model.cpp
"""


def generate(build: Callable[[], NetworkDescription], directory: str | Path, use_gpu: bool = True,
             precision: str = "float64") -> tuple[NetworkDescription, ProgramFiles]:
    """Write the GeNN project of a network.

    Parameters
    ----------
    build : callable
        Returns a NetworkDescription made for GeNN; called while the device is active.
    directory : path
        Made if missing.
    use_gpu : bool
        For GeNN's CUDA backend, or else its CPU backend.
    precision : {'float64', 'float32'}
        Of the network's variables.

    Returns
    -------
    description : NetworkDescription
    files : ProgramFiles
        How values enter the program and come back. ``make main`` in the directory builds it, with
        ``GENN_PATH`` in the environment.

    Raises
    ------
    SuiteError
        brian2genn is not installed, or the network has something that GeNN cannot run.
    """
    # Of a network that is refused no group is ever simulated.
    BrianLogger.suppress_name("unused_brian_object")
    device = brian2genn_compatibility.load()
    directory = Path(directory)
    options = {"directory": str(directory), "compile": False, "run": False, "use_GPU": use_gpu}
    kept = {name: prefs[name] for name in CHANGED}
    with _quiet(), brian2_turn("genn", kept, **options), float_type(precision):
        device.reinit()
        device.activate(**options)
        try:
            description = build()
            device.show_slots(description.follower, FOLLOWED, to_show(description, device),
                              description.slot_steps)
            # brian2genn writes the project within run().
            description.network.run(description.slot, namespace={})
        except NotImplementedError as error:
            # With this exception brian2genn refuses a network; its words name the reason.
            raise SuiteError(f"GeNN cannot run this network: {str(error).rstrip('.')}; choose "
                             "--device cpp_standalone") from None
        files = ProgramFiles(description, device)
        sources = ["main.cpp", *sorted(device.source_files)]
        # The device would keep all that it generated until the next network is built.
        device.reinit()
    (directory / "makefile").write_text(MAKEFILE.format(
        sources=" ".join(sources), flags=" ".join(OPTIMISATIONS), code=CODE, runner=RUNNER,
        options="" if use_gpu else "-c"))
    return description, files


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without brian2genn's progress, and its warning that forced neurons get no current."""
    logger = logging.getLogger("brian2.devices.genn")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)
