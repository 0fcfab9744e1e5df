"""equations.txt: the text of a run's networks, and what is known by it."""

import json
import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from analysis.groups import group_seeds
from analysis.run import Run
from analysis.table_rows import collect
from equations.parameters import sources
from equations.shrestha2019.settings import rules
from models.devices.equations_text import text_of
from models.emstdp.architecture import Architecture
from models.emstdp.network import build
from protocols.diehl_cook_sl.learner import DiehlCookLearner
from protocols.diehl_cook_sl.settings import DiehlCookSettings
from protocols.glsnn.protocol import PROTOCOL as GLSNN
from protocols.runs import presets
from protocols.runs.command import main
from protocols.runs.equations import digest, equations_of
from protocols.runs.protocol import find
from tests.analysis_runs import make_run, write_summary
from tests.commands import refused

WORDS = ("--network", "10-classes", "--train-samples", "100", "--epochs", "1", "--no-figures")


def emstdp(capacity=10, observe=False, **changes):
    """Text of a small network of Shrestha et al. (2019)."""
    chosen = Architecture((9, 5, 3), replace(rules("adapted", "sw"), **changes), "sw",
                          capacity=capacity, observe=observe)
    return text_of(partial(build, chosen))


@pytest.fixture(scope="module")
def text():
    return emstdp()


def test_a_network_is_described_whole(text):
    """Equations with units, thresholds, resets, what a spike does, and values with sources."""
    group = text[text.index("group hidden1_plus: 5 neurons"):text.index("group input: 9 neurons")]
    assert "    E : 1\n    count : integer\n    gate : 1\n" in group
    assert "  spike where\n    t_in_timesteps % T >= half and E >= theta_e and gate > 0" in group
    assert "  after spike\n    E -= theta_e\n    count += 1\n" in group
    assert re.search(r"theta_e = 0\.\d+\n", group)
    assert "projection input_hidden1: input -> hidden1, all to all\n" in text
    assert ("projection feedback_output_plus_hidden1_minus: output_plus -> hidden1_minus, the "
            "matrix of hidden1_output, transposed\n  on_pre (order 3)\n    E_post += -w\n  names\n"
            "    w is that of hidden1_output\n") in text
    assert "on_pre, at learn (order 6)\n    w = clip(" in text
    assert "wait = 3    # default 0: Algorithm 1\n" in text


def test_the_text_knows_the_science_alone(text):
    """Neither how many samples fit into a call nor what is looked at; a number is one line."""
    assert emstdp(capacity=20, observe=True) == text
    other = emstdp(gamma=0.5)
    changed = [(a, b) for a, b in zip(text.splitlines(), other.splitlines(), strict=True)
               if a != b]
    assert changed and all("gamma = 1 " in a and "gamma = 0.5 " in b for a, b in changed)


def test_the_text_is_the_same_for_every_device(digits):
    """GeNN's form of a network is the same science: a run may change to it and back."""
    texts = {equations_of(DiehlCookLearner(DiehlCookSettings(device=device), digits,
                                           np.arange(100)))
             for device in ("cpp_standalone", "runtime", "genn-cpu", "opencl")}
    assert len(texts) == 1


def test_sources_tell_of_changed_values():
    plain = rules("literal", "sw")
    assert sources(plain)["theta_loss"].startswith("author's code")
    assert sources(replace(plain, gamma=0.5))["gamma"] == "default 1.0: author's code"


@pytest.mark.parametrize("name", presets.protocols())
def test_every_protocol_describes_its_networks(name, capsys):
    """Without a compiler, a run directory or a preset of its own."""
    main(find(name), ["--describe"])
    said = capsys.readouterr().out
    assert said.startswith("== ")
    assert said.count("\n  names\n") >= 1
    assert "object at 0x" not in said


def test_a_run_keeps_its_equations(tmp_path, capsys):
    """As --describe prints them; a run that was begun with others is not continued."""
    out = tmp_path / "run"
    main(GLSNN, [*WORDS, "--out", str(out)])
    capsys.readouterr()
    main(GLSNN, [*WORDS, "--describe"])
    kept = (out / "equations.txt").read_text()
    assert capsys.readouterr().out == kept
    assert json.loads((out / "summary.json").read_text())["equations"] == digest(kept)
    (out / "equations.txt").write_text(kept.replace("V_th = 0.0009", "V_th = 0.001"))
    line = refused(capsys, GLSNN, *WORDS, "--out", out, "--resume", "--epochs", 2)
    assert "V_th = 0.0009" in line and "V_th = 0.001" in line
    (out / "equations.txt").unlink()
    main(GLSNN, [*WORDS, "--out", str(out), "--resume", "--epochs", "2"])
    assert (out / "equations.txt").read_text() == kept


def recorded(folder, seed, equations):
    """A run that stands in a table."""
    make_run(folder, seed=seed)
    told = {} if equations is None else {"equations": equations}
    write_summary(folder, seed=seed, cpu_seconds=1, command="python -m protocols.x", **told, table=[
        {"name": "hao", "row": "one", "order": 1, "columns": {"end": 90.0}}])
    return Run(folder)


def test_runs_of_other_equations_are_other_experiments(tmp_path):
    """In figures and in tables; a run that tells of none stands with those that agree."""
    runs = [recorded(tmp_path / "a", 0, "1234567890"), recorded(tmp_path / "b", 1, "1234567890"),
            recorded(tmp_path / "c", 2, None)]
    assert list(group_seeds(runs)) == ["small"]
    assert [key.note for key in collect(tmp_path)["hao"]] == [""]
    runs.append(recorded(tmp_path / "d", 3, "abcdef7890"))
    assert {label: len(members) for label, members in group_seeds(runs).items()} == {
        "small, equations 12345678": 2, "small, equations unknown": 1,
        "small, equations abcdef78": 1}
    assert [key.note for key in collect(tmp_path)["hao"]] == [
        "equations 12345678", "equations abcdef78", "equations unknown"]
