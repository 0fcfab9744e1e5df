"""exp, log and powers of two: at most one unit in the last place, and the same bits everywhere."""

import ctypes
import platform
import shutil
import subprocess

import mpmath
import numpy as np
import pytest

from models.gpu import processor_of
from models.gpu.codegen import KernelCodeObject
from models.programs import not_a_number
from models.programs.compiler_options import FLAGS, adapted
from models.shared import elementary
from tests.conftest import needs_compiler
from tests.gpu_networks import needs_pocl
from tests.processor import needs_fma

FUNCTIONS = {"exp": elementary.exp, "log": elementary.log, "power_of_two": elementary.power_of_two}
LONG = {"exp": np.exp, "log": np.log, "power_of_two": np.exp2}
PRECISE = {"exp": mpmath.exp, "log": mpmath.log, "power_of_two": lambda x: mpmath.mpf(2)**x}
MILLION = 10**6
SHARE = MILLION // 6
"""Arguments of each function and precision: a million together."""
EDGES = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 2.0**-1022,
                  elementary.LOWEST, np.nextafter(elementary.LOWEST, -1e9), elementary.HIGHEST,
                  np.nextafter(elementary.HIGHEST, 1e9), 1024.0, np.nextafter(1024, 0), -1022.0,
                  np.nextafter(-1022, -1e9), np.finfo(float).max, np.nextafter(1, 0), 1 + 2.0**-52])


def arguments(name, n, single=False):
    """Numbers over the whole range, and near where results are small."""
    rng = np.random.default_rng(5)
    part = n // 4
    narrow = rng.uniform(-1, 1, part)
    small = rng.choice([-1, 1], part) * 2.0**rng.uniform(-60, 0, part)
    if name == "log":
        most = 126 if single else 1022
        # As in the input's waiting times, then near 1, then the whole range.
        found = [rng.uniform(0, 1, part), 1 + small / 2, 1 + narrow / 2]
        wide = 2.0**rng.uniform(-most, most, n - 3 * part)
    else:
        bounds = {("exp", False): (-708, 709), ("exp", True): (-87, 88),
                  ("power_of_two", False): (-1022, 1024), ("power_of_two", True): (-126, 128)}
        found = [narrow, small, rng.uniform(-20, 20, part)]
        wide = rng.uniform(*bounds[name, single], n - 3 * part)
    found = np.concatenate([*found, wide])
    return found.astype(np.float32) if single else found


def units(values, exact):
    """Errors in units in the last place; `exact` in extended precision."""
    spacing = np.spacing(np.abs(exact.astype(values.dtype)))
    return np.abs(values - exact) / spacing


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="no extended precision here")
@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_million_arguments(name, single):
    """A sixth of them: against the C library in extended precision, which is 2048 times finer."""
    x = arguments(name, SHARE, single)
    found = FUNCTIONS[name](x)
    assert found.dtype == x.dtype
    assert units(found, LONG[name](x.astype(np.longdouble))).max() < (0.501 if single else 0.8)


def worst(name, x):
    """Largest error in units in the last place, by mpmath."""
    found = FUNCTIONS[name](x)
    with mpmath.workprec(120):
        exact = [PRECISE[name](mpmath.mpf(float(each))) for each in x]
        spacing = np.spacing(np.abs(np.array(exact, x.dtype)))
        return max(float(abs(mpmath.mpf(float(y)) - z) / mpmath.mpf(float(unit)))
                   for y, z, unit in zip(found, exact, spacing))


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_arguments_by_mpmath(name, single):
    """A few thousand, which mpmath computes in a second."""
    assert worst(name, arguments(name, 4000, single)) < (0.501 if single else 0.8)


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_million_arguments_by_mpmath(name):
    assert worst(name, arguments(name, MILLION)) < 0.8


def test_where_a_function_ends():
    with np.errstate(all="ignore"):
        assert np.array_equal(elementary.exp([0, -0.0, np.inf, -np.inf, 710, -709]),
                              [1, 1, np.inf, 0, np.inf, 0])
        assert np.array_equal(elementary.log([1, 0, -0.0, 1e-310, np.inf]),
                              [0, -np.inf, -np.inf, -np.inf, np.inf])
    assert np.isnan(elementary.log([-1, -np.inf, np.nan])).all()
    assert np.isnan(elementary.exp([np.nan])).all()
    whole = np.arange(-1022.0, 1024.0)
    assert np.array_equal(elementary.power_of_two(whole), 2.0**whole)
    assert elementary.exp(np.float32(-88)) == 0
    assert elementary.exp(elementary.LOWEST) >= 2.0**-1022
    assert np.isfinite(elementary.exp(elementary.HIGHEST))


def test_one_number():
    """As an array of one, in its precision."""
    assert elementary.exp(1) == elementary.exp([1.0])[0]
    assert elementary.log(np.float32(3)) == elementary.log(np.float32([3]))[0]
    assert isinstance(elementary.log(np.float32(3)), np.float32)
    assert elementary.exp(np.zeros((2, 0))).shape == (2, 0)


# ---- the same bits in every language ------------------------------------------------------


LOOPS = "".join(f"""
extern "C" void {name}_{real}(const {real}* x, {real}* y, long n)
{{
    for (long k = 0; k < n; k++) y[k] = exact_{name}(x[k]);
}}
""" for name in FUNCTIONS for real in ("double", "float"))
SETS = {"as-shipped": FLAGS, "plain": ["-O2", "-std=c++11", "-ffp-contract=off"],
        "any-x86": [flag.replace("native", "x86-64") for flag in FLAGS],
        "contracted": [flag.replace("contract=off", "contract=fast") for flag in FLAGS]}


def compiled(folder, compiler, flags):
    """The functions as a library."""
    source = folder / "functions.cpp"
    source.write_text("#include <cmath>\n#include <cstdint>\n" + elementary.CPP + LOOPS)
    library = folder / "functions.so"
    subprocess.run([compiler, *adapted(flags, [compiler]), "-w", "-shared", "-fPIC", str(source),
                    "-o", str(library)], check=True)
    return ctypes.CDLL(str(library))


def differences(library, finite=False):
    """How many results have other bits than NumPy's; without NaN where none is assumed."""
    found = 0
    for single in (False, True):
        for name, function in FUNCTIONS.items():
            with np.errstate(all="ignore"):
                edges = EDGES.astype(np.float32) if single else EDGES
            x = np.concatenate([arguments(name, 40_000, single), edges])
            y = np.empty_like(x)
            run = getattr(library, f"{name}_{'float' if single else 'double'}")
            run(ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(y.ctypes.data),
                ctypes.c_long(len(x)))
            expected = function(x)
            nothing = np.isnan(expected) & (np.isnan(y) | finite)
            found += np.count_nonzero((y != expected) & ~nothing)
    return found


@needs_compiler
@pytest.mark.parametrize("flags", ["as-shipped", "plain", "any-x86"])
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_compilers_agree(tmp_path, compiler, flags):
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    if flags == "any-x86" and platform.machine() != "x86_64":
        pytest.skip("no x86 processor")
    finite = not_a_number.ASSUMPTION in SETS[flags]
    assert differences(compiled(tmp_path, compiler, SETS[flags]), finite) == 0


NOTED = """
#include <cfenv>
extern "C" int noted(const double* x, double* y, long n)
{
    feclearexcept(FE_INVALID);
    log_double(x, y, n);
    return fetestexcept(FE_INVALID) != 0;
}
"""


@needs_compiler
@pytest.mark.parametrize("compiler", ["g++", "clang++"])
def test_no_logarithm_is_noted(tmp_path, compiler, monkeypatch):
    """By the processor, in a loop of vector instructions, too (`models.programs.not_a_number`)."""
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    monkeypatch.setitem(globals(), "LOOPS", LOOPS + NOTED)
    library = compiled(tmp_path, compiler, SETS["as-shipped"])
    y = np.empty(64)
    for value, noted in ((2.0, False), (0.0, False), (np.inf, False), (-1.0, True), (-np.inf, True)):
        x = np.linspace(0.1, 9, 64)
        x[37] = value
        assert bool(library.noted(ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(y.ctypes.data),
                                  ctypes.c_long(64))) == noted, value


@needs_compiler
@needs_fma
def test_contraction_is_seen(tmp_path):
    """Products and sums rounded together give other bits: what the comparison is able to see."""
    assert differences(compiled(tmp_path, "g++", SETS["contracted"]), finite=True) > 0


KERNEL = "".join(f"""
KERNEL void {name}_{real}(GLOBAL const {real} *x, GLOBAL {real} *y)
{{
    const int32_t k = (int32_t)get_global_id(0);
    y[k] = exact_{name}_{real}(x[k]);
}}
""" for name in FUNCTIONS for real in ("double", "float"))


@needs_pocl
def test_kernels_agree():
    """The text of kernels, through OpenCL."""
    import pyopencl

    prelude = KernelCodeObject.templater.env.get_template("prelude.c").render()
    processor = processor_of("opencl")
    program = processor.compile(prelude + elementary.c_text("DEVICE", "CONSTANT") + KERNEL)
    queue = pyopencl.CommandQueue(processor._context)
    flags = pyopencl.mem_flags
    for single in (False, True):
        for name, function in FUNCTIONS.items():
            x = arguments(name, 40_000, single)
            y = np.empty_like(x)
            given = pyopencl.Buffer(processor._context, flags.COPY_HOST_PTR, hostbuf=x)
            taken = pyopencl.Buffer(processor._context, flags.READ_WRITE, x.nbytes)
            kernel = pyopencl.Kernel(program, f"{name}_{'float' if single else 'double'}")
            kernel(queue, x.shape, None, given, taken)
            pyopencl.enqueue_copy(queue, y, taken)
            assert np.array_equal(y, function(x)), name
