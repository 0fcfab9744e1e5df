"""One translation unit and one plain loop for a generated cpp_standalone project.

Brian2 writes a source file per code object, some seventy for a Diehl & Cook network, each
of which includes the same headers: compiling them takes about a minute of CPU time. Here
they become one file, each in a namespace of its own since their support code shares
names. That compiles in a sixth of the time and lets the compiler inline the steps.

Brian2's ``Network::run`` looks every object's clock up in a set and asks for the
processor time in every step; together these cost more than the neurons of a small network.
`step_loop` writes the same sequence of calls as a plain loop over two clocks, whose
ticks coincide by construction.
"""

import re
from dataclasses import dataclass

import brian2

from models.errors import SuiteError


def step_loop(code_objects, base, slow, n_steps, condition, dense=()):
    """C++ lines that show slots while a condition holds.

    Parameters
    ----------
    code_objects : list of (Clock, CodeObject)
        In the order of execution.
    base, slow : Clock
        Time step, and the clock that ticks once every ``n_steps``.
    n_steps : int
        Steps of a slot.
    condition : str
        C++ expression.
    dense : sequence of Dense
        Projections that read the spike list themselves and need no queue.

    Returns
    -------
    list of str

    Raises
    ------
    ValueError
        If an object uses a third clock.
    """
    lines = [f"while ({condition}) {{", f"for (int _step = 0; _step < {n_steps}; _step++) {{"]
    no_queue = {f"{projection.name}_pre_push_spikes" for projection in dense}
    for clock, code in code_objects:
        if code.name in no_queue:
            continue
        if clock not in (base, slow):
            raise ValueError(f"{code.name} uses the clock {clock.name}")
        lines.append(f"{'if (_step == 0) ' if clock is slow else ''}_run_{code.name}();")
    return [*lines, f"{base.name}.tick();", "}", f"{slow.name}.tick();", "}"]


def vectorise_update(body):
    """Tell the compiler that the arrays of a state update do not overlap.

    Each iteration touches one neuron. With more than a few arrays gcc gives up the checks
    for overlap and with them the vectorisation; N = 400, per step on a busy
    machine: 1.7 us before, 0.85 us after.
    """
    return body.replace(
        "for(int _idx=0; _idx<_N; _idx++)", "#pragma GCC ivdep\n    for(int _idx=0; _idx<_N; _idx++)")


_THRESHOLD = re.compile(
    r"for\(size_t _idx=0; _idx<N; _idx\+\+\)\s*\{(?P<code>.*?)if\(_cond\) \{(?P<hit>.*?)\n        \}\n    \}",
    re.S)


def scan_in_blocks(body, block=64):
    """Test the threshold of 64 neurons at a time and collect spikes only where one fired.

    Spikes are rare; without the write in it, the test is vectorised. 784 input neurons,
    per step on a busy machine: 0.95 us before, 0.43 us after.
    """
    def rewrite(match):
        code, hit = match["code"], match["hit"]
        return f"""for (size_t _from = 0; _from < N; _from += {block}) {{
        const size_t _to = _from + {block} < N ? _from + {block} : N;
        int _any = 0;
        for (size_t _idx = _from; _idx < _to; _idx++) {{{code}_any |= _cond; }}
        if (!_any) continue;
        for (size_t _idx = _from; _idx < _to; _idx++) {{{code}if(_cond) {{{hit}
        }} }}
    }}"""

    return _THRESHOLD.sub(rewrite, body)


@dataclass(frozen=True)
class Dense:
    """An all-to-all projection without delay, stored row by row.

    Attributes
    ----------
    name : str
        Of the Synapses object.
    n_pre, n_post : int
    spikes : str
        C++ name of the presynaptic group's spike list.
    """

    name: str
    n_pre: int
    n_post: int
    spikes: str


def dense_rows(body, projection):
    """Loop over rows of the weight matrix instead of lists of synapse indices.

    Rewrites the presynaptic pathway and the operations over all synapses of a projection:
    synapse index and postsynaptic index follow from the loop counters, so nothing is
    looked up or queued and the inner loop is vectorised. Operations that name a
    presynaptic variable are left as they are.

    Raises
    ------
    SuiteError
        If the presynaptic pathway does not have the expected form, since its queue has
        been left out (`step_loop`).
    """
    pathway = f"_run_{projection.name}_pre_codeobject" in body
    if "_presynaptic_idx" in body and not pathway:
        return body
    columns = (f"\n#pragma GCC ivdep\n        for (int _j = 0; _j < {projection.n_post}; _j++)")
    body = re.sub(r"= _ptr_array_\w+__synaptic_post\[_idx\];", "= _j;", body)
    body = re.sub(r"std::vector<int> \*_spiking_synapses = .*", "", body)
    body = re.sub(r"const int _num_spiking_synapses = .*",
                  f"const int _n_spikes = {projection.spikes}[{projection.n_pre}];", body)
    body = re.sub(r"for\(int _spiking_synapse_idx=0;.*?_spiking_synapse_idx\+\+\)",
                  f"for (int _k = 0; _k < _n_spikes; _k++){columns}", body, flags=re.S)
    body = body.replace(
        "const size_t _idx = (*_spiking_synapses)[_spiking_synapse_idx];",
        f"const size_t _idx = (size_t){projection.spikes}[_k]*{projection.n_post} + _j;")
    if pathway and (body.count("_k++") != 1 or "_presynaptic_idx" in body or "peek" in body):
        raise SuiteError(f"cannot rewrite the presynaptic pathway of {projection.name}: Brian2 "
                         f"{brian2.__version__} generates another form; use 2.9 or 2.10")
    return re.sub(
        r"for\(int _idx=0; _idx<_N; _idx\+\+\)\s*\{",
        f"for (int _i = 0; _i < {projection.n_pre}; _i++){columns}\n    {{\n"
        f"        const size_t _idx = (size_t)_i*{projection.n_post} + _j;", body)


def join_sources(directory, dense=()):
    """Write ``all.cpp`` from the sources of a generated project.

    Parameters
    ----------
    directory : Path
        Project directory.
    dense : sequence of Dense
        Projections that `dense_rows` applies to.

    Returns
    -------
    str
        Name of the file.
    """
    listed = re.search(r"^SRCS = (.*)$", (directory / "makefile").read_text(), re.M)[1].split()
    # run.cpp and main.cpp use all others.
    last = [name for name in ("run.cpp", "main.cpp") if name in listed]
    includes, bodies = [], []
    for k, name in enumerate([n for n in listed if n not in last] + last):
        path = directory / name
        text = path.read_text()
        for line in re.findall(r"^#include.*$", text, re.M):
            # Relative to the source's own folder, which is no longer the including one.
            local = re.search(r'"(\w+\.h)"', line)
            if local and not (directory / local[1]).exists():
                line = f'#include "{path.parent.name}/{local[1]}"'
            includes.append(line)
        body = re.sub(r"^#include.*$", "", text, flags=re.M)
        if path.parent.name == "code_objects":
            for projection in dense:
                if path.name.startswith((f"{projection.name}_pre_codeobject",
                                         f"{projection.name}_run_regularly")):
                    body = dense_rows(body, projection)
            body = scan_in_blocks(vectorise_update(body))
            functions = re.findall(r"^void (\w+)\(\)", body, re.M)
            body = f"namespace unit_{k} {{\n{body}\n}}\n" + "".join(
                f"void {name}() {{ unit_{k}::{name}(); }}\n" for name in functions)
        bodies.append(body)
    (directory / "all.cpp").write_text("\n".join([*dict.fromkeys(includes), *bodies]))
    return "all.cpp"
