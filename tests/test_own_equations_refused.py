"""Equations of one's own that cannot be: one line each, with the file and the key."""

import pytest

from models.errors import SuiteError
from models.own_equations import OwnEquations
from models.own_equations.syntax import NotUnderstood, check_statements, equations
from models.own_equations.values import fitted, quantity
from protocols.diehl_cook_sl.protocol import PROTOCOL as DIEHL_COOK
from protocols.emstdp.protocol import PROTOCOL as EMSTDP
from protocols.glsnn.protocol import PROTOCOL as GLSNN
from protocols.stbp.protocol import PROTOCOL as STBP
from tests.commands import refused

RULE = """
[projections.input_hidden1]
rule = "own"
[rules.own]
"""


# ---- text -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "V = 1", "dV/dt : volt", "V : foo.bar", "V : 9**9", "x = 'a' : 1", "x = a.b : 1",
    "x = 9**9**9 : 1", "x = 2**(-(9**9)) : 1", "x = f(a=1) : 1", "x = [1] : 1", "a : 1\na : 1",
    "x = (1 : 1", "x : 1 (event-driven)", "x = __import__('os') : 1", "dv/dt = xi : 1",
    "x = rand() : 1", "x = (lambda: 1)() : 1", "(" * 5000 + " : 1", "x = " + "-" * 500 + "1 : 1",
    "x = " + "+".join(["1"] * 20000) + " : 1", "x = 1e400 : 1", "x = \0 : 1"])
def test_no_equation(text):
    with pytest.raises(NotUnderstood):
        equations(text)


@pytest.mark.parametrize("text", [
    "w +=", "w = 1; x", "w[0] = 1", "a = b = 1", "import os", "w = lambda: 1", "x, y = 1, 2",
    "w.x = 1", "w := 1", "w: int = 'x'"])
def test_no_statement(text):
    with pytest.raises(NotUnderstood):
        check_statements(text)


def test_text_of_several_lines():
    found = equations("""
        dV/dt = (E - V      # towards rest
                 + g)/tau : volt (unless refractory, constant over dt)
        c : 1  ; # no more
    """.replace(" ;", ""))
    assert [str(each) for each in found] == [
        "dV/dt = (E - V + g)/tau : volt (unless refractory, constant over dt)", "c : 1"]


@pytest.mark.parametrize("text", ["2*ms + 1*mV", "foo", "1/0*ms", "f(1)", "ms > 1", "1e300*1e300",
                                  "9**9**9*ms", "2**ms", "2.5**(2*ms)", "ms**ms", "ms.dim", "-"])
def test_no_value(text):
    with pytest.raises(NotUnderstood):
        quantity(text)


def test_exponent_without_a_unit():
    """Brian2 itself never ends where a power's exponent has a unit, and refuses 2**(ms/second)."""
    from brian2 import second

    assert quantity("2**(500*ms/second)") == 2**0.5
    assert quantity("(3*ms)**2") == 9e-6*second**2
    with pytest.raises(NotUnderstood, match="exponent with a unit"):
        quantity("2**ms")


@pytest.mark.parametrize("value, default", [("1*mV", "2*ms"), (3, "2*ms"), ("3*ms", 0.5),
                                            (2.5, 5), (2, True), (1, "exact")])
def test_unfit_value(value, default):
    wanted = quantity(default) if default == "2*ms" else default
    with pytest.raises(NotUnderstood):
        fitted("x", value, wanted)


# ---- tables ---------------------------------------------------------------------------------


@pytest.mark.parametrize("tables, cause", [
    ([], "no table"),
    ({"group": {}}, "did you mean groups"),
    ({"groups": []}, r"write \[groups.NAME\]"),
    ({"groups": {"hidden1": 3}}, r"write \[groups.hidden1\]"),
    ({"groups": {"hidden1": {"treshold": "V > 0*mV"}}}, "treshold: .*did you mean threshold"),
    ({"groups": {"hidden1": {"threshold": 3}}}, "write a text"),
    ({"groups": {"hidden1": {"bounds": {"V": "0*mV"}}}}, "bounds: V: write two"),
    ({"groups": {"hidden1": {"learned": "b"}}}, "list of names"),
    ({"groups": {"hidden1": {"initial": {"a b": 1}}}}, "no name of a variable"),
    ({"groups": {"hidden1": {"parameters": {"a": {"valeu": 1}}}}}, "a: write"),
    ({"groups": {"hidden1": {"parameters": {"a": True}}}}, "neither a number"),
    ({"projections": {"mine": {"from": "readout"}}}, "needs from, to and on_pre"),
    ({"projections": {"mine": {"connect": "some"}}}, "choose of 'all'"),
    ({"rules": {"own": {"traces_pre": "x : 1"}}}, "needs on_pre or on_post"),
    ({"rules": {"own": {"on_pre": "w += 1", "spike_post": "y += 1"}}}, "y, which is no trace"),
    ({"rules": {"own": {"on_pre": "w += 1", "traces_pre": "x : 1", "traces_post": "x : 1"}}},
     "different names"),
    ({"rules": {"own": {"on_pre": "w += 1", "initial": {"x": 1}}}}, "x is no trace"),
    ({"rules": {"own": {"on_pre": "w += 1", "scaled": "no"}}}, "true or false"),
])
def test_no_tables(tables, cause):
    with pytest.raises(SuiteError, match=f"^mine.toml: .*{cause}") as found:
        OwnEquations.of(tables, "mine.toml")
    assert "\n" not in str(found.value)


def test_two_files_of_one_thing():
    tables = {"groups": {"hidden1": {"threshold": "V > 0*mV"}}}
    with pytest.raises(SuiteError, match="b.toml: groups.hidden1: a.toml has one too"):
        OwnEquations.of(tables, "a.toml").joined(OwnEquations.of(tables, "b.toml"))


# ---- in a network ---------------------------------------------------------------------------


@pytest.mark.parametrize("text, key, cause", [
    ("[groups.hiden1]\nthreshold = 'V > 0*mV'", "groups.hiden1", "choose of hidden1"),
    ("[groups.input]\nthreshold = 'V > 0*mV'", "groups.input", "choose of hidden1"),
    ("[projections.input_output]\non_pre = 'w += 1'", "projections.input_output", "choose of"),
    ("[projections.lateral1]\nrule = 'symmetric'", "projections.lateral1.rule",
     "does not learn"),
    ("[projections.mine]\nfrom = 'hidden9'\nto = 'readout'\non_pre = 'g_E_post += 1'",
     "projections.mine.from", "no group hidden9"),
    ("[groups.hidden1.parameters]\ntau_gi = '1*ms'", "groups.hidden1.parameters",
     "tau_gi: nothing reads it"),
    ("[groups.hidden1.parameters]\ntau_gI = 1", "groups.hidden1.parameters", "another unit"),
    ("[rules.own]\non_pre = 'w += 1'", "rules.own", "give --rule own"),
    ("[groups.hidden1]\nthreshold = 'V > V_cut'", "groups.hidden1.threshold", "V_cut is not known"),
    ("[groups.hidden1]\nthreshold = 'V > theta + 1'", "groups.hidden1.threshold", "unit"),
    ("[groups.hidden1]\nthreshold = 'V > theta*2**tau_m'", "groups.hidden1.threshold",
     "the exponent 'tau_m' is in s"),
    (RULE + "on_pre = 'w += 1; w *= 2**tau_x'\nparameters.tau_x = '20*ms'",
     "rules.own.on_pre", "exponent 'tau_x'"),
    ("[groups.hidden1]\nthreshold = 'V + theta'", "groups.hidden1.threshold", "no condition"),
    ("[groups.hidden1]\nequations = 'dV/dt = -V/mV : volt'", "groups.hidden1.equations",
     "expected"),
    ("[groups.hidden1]\nequations = 'dV/dt = -V/tau : volt'", "groups.hidden1.equations",
     "tau is not known"),
    ("[groups.hidden1]\nreset = 'V = 1'", "groups.hidden1.reset", "unit"),
    ("[groups.hidden1]\nreset = 'Vv = E_reset'", "groups.hidden1.reset", "nothing reads it"),
    ("[groups.hidden1]\nrefractory = '2*mV'", "groups.hidden1.refractory", "expected second"),
    ("[groups.hidden1]\nbounds.theta = ['0*mV', '1*mV']", "groups.hidden1.bounds",
     "not integrated"),
    ("[groups.hidden1]\ninitial.q = 1", "groups.hidden1.initial", "q is no variable"),
    ("[groups.readout]\nequations = 'dV/dt = -V/tau_m : volt (unless refractory)'",
     "groups.readout.equations", "needs a refractory period"),
    ("[projections.lateral1]\non_pre = 'g_X_post += w_IE'", "projections.lateral1.on_pre", "g_X"),
    (RULE + "on_post = 'w += z_pre'", "rules.own.on_post", "declare the trace in traces_pre"),
    (RULE + "on_pre = 'w += V_post'", "rules.own.on_pre", "unit"),
    (RULE + "on_pre = 'w += u'\ntraces_pre = 'du/dt = -u/tau_u : 1'", "rules.own.traces_pre",
     "tau_u is not known"),
])
def test_refused_in_the_network(text, key, cause, tmp_path, capsys):
    """Before anything is written."""
    path = tmp_path / "mine.toml"
    path.write_text(text)
    said = refused(capsys, DIEHL_COOK, "--hidden", 4, "--equations", path, "--out",
                   tmp_path / "run")
    assert f"{path}: {key}: " in said and cause in said, said
    assert not (tmp_path / "run").exists()


def test_no_file_of_equations(tmp_path, capsys):
    for content, cause in ((b"a = ", "no TOML"), (b"\xff", "no TOML"), (b"x = 1", "x: ")):
        (tmp_path / "mine.toml").write_bytes(content)
        said = refused(capsys, DIEHL_COOK, "--equations", tmp_path / "mine.toml")
        assert cause in said and str(tmp_path / "mine.toml") in said
    assert "absent.toml" in refused(capsys, DIEHL_COOK, "--equations", tmp_path / "absent.toml")


@pytest.mark.parametrize("words, cause", [
    ("--rule triplets", "one of symmetric, asymmetric"),
    ("--parameter tau_m=1*ms", "say which of hidden1.tau_m"),
    ("--parameter tau_gI=1", "another unit than second"),
    ("--parameter tau_gI=1*mV", "another unit than second"),
    ("--parameter tau_gI=-1*ms", "positive"),
    ("--parameter tau_trace=0*ms", "positive"),
    ("--parameter tau_gI=1*foo", "foo in '1*foo' is no unit"),
    ("--parameter tau_gI=1*mV+1", "its units do not go together"),
    ("--parameter w_init=0", "positive"),
    ("--parameter theta_step_mV=0.05 --parameter hidden1.tau_theta=2e7*ms",
     "tau_theta_ms instead of hidden1.tau_theta"),
    ("--parameter nu_hidden=1", "nu_hidden does nothing to a network of fewer than two hidden"),
    ("--method unsupervised --parameter nu_readout=1", "nothing to --method unsupervised"),
    ("--parameter alpha=1*mV", "change it and tau_theta_ms instead of alpha"),
    ("--hidden --parameter theta_init_mV=1", "nothing to a network without a hidden layer"),
    ("--hidden --theta-decay single-precision", "--theta-decay does nothing to a network without"),
    ("--readout-epochs 3", "--readout-epochs does nothing to --method simultaneous"),
    ("--parameter tau_gI=1ms", "not understood"),
    ("--parameter hidden1.w_IE=1", "w_IE is of lateral1, not of hidden1"),
    ("--parameter tau_gi=1*ms", "did you mean tau_gI"),
    ("--parameter dt=0.3*ms", "multiple of the time step"),
    ("--parameter min_spikes=2.5", "no whole number")])
def test_unfit_parameters(words, cause, capsys):
    assert cause in refused(capsys, DIEHL_COOK, *words.split())


@pytest.mark.parametrize("protocol, words, cause", [
    (EMSTDP, "--parameter theta=2", "say which of hidden1.theta"),
    (EMSTDP, "--parameter T=20", "--steps"),
    (EMSTDP, "--parameter hidden1_plus.theta_e=2", "both hold one error"),
    (EMSTDP, "--parameter w_L=1*ms", "must be a number"),
    (EMSTDP, "--equations rule.toml", "rules.own: weights change at the end"),
    (EMSTDP, "--equations group.toml --network 4-classes", "groups.inhibitory1"),
    (STBP, "--equations group.toml", "on arrays"), (GLSNN, "--equations rule.toml", "on arrays")])
def test_other_protocols(protocol, words, cause, capsys, tmp_path, monkeypatch):
    """What EMSTDP has no place for, and what arrays cannot follow."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rule.toml").write_text("[rules.own]\non_pre = 'w += 1'")
    (tmp_path / "group.toml").write_text("[groups.inhibitory1]\nthreshold = 'V > 1*mV'")
    assert cause in refused(capsys, protocol, *words.split())
