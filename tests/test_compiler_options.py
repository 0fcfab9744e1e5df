"""Options of the compiler that g++, clang and Apple's clang know, each of them."""

import shutil
import subprocess

import pytest

from models.errors import SuiteError
from models.programs import cache_lines
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


@needs_compiler
def test_arrays_begin_at_cache_lines(tmp_path):
    """Whatever the size and the type of the elements."""
    source = tmp_path / "arrays.cpp"
    source.write_text("\n".join([*cache_lines.HEADERS, "#include <cstdint>", "#include <cstdio>",
                                 "template <typename T> std::uintptr_t rest(std::size_t n) {",
                                 "T *array = new T[n]; const auto at = (std::uintptr_t)array;",
                                 "array[n - 1] = 1; delete[] array;",
                                 f"return at % {cache_lines.LINE}; }}",
                                 "int main() { std::uintptr_t all = 0;",
                                 "for (std::size_t n = 1; n < 300000; n += 1 + n/3)",
                                 "all |= rest<char>(n) | rest<float>(n) | rest<double>(n);",
                                 'std::printf("%d", (int)all); }']))
    program = tmp_path / "arrays"
    subprocess.run([*check_compiler(), "-w", "-std=c++11", source, "-o", program], check=True)
    assert subprocess.run([program], capture_output=True, text=True).stdout == "0"
