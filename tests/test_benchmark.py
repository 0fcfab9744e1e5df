"""The benchmark's command: its table, its JSON, its errors, and what it measures."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

psutil = pytest.importorskip("psutil", reason="the extra 'benchmarks' is not installed")

from equations.hao2020.settings import settings
from models.dense.passes import PASSES
from models.devices import compile_network
from models.diehl_cook.architecture import Architecture, initial_state
from models.diehl_cook.network import build
from models.shared.cpu_time import cpu_seconds
from protocols import benchmark, benchmarks
from protocols.benchmarks import cases, diehl_cook, images
from protocols.benchmarks.bare_diehl_cook import BareNetwork
from protocols.benchmarks.table import COLUMNS, Row, Table
from protocols.benchmarks.usage import PeakMemory

needs_compiler = pytest.mark.skipif(
    not (shutil.which("g++") and shutil.which("make")), reason="needs g++ and make")

ROWS = [Row("slow go", 10, 8.0, 30.0, 1.5), Row("bare go", 10, 2.0, 40.0, 60.0),
        Row("slow go", 99, 5.0, None, 1.5), Row("bare halt", 99, 5.0, 1.0, 1.5)]


@pytest.fixture
def quick(monkeypatch):
    """A benchmark that measures nothing; returns the options that it was given."""
    given = []

    def run(options, report):
        given.append(options)
        report("measuring")
        return Table("a title", "bare", ROWS, ["a note"])

    monkeypatch.setattr(benchmark, "find", lambda name: run)
    return given


def failure(capsys, *argv):
    """Run a command that must fail; returns its one line."""
    with pytest.raises(SystemExit) as stopped:
        benchmark.main(list(argv))
    assert stopped.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


def check(path, names, sizes):
    """The JSON of a run: every field, positive numbers, ratios that fit the times."""
    content = json.loads(path.read_text())
    rows = content["rows"]
    assert [(row["name"], row["n"]) for row in rows] == [(a, n) for n in sizes for a in names]
    times = {(row["name"], row["n"]): row["ms"] for row in rows}
    for row in rows:
        assert list(row) == list(COLUMNS)
        assert min(row["ms"], row["memory_mb"]) > 0
        assert row["name"] == "bindsnet train" or row["compile_s"] > 0
        form, mode = row["name"].split()
        bare = times[f"bare{'32' * form.endswith('32')} {mode}", row["n"]]
        assert row["ratio"] == pytest.approx(row["ms"] / bare)
    assert content["machine"]["cores"] >= 1 and content["machine"]["cpu"]
    assert "brian2" in content["machine"]["versions"]
    return content


def test_ratio_is_relative_to_the_same_size_and_mode():
    table = Table("", "bare", ROWS)
    assert [table.ratio(row) for row in ROWS] == [4.0, 1.0, None, 1.0]


def test_table_text(quick, capsys):
    benchmark.main(["any"])
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "a title",
        "ratio: time relative to 'bare' (float32: 'bare32') of the same n and mode (= 1)",
        "",
        "name        n     ms  ratio  memory (MB)  compile (s)",
        "slow go    10  8.000   4.00         30.0          1.5",
        "bare go    10  2.000   1.00         40.0         60.0",
        "slow go    99  5.000      -            -          1.5",
        "bare halt  99  5.000   1.00          1.0          1.5",
        "",
        "a note",
    ]
    assert err == ""


def test_options_reach_the_benchmark(quick):
    benchmark.main("any --sizes 3 5 --samples 7 --repeats 2 --naive-all".split())
    benchmark.main(["any"])
    assert quick == [benchmarks.Options((3, 5), 7, 2, True), benchmarks.Options()]


def test_json_holds_the_table_and_the_machine(quick, tmp_path):
    path = tmp_path / "speed.json"
    path.write_text("of an earlier run")
    benchmark.main(["any", "--json", str(path)])
    content = json.loads(path.read_text())
    assert content["benchmark"] == "any" and content["title"] == "a title"
    assert content["rows"] == Table("", "bare", ROWS).records()
    assert [p.name for p in tmp_path.iterdir()] == ["speed.json"]


def test_interrupted_run_keeps_the_old_json(monkeypatch, capsys, tmp_path):
    def run(options, report):
        raise MemoryError

    monkeypatch.setattr(benchmark, "find", lambda name: run)
    path = tmp_path / "speed.json"
    path.write_text("of an earlier run")
    assert "out of memory" in failure(capsys, "any", "--json", str(path))
    assert path.read_text() == "of an earlier run"
    assert [p.name for p in tmp_path.iterdir()] == ["speed.json"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_json_stands_though_the_table_cannot_be_printed(quick, tmp_path, capsys, monkeypatch):
    """A full disk behind standard output costs the line on the screen, not the measurement."""
    path = tmp_path / "speed.json"
    with open("/dev/full", "w") as full:
        monkeypatch.setattr("sys.stdout", full)
        assert "No space left" in failure(capsys, "any", "--json", str(path))
        # Closing the file would try once more to write what is left.
        monkeypatch.undo()
        with contextlib.suppress(OSError):
            full.close()
    assert json.loads(path.read_text())["benchmark"] == "any"


def test_interrupts_are_the_shells_though_a_benchmark_imports_brian2(quick, monkeypatch):
    """Brian2 puts a handler of its own in the place of the one that was there."""
    run = benchmark.find("any")

    def importing(name):
        def handler(number, frame):
            raise AssertionError("Brian2's handler was called")

        handler.previous_handler = signal.getsignal(signal.SIGINT)
        signal.signal(signal.SIGINT, handler)
        return run

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(benchmark, "find", importing)
    try:
        benchmark.main(["any"])
        assert signal.getsignal(signal.SIGINT) is before
    finally:
        signal.signal(signal.SIGINT, before)


def test_path_that_cannot_be_written_is_told_before_the_measurement(quick, capsys, tmp_path):
    path = tmp_path / "missing" / "speed.json"
    assert str(path.parent) in failure(capsys, "any", "--json", str(path))
    assert quick == []


def test_unknown_name_lists_the_benchmarks():
    done = subprocess.run([sys.executable, "-m", "protocols.benchmark", "diehl_cok"],
                          capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "diehl_cok" in done.stderr and all(n in done.stderr for n in benchmarks.BENCHMARKS)


@pytest.mark.parametrize("option", ["--sizes", "--samples", "--repeats"])
def test_numbers_must_be_positive(capsys, option):
    assert f"{option} 0" in failure(capsys, "diehl_cook", option, "0")


def test_digits_stand_in_for_mnist(monkeypatch, tmp_path):
    monkeypatch.delenv("SNN_DATA", raising=False)
    monkeypatch.setattr(images.pooch, "os_cache", lambda name: tmp_path)
    patterns, labels, source = images.load_images(1500)
    assert "digits" in source
    assert patterns.shape == (1500, 784) and labels.shape == (1500,)
    assert patterns.min() == 0 and 0.8 < patterns.max() <= 1
    # As bright as MNIST; there are 1437 images, then they begin again.
    assert 255 * patterns.mean() == pytest.approx(images.MNIST_DRIVE / 784, rel=0.02)
    np.testing.assert_array_equal(patterns[1437], patterns[0])


def test_memory_is_that_of_the_program_not_of_this_process():
    ballast = b"x" * 300_000_000
    peak = PeakMemory()
    with peak:
        subprocess.run(["sh", "-c", "a=$(head -c 30000000 /dev/zero | tr '\\0' x); sleep 1"])
    assert 30 < peak.megabytes < len(ballast) / 1e6


def test_memory_is_not_that_of_an_earlier_program():
    """One that has ended unasked (a zombie) and one that still runs."""
    ended = subprocess.Popen(["true"])
    running = subprocess.Popen(["sleep", "60"])
    while psutil.Process(ended.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    peak = PeakMemory()
    with peak:
        subprocess.run(["sh", "-c", "a=$(head -c 30000000 /dev/zero | tr '\\0' x); sleep 1"])
    running.kill()
    ended.wait()
    running.wait()
    assert peak.megabytes > 30


def test_cpu_time_of_a_program():
    before = cpu_seconds(children_only=True)
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"])
    assert 0.3 < cpu_seconds(children_only=True) - before < 3


def test_too_few_samples_are_refused():
    form = cases.Contender("dense train", 20, 1.0, lambda: (-0.1, 0.0))
    form.measure()
    with pytest.raises(cases.SuiteError, match="--samples"):
        form.row()


@needs_compiler
def test_rows_and_equal_activity(monkeypatch, tmp_path):
    """The hand-written loop is the same network: as many hidden spikes as the compiled one.

    From untrained weights, which costs half the time.
    """
    monkeypatch.setattr(cases.Case, "learned", property(untrained))
    monkeypatch.setattr(diehl_cook, "PLAIN_UP_TO", 0)
    monkeypatch.setattr(diehl_cook, "other_compiler", lambda: None)
    path = tmp_path / "speed.json"
    benchmark.main(["diehl_cook", "--sizes", "20", "--samples", "400", "--repeats", "1",
                    "--json", str(path)])
    content = check(path, [f"{form} {mode}" for mode in ("train", "test")
                           for form in ("dense", "dense32", "bare", "bare32")], [20])
    spikes = activity(content)
    for mode in ("train", "test"):
        assert spikes[f"bare {mode}"] == pytest.approx(spikes[f"dense {mode}"], rel=0.05)


@pytest.mark.parametrize("usual, there, expected", [
    # Beside the usual one: which others are found, and whether they are clang.
    ("g++", {"clang++": True}, ("clang", "clang++")),
    ("g++", {}, None),
    ("clang++", {"g++": False}, ("gcc", "g++")),
    ("clang++", {"g++": True}, None),       # macOS
])
def test_both_compilers_have_rows(monkeypatch, usual, there, expected):
    """Where both are installed, and are two."""
    monkeypatch.setattr(diehl_cook, "check_compiler", lambda: [usual])
    monkeypatch.setattr(diehl_cook, "is_clang",
                        lambda command: {usual: usual == "clang++", **there}[command[0]])
    monkeypatch.setattr(diehl_cook.shutil, "which", there.get)
    assert diehl_cook.other_compiler() == expected


def untrained(case):
    """The state that a case's warm-up begins with."""
    return initial_state(case.architecture("train"), seed=0)


def activity(content):
    """Hidden spikes per presentation by row, from the note."""
    items = content["notes"][0].split(": ", 1)[1].split(", ")
    return {item.rsplit(" ", 1)[0]: float(item.rsplit(" ", 1)[1]) for item in items}


@needs_compiler
def test_hand_written_loop_learns_the_same(tmp_path):
    """Same images and random numbers: weights and thresholds after 20 samples agree."""
    shown_images, labels, _ = images.load_images(20)
    parameters = settings("mnist", 20)
    architecture = Architecture(parameters, 784, (20,), 10, learn=frozenset(["hidden", "readout"]),
                    capacity=20)
    shown = {"pattern": shown_images, "label": labels, "stream": 5, "first": 0}
    state = initial_state(architecture, 0)
    after, _ = compile_network(lambda: build(architecture))(state, shown)
    loop = BareNetwork(parameters, 20, True, "double", tmp_path)
    _, _, found = loop(state, shown)
    for name, values in found.items():
        np.testing.assert_allclose(values, after[name], rtol=1e-6, atol=1e-9, err_msg=name)


@needs_compiler
@pytest.mark.slow
def test_passes_are_measured(tmp_path):
    path = tmp_path / "passes.json"
    benchmark.main(["passes", "--sizes", "20", "--samples", "400", "--repeats", "1",
                    "--json", str(path)])
    rows = json.loads(path.read_text())["rows"]
    assert [row["name"] for row in rows] == [
        f"{form} {mode}" for mode in ("train", "test")
        for form in ("all", *(f"no-{name}" for name in PASSES))]
    assert {row["name"]: row["ratio"] for row in rows}["no-calendar train"] > 1


@needs_compiler
@pytest.mark.slow
def test_naive_form_is_as_active_and_slower(tmp_path):
    path = tmp_path / "speed.json"
    benchmark.main(["diehl_cook", "--sizes", "20", "--samples", "400", "--repeats", "1",
                    "--json", str(path)])
    other = diehl_cook.other_compiler()
    others = (other[0], f"{other[0]}32") if other else ()
    content = check(path, [*(f"{form} {mode}" for mode in ("train", "test")
                             for form in ("dense", "dense32", *others, "plain", "bare", "bare32")),
                             "naive train",
                             *(["bindsnet train"] if diehl_cook.bindsnet.installed() else [])],
                    [20])
    rows = {row["name"]: row["ratio"] for row in content["rows"]}
    assert rows["naive train"] > rows["dense train"]
    spikes = activity(content)
    assert spikes["naive train"] == pytest.approx(spikes["dense train"], rel=0.4)
    assert spikes["plain train"] == spikes["dense train"]
    for form in others[:1]:
        assert spikes[f"{form} train"] == spikes["dense train"]
