"""Programs that notice NaN, which a fast one assumes away.

The compiler may assume that there is no NaN (`models.programs.compiler_options.FLAGS`), so that a
clip is two instructions. Under this assumption the clip of NaN is one of its bounds, and the
weights of a network that has diverged look finite. The processor notes by itself that an
operation had no result (0/0, infinity - infinity) or that NaN was compared. A program reads that
note at its end, which costs nothing. Where it is set, the call is repeated by a program
that was compiled without the assumption: there NaN stays NaN, as on Brian2's runtime device.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

ASSUMPTION = "-ffinite-math-only"
"""Option of the compiler that exact programs do without."""

HEADERS = ("#include <cfenv>", "#include <fstream>")
MARK = "invalid"
BEFORE = ("feclearexcept(FE_INVALID);",)
AFTER = (f'if (fetestexcept(FE_INVALID)) std::ofstream(brian::results_dir + "{MARK}");',)
"""Lines that each thread executes before and after its work."""


def had_no_result(results: Path) -> bool:
    """Whether an operation of the program had no result.

    Some of these results may have been used by nobody.

    Parameters
    ----------
    results : Path
        Folder of the program's results.
    """
    return (results / MARK).exists()


def copy_exact(project: Path, copy: Path) -> None:
    """Copy a C++ project, with a makefile that does without the assumption.

    Parameters
    ----------
    project, copy : Path
        Folders; the second one is made.
    """
    shutil.copytree(project, copy, ignore=shutil.ignore_patterns("*.o", "main"))
    makefile = copy / "makefile"
    makefile.write_text(re.sub(rf" {ASSUMPTION}\b", "", makefile.read_text()))
