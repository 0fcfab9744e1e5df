"""The figure of a network beside its equations, from equations.txt alone."""

import pytest
from matplotlib.colors import to_rgba
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from analysis.described import network_of, ranks
from analysis.errors import AnalysisError, MissingData
from analysis.network import network
from analysis.run import Run
from analysis.style import GREY, VERMILION
from tests.analysis_runs import EQUATIONS, write_config


@pytest.fixture
def run(tmp_path):
    """A run that describes a network."""
    write_config(tmp_path, {})
    (tmp_path / "equations.txt").write_text(EQUATIONS)
    return Run(tmp_path)


def test_what_is_read(run):
    """The first network: its groups and projections with their text, and where these stand."""
    found = network_of(run)
    assert {name: group.size for name, group in found.groups.items()} == \
        {"gate": 1, "hidden": 1225, "input": 64}
    assert found.groups["hidden"].lines("equations") == ["dV/dt = (g - V)/tau : V", "theta : V"]
    assert found.groups["hidden"].lines("spike where") == ["V > theta"]
    learning, trace, back = found.projections
    assert (learning.source, learning.target, learning.pattern) == ("input", "hidden", "all to all")
    assert learning.lines("on_pre") == ["g_post += w", "w = clip(w + nu*y_post, 0, 1)"]
    assert [each.learns for each in found.projections] == [True, False, False]
    assert ranks(found) == {"input": 0, "hidden": 1, "gate": 0}


def test_what_is_drawn(run):
    """A box a group, an arrow a pair of groups but for traces, and the text of what learns."""
    picture, text = network(run).axes
    boxes = [each for each in picture.patches if isinstance(each, FancyBboxPatch)]
    arrows = [each for each in picture.patches if isinstance(each, FancyArrowPatch)]
    assert len(boxes) == 3 and len(arrows) == 2
    assert {tuple(arrow.get_edgecolor()) for arrow in arrows} == \
        {to_rgba(VERMILION), to_rgba(GREY)}
    assert [arrow.get_linestyle() for arrow in arrows] == ["-", "--"]
    assert {each.get_text() for each in picture.texts} == {"gate\n1", "hidden\n1,225", "input\n64"}
    written, = (each.get_text() for each in text.texts)
    assert "group hidden" in written and "V > theta" in written
    assert "w = clip(w + nu*y_post, 0, 1)" in written and "another network" not in written


def test_what_is_refused(run):
    path = run.directory / "equations.txt"
    path.write_text(EQUATIONS.replace("-> hidden, all", "-> nobody, all"))
    with pytest.raises(AnalysisError, match="of nobody, which it lacks"):
        network(run)
    path.write_text("== method ==\n\nerror\n  of the output\n    t - y\n")
    with pytest.raises(MissingData, match="describes no group"):
        network(run)
    path.unlink()
    with pytest.raises(MissingData, match="equations.txt is absent"):
        network(run)
