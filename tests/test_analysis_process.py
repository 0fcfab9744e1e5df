"""The two commands as processes: interrupted, or with an output that does not take all."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.__main__ import main
from analysis.command_line import exit_code
from analysis.tables import main as tables
from tests.analysis_runs import make_plain_run

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""}
# A module or a figure that takes long.
WAIT = "print('busy', flush=True); import time; time.sleep(60)"
SLOW_FIGURE = f"""
import runpy
from analysis import figures

def convergence(run):
    {WAIT}

figures.FIGURES["convergence"] = convergence
convergence.arrays = ()
runpy.run_module("analysis", run_name="__main__", alter_sys=True)
"""


def interrupted(command, folder):
    """Exit code, standard output and standard error of a command interrupted when it is busy."""
    process = subprocess.Popen([sys.executable, *command], cwd=folder, env=ENVIRONMENT, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline() == "busy\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


@pytest.mark.parametrize("module", ["analysis", "analysis.tables"])
def test_interrupted_while_importing(tmp_path, module):
    (tmp_path / "numpy.py").write_text(WAIT)
    code, out, err = interrupted(["-m", module, "run"], tmp_path)
    assert (code, out, err) == (2, "", "analysis: stopped; give the command again\n")


def test_interrupted_while_drawing(tmp_path):
    run = make_plain_run(tmp_path / "run")
    code, out, err = interrupted(["-c", SLOW_FIGURE, str(run.directory)], tmp_path)
    assert (code, out, err) == (2, "", "analysis: stopped; give the command again\n")
    whole = {f"confusion_matrix.{ending}" for ending in ("png", "svg")}
    assert {path.name for path in (run.directory / "figures").iterdir()} == whole


def test_interrupts_that_are_ignored_stay_so(tmp_path):
    """As those of a job in a script's background."""
    (tmp_path / "numpy.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n"
                                       "print('went on', flush=True)\nraise SystemExit(3)")
    done = subprocess.run([sys.executable, "-m", "analysis.tables"], cwd=tmp_path, text=True,
                          env=ENVIRONMENT, capture_output=True,
                          preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    assert (done.returncode, done.stdout, done.stderr) == (3, "went on\n", "")


@pytest.mark.parametrize("encoding, printed", [("ascii", b"l\\xe4ufe"), ("utf-8", b"l\xc3\xa4ufe")])
def test_what_the_terminal_cannot_hold_is_escaped(tmp_path, monkeypatch, encoding, printed):
    run = make_plain_run(tmp_path / "l\xe4ufe")
    output = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(output, encoding=encoding))
    assert exit_code(main, [str(run.directory), "--formats", "svg"]) == 0
    assert printed in output.getvalue()


def test_closed_output(tmp_path, monkeypatch, capsys):
    """Figures need no output, tables do."""
    run = make_plain_run(tmp_path / "run")
    monkeypatch.setattr(sys, "stdout", None)
    assert exit_code(main, [str(run.directory), "--formats", "svg"]) == 0
    assert (run.directory / "figures" / "convergence.svg").exists()
    assert exit_code(tables, []) == 2
    line = capsys.readouterr().err
    assert line == "analysis: standard output is closed; give --write FILE\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("output, code, err", [
    (" | true", 0, ""),
    (" > /dev/full", 2, "analysis: standard output: No space left on device; check the path, its "
     "permissions and the free disk space\n"),
])
def test_output_that_takes_no_more(tmp_path, output, code, err):
    """A reader that has seen enough is no failure, a full disk is; the end adds nothing."""
    (tmp_path / "README.md").write_text("<!-- table:wu2018 begin -->\n<!-- table:wu2018 end -->\n")
    command = f"{sys.executable} -m analysis.tables --write README.md{output}"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], text=True, cwd=tmp_path,
                          env=ENVIRONMENT, capture_output=True)
    assert (done.returncode, done.stderr) == (code, err)
