"""The standard headers, which every program includes: compiled once for all programs of tests.

They take the compiler some 0.6 s, which is a quarter of its time on a small network.
"""

import functools
import hashlib
import os
import shutil
import subprocess

from models.programs import program_cache

HEADERS = ("algorithm", "cfenv", "climits", "cmath", "csignal", "cstdlib", "cstring", "ctime",
           "fstream", "iostream", "map", "random", "stdlib.h", "string", "time.h", "tuple",
           "utility", "vector")
"""Those that a program does not include do no harm."""


@functools.cache
def standard_headers(options):
    """Options with which g++ takes what it has precompiled.

    A program with other options has the headers compiled as ever.

    Parameters
    ----------
    options : tuple of str
        With which the programs are compiled.

    Returns
    -------
    tuple of str
        Empty if there is no g++, or nothing can be written.
    """
    if shutil.which("g++") is None:
        return ()
    version = subprocess.run(["g++", "--version"], capture_output=True, text=True).stdout
    name = hashlib.sha256("\0".join([version, *options, *HEADERS]).encode()).hexdigest()
    header = program_cache.folder().with_name("headers") / f"{name[:16]}.hpp"
    compiled = header.with_suffix(".hpp.gch")
    if not compiled.exists():
        # Two processes may do the same; either result will do.
        made = compiled.with_suffix(f".{os.getpid()}")
        try:
            header.parent.mkdir(parents=True, exist_ok=True)
            header.write_text("".join(f"#include <{each}>\n" for each in HEADERS))
            subprocess.run(["g++", *options, "-x", "c++-header", header, "-o", made], check=True)
            os.replace(made, compiled)
        except (OSError, subprocess.CalledProcessError):
            return ()
    return f"-include{header}",
