"""The rung of the parameters at the start."""

from collections.abc import Iterator

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.drawn import drawn
from comparisons.diff.pairing import Pair
from comparisons.diff.record import Cause, Rung
from comparisons.diff.seen import EXPLAINED
from comparisons.names import listed
from comparisons.traces.rounding import BITS, cast
from comparisons.traces.trace import Array

START = "initial parameters"
SAME = "Start both from the same numbers."
BIASES = "Keras's layers begin biases with 0 (bias_initializer), torch's Linear and Conv draw them."
CASTS = "torch's autocast and Keras's mixed_bfloat16 and mixed_float16 round what is computed, and not the parameters."
NEAR = 4  # units in the last place that writing to a file and reading it back may take

Said = tuple[float, str, str, str]  # the number, the cause, the words, the remedy


def start_rung(both: Both) -> Rung:
    """Whether the parameters before the first common step are the same."""
    apart = [pair for pair in (*both.pairs, *both.frozen) if _distance(pair) > NEAR * pair.epsilon]
    if not apart:
        return Rung(rung=START, state="ok", says="All parameters are equal before the first step.")
    cause = _cause(both, apart)
    return Rung(rung=START, state="broken", says=cause.says, causes=(cause,))


def _first(pair: Pair) -> tuple[Array, Array]:
    return pair.a.before[0], pair.b.before[0]


def _distance(pair: Pair) -> float:
    a, b = _first(pair)
    return float(np.linalg.norm(b - a)) / (float(np.linalg.norm(a)) or 1.0)


def _cause(both: Both, apart: list[Pair]) -> Cause:
    """The family that leaves nothing over, or that they are other numbers."""
    names = tuple(pair.name for pair in apart) if len(apart) < len(both.pairs) + len(both.frozen) else ()
    where = listed(tuple(pair.name for pair in apart)) if names else "all tensors"
    if {pair.name for pair in apart} <= {pair.name for pair in both.frozen}:
        where += ", which neither side trains"
    for number, name, words, remedy in _families(both, apart):
        return Cause(
            rung=START,
            step=int(both.steps[0]),
            cause=name,
            number=number,
            says=f"They part before step {both.steps[0]}, in the initial parameters of {where}: {words}",
            remedy=remedy,
            tensors=names,
        )
    most = max(apart, key=lambda one: one.a.before.shape[1])  # which says most of how it was drawn
    a, b = _first(most)
    spread = f"in {most.name} their standard deviations are {a.std():.4g} and {b.std():.4g}"
    return Cause(
        rung=START,
        step=int(both.steps[0]),
        cause="other initial values",
        number=float(b.std() / a.std()) if a.std() else None,
        says=f"They part before step {both.steps[0]}, in the initial parameters of {where}: {spread}{drawn(most)}.",
        remedy=f"{SAME[:-1]}: write A's weights into B before the first step.",
        tensors=names,
    )


def _families(both: Both, apart: list[Pair]) -> Iterator[Said]:
    """Those that fit all of the tensors to rounding, the plainest first."""
    yield from _zero(apart)
    yield from _rounded(apart)
    yield from _scaled(apart)
    yield from _of_padding(apart)
    yield from _of_forget_gates(apart)
    yield from _ahead(apart, len(both.steps))


def _zero(apart: list[Pair]) -> Iterator[Said]:
    """One side's are all 0."""
    for side, own in (("B", 1), ("A", 0)):
        if not any(_first(pair)[own].any() for pair in apart):
            of_biases = all(len(pair.shape) == 1 and np.ptp(_first(pair)[1 - own]) for pair in apart)
            how = f": {BIASES}" if of_biases else ", or initialise them alike."
            yield 0.0, "zeros", f"{side} begins with 0 there, and {'BA'['AB'.index(side)]} does not.", SAME[:-1] + how


def _rounded(apart: list[Pair]) -> Iterator[Said]:
    firsts = [_first(pair) for pair in apart]
    for dtype, bits in BITS.items():
        for x, y, side, other in ((0, 1, "B", "A"), (1, 0, "A", "B")):
            if not all(np.array_equal(cast(one[x], dtype), one[y]) for one in firsts):
                continue
            if all(pair.dtypes[y] == dtype != pair.dtypes[x] for pair in apart):
                words = (
                    f"{side} holds them in {dtype}: they are {other}'s, rounded, and so is each step; what is less "
                    "than half a unit of the parameter is lost."
                )
                yield 2.0**-bits, dtype, words, f"Hold them in {apart[0].dtypes[x]} in {side}: {CASTS}"
            yield 2.0**-bits, dtype, f"{side}'s are the other's, rounded to {dtype}.", SAME


def _scaled(apart: list[Pair]) -> Iterator[Said]:
    a, b = (np.concatenate(side) for side in zip(*map(_first, apart), strict=True))
    epsilon = max(pair.epsilon for pair in apart)
    ratio = float(a @ b / (a @ a)) if a.any() else 0.0
    left = np.linalg.norm(b - ratio * a)
    if left <= min(2 * NEAR * epsilon * np.linalg.norm(b), EXPLAINED * np.linalg.norm(b - a)):
        yield ratio, "scaled", f"all of B's are {ratio:.6g} times A's.", SAME


def _of_padding(apart: list[Pair]) -> Iterator[Said]:
    """One row of a table, or of each of several, which is 0 on one side, while nothing else is apart."""
    if any(len(table.shape) != 2 or not table.whole for table in apart):
        return
    rows = [_rows_off(table) for table in apart]
    for x, side in ((1, "B"), (0, "A")):
        own = [_first(table)[x].reshape(table.shape) for table in apart]
        if all(len(of) == 1 and not values[of].any() for of, values in zip(rows, own, strict=True)):
            entries = [int(of[0]) for of in rows]
            index, where = str(entries[0]), f"row {entries[0]}{' of each' * (len(apart) > 1)}"
            if len(set(entries)) > 1:
                index, where = "...", listed([f"row {i} of {one.name}" for i, one in zip(entries, apart, strict=True)])
            words = (
                f"{side} begins with 0 in {where}, as torch's Embedding(padding_idx={index}) does; the rest is equal."
            )
            remedy = f"{SAME[:-1]}, and treat the entry alike after it, too."
            yield float(entries[0]), "padding entry", words, remedy


def _rows_off(table: Pair) -> Array:
    """The rows of a table that are apart by more than rounding."""
    a, b = (values.reshape(table.shape) for values in _first(table))
    return np.flatnonzero((np.abs(b - a) > NEAR * table.epsilon * np.abs(a).max()).any(axis=1))


def _of_forget_gates(apart: list[Pair]) -> Iterator[Said]:
    """The second quarters of vectors, while all else in them is equal.

    An LSTM's gates are in the order i, f, g, o in torch, in Keras and in most other frameworks.
    """
    if any(len(pair.shape) != 1 or pair.shape[0] % 4 or not pair.whole for pair in apart):
        return
    gates = np.concatenate([np.subtract(*_first(pair)[::-1]).reshape(4, -1) for pair in apart], axis=1)
    size = max(float(np.abs(values).max()) for pair in apart for values in _first(pair))
    more = float(np.median(gates[1]))
    gates[1] -= more
    rounding = NEAR * max(pair.epsilon for pair in apart) * size
    if np.abs(gates).max() <= min(rounding, EXPLAINED * abs(more)):
        words = (
            f"in the second quarter of each, the biases of forget gates, B's are A's {more:+.6g}, the rest the same."
        )
        remedy = f"{SAME[:-1]}: Keras's LSTM adds 1 there (unit_forget_bias), torch's does not."
        yield more, "forget gate", words, remedy


def _ahead(apart: list[Pair], steps: int) -> Iterator[Said]:
    """One side starts where the other comes later."""
    for later in range(1, steps):
        for ahead, side in ((False, "B"), (True, "A")):
            of = [(p.epsilon, p.b, p.a) if ahead else (p.epsilon, p.a, p.b) for p in apart]
            if all(
                np.linalg.norm(x.before[later] - y.before[0]) <= NEAR * unit * np.linalg.norm(y.before[0])
                for unit, x, y in of
            ):
                words = f"{side} starts with the parameters that the other has after {later} updates."
                yield float(later), "steps offset", words, SAME
