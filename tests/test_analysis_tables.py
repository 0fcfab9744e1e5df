"""The tables: recorded runs merge into rows, and a README is written and checked."""

import os
from pathlib import Path

import pytest

from analysis import overview, tables
from analysis.command_line import exit_code
from analysis.overview import points_of
from analysis.tables import main, pages
from tests.analysis_runs import write_summary

ROOT = Path(__file__).parents[1]
PAPERS = ("diehl_cook_sl", "stbp", "emstdp", "glsnn")
MARKERS = "# Results\n<!-- table:hao2020 begin -->\nold\n<!-- table:hao2020 end -->\nThe end.\n"


@pytest.fixture
def record(tmp_path):
    """Write a recorded run with one place in a table, of hao2020 unless told otherwise."""
    def write(directory, row, seed, columns, *, name="hao2020", cpu_seconds=60, command=None,
              **entry):
        path = tmp_path / "recorded" / directory
        path.mkdir(parents=True)
        place = {"name": name, "row": row, "order": 1, "columns": columns,
                 "published": {"mean": 83.67, "sd": 0.3}, **entry}
        write_summary(path, seed=seed, cpu_seconds=cpu_seconds, table=[place],
                      command=command or f"python -m protocols.{directory} --seed {seed}")
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


RULES = ["end of the run", "last test before the end",
         "best of the tests (selects on the test set)", "held-out choice, tested once"]


def test_seeds_merge_into_one_row_and_variants_do_not(record, call):
    row = "MNIST N=100 simultaneous"
    for seed, best in ((1, 83.0), (2, 84.0), (3, 85.0)):
        record(f"file{seed}", row, seed, {"end": 80, "best_test": best, "held_out": None},
               cpu_seconds=60 * seed**2)
    record("shuffled", row, 1, {"held_out": 83.1, "end": 83}, cpu_seconds=90,
           command="hao | shuffled", variant="--shuffle --held-out 5000")
    record("larger", "MNIST N=400", 1, {"last_test": 91.0}, order=2, published=None)
    code, out, _ = call()
    heading, rows = cells(out.replace("\\|", "/"))
    assert code == 0
    assert heading == ["set, N, method", "published", *RULES, "CPU minutes per run (median)",
                       "command (first seed)"]
    assert rows == [
        [row, "83.67 ± 0.30", "80.00 ± 0.00 (3)", "–", "84.00 ± 1.00 (3)", "–", "4.0",
         "`python -m protocols.file1 --seed 1`"],
        [f"{row} `--shuffle --held-out 5000`", "83.67 ± 0.30", "83.00 (1)", "–", "–", "83.10 (1)",
         "1.5", "`hao / shuffled`"],
        ["MNIST N=400", "–", "–", "91.00 (1)", "–", "–", "1.0",
         "`python -m protocols.larger --seed 1`"]]


def test_every_table_has_the_same_columns(record, call):
    """A table that nobody knows too; the tables are sorted by name."""
    record("other", "N-MNIST", 1, {"end": 98.5}, name="zhu2025", published={"mean": 98.78})
    record("hao", "a", 1, {"best_test": 1.0})
    out = call()[1]
    assert out.index("table:hao2020") < out.index("table:zhu2025")
    heading, rows = cells(out[out.index("table:zhu2025"):])
    assert heading[:6] == ["run", "published", *RULES]
    assert rows[0][1:3] == ["98.78", "98.50 (1)"]


def test_one_run_fills_several_rows(tmp_path, call):
    """Each entry has its own published value, or none."""
    path = tmp_path / "recorded" / "stbp"
    path.mkdir(parents=True)
    columns = {"end": 98.0, "best_test": 98.25, "held_out": None}
    write_summary(path, seed=0, cpu_seconds=60, command="x", published={"mean": 98.48}, table=[
        {"name": "wu2018", "row": "MNIST, 784-400-10", "order": 1, "columns": columns},
        {"name": "wu2018", "row": "MNIST, a1 = 1", "order": 2, "columns": columns,
         "published": {}}])
    heading, rows = cells(call()[1])
    assert heading[0] == "set, network"
    assert [row[:6] for row in rows] == [
        ["MNIST, 784-400-10", "98.48", "98.00 (1)", "–", "98.25 (1)", "–"],
        ["MNIST, a1 = 1", "–", "98.00 (1)", "–", "98.25 (1)", "–"]]


def test_a_shorter_training_has_a_row_of_its_own(record, call):
    """It is no other seed of the whole one."""
    record("whole", "a", 0, {"best_test": 95.0})
    record("short", "a", 1, {"best_test": 94.0}, note="3 of 10 epochs")
    assert [row[0] for row in cells(call()[1])[1]] == ["a", "a (3 of 10 epochs)"]


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
    ({"seed": 2, "columns": {"best_test": "83"}}, "best_test is not a finite number"),
    ({"seed": 2, "columns": {"best": 83.0}}, "columns.best is none of the rules"),
    ({"seed": None, "columns": {"best_test": 83.0}}, "seed is not a whole number"),
    ({"seed": 2, "columns": {"best_test": float("nan")}}, "holds NaN"),
    ({"seed": 2, "columns": {}, "variant": 1}, "table[0].variant is not a text"),
])
def test_recorded_runs_that_contradict_or_are_damaged(record, call, other, cause):
    record("run1", "MNIST", 1, {"best_test": 83.6})
    record("run2", "MNIST", **other)
    code, _, err = call()
    assert code == 2 and err.startswith("analysis: ") and err.count("\n") == 1 and cause in err


@pytest.mark.parametrize("fields, cause", [
    ({"format": 1}, "is of an older format"),
    ({"table": [{"name": "a", "row": "b", "columns": {}}]}, "has a table but no seed"),
])
def test_summary_that_fits_no_table(tmp_path, call, fields, cause):
    path = tmp_path / "recorded" / "run"
    path.mkdir(parents=True)
    write_summary(path, **fields)
    code, _, err = call()
    assert code == 2 and err.count("\n") == 1
    assert str(path / "summary.json") in err and cause in err


def test_a_pipe_is_not_read(record, call, tmp_path):
    record("run1", "MNIST", 1, {"best_test": 83.6})
    os.mkfifo(tmp_path / "README.md")
    code, _, err = call("--check", tmp_path / "README.md")
    assert code == 2 and "no regular file" in err
    os.rename(tmp_path / "README.md", tmp_path / "recorded" / "run1" / "summary.json")
    code, _, err = call()
    assert code == 2 and "no regular file" in err


def test_the_pages_are_of_the_recorded_runs():
    """All pages with a table, and the picture of all papers."""
    names = {str(page.relative_to(ROOT)) for page in pages()}
    assert {"README.md", *(f"protocols/{name}/README.md" for name in PAPERS)} <= names
    assert exit_code(main, ["--check"]) == 0


def test_several_pages(record, call, tmp_path):
    record("run1", "MNIST", 1, {"best_test": 83.6})
    one = tmp_path / "one.md"
    other = tmp_path / "other.md"
    for page in (one, other):
        page.write_text(MARKERS)
    assert call("--write", one)[0] == 0
    code, _, err = call("--check", one, other)
    assert code == 1 and str(other) in err and str(one) not in err
    assert call("--write", one, other)[0] == 0
    assert call("--check", one, other)[0] == 0


def test_the_front_page_has_rows_of_the_papers(record, call):
    """The variant that is asked for, by two rules and without commands; none of its own."""
    row = "MNIST, N = 100, simultaneous SL"
    record("plain", row, 0, {"end": 80.0, "last_test": 82.0, "best_test": 83.0})
    assert cells(call()[1].partition("table:summary")[2]) == (
        ["method: set, network", "published", RULES[0], RULES[1], "CPU minutes per run (median)"],
        [[f"symmetric STDP: {row}", "83.67 ± 0.30", "80.00 (1)", "82.00 (1)", "1.0"]])
    record("shuffled", row, 0, {"end": 85.0}, variant="--shuffle")
    assert "85.00" not in call()[1].partition("table:summary")[2]


def test_the_picture_of_all_papers(record, call, tmp_path, monkeypatch, capsys):
    """A point for each published row, and a check that tells another picture."""
    record("full", "MNIST, N = 100", 0, {"last_test": 82.0})
    record("short", "MNIST, N = 400", 0, {"last_test": 85.0}, note="1 of 2 epochs")
    record("other", "digits", 0, {"last_test": 90.0}, published={})
    recorded = tmp_path / "recorded"
    assert points_of(recorded) == [
        ("hao2020", "MNIST, N = 100", 83.67, 82.0, True),
        ("hao2020", "MNIST, N = 400 (1 of 2 epochs)", 83.67, 85.0, False)]
    monkeypatch.setattr(tables, "pages", list)
    assert call("--check")[0] == 1
    assert exit_code(overview.main, ["--recorded", str(recorded)]) == 0
    assert capsys.readouterr().out.endswith("published_and_measured.png: drawn\n")
    assert call("--check")[0] == 0
    record("again", "MNIST, N = 100", 1, {"last_test": 83.0})
    code, _, err = call("--check")
    assert code == 1 and "the picture of all papers differs" in err
    assert call("--write")[0] == 0
    assert call("--check")[0] == 0
    (recorded / overview.NAME).write_bytes(b"no picture")
    code, _, err = call("--check")
    assert code == 2 and "no picture" in err and err.count("\n") == 1
