"""The first rungs: names and layout, and the parameters at the start."""

from collections.abc import Iterator

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.pairing import Pair, described
from comparisons.diff.record import Cause, Rung
from comparisons.diff.seen import EXPLAINED, seen_at
from comparisons.names import listed
from comparisons.traces.rounding import BITS, rounded
from comparisons.traces.trace import Array

NAMES, START = "names and layout", "initial parameters"
SAME = "Start both from the same numbers."
CASTS = "torch's autocast and Keras's mixed_bfloat16 and mixed_float16 round what is computed, and not the parameters."
DEFAULT = "torch's default"
TOLD = 3.0  # of the logarithm of a likelihood: a distribution that is less likely by so much, a twentieth, is not named
ROUNDED = 1 + 1e-3  # times the bound of a uniform distribution: numbers in bfloat16 are rounded beyond it, by less
NEAR = 4  # units in the last place that writing to a file and reading it back may take


def names_rung(both: Both) -> Rung:
    """Whether each tensor of one side is one of the other's."""
    shaped = dict(_of_other_shapes(both))
    alone = [
        tuple(name for name in names if name not in found)
        for names, found in zip(both.paired.alone, (set(shaped), set(shaped.values())), strict=True)
    ]
    causes = tuple(_shape_cause(both, *names) for names in shaped.items()) + tuple(
        Cause(
            rung=NAMES,
            step=int(both.steps[0]),
            cause="trained on one side only",
            number=float(len(names)),
            says=f"{side} trains {listed(names)}, and {other} has nothing that goes with {_it(names)}.",
            remedy=f"See whether {other} has {_it(names)} frozen, or not at all; --names can say which is which.",
            tensors=names,
        )
        for names, side, other in zip(alone, "AB", "BA", strict=True)
        if names
    )
    frozen = tuple(_frozen(both))
    told = described((*both.pairs, *both.frozen))
    says = told + "." if told else f"All {len(both.pairs)} tensors have the same names and layout."
    found = causes + frozen
    return Rung(rung=NAMES, state="broken" if found else "ok", says=found[0].says if found else says, causes=found)


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


def _it(names: tuple[str, ...]) -> str:
    return "it" if len(names) == 1 else "them"


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
        says=f"They part before step {both.steps[0]}, in the initial parameters of {where}: {spread}{_drawn(most)}.",
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
    for later in range(1, len(both.steps)):
        for ahead, side in ((False, "B"), (True, "A")):
            of = [(p.epsilon, p.b, p.a) if ahead else (p.epsilon, p.a, p.b) for p in apart]
            if all(
                np.linalg.norm(x.before[later] - y.before[0]) <= NEAR * unit * np.linalg.norm(y.before[0])
                for unit, x, y in of
            ):
                words = f"{side} starts with the parameters that the other has after {later} updates."
                yield float(later), "steps offset", words, SAME


def _drawn(pair: Pair) -> str:
    """From what each side draws its numbers, as far as their largest and their spread tell; "" if they do not."""
    if len(pair.shape) < 2:
        return ""
    told = [_distribution(values, pair.shape) for values in _first(pair)]
    if told[0] == told[1]:
        return f" (both as {told[0]}: another seed)" if told[0] else ""
    return f" (A as {told[0] or 'nothing usual'}, B as {told[1] or 'nothing usual'})"


def _distribution(values: Array, shape: tuple[int, ...]) -> str:
    """The usual one that makes the values the likeliest, or two; their shape is torch's (out, in, ...), or (..., in,
    out).

    A uniform one has no number beyond its bound, and torch's default is one.
    """
    deviation = float(values.std())
    if not deviation:
        return "a constant"
    noise = 3 / np.sqrt(2 * len(values))
    near = {
        variance: name
        for name, variance in reversed(_usual(shape).items())  # of two of one variance, the first
        if abs(deviation / np.sqrt(variance) - 1) <= noise
    }
    found = sorted(
        (-_likelihood(values, variance, kind), f"{name}, {kind}")
        for variance, name in near.items()
        for kind in ("uniform", "normal")
        if kind == "uniform" or not name.startswith(DEFAULT)
    )
    possible = [name for unlikely, name in found if unlikely < found[0][0] + TOLD]
    return " or ".join(possible[:2])


def _usual(shape: tuple[int, ...]) -> dict[str, float]:
    """The usual distributions' variances, by name."""
    fans = {int(np.prod(shape)) // shape[0], int(np.prod(shape)) // shape[-1]}
    found = {"Glorot's": 2 / (sum(fans) if len(fans) > 1 else 2 * max(fans))}
    for fan in fans:
        found |= {f"He's of {fan} inputs": 2 / fan, f"{DEFAULT} of {fan} inputs": 1 / (3 * fan)}
        found |= {f"LeCun's of {fan} inputs": 1 / fan}
    return found


def _likelihood(values: Array, variance: float, kind: str) -> float:
    """The logarithm of it."""
    if kind == "normal":
        return float(-len(values) / 2 * np.log(2 * np.pi * variance) - (values**2).sum() / (2 * variance))
    bound = np.sqrt(3 * variance)
    return float(-len(values) * np.log(2 * bound)) if np.abs(values).max() <= bound * ROUNDED else -np.inf
