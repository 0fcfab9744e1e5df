"""Settings are declared once; command line, checks and config.toml follow from the declarations."""

import tomllib
from dataclasses import replace

import pytest

from models.errors import SuiteError
from protocols.diehl_cook_sl.protocol import PROTOCOL as DIEHL_COOK
from protocols.diehl_cook_sl.settings import DiehlCookSettings
from protocols.emstdp.protocol import PROTOCOL as EMSTDP
from protocols.emstdp_mlp.protocol import PROTOCOL as EMSTDP_MLP
from protocols.runs import presets
from protocols.runs.asked import chosen_base, command_of, parser_of, preset_settings, settings_of
from protocols.runs.command import main
from protocols.runs.declaration import ROLES
from protocols.runs.settings import (
    declarations, differing, from_tables, is_experiment, option_words, shortest, to_tables,
)
from protocols.stbp.protocol import PROTOCOL as STBP

ALL = [DIEHL_COOK, STBP, EMSTDP, EMSTDP_MLP]


def asked(protocol, text):
    """Settings that a command line asks for."""
    words = text.split()
    base = chosen_base(protocol, words)
    return settings_of(protocol, base, parser_of(protocol, base).parse_args(words))[0]


@pytest.mark.parametrize("protocol", ALL, ids=lambda protocol: protocol.name)
def test_every_setting_is_declared_and_kept(protocol):
    """All presets go to tables and back; each setting has help, a role and a table."""
    for declared in declarations(protocol.settings).values():
        assert declared.help and declared.role in ROLES
        assert (declared.table == "execution") == (declared.role == "execution")
    for name in presets.names(protocol.name):
        settings = preset_settings(protocol, name)
        tables = to_tables(settings, protocol.name)
        assert from_tables(protocol.settings, tables, protocol.name) == settings


@pytest.mark.parametrize("protocol", ALL, ids=lambda protocol: protocol.name)
def test_printed_settings_are_a_start(protocol, tmp_path, capsys):
    """--print-config prints what --config takes."""
    words = "--seed 7 --epochs 2 --held-out 50".split()
    main(protocol, [*words, "--print-config"])
    said = capsys.readouterr().out
    assert tomllib.loads(said)["run"]["seed"] == 7
    path = tmp_path / "config.toml"
    path.write_text(said)
    again = asked(protocol, f"--config {path}")
    assert again == asked(protocol, " ".join(words))
    assert asked(protocol, f"--config {path} --seed 8") == replace(again, seed=8)


@pytest.mark.parametrize("protocol, preset, shown", [
    (DIEHL_COOK, "mnist-400", "neurons of each hidden layer (400)"),
    (DIEHL_COOK, "digits", "neurons of each hidden layer (225)"),
    (DIEHL_COOK, "digits", "nu_input=0.03"),
    (STBP, "cnn-mnist", "(15C5-P2-40C5-P2-300-10)"),
])
def test_help_shows_the_defaults_of_the_preset(protocol, preset, shown, capsys):
    """--help beside --preset."""
    with pytest.raises(SystemExit) as stopped:
        main(protocol, ["--preset", preset, "--help"])
    assert stopped.value.code == 0
    assert shown in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("protocol, text, kept", [
    (DIEHL_COOK, "--preset mnist-100 --seed 3 --shuffle --held-out 5000 --precision float32", True),
    (DIEHL_COOK, "--preset mnist-100 --workers 1 --threads 1 --device runtime", True),
    (DIEHL_COOK, "--preset mnist-100 --hidden 50", False),
    (DIEHL_COOK, "--preset mnist-100 --parameter nu_input=0.01", False),
    (STBP, "--preset mlp-mnist --epochs 2 --rate-drop-every 1 --kernels numpy", True),
    (STBP, "--preset mlp-mnist --tau 0.3", False),
    (EMSTDP_MLP, "--preset mnist-500-500-bp --batch 10 --optimiser sgd --test-every 500", True),
    (EMSTDP_MLP, "--preset mnist-500-500-bp --parameter eta=0.01", True),
    (EMSTDP_MLP, "--preset mnist-500-500-bp --method emstdp", False),
])
def test_published_experiment(protocol, text, kept):
    """Only another experiment loses the published value."""
    assert ("mean" in asked(protocol, text).published) == kept


def test_roles():
    """Which settings a figure averages over, and which cannot change results."""
    tables = to_tables(preset_settings(DIEHL_COOK, "digits"), "diehl_cook_sl")
    assert tables["settings"]["repetition"] == ["run.seed", "training.hidden_from",
                                                "training.test_every"]
    assert tables["execution"].keys() == {"keep", "device", "workers", "threads"}
    tables = to_tables(preset_settings(STBP, "digits"), "stbp")
    assert tables["settings"]["repetition"] == ["run.seed", "run.array_module", "run.kernels"]
    assert tables["execution"].keys() == {"keep", "engine", "device"}


def test_words_of_a_difference():
    """The command line of what differs from a preset."""
    base = preset_settings(DIEHL_COOK, "mnist-100")
    other = replace(base, shuffle=True, held_out=5000, precision="float32", hidden=(50,), seed=3)
    names = differing(other, base, ("procedure",))
    assert option_words(other, names) == ["--held-out", "5000", "--precision", "float32",
                                          "--shuffle"]
    assert not is_experiment(other, base)
    assert command_of(DIEHL_COOK, other) == (
        "python -m protocols.diehl_cook_sl --preset mnist-100 --held-out 5000 --precision float32 "
        "--hidden 50 --shuffle --seed 3")
    assert shortest(0.1) == "0.1" and shortest(20.0) == "20"
    assert float(shortest(1 / 3)) == 1 / 3


@pytest.mark.parametrize("table, entries, cause", [
    ("network", {"hidden": [True]}, "hidden = [True]"),
    ("network", {"hidden": 10}, "not a list of whole numbers"),
    ("network", {"hidden": [0]}, "1 or more"),
    ("network", {"rule": "hebb"}, "one of symmetric"),
    ("network", {"seed": 1}, "unknown settings network.seed"),
    ("run", {"seed": "x"}, "seed = 'x'"),
    ("run", {"seed": 1.5}, "not a whole number"),
    ("run", {"seed": -1}, "0 or more"),
    ("training", {"epochs": float("nan")}, "finite"),
    ("training", {"epochs": 0}, "more than 0"),
    ("training", {"shuffle": 1}, "not true or false"),
    ("parameters", {"nu_input": "x"}, "must be a number"),
    ("parameters", {"mu": 1.0}, "unknown parameter 'mu'"),
    ("parameters", {"nu": 1.0}, "several values"),
    ("parameters", {"tau_theta_ms": 0}, "positive"),
    ("published", {"mean": "x"}, "published.mean = 'x'"),
    ("settings", {"format": 1}, "format 1"),
    ("run", {"protocol": "stbp"}, "settings of protocols.stbp"),
    ("run", 3, "run is no table"),
    ("versions", {"python": "3.11"}, "older version of the suite"),
])
def test_tables_that_make_no_sense(table, entries, cause):
    """One line that names the setting."""
    with pytest.raises(SuiteError, match=cause.replace("[", r"\[")):
        from_tables(DIEHL_COOK.settings, {table: entries}, "diehl_cook_sl")


def test_where_to_start_from_is_said_once(tmp_path, capsys):
    """--preset and --config exclude each other; a --config that is none is one line."""
    path = tmp_path / "config.toml"
    path.write_text("[" * 5000)
    for words, cause in ((["--config", str(path), "--preset", "digits"], "leave one out"),
                         (["--config", str(path)], "is damaged"),
                         (["--config", str(tmp_path / "absent.toml")], "absent.toml")):
        with pytest.raises(SystemExit) as stopped:
            main(STBP, words)
        said = capsys.readouterr().err
        assert stopped.value.code == 2 and cause in said and said.count("\n") == 1


def test_a_resized_set_has_weights_of_its_size(digits):
    """The paper's are for images of 28 x 28; small ones would hardly drive the network."""
    settings = DiehlCookSettings()
    found = settings.network_parameters(replace(digits, name="mnist"))
    assert found == settings.network_parameters(digits)
    assert found.input_stdp.w_max > 2
