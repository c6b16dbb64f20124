"""The first rungs: names and layout, and the parameters at the start."""

from collections.abc import Iterator

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.drawn import drawn
from comparisons.diff.pairing import Pair, described
from comparisons.diff.record import Cause, Rung
from comparisons.diff.seen import EXPLAINED, seen_at
from comparisons.diff.tied import Tied, alike, tied
from comparisons.names import listed
from comparisons.traces.rounding import BITS, rounded
from comparisons.traces.trace import Array

NAMES, START = "names and layout", "initial parameters"
SAME = "Start both from the same numbers."
CASTS = "torch's autocast and Keras's mixed_bfloat16 and mixed_float16 round what is computed, and not the parameters."
NEAR = 4  # units in the last place that writing to a file and reading it back may take


def names_rung(both: Both) -> Rung:
    """Whether each tensor of one side is one of the other's."""
    shaped, of_one = dict(_of_other_shapes(both)), tied(both)
    known = [set(shaped), set(shaped.values())]
    for one in of_one:
        known[one.side].add(one.name)
    alone = [
        tuple(name for name in names if name not in found)
        for names, found in zip(both.paired.alone, known, strict=True)
    ]
    found = (
        *(_tied_cause(both, one) for one in of_one),
        *(_shape_cause(both, *names) for names in shaped.items()),
        *(_alone_cause(both, side, names) for side, names in enumerate(alone) if names),
        *_frozen(both),
    )
    told = described((*both.pairs, *both.frozen))
    says = told + "." if told else f"All {len(both.pairs)} tensors have the same names and layout."
    return Rung(rung=NAMES, state="broken" if found else "ok", says=found[0].says if found else says, causes=found)


def _tied_cause(both: Both, one: Tied) -> Cause:
    """One side ties two tensors of the other's."""
    side, other = "AB"[one.side], "BA"[one.side]
    pair = next(pair for pair in both.pairs if pair.name == one.with_)
    own, of_other = (pair.name, pair.other) if side == "A" else (pair.other, pair.name)
    return Cause(
        rung=NAMES,
        step=int(both.steps[0]),
        cause="tied on one side only",
        number=1.0,
        says=f"They part at step {both.steps[0]}, in what is trained: {other} has one tensor, {of_other}, where {side} "
        f"trains two, {own} and {one.name}; its gradient is the sum of theirs, as that of tied weights is.",
        remedy="Tie the two on both sides or on none.",
        tensors=(one.with_, one.name),
    )


def _alone_cause(both: Both, side: int, names: tuple[str, ...]) -> Cause:
    """Tensors of one side that go with none of the other's."""
    it, other = "it" if len(names) == 1 else "them", "BA"[side]
    like = [one for name in names for one in alike(both, side, name)]
    tie = f", tied to {(like[0].other, like[0].name)[side]}, which is of one's shape" if like else ""
    return Cause(
        rung=NAMES,
        step=int(both.steps[0]),
        cause="trained on one side only",
        number=float(len(names)),
        says=f"{'AB'[side]} trains {listed(names)}, and {other} has nothing that goes with {it}.",
        remedy=f"See whether {other} has {it} frozen{tie}, or not at all; --names can say which is which.",
        tensors=names,
    )


def _of_other_shapes(both: Both) -> Iterator[tuple[str, str]]:
    """Tensors that go with no other for their shape alone: of one name, or the only ones left of as many axes."""
    ours, theirs = (
        {name: trace.tensors[name].shape for name in names}
        for trace, names in zip(both.traces, both.paired.alone, strict=True)
    )
    for name, shape in ours.items():
        alike = [other for other, of in theirs.items() if len(of) == len(shape)]
        only = len(alike) == 1 and sum(len(of) == len(shape) for of in ours.values()) == 1
        other = name if name in alike else alike[0] if only else None
        if other is not None and sorted(theirs[other]) != sorted(shape):
            yield name, other


def _shape_cause(both: Both, name: str, other: str) -> Cause:
    """One tensor of A's and one of B's that have other shapes."""
    shapes = [trace.tensors[of].shape for trace, of in zip(both.traces, (name, other), strict=True)]
    which = f"{name} has the shape {shapes[0]} in A and {shapes[1]} in B"
    if name != other:
        which = f"{name} has the shape {shapes[0]} in A, and {other} {shapes[1]} in B"
    return Cause(
        rung=NAMES,
        step=int(both.steps[0]),
        cause="other shapes",
        says=f"{which}.",
        remedy="Give both nets the same sizes: of a vocabulary, a context, classes, a layer.",
        tensors=(name,),
    )


def _frozen(both: Both) -> Iterator[Cause]:
    """Tensors that one side never moves and the other does; one whose gradients are rounding there need not move."""
    seen = {one.name: one for one in seen_at(both, np.ones(len(both.steps), bool))}
    for i, (side, other) in enumerate((("a", "b"), ("b", "a"))):
        still = tuple(
            pair.name
            for pair in both.pairs
            if (pair.name not in seen or seen[pair.name].felt_by[i])
            and (getattr(pair, side).before == getattr(pair, side).after).all()
            and (getattr(pair, other).before != getattr(pair, other).after).any()
        )
        if still:
            yield Cause(
                rung=NAMES,
                step=int(both.steps[0]),
                cause="frozen",
                number=float(len(still)),
                says=f"{side.upper()} never moves {listed(still)}, and {other.upper()} does.",
                remedy="Freeze them on both sides or on none.",
                tensors=still,
            )


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


def _families(both: Both, apart: list[Pair]) -> Iterator[tuple[float, str, str, str]]:
    """Those that fit all of the tensors to rounding: number, name, words, remedy."""
    firsts = [_first(pair) for pair in apart]
    for dtype, bits in BITS.items():
        for x, y, side, other in ((0, 1, "B", "A"), (1, 0, "A", "B")):
            if not all(np.array_equal(rounded(one[x], bits), one[y]) for one in firsts):
                continue
            if all(pair.dtypes[y] == dtype != pair.dtypes[x] for pair in apart):
                words = (
                    f"{side} holds them in {dtype}: they are {other}'s, rounded, and so is each step; what is less "
                    "than half a unit of the parameter is lost."
                )
                yield 2.0**-bits, dtype, words, f"Hold them in {apart[0].dtypes[x]} in {side}: {CASTS}"
            yield 2.0**-bits, dtype, f"{side}'s are the other's, rounded to {dtype}.", SAME
    a, b = (np.concatenate([one[i] for one in firsts]) for i in (0, 1))
    epsilon = max(pair.epsilon for pair in apart)
    ratio = float(a @ b / (a @ a)) if a.any() else 0.0
    left = np.linalg.norm(b - ratio * a)
    if left <= min(2 * NEAR * epsilon * np.linalg.norm(b), EXPLAINED * np.linalg.norm(b - a)):
        yield ratio, "scaled", f"all of B's are {ratio:.6g} times A's.", SAME
    if (padding := _zero_rows(apart)) is not None:
        row, side = padding
        words = f"{side} begins with 0 in row {row}, as torch's Embedding(padding_idx={row}) does; the rest is equal."
        yield float(row), "padding entry", words, f"{SAME[:-1]}, and treat the entry alike after it, too."
    if (more := _of_forget_gates(apart)) is not None:
        words = (
            f"in the second quarter of each, the biases of forget gates, B's are A's {more:+.6g}; the rest are equal."
        )
        yield (
            more,
            "forget gate",
            words,
            f"{SAME[:-1]}: Keras's LSTM adds 1 there (unit_forget_bias), torch's does not.",
        )
    for later in range(1, len(both.steps)):
        for ahead, side in ((False, "B"), (True, "A")):
            of = [(p.epsilon, p.b, p.a) if ahead else (p.epsilon, p.a, p.b) for p in apart]
            if all(
                np.linalg.norm(x.before[later] - y.before[0]) <= NEAR * unit * np.linalg.norm(y.before[0])
                for unit, x, y in of
            ):
                words = f"{side} starts with the parameters that the other has after {later} updates."
                yield float(later), "steps offset", words, SAME


def _of_forget_gates(apart: list[Pair]) -> float | None:
    """By how much the second quarters of vectors are larger in B, where all else in them is equal; None if not so.

    An LSTM's gates are in the order i, f, g, o in torch, in Keras and in most other frameworks.
    """
    if any(len(pair.shape) != 1 or pair.shape[0] % 4 or not pair.whole for pair in apart):
        return None
    gates = np.concatenate([np.subtract(*_first(pair)[::-1]).reshape(4, -1) for pair in apart], axis=1)
    size = max(float(np.abs(values).max()) for pair in apart for values in _first(pair))
    more = float(np.median(gates[1]))
    gates[1] -= more
    rounding = NEAR * max(pair.epsilon for pair in apart) * size
    return more if abs(more) > np.abs(gates).max() and np.abs(gates).max() <= rounding else None


def _zero_rows(apart: list[Pair]) -> tuple[int, str] | None:
    """The one row of a table that is 0 on one side, and that side, where nothing else is apart; None if not so."""
    [table, *others] = apart
    if others or len(table.shape) != 2 or not table.whole:
        return None
    a, b = (values.reshape(table.shape) for values in _first(table))
    rows = np.flatnonzero((np.abs(b - a) > NEAR * table.epsilon * np.abs(a).max()).any(axis=1))
    side = next((side for side, own in (("B", b), ("A", a)) if not own[rows].any()), None)
    return (int(rows[0]), side) if len(rows) == 1 and side is not None else None
