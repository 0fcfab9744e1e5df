"""Options of the compiler that g++, clang and Apple's clang know, each of them."""

import shutil
import subprocess

import pytest

from models.errors import SuiteError
from models.programs.compiler_options import EXACT, FLAGS, adapted
from models.shared.resources import check_compiler, is_clang
from tests.conftest import needs_compiler


def compiler(path, refused):
    """A compiler that knows neither of the refused words."""
    cases = "".join(f"    *' {word} '*) echo unknown >&2; exit 1;;\n" for word in refused)
    path.write_text(f"#!/bin/sh\ncase \" $* \" in\n{cases}esac\n")
    path.chmod(0o755)
    return [str(path)]


@pytest.mark.parametrize("refused, expected", [
    ((), ["-march=native"]),
    (("-march=native",), ["-mcpu=native"]),
    (("-march=native", "-mcpu=native"), []),
])
def test_options_for_the_processor(tmp_path, refused, expected):
    """What the compiler accepts, or nothing; all others stay, in their order."""
    found = adapted(FLAGS, compiler(tmp_path / "c++", refused))
    at = FLAGS.index("-march=native")
    assert found == [*FLAGS[:at], *expected, *FLAGS[at + 1:]]


@needs_compiler
@pytest.mark.parametrize("name", ["g++", "clang++"])
def test_compilers_know_all_options(tmp_path, monkeypatch, name):
    """None is unknown or ignored."""
    if shutil.which(name) is None:
        pytest.skip(f"no {name}")
    monkeypatch.setenv("CXX", name)
    command = check_compiler()
    assert is_clang(command) == (name == "clang++")
    source = tmp_path / "empty.cpp"
    source.write_text("int main() { return 0; }\n")
    for flags in (FLAGS, EXACT):
        warned = [flag for flag in adapted(flags, command) if flag != "-w"]
        done = subprocess.run([*command, *warned, "-Wall", str(source), "-o",
                               str(tmp_path / "empty")], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_compiler_that_is_none(tmp_path, monkeypatch):
    """It is refused before it is asked what it is."""
    monkeypatch.setenv("CXX", str(tmp_path / "none"))
    with pytest.raises(SuiteError, match="no C"):
        check_compiler()
