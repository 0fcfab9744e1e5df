"""Sums over neighbouring elements in the processor's vector registers.

LLVM does not keep the sum of rows in registers by itself; written so it is twice as fast.
"""

import numba
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic


def _vector(context, builder, array, position, lanes):
    """Pointer to some neighbouring elements, and their type."""
    kind, value = array
    real = context.get_data_type(kind.dtype)
    vector = ir.VectorType(real, lanes)
    data = context.make_array(kind)(context, builder, value).data
    at = builder.gep(data, [position])
    return builder.bitcast(at, vector.as_pointer()), context.get_abi_sizeof(real), vector


def _spread(builder, value, vector):
    """A number in all lanes."""
    lanes = vector.count
    nothing = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), lanes), [0] * lanes)
    return builder.shuffle_vector(one, nothing, zeros)


def _sum_rows(context, builder, kinds, given, n, row_at):
    """Add scaled rows to n neighbouring elements, which stay in registers.

    `kinds` and `given` are those of (out, at, rows, index, value, start, stop); `row_at` gives the
    position of a row from its number.
    """
    to, size, vector = _vector(context, builder, (kinds[0], given[0]), given[1], n)
    indices, values = (context.make_array(kinds[k])(context, builder, given[k]).data
                       for k in (3, 4))
    total = cgutils.alloca_once(builder, vector)
    builder.store(builder.load(to, align=size), total)
    counter = given[5].type
    with cgutils.for_range_slice(builder, given[5], given[6], ir.Constant(counter, 1),
                                 counter) as (k, _):
        i = builder.zext(builder.load(builder.gep(indices, [k])), counter)
        row, _, _ = _vector(context, builder, (kinds[2], given[2]), row_at(i, counter), n)
        factor = _spread(builder, builder.load(builder.gep(values, [k])), vector)
        term = builder.fmul(factor, builder.load(row, align=size))
        builder.store(builder.fadd(builder.load(total), term), total)
    builder.store(builder.load(total), to, align=size)
    return context.get_dummy_value()


@intrinsic(prefer_literal=True)
def add_rows(_, out, at, rows, index, value, start, stop, lanes):
    """out[at:at + lanes] += value[k] * rows[index[k]] for k from start to stop.

    `rows` is (n, lanes), all arrays contiguous, `lanes` a literal.
    """
    signature = numba.void(out, at, rows, index, value, start, stop, lanes)
    n = lanes.literal_value

    def generate(context, builder, signature, given):
        def row_at(i, counter):
            return builder.mul(i, ir.Constant(counter, n))

        return _sum_rows(context, builder, signature.args, given, n, row_at)

    return signature, generate


@intrinsic(prefer_literal=True)
def add_parts(_, out, at, rows, index, value, start, stop, first, length, lanes):
    """out[at:at + lanes] += value[k] * part of the row index[k], for k from start to stop.

    `rows` is flat, of rows of that length, of which the part begins at the column `first`; all
    arrays are contiguous, `lanes` is a literal.
    """
    signature = numba.void(out, at, rows, index, value, start, stop, first, length, lanes)
    n = lanes.literal_value

    def generate(context, builder, signature, given):
        def row_at(i, counter):
            return builder.add(builder.mul(i, given[8]), given[7])

        return _sum_rows(context, builder, signature.args, given, n, row_at)

    return signature, generate


@intrinsic
def add_scaled(_, out, at, other, other_at, value, n):
    """out[at:at + n] += value * other[other_at:other_at + n]; n is a multiple of 8."""
    signature = numba.void(out, at, other, other_at, value, n)

    def generate(context, builder, signature, given):
        kinds = signature.args
        counter = given[5].type
        start = ir.Constant(counter, 0)
        # Four registers are taken at once as far as possible, then one.
        for lanes in (32, 8):
            stop = builder.and_(given[5], ir.Constant(counter, -lanes))
            _, _, vector = _vector(context, builder, (kinds[0], given[0]), given[1], lanes)
            factor = _spread(builder, given[4], vector)
            with cgutils.for_range_slice(builder, start, stop, ir.Constant(counter, lanes),
                                         counter) as (k, _):
                to, size, _ = _vector(context, builder, (kinds[0], given[0]),
                                      builder.add(given[1], k), lanes)
                by, _, _ = _vector(context, builder, (kinds[2], given[2]),
                                   builder.add(given[3], k), lanes)
                term = builder.fmul(factor, builder.load(by, align=size))
                builder.store(builder.fadd(builder.load(to, align=size), term), to, align=size)
            start = stop
        return context.get_dummy_value()

    return signature, generate


@intrinsic
def differ(_, one, other, at):
    """Bits that tell at which of 64 neighbouring places two arrays differ."""
    signature = numba.uint64(one, other, at)

    def generate(context, builder, signature, given):
        found = []
        for k in range(2):
            pointer, size, _ = _vector(context, builder, (signature.args[k], given[k]), given[2],
                                       64)
            found.append(builder.load(pointer, align=size))
        compare = (builder.fcmp_unordered if isinstance(signature.args[0].dtype, numba.types.Float)
                   else builder.icmp_unsigned)
        return builder.bitcast(compare("!=", *found), ir.IntType(64))

    return signature, generate


@intrinsic
def lowest(_, bits):
    """Number of the lowest bit that is set."""
    signature = numba.uint64(bits)

    def generate(context, builder, signature, given):
        return builder.cttz(given[0], ir.Constant(ir.IntType(1), 1))

    return signature, generate


@intrinsic
def fetch(_, array, at, n):
    """Begin to read n elements from a place on, which are needed soon."""
    signature = numba.void(array, at, n)

    def generate(context, builder, signature, given):
        kind = signature.args[0]
        counter = given[2].type
        real = context.get_data_type(kind.dtype)
        data = context.make_array(kind)(context, builder, given[0]).data
        byte = ir.IntType(8)
        word = ir.IntType(32)
        prefetch = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [byte.as_pointer(), word, word, word]),
            "llvm.prefetch.p0")
        size = context.get_abi_sizeof(real)
        with cgutils.for_range_slice(builder, ir.Constant(counter, 0), given[2],
                                     ir.Constant(counter, 64 // size), counter) as (k, _):
            where = builder.bitcast(builder.gep(data, [builder.add(given[1], k)]),
                                    byte.as_pointer())
            builder.call(prefetch, [where, ir.Constant(word, 0), ir.Constant(word, 3),
                                    ir.Constant(word, 1)])
        return context.get_dummy_value()

    return signature, generate
