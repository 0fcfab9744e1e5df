"""What the devices say of compilers, programs and memory that fail."""

import errno
import gc
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np
import pytest

from models.devices import compile_network, compiled_network
from models.diehl_cook.architecture import initial_state
from models.diehl_cook.network import build
from models.errors import SuiteError
from models.programs import compilation
from models.shared import resources
from tests.conftest import BOTH, SOON_ELSEWHERE, needs_compiler
from tests.short_slots import STIMULI, architecture

ROOT = Path(__file__).parents[1]


def made(device="cpp_standalone", **keywords):
    """The small network that learns."""
    return compile_network(lambda: build(architecture(BOTH)), device, label="small", **keywords)


def called(network):
    return network(initial_state(architecture(BOTH), 1), STIMULI)


def script(path, text):
    """Write a shell script that can be run."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{textwrap.dedent(text)}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def network():
    """Compiled as others are; tests put another program in its place."""
    return made()


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """No program is kept from before."""
    monkeypatch.setenv("SNN_CACHE", str(tmp_path / "cache"))


def raised(action):
    """The one line of a SuiteError."""
    with pytest.raises(SuiteError) as caught:
        action()
    line = str(caught.value)
    assert "\n" not in line
    return line


# -- compilers that cannot be used ---------------------------------------------------------


def test_missing_compiler(monkeypatch):
    """One line with the package to install."""
    monkeypatch.setattr(resources.shutil, "which", lambda tool: None)
    assert "apt install g" in raised(made)


@pytest.mark.parametrize("compiler, words", [
    ("/bin/false", "/bin/false failed (exit status 1)"),
    ("true", "true is no C++ compiler"),
    ("echo", "echo is no C++ compiler"),
    ("{here}", "{here} is no program that may be run"),
    ("{here}/text", "{here}/text is no program that may be run"),
    ("{here}/wrong", "{here}/wrong cannot be run: Exec format error"),
    ("{here}/killed", "{here}/killed was ended by SIGKILL; Linux does so when memory"),
    ("{here}/full", "{here}/full ran out of memory (cc1plus: out of memory allocating"),
    ("absent-compiler", "absent-compiler and make not found|absent-compiler not found"),
    ("g++ '", "No closing quotation"),
])
@needs_compiler
def test_compiler_that_cannot_be_used(tmp_path, monkeypatch, compiler, words):
    """The true cause, before anything is built."""
    (tmp_path / "text").write_text("int main() {}")
    (tmp_path / "wrong").write_text("int main() {}")
    (tmp_path / "wrong").chmod(0o755)
    script(tmp_path / "killed", "kill -9 $$")
    script(tmp_path / "full", "echo 'cc1plus: out of memory allocating 65536 bytes' >&2; exit 1")
    monkeypatch.setenv("CXX", compiler.format(here=tmp_path))
    line = raised(resources.check_compiler)
    assert any(part in line for part in words.format(here=tmp_path).split("|")), line
    assert "CXX=g++" in line or "apt install" in line or "ulimit -v" in line


@needs_compiler
@pytest.mark.parametrize("compiler, command", [
    (None, ["g++"]), ("", ["g++"]), (" ", ["g++"]),
    ("{here}/cc ache g++ -O0", ["{here}/cc", "ache", "g++", "-O0"]),
    ("'{here}/cc ache' g++ -O0", ["{here}/cc ache", "g++", "-O0"]),
    ("bin/cache g++", ["{here}/bin/cache", "g++"]),
])
def test_commands_of_compilers(tmp_path, monkeypatch, compiler, command):
    """Several words, spaces in a path, a path from here."""
    monkeypatch.chdir(tmp_path)
    script(tmp_path / "cc", 'shift; exec "$@"')
    for name in ("cc ache", "bin/cache"):
        script(tmp_path / name, 'exec "$@"')
    monkeypatch.delenv("CXX", raising=False)
    if compiler is not None:
        monkeypatch.setenv("CXX", compiler.format(here=tmp_path))
    assert resources.check_compiler() == [word.format(here=tmp_path) for word in command]


# -- compilations --------------------------------------------------------------------------


@needs_compiler
def test_compiling_is_announced_once(tmp_path, monkeypatch, empty_cache):
    """Before it starts, by a command of several words whatever make was told elsewhere."""
    fast = script(tmp_path / "bin dir" / "cache", 'exec "$@" -O0')
    monkeypatch.setenv("CXX", f"'{fast}' g++")
    monkeypatch.setenv("MAKEFLAGS", "-n")
    monkeypatch.setenv("GNUMAKEFLAGS", "-n")
    monkeypatch.setenv("MAKEFILES", str(tmp_path / "fast"))
    said = []
    # Brian2 numbers what it generates, and begins anew once the network is gone. Those of earlier
    # tests are to be gone before.
    gc.collect()
    state, _ = called(made(announce=said.append))
    line, = said
    assert line.startswith("compiling the small network (about ")
    gc.collect()
    again, _ = called(made(announce=said.append))
    assert said == [line], "a program that is kept is not compiled"
    for name, value in state.items():
        assert np.array_equal(again[name], value), name
    made("runtime", announce=said.append)
    assert said == [line]


@needs_compiler
@pytest.mark.parametrize("text, words", [
    ("kill -9 $$", "ended by SIGKILL|failed (exit status 2)"),
    ("echo 'g++: fatal error: Killed signal terminated program cc1plus' >&2; exit 1",
     "was ended by SIGKILL; Linux does so when memory is exhausted"),
    ("echo 'virtual memory exhausted: Cannot allocate memory' >&2; exit 1",
     "ran out of memory (virtual memory exhausted: Cannot allocate memory); end other"),
    ("echo 'all.s: No space left on device' >&2; exit 1", "No space left on device; free some"),
    ("echo 'all.cpp:1: error: what' >&2; exit 1", "all.cpp:1: error: what; try another compiler"),
    ("exit 0", "left no program; try another compiler"),
])
def test_compilation_that_fails(tmp_path, monkeypatch, empty_cache, text, words):
    """What the compiler said first, and what to do; at every call."""
    compiler = script(tmp_path / "compiler", f"""
        case "$*" in
            *-dM*|*--version*|*flag_test*) exec g++ "$@";;
        esac
        {text}""")
    monkeypatch.setenv("CXX", str(compiler))
    broken = made()
    for action in (broken.wait, broken.wait, lambda: called(broken)):
        line = raised(action)
        assert "small network" in line
        assert any(part in line for part in words.split("|")), line


@needs_compiler
def test_compiler_error_is_one_line(monkeypatch, empty_cache):
    """Of the real compiler."""
    real = compilation.join_sources

    def broken(directory, headers):
        name = real(directory, headers)
        (directory / name).write_text("int main( {")
        return name

    monkeypatch.setattr(compilation, "join_sources", broken)
    line = raised(made().wait)
    assert "small network" in line and "error:" in line


@needs_compiler
def test_temporary_folder_that_cannot_be_used(monkeypatch, tmp_path):
    """One line that names it and TMPDIR."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    line = raised(made)
    assert "absent for the small network" in line and "TMPDIR" in line


# -- programs that fail --------------------------------------------------------------------


@needs_compiler
@pytest.mark.parametrize("text, words", [
    ("kill -9 $$", "was ended by SIGKILL; Linux does so when memory is exhausted: end other"),
    ("kill -SEGV $$", "was ended by SIGSEGV; "),
    ("kill -XCPU $$", "was ended by SIGXCPU; raise the limit on processor time (ulimit -t)"),
    ("echo \"terminate called after throwing an instance of 'std::bad_alloc'\"; kill -ABRT $$",
     "ran out of memory (terminate called after throwing an instance of 'std::bad_alloc')"),
    ("echo; echo what happened; exit 3", "failed (exit status 3): what happened; "),
    ("exit 0", "wrote no input_hidden1.w"),
])
def test_program_that_fails(network, tmp_path, monkeypatch, text, words):
    network.wait()
    monkeypatch.setattr(network._compilation, "program", script(tmp_path / "program", text))
    line = raised(lambda: called(network))
    assert words in line


@needs_compiler
def test_program_that_is_interrupted(network, tmp_path, monkeypatch):
    """Ctrl-C reaches the program as well, and its end must not look like a fault."""
    network.wait()
    program = script(tmp_path / "program", "kill -INT $$")
    monkeypatch.setattr(network._compilation, "program", program)
    with pytest.raises(KeyboardInterrupt):
        called(network)


@needs_compiler
@pytest.mark.parametrize("number, words", [
    (errno.ENOMEM, "cannot start the small network: Cannot allocate memory; end other"),
    (errno.EAGAIN, "cannot start the small network: .*ulimit -u"),
    (errno.EMFILE, "cannot start the small network: .*ulimit -n"),
    (errno.EACCES, "for the small network: Permission denied; .*programs may run"),
])
def test_program_that_cannot_be_started(network, monkeypatch, number, words):
    """The disk is not blamed for memory."""
    network.wait()

    def start(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(subprocess, "Popen", start)
    with pytest.raises(SuiteError, match=words):
        called(network)


def test_memory_that_is_exhausted(monkeypatch):
    """In this process, while a network is built and while it is called."""
    runtime = made("runtime")

    def exhausted(*_):
        raise MemoryError

    monkeypatch.setattr(compiled_network, "check_arguments", exhausted)
    assert "no memory is left for a call of the small network" in raised(lambda: called(runtime))
    line = raised(lambda: compile_network(exhausted, "runtime", "small"))
    assert "no memory is left for building the small network" in line


@needs_compiler
@pytest.mark.parametrize("closed", [
    pytest.param(">&-", marks=pytest.mark.slow), "<&- >&- 2>&-"])
def test_closed_streams(tmp_path, closed):
    """Networks are built and run; the files that they open are not taken for the streams."""
    program = f"""
        from models.devices import compile_network
        from models.diehl_cook.architecture import initial_state
        from models.diehl_cook.network import build
        from tests.short_slots import STIMULI, architecture
        small = architecture(frozenset({{"hidden", "readout"}}))
        for device in ("cpp_standalone", "runtime"):
            network = compile_network(lambda: build(small), device)
            _, records = network(initial_state(small, 1), STIMULI)
            open({str(tmp_path / "said")!r}, "a").write(f"{{records.accepted()}} ")
    """
    done = subprocess.run(f'"$PYTHON" -c "$PROGRAM" {closed}', shell=True, cwd=ROOT, env={
        **os.environ, **SOON_ELSEWHERE, "PYTHON": sys.executable,
        "PROGRAM": textwrap.dedent(program)})
    assert done.returncode == 0
    assert len((tmp_path / "said").read_text().split("]")) == 3
