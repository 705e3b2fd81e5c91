"""Eight neighbours of a row at once: vector instructions that LLVM does not find itself.

A person's slots are few, so a loop over them is over before a vectorised one would begin, and
which slot it will be nobody can foresee. Here eight are compared in two or three instructions,
without a branch. All read eight items even where the row is shorter (``empty_relations`` leaves
room behind the last row): whoever asks leaves out the bits of those beyond its end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from sim.kernel import inlined

LANES = 8
"""Items of a row that are looked at together."""


def _lanes(context: Any, builder: Any, table: Any, array: Any, first: Any) -> Any:
    """Load eight neighbours of a row, from place ``first`` on."""
    made = context.make_array(table)(context, builder, array)
    place = builder.gep(made.data, [first])
    kind = context.get_data_type(table.dtype)
    vector = ir.VectorType(kind, LANES)
    width = context.get_abi_sizeof(kind)
    return builder.load(builder.bitcast(place, vector.as_pointer()), align=width)


def _spread(builder: Any, value: Any) -> Any:
    """Repeat a value in all lanes."""
    vector = ir.VectorType(value.type, LANES)
    single = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.IntType(32)(0))
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(single, ir.Constant(vector, ir.Undefined), lanes)


def _bits(builder: Any, truths: Any) -> Any:
    """Pack eight truths into the low bits of an int64."""
    return builder.zext(builder.bitcast(truths, ir.IntType(LANES)), ir.IntType(64))


def _truths(builder: Any, bits: Any) -> Any:
    """Unpack the low bits of an int64 into eight truths."""
    return builder.bitcast(
        builder.trunc(bits, ir.IntType(LANES)), ir.VectorType(ir.IntType(1), LANES)
    )


def _equal_lanes(typing: Any, row: Any, first: Any, value: Any) -> Any:
    """Write instructions that compare eight neighbours with a value."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        lanes = _lanes(context, builder, row, values[0], values[1])
        wanted = builder.trunc(values[2], lanes.type.element)
        return _bits(builder, builder.icmp_signed("==", lanes, _spread(builder, wanted)))

    return types.int64(row, types.int64, types.int64), generate


equal_lanes: Callable[[np.ndarray, int, int], int] = intrinsic(_equal_lanes)
"""In a kernel: which of eight neighbours of a row of whole numbers, from place ``first`` on, equal
a value, a bit each."""


def _lanes_with(typing: Any, row: Any, first: Any, flags: Any) -> Any:
    """Write instructions that test flags of eight neighbours."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        lanes = _lanes(context, builder, row, values[0], values[1])
        wanted = _spread(builder, builder.trunc(values[2], lanes.type.element))
        none = ir.Constant(lanes.type, [0] * LANES)
        return _bits(builder, builder.icmp_signed("!=", builder.and_(lanes, wanted), none))

    return types.int64(row, types.int64, types.int64), generate


lanes_with: Callable[[np.ndarray, int, int], int] = intrinsic(_lanes_with)
"""In a kernel: which of eight neighbours have one of ``flags``, a bit each."""


def _lanes_from(typing: Any, row: Any, first: Any, factor: Any, least: Any) -> Any:
    """Write instructions that compare eight neighbours times a factor with a bound."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        lanes = _lanes(context, builder, row, values[0], values[1])
        wide = builder.fpext(lanes, ir.VectorType(ir.DoubleType(), LANES))
        product = builder.fmul(wide, _spread(builder, values[2]))
        return _bits(builder, builder.fcmp_ordered(">=", product, _spread(builder, values[3])))

    return types.int64(row, types.int64, types.float64, types.float64), generate


lanes_from: Callable[[np.ndarray, int, float, float], int] = intrinsic(_lanes_from)
"""In a kernel: which of eight neighbours of a float32 row, times ``factor``, reach a bound, a bit
each."""

NO_LANE = np.iinfo(np.int64).max


def _least_lane(typing: Any, row: Any, first: Any, among: Any, wanted: Any) -> Any:
    """Write instructions that order eight neighbours, and break ties by place, at once."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        lanes = _lanes(context, builder, row, values[0], values[1])
        long = ir.VectorType(ir.IntType(64), LANES)
        bits = builder.bitcast(lanes, ir.VectorType(ir.IntType(32), LANES))
        key = builder.shl(builder.zext(bits, long), ir.Constant(long, [LANES] * LANES))
        last = ir.Constant(long, [255 - lane for lane in range(LANES)])
        place = builder.sub(last, _spread(builder, values[1]))
        key = builder.or_(key, place)
        none = ir.Constant(long, [int(NO_LANE)] * LANES)
        key = builder.select(_truths(builder, values[2]), key, none)
        # With the sign bit the place alone decides.
        found = builder.or_(place, ir.Constant(long, [-(1 << 63)] * LANES))
        key = builder.select(_truths(builder, values[3]), found, key)
        kind = ir.FunctionType(ir.IntType(64), [long])
        name = f"llvm.vector.reduce.smin.v{LANES}i64"
        least = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(least, [key])

    return types.int64(row, types.int64, types.int64, types.int64), generate


least_lane: Callable[[np.ndarray, int, int, int], int] = intrinsic(_least_lane)
"""In a kernel: a number for the least of eight neighbours of a float32 row that knows no negative
numbers, of those whose bit is set in ``among``. What is above its low 8 bits grows with the item;
in these is 255 less its place, so of equals the last is the least. Where a bit is set in
``wanted``, that place it is, and the number is negative. ``NO_LANE`` if none may be chosen."""


def _lowest(typing: Any, bits: Any) -> Any:
    """Write the instruction that counts the zeros below the lowest bit that is set."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.cttz(values[0], ir.IntType(1)(0))

    return types.int64(types.int64), generate


lowest: Callable[[int], int] = intrinsic(_lowest)
"""In a kernel: the number of the lowest bit that is set, 64 if none is."""


@inlined
def lanes_of(items: int, first: int) -> int:
    """Return a bit for each of the eight places from ``first`` on that a row of ``items`` has."""
    return (1 << min(items - first, LANES)) - 1


WIDE = 16
"""Words that are looked at together where people are listed."""


def _list_below(
    typing: Any, words: Any, limits: Any, first: Any, name: Any, out: Any, at: Any
) -> Any:
    """Write instructions that list which of sixteen words are below their limits."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        def load(table: Any, array: Any) -> Any:
            made = context.make_array(table)(context, builder, array)
            place = builder.bitcast(builder.gep(made.data, [values[2]]), vector.as_pointer())
            return builder.load(place, align=4)

        word = ir.IntType(32)
        vector, truths = ir.VectorType(word, WIDE), ir.VectorType(ir.IntType(1), WIDE)
        below = builder.icmp_unsigned("<", load(words, values[0]), load(limits, values[1]))
        names = builder.trunc(values[3], word)
        single = builder.insert_element(ir.Constant(vector, ir.Undefined), names, word(0))
        names = builder.shuffle_vector(
            single, ir.Constant(vector, ir.Undefined), ir.Constant(vector, [0] * WIDE)
        )
        names = builder.add(names, ir.Constant(vector, list(range(WIDE))))
        kind = ir.FunctionType(vector, [vector, truths, vector])
        pack = cgutils.get_or_insert_function(
            builder.module, kind, f"llvm.experimental.vector.compress.v{WIDE}i32"
        )
        packed = builder.call(pack, [names, below, ir.Constant(vector, ir.Undefined)])
        made = context.make_array(out)(context, builder, values[4])
        place = builder.bitcast(builder.gep(made.data, [values[5]]), vector.as_pointer())
        builder.store(packed, place, align=4)
        hits = builder.ctpop(builder.bitcast(below, ir.IntType(WIDE)))
        return builder.add(values[5], builder.zext(hits, ir.IntType(64)))

    return types.int64(words, limits, types.int64, types.int64, out, types.int64), generate


list_below: Callable[[np.ndarray, np.ndarray, int, int, np.ndarray, int], int] = intrinsic(
    _list_below
)
"""In a kernel: list which of the sixteen ``words`` (uint32) from place ``first`` on are below their
``limits``, by numbers that count up from ``name``, in ``out`` (int32) from place ``at`` on; return
the place after the last. Sixteen items of ``out`` are written to, whatever the number."""
