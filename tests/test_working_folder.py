"""Folders for temporary files go with the process that made them, and with nothing else."""

import gc
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from models.programs import working_folder
from models.programs.working_folder import PREFIX, WorkingFolder, remove_abandoned

ROOT = Path(__file__).parents[1]


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """An empty folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_folder_goes_with_its_object(temporary):
    folder = WorkingFolder()
    assert f"{PREFIX}{os.getpid()}-" in folder.path.name
    (folder.path / "call").mkdir()
    (folder.path / "call" / "in0").touch()
    del folder
    gc.collect()
    assert not list(temporary.iterdir())


def started(text, temporary):
    """A process that makes a folder and goes on with ``text``; its first word is awaited."""
    program = ("import subprocess, time\nfrom models.programs.working_folder import WorkingFolder\n"
               f"folder = WorkingFolder()\n{text}")
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True,
                               cwd=ROOT, env={**os.environ, "TMPDIR": str(temporary)})
    word = process.stdout.readline().strip()
    return process, word


def test_folder_of_a_killed_process_goes(temporary):
    """And not before it is killed, even where its number is another process's."""
    process, _ = started("print('ready', flush=True); time.sleep(600)", temporary)
    left, = temporary.iterdir()
    (left / "build").mkdir()
    (left / "build" / "main").touch()
    renamed = temporary / f"{PREFIX}{os.getpid()}-renamed"
    left.rename(renamed)
    try:
        remove_abandoned()
        assert (renamed / "build" / "main").exists()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert renamed.exists()
    remove_abandoned()
    assert not renamed.exists()


def test_folder_stays_while_a_program_works_in_it(temporary):
    """A compiler that a killed process has left behind."""
    process, child = started(
        "child = subprocess.Popen(['sleep', '600'], pass_fds=folder.inherited)\n"
        "print(child.pid, flush=True); time.sleep(600)", temporary)
    process.send_signal(signal.SIGKILL)
    process.wait()
    remove_abandoned()
    assert len(list(temporary.iterdir())) == 1
    os.kill(int(child), signal.SIGKILL)
    for _ in range(600):
        remove_abandoned()
        if not list(temporary.iterdir()):
            break
        subprocess.run(["sleep", "0.05"])
    assert not list(temporary.iterdir())


def test_what_is_not_the_suites_stays(temporary, monkeypatch):
    """Folders without a lock, of another user or another name, and links."""
    names = [f"{PREFIX}1-unlocked", "another", f"{PREFIX}2-link", f"{PREFIX}3-pipe"]
    (temporary / names[0]).mkdir()
    (temporary / names[1]).mkdir()
    (temporary / names[1] / "lock").touch()
    (temporary / names[2]).symlink_to(names[1])
    (temporary / names[3]).mkdir()
    os.mkfifo(temporary / names[3] / "lock")
    remove_abandoned()
    assert sorted(path.name for path in temporary.iterdir()) == sorted(names)
    assert (temporary / names[1] / "lock").exists()
    folder = temporary / f"{PREFIX}4-foreign"
    folder.mkdir()
    (folder / "lock").touch()
    with monkeypatch.context() as patched:
        patched.setattr(working_folder.os, "getuid", lambda: 12345)
        remove_abandoned()
    assert folder.exists()
    remove_abandoned()
    assert not folder.exists()


def test_removal_that_is_cut_short_is_taken_up_again(temporary, monkeypatch):
    """The lock file goes last."""
    folder = temporary / f"{PREFIX}5-left"
    (folder / "build").mkdir(parents=True)
    (folder / "lock").touch()

    def cut(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(shutil, "rmtree", cut)
        remove_abandoned()
    assert (folder / "lock").exists()
    remove_abandoned()
    assert not folder.exists()
