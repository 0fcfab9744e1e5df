"""A projection on another one's matrix: the numbers of Brian2's Synapses, and nothing is copied."""

import numpy as np
import pytest
from brian2 import NeuronGroup, Synapses, get_device, ms

from models.dense import MatrixOf, dense_synapses
from models.dense.step import Step
from models.devices.precision import float_type
from models.errors import SuiteError
from tests.conftest import needs_compiler
from tests.dense_networks import (  # noqa: F401  (fixtures)
    DT, assert_same_values, codes_of, dense_device, each_device, neurons, run_on,
)

BELOW = 70
ABOVE = 90
KINDS = [("cpp_dense", "float64"), ("cpp_dense", "float32"), ("cpp_standalone", "float64"),
         # Brian2's own device in the other precision: each of the two is tested without the other.
         pytest.param("cpp_standalone", "float32", marks=pytest.mark.slow), ("runtime", "float64")]


def counting(n, name):
    """Neurons that add up multiples of 1/256, which are exact in both precisions.

    Five to ten of them fire in the same step.
    """
    group = NeuronGroup(n, "v : 1\ndrive : 1\nseen : integer\ntotal : 1", threshold="v >= 1",
                        reset="v -= 1\nseen += 1", dt=DT * ms, name=name)
    group.drive = (4 + np.arange(n) // 7 % 9) / 64
    group.run_regularly("v = clip(v + drive, -4, 4)", dt=DT * ms)
    return group


def weights(n, m):
    """A matrix without symmetry."""
    return (np.arange(n * m).reshape(n, m) * 7 % 11 - 5) / 64


def backwards(forward, source, target, name, **keywords):
    """A projection through the matrix of another one, from its target to its source."""
    return dense_synapses(source, target, pattern=MatrixOf(forward, transposed=True),
                          values={"w": forward}, name=name, **keywords)


def there_and_back():
    """Through one matrix upwards, twice, and backwards, with spikes of both sides."""
    below = counting(BELOW, "below")
    above = counting(ABOVE, "above")
    forward = dense_synapses(below, above, "w : 1", on_pre="v_post += w", name="forward")
    forward.w = weights(BELOW, ABOVE)
    again = dense_synapses(below, above, pattern=MatrixOf(forward), values={"w": forward},
                           on_pre="total_post += w", on_post="total_pre += w", name="again")
    back = backwards(forward, above, below, "back", on_pre="v_post += w",
                     on_post="total_pre -= 0.5*w")
    return [below, above, forward, again, back]


def there_and_back_with_lists():
    """The same with a copy of the matrix for each direction, and Brian2's Synapses."""
    below = counting(BELOW, "listed_below")
    above = counting(ABOVE, "listed_above")
    made = []
    for name, source, target, matrix, on_pre, on_post in (
            ("listed_forward", below, above, weights(BELOW, ABOVE), "v_post += w", None),
            ("listed_again", below, above, weights(BELOW, ABOVE), "total_post += w",
             "total_pre += w"),
            ("listed_back", above, below, weights(BELOW, ABOVE).T, "v_post += w",
             "total_pre -= 0.5*w")):
        synapses = Synapses(source, target, "w : 1", on_pre=on_pre, on_post=on_post, name=name)
        synapses.connect()
        synapses.w = matrix.ravel()
        made.append(synapses)
    return [below, above, *made]


def parts_of_groups():
    """Some neurons of each group, and spikes that come back later."""
    below = counting(BELOW, "part_below")
    above = counting(ABOVE, "part_above")
    forward = dense_synapses(below[5:45], above[3:80], "w : 1", on_pre="v_post += w",
                             name="part_forward")
    forward.w = weights(40, 77)
    late = backwards(forward, above[3:80], below[5:45], "part_back", on_pre="v_post += w",
                     delay=0.5 * ms)
    return [below, above, forward, late]


def written_through():
    """Weights that others change: as they are and transposed, by either side's spikes."""
    below = counting(BELOW, "write_below")
    above = counting(ABOVE, "write_above")
    forward = dense_synapses(below, above, "w : 1", on_pre="v_post += w", name="write_forward")
    forward.w = weights(BELOW, ABOVE)
    learn = dense_synapses(
        below, above, pattern=MatrixOf(forward), values={"w": forward}, name="write_learn",
        on_pre="w = clip(w + (drive_post - 0.125)/4, -1, 1)",
        on_post="w = clip(w + (0.125 - drive_pre)/4, -1, 1)")
    back = backwards(forward, above, below, "write_back", on_pre="w -= 0.0625*int(v_post > 0.5)",
                     on_post="w += 0.0625*int(v_pre > 0.5)")
    back.run_regularly("w = clip(-w, -0.5, 0.5)", dt=1 * ms, name="write_turn")
    back.run_regularly("total_post += w", dt=1 * ms, order=1, name="write_sum")
    return [below, above, forward, learn, back]


def set_by_text():
    """Weights of the one, given in terms of the other's neurons."""
    below = counting(3, "text_below")
    above = counting(4, "text_above")
    forward = dense_synapses(below, above, "w : 1", name="text_forward")
    back = backwards(forward, above, below, "text_back", on_pre="v_post += w")
    back.w = "i + 10*j"
    return [below, above, forward, back]


def set_by_arrays():
    """The same in three other ways. Brian2's cpp_standalone sets no values through a reference."""
    made = []
    for name in ("matrix", "flat", "some"):
        below = counting(3, f"{name}_below")
        above = counting(4, f"{name}_above")
        forward = dense_synapses(below, above, "w : 1", name=f"{name}_forward")
        back = backwards(forward, above, below, f"{name}_back")
        values = np.add.outer(np.arange(4), 10 * np.arange(3))
        if name == "matrix":
            back.w = values
        elif name == "flat":
            back.w = values.ravel()
        else:
            for i in range(4):
                for j in range(3):
                    back.w[i, j] = values[i, j]
        made += [below, above, forward, back]
    return made


PARTS = [(there_and_back, 6), (there_and_back_with_lists, 6), (parts_of_groups, 6),
         (written_through, 6), (set_by_text, 1)]
WITH_ARRAYS = [*PARTS, (set_by_arrays, 1)]


def looked_at(objects):
    """The weights as the second projection sees them."""
    named = {thing.name: thing for thing in objects}
    found = {name: named[name].matrix() for name in ("back", "again", "part_back", "write_back")}
    return found | {"some weights": named["write_back"].w[3:5, 60:],
                    "listed": np.array(named["listed_back"].w[:])}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """``found(device, precision)``: what a program of all of them computed."""
    made = {}

    def get(*kind):
        if kind not in made:
            with float_type(kind[1]):
                parts = PARTS if kind[0] == "cpp_standalone" else WITH_ARRAYS
                made[kind] = run_on(kind[0], parts, tmp_path_factory.mktemp("matrix"),
                                    look=looked_at)
        return made[kind]

    return get


@needs_compiler
@pytest.mark.parametrize("device, precision", KINDS)
def test_equal_to_a_copy_of_the_matrix(found, device, precision):
    """Neurons that got their spikes through Brian2's Synapses have the same potentials."""
    values = found(device, precision)
    for group in ("below", "above"):
        for name in ("v", "seen", "total"):
            assert np.array_equal(values[f"{group}.{name}"], values[f"listed_{group}.{name}"])
        assert values[f"{group}.seen"].sum() > 300
        assert values[f"{group}.total"].any()
    assert values["forward.w"].dtype == precision


@needs_compiler
@pytest.mark.parametrize("device, precision", KINDS[1:])
def test_the_same_on_all_devices(found, device, precision):
    """Sums are exact here, in either precision. Weights written through it are among the values."""
    expected = found(*KINDS[0])
    values = found(device, precision)
    assert_same_values(values, {name: expected[name] for name in values})
    assert not np.array_equal(expected["write_forward.matrix"], weights(BELOW, ABOVE))
    assert expected["part_below.seen"].any()


@needs_compiler
@pytest.mark.parametrize("device, precision", KINDS)
def test_there_is_one_matrix(found, device, precision):
    """What one projection writes the other one reads, in its own order."""
    values = found(device, precision)
    for name in ("back", "part_back", "write_back"):
        assert np.array_equal(values[name].T, values[name.replace("back", "forward") + ".matrix"])
    assert np.array_equal(values["again"], weights(BELOW, ABOVE))
    assert np.array_equal(np.ravel(values["some weights"]),
                          values["write_forward.matrix"][60:, 3:5].T.ravel())
    set_through = ("text", "matrix", "flat", "some")
    for name in set_through[:1 if device == "cpp_standalone" else 4]:
        expected = np.add.outer(10 * np.arange(3), np.arange(4))
        assert np.array_equal(values[f"{name}_forward.matrix"], expected), name


def test_what_is_refused(each_device):  # noqa: F811
    """One line says which projection, and what is wrong with it."""
    a = neurons(3, "a")
    b = neurons(4, "b")
    forward = dense_synapses(a, b, "w : 1\ntwice = 2*w : 1\nscale : 1 (shared)", name="forward")
    other = dense_synapses(a, b, "w : 1", name="other")
    back = dense_synapses(b, a, pattern=MatrixOf(forward, transposed=True), values={"w": forward},
                          name="back")
    lists = Synapses(a, b, "w : 1", name="lists")

    def refused(message, make):
        with pytest.raises(SuiteError, match=message) as error:
            make()
        assert "\n" not in str(error.value)

    def reading(values, pattern=None, source=a, target=b):
        return dense_synapses(source, target, pattern=pattern or MatrixOf(forward), values=values)

    refused("back has no matrix of its own", lambda: MatrixOf(back))
    refused("connects j='i'", lambda: MatrixOf(dense_synapses(a, a, "w : 1", connect="i")))
    refused("connects 'i != j'", lambda: MatrixOf(dense_synapses(a, a, condition="i != j")))
    refused("lists has no matrix to share", lambda: MatrixOf(lists))
    refused("a has no matrix to share", lambda: MatrixOf(a))
    refused("the matrix of forward connects 3 to 4 neurons, but the groups have 4 and 3",
            lambda: reading({"w": forward}, source=b, target=a))
    refused("w is to come from other, but the pattern is the matrix of forward",
            lambda: reading({"w": other}))
    refused("has 12 elements, but forward.scale has 1", lambda: reading({"scale": forward}))
    refused("forward stores no twice", lambda: reading({"twice": forward}))
    refused("has no variable q", lambda: reading({"q": forward}))


# -- threads ------------------------------------------------------------------------------------

def test_threads_wait_for_the_matrix(dense_device, monkeypatch):  # noqa: F811
    """A postsynaptic neuron's own weights are a row of it or a column; nobody divides both."""
    monkeypatch.setattr("models.dense.sharing.SMALLEST", 32)
    a = neurons(70, "a")
    b = neurons(90, "b")
    c = neurons(90, "c")
    forward = dense_synapses(a, b, "w : 1", on_pre="g_post += w", name="forward")
    reads = backwards(forward, b, a, "reads", on_pre="g_post += w")
    learns = dense_synapses(a, b, pattern=MatrixOf(forward), values={"w": forward}, name="learns",
                            on_pre="w = clip(w + 0.01*y_post, 0, 1)")
    apart = dense_synapses(c, a, "w : 1", on_pre="g_post += w", name="apart")
    codes = codes_of([a, b, c, forward, reads, learns, apart])
    step = Step(get_device())
    tasks = {pair[-1].name.partition("_codeobject")[0]: step.task(pair)
             for _, pair in step.together(codes)}
    assert {name for name in tasks if tasks[name].shared and name.endswith("_pre")} == {
        "forward_pre", "reads_pre", "apart_pre"}
    for name in ("forward_pre", "reads_pre"):
        assert tasks["learns_pre"].conflicts(tasks[name])
        assert tasks[name].conflicts(tasks["learns_pre"])
    assert not tasks["reads_pre"].conflicts(tasks["apart_pre"])
    assert not tasks["learns_pre"].conflicts(tasks["apart_pre"])
