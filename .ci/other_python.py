"""Print the newest Python beside this one: 3.11 or later, of another minor version.

It is looked for among pyenv's versions and on PATH. Nothing is printed if there is none.
"""

import glob
import os
import re
import subprocess
import sys

OLDEST = (3, 11)
# A Python without pip for a virtual environment is of no use.
PROBE = "import ensurepip, sys, venv; print(*sys.version_info[:3])"


def output_of(*command):
    """What a command prints; nothing if it fails or does not exist."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return "" if done.returncode else done.stdout.strip()


def candidates():
    """Paths of programs that may be a Python."""
    root = os.environ.get("PYENV_ROOT") or output_of("pyenv", "root")
    if root:
        yield from glob.glob(os.path.join(glob.escape(root), "versions", "*", "bin", "python"))
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        for path in glob.glob(os.path.join(glob.escape(folder), "python3.*")):
            # Beside it lie python3.11-config and the like.
            if re.fullmatch(r"python3\.\d+", os.path.basename(path)):
                yield path


def main():
    """Print the path."""
    found = {}
    for path in candidates():
        version = tuple(map(int, output_of(path, "-c", PROBE).split()))
        if version >= OLDEST and version[:2] != sys.version_info[:2]:
            found.setdefault(version, path)
    if found:
        print(found[max(found)])


if __name__ == "__main__":
    main()
