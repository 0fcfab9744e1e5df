"""The tables: recorded runs merge into rows, and a README is written and checked."""

import json

import pytest

from analysis.command_line import exit_code
from analysis.tables import main

MARKERS = "# Results\n<!-- table:hao2020 begin -->\nold\n<!-- table:hao2020 end -->\nThe end.\n"


@pytest.fixture
def record(tmp_path):
    """Write a recorded run, of table hao2020 unless told otherwise."""
    def write(directory, row, seed, columns, *, name="hao2020", order=1, cpu_seconds=60,
              command=None, **summary):
        path = tmp_path / "recorded" / directory
        path.mkdir(parents=True)
        (path / "summary.json").write_text(json.dumps({
            "seed": seed, "cpu_seconds": cpu_seconds,
            "command": command or f"python -m protocols.{directory} --seed {seed}",
            "table": {"name": name, "row": row, "order": order, "columns": columns},
            "published": {"mean": 83.67, "sd": 0.3}, **summary}))
    return write


@pytest.fixture
def call(tmp_path, capsys):
    """Run the command line: (exit code, standard output, standard error)."""
    def run(*arguments):
        code = exit_code(main, ["--recorded", str(tmp_path / "recorded"), *map(str, arguments)])
        return code, *capsys.readouterr()
    return run


def cells(text):
    """The rows of a Markdown table, without heading, as lists of cells."""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return rows[0], rows[2:]


def test_seeds_and_ways_of_training_merge_into_one_row(record, call):
    row = "MNIST N=100 simultaneous"
    for seed, best in ((1, 83.0), (2, 84.0), (3, 85.0)):
        record(f"file{seed}", row, seed, {"best_test": best, "held_out": None},
               cpu_seconds=60 * seed)
    record("shuffled", row, 1, {"held_out": 83.1, "shuffled_end": 83}, cpu_seconds=90,
           command="hao | shuffled")
    record("larger", "MNIST N=400", 1, {"best_test": 91.0}, order=2, published={"row": "x"})
    record("none", "of no table", 1, {}, table=None)
    code, out, _ = call()
    heading, rows = cells(out.replace("\\|", "/"))
    assert code == 0 and heading[0] == "set, N, method"
    assert heading[2:5] == ["best of the tests (published rule, selects on the test set)",
                            "held-out choice, tested once", "end of shuffled run"]
    assert rows == [
        [row, "83.67 ± 0.30", "84.00 ± 1.00 (3)", "83.10 (1)", "83.00 (1)", "2.0<br>1.5",
         "`python -m protocols.file1 --seed 1`<br>`hao / shuffled`"],
        ["MNIST N=400", "–", "91.00 (1)", "–", "–", "1.0",
         "`python -m protocols.larger --seed 1`"]]


def test_another_table_brings_its_own_columns(record, call):
    record("hao", "a", 1, {"best_test": 1.0})
    record("other", "N-MNIST", 1, {"last_epoch": 98.5}, name="other", published={"mean": 98.78})
    out = call()[1]
    heading, rows = cells(out[out.index("table:other"):])
    assert heading[2] == "last epoch" and rows[0][1:3] == ["98.78", "98.50 (1)"]


def test_three_rules_of_wu2018_stand_beside_the_published_value(record, call):
    """One run fills the rows of several experiments; rules that it does not have stay empty."""
    entries = [{"name": "wu2018", "row": row, "order": order, "published": {"mean": mean},
                "columns": {"final": 98.0, "best_test": 98.25, "held_out": None}}
               for order, (row, mean) in enumerate((("MNIST, 784-400-10", 98.48),
                                                    ("MNIST, a1 = 1", None)))]
    record("stbp", "", 0, {}, table=entries, published=None)
    heading, rows = cells(call()[1])
    assert heading[:5] == ["set, network", "published", "end of the run", "best of the tests",
                           "held-out choice, tested once"]
    assert [row[:5] for row in rows] == [
        ["MNIST, 784-400-10", "98.48", "98.00 (1)", "98.25 (1)", "–"],
        ["MNIST, a1 = 1", "–", "98.00 (1)", "98.25 (1)", "–"]]


def test_a_shorter_training_is_noted_in_its_row(record, call):
    entry = {"name": "hao2020", "row": "a", "columns": {"best_test": 94.0},
             "note": "3 of 10 epochs"}
    record("hao", "a", 1, {}, table=entry)
    assert cells(call()[1])[1][0][0] == "a (3 of 10 epochs)"


def test_write_then_check(record, call, tmp_path):
    record("run1", "MNIST", 1, {"best_test": 83.6})
    readme = tmp_path / "README.md"
    readme.write_text(MARKERS)
    code, _, err = call("--check", readme)
    assert code == 1 and err.count("\n") == 1 and "--write" in err
    assert call("--write", readme)[0] == 0
    text = readme.read_text()
    assert "83.60 (1)" in text and "old" not in text
    assert text.startswith("# Results\n<!-- table:hao2020 begin -->\n| ")
    assert text.endswith("<!-- table:hao2020 end -->\nThe end.\n")
    assert call("--check", readme)[0] == 0
    assert call("--write", readme)[0] == 0 and readme.read_text() == text

    record("run2", "MNIST", 2, {"best_test": 83.8})
    assert call("--check", readme)[0] == 1


@pytest.mark.parametrize("text, cause", [
    ("no markers", "no table is marked"),
    ("<!-- table:hao2020 begin -->\n", "does not end"),
    (MARKERS.replace("hao2020", "wu2018"), "no recorded run belongs to table wu2018"),
])
def test_readme_without_its_markers(record, call, tmp_path, text, cause):
    record("run1", "MNIST", 1, {"best_test": 83.6})
    readme = tmp_path / "README.md"
    readme.write_text(text)
    code, _, err = call("--write", readme)
    assert code == 2 and err.count("\n") == 1 and cause in err
    assert readme.read_text() == text


def test_readme_that_cannot_be_read(record, call, tmp_path):
    record("run1", "MNIST", 1, {"best_test": 83.6})
    assert call("--check", tmp_path / "absent.md")[0] == 2
    (tmp_path / "README.md").write_bytes(b"\xff")
    code, _, err = call("--check", tmp_path / "README.md")
    assert code == 2 and "UTF-8" in err


def test_nothing_recorded(call):
    code, _, err = call()
    assert code == 2 and "no recorded run" in err


@pytest.mark.parametrize("other, cause", [
    ({"seed": 1, "columns": {"best_test": 83.6}}, "already has best_test for seed 1"),
    ({"seed": 2, "columns": {"best_test": 83.6}, "published": {"mean": 1}}, "make them agree"),
    ({"seed": 2, "columns": {"best_test": "83"}}, "table needs"),
    ({"seed": None, "columns": {"best_test": 83.0}}, "table needs"),
    ({"seed": 2, "columns": {"best_test": float("nan")}}, "holds NaN"),
    ({"seed": 2, "columns": {}, "table": ["x"]}, "table needs"),
])
def test_recorded_runs_that_contradict_or_are_damaged(record, call, other, cause):
    record("run1", "MNIST", 1, {"best_test": 83.6})
    record("run2", "MNIST", **other)
    code, _, err = call()
    assert code == 2 and err.startswith("analysis: ") and err.count("\n") == 1 and cause in err
