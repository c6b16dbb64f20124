"""Which tensor of B is which of A's, and its elements in A's order."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from comparisons.diff.layouts import Layout, plain, rearranged, usual
from comparisons.names import BadInput, unknown
from comparisons.traces.trace import Array, Tensor, Trace

SAME = 0.02  # of a tensor's size: values nearer than that are the same tensor's, in another dtype perhaps
AS_LARGE = 1e-5  # relative: tensors that are drawn alike have norms that are as near as one in a thousand
WORDS = {"kernel": "weight", "gamma": "weight", "beta": "bias", "embeddings": "weight", "recurrent_kernel": "weight"}
FEWEST = 8  # elements that both recorded of a tensor of which each has a sample


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """One side's values of a tensor at the n common steps, in float64.

    Args:
        before, after, gradient, used: (n, k), k elements that both sides recorded, in A's order; the last two are None
            if they were not recorded, and `used` also where it is `gradient`.
        norms: "gradient" and "used", where they were recorded, to the norms (n,) of the whole tensor.
    """

    before: Array
    after: Array
    gradient: Array | None
    used: Array | None
    norms: Mapping[str, Array]

    @property
    def led_by(self) -> Array | None:
        """What the optimizer got."""
        return self.gradient if self.used is None else self.used


@dataclass(frozen=True, kw_only=True, eq=False)
class Pair:
    """A tensor on both sides.

    Args:
        name, other: A's and B's. layout: how B's holds A's, "" if alike. shape: A's.
        whole: whether all elements are there. epsilon: of the coarser of their dtypes.
    """

    name: str
    other: str
    layout: str
    shape: tuple[int, ...]
    whole: bool
    epsilon: float
    a: Side
    b: Side

    @property
    def gradients(self) -> tuple[Array, Array]:
        """The raw gradients (n, k) of a pair of which both sides recorded them."""
        if self.a.gradient is None or self.b.gradient is None:
            raise ValueError(f"{self.name} has no gradient on both sides")
        return self.a.gradient, self.b.gradient


@dataclass(frozen=True, kw_only=True)
class Paired:
    """The pairs, and the tensors that have none."""

    pairs: tuple[Pair, ...]
    alone: tuple[tuple[str, ...], tuple[str, ...]]


def pair(one: Trace, other: Trace, at: tuple[Array, Array], names: Mapping[str, str] | None = None) -> Paired:
    """Match the tensors by shape, then by their first values up to the layout, then by gradient, name and place.

    Args:
        at: where the common steps are in each trace, (n,) int64. names: A's to B's, for those that are given.

    Raises:
        BadInput: a given name is not there or has another shape.
    """
    given = dict(names or {})
    for name, of_b in given.items():
        if name not in one.tensors or of_b not in other.tensors:
            side, wrong, there = ("A", name, one.tensors) if name not in one.tensors else ("B", of_b, other.tensors)
            raise BadInput(f"--names: {unknown(f'tensor of {side}', wrong, there)}")
    channels = {size for trace in (one, other) for tensor in trace.tensors.values() for size in tensor.shape}
    found = {
        (name, of_b): match
        for name in one.tensors
        for of_b in other.tensors
        if given.get(name, of_b) == of_b and (name in given or of_b not in given.values())
        if (match := _match((name, one.tensors[name]), (of_b, other.tensors[of_b]), at, channels)) is not None
    }
    for name, of_b in given.items():
        if (name, of_b) not in found:
            raise BadInput(f"--names: {name} of A and {of_b} of B have other shapes, or no element that both recorded")
    chosen = _assigned(list(one.tensors), list(other.tensors), {key: cost for key, (cost, _) in found.items()})
    pairs = [_pair(one, other, at, key, found[key][1]) for key in chosen]
    return Paired(
        pairs=tuple(pairs),
        alone=(
            tuple(name for name in one.tensors if name not in {key[0] for key in chosen}),
            tuple(name for name in other.tensors if name not in {key[1] for key in chosen}),
        ),
    )


def _assigned(ours: list[str], theirs: list[str], costs: Mapping[tuple[str, str], float]) -> list[tuple[str, str]]:
    """The pairs of least cost together, in A's order."""
    never = 1e6
    matrix = np.full((len(ours), len(theirs)), never)
    for (name, other), cost in costs.items():
        place = abs(ours.index(name) / len(ours) - theirs.index(other) / len(theirs))
        matrix[ours.index(name), theirs.index(other)] = cost + 0.1 * place
    rows, columns = linear_sum_assignment(matrix)
    return [(ours[i], theirs[j]) for i, j in zip(rows, columns, strict=True) if matrix[i, j] < never]


def _match(
    ours: tuple[str, Tensor], theirs: tuple[str, Tensor], at: tuple[Array, Array], channels: set[int]
) -> tuple[float, Layout] | None:
    """How ill two tensors go together, 0 to about 1.5, and in which layout they do so least; None if they cannot."""
    (name, a), (other, b) = ours, theirs
    words = [_word(one) for one in (name, other)]
    unlike = 0.1 * (1 - SequenceMatcher(None, name, other).ratio() + (words[0] != words[1]))
    scored = _scored(a, b, at, plain(a.shape, b.shape))
    if not scored:
        return None
    if scored[0][0] > SAME and _same_values(a, b, at):
        scored = sorted((*scored, *_scored(a, b, at, rearranged(a.shape, b.shape, channels))), key=lambda one: one[0])
    least = scored[0][0]
    if least > SAME:  # the values are others: axes alone, as frameworks have them
        found = [layout for *_, layout in _scored(a, b, at, plain(a.shape, b.shape))]
        same_words = name.rsplit(".", 1)[-1] == other.rsplit("/", 1)[-1].rsplit(".", 1)[-1]
        return min(least, 1.0) + unlike, usual(found, len(a.shape), same_words=same_words)
    _, turn, chosen = min((one for one in scored if one[0] <= least + SAME), key=lambda one: round(one[1], 3))
    return least + 0.2 * turn + unlike, chosen


def _scored(
    a: Tensor, b: Tensor, at: tuple[Array, Array], found: Iterable[Layout]
) -> list[tuple[float, float, Layout]]:
    """How far apart the first values and gradients are in each layout, the nearest first."""
    scored = []
    for layout in found:
        if (elements := _common(a, b, layout)) is None:
            continue
        first = [_values(tensor, "before", i[:1], where) for tensor, i, where in zip((a, b), at, elements, strict=True)]
        scored.append((_apart(*first), _turned(a, b, at, elements), layout))
        if scored[-1][0] == 0 and scored[-1][1] < SAME:
            break
    return sorted(scored, key=lambda one: one[0])


def _same_values(a: Tensor, b: Tensor, at: tuple[Array, Array]) -> bool:
    """Whether one may be the other in another order: the same values, or as large where not all are recorded."""
    if a.whole and b.whole:
        first = [np.sort(t.before[i[0]].ravel().astype(np.float64)) for t, i in zip((a, b), at, strict=True)]
        return _apart(*first) <= SAME
    norms = [float(tensor.norm("before")[i[0]]) for tensor, i in zip((a, b), at, strict=True)]
    return abs(norms[0] - norms[1]) <= AS_LARGE * max(norms)


def _word(name: str) -> str:
    last = name.replace("/", ".").rsplit(".", 1)[-1]
    return next((ours for theirs, ours in WORDS.items() if theirs in last), "bias" if "bias" in last else "weight")


def _common(a: Tensor, b: Tensor, layout: Layout) -> tuple[Array, Array] | None:
    """Where the elements that both recorded are on each side, among those recorded, in A's order; None if too few."""
    samples = [None if tensor.sample is None else tensor.sample.tobytes() for tensor in (a, b)]
    return _elements(samples[0], samples[1], layout)


@lru_cache(maxsize=64)  # layers that are alike have the same samples
def _elements(ours: bytes | None, theirs: bytes | None, layout: Layout) -> tuple[Array, Array] | None:
    if ours is None and theirs is None:
        return np.arange(len(layout.order)), np.argsort(layout.order)
    of_a = np.arange(len(layout.order)) if ours is None else np.frombuffer(ours, np.int64)
    of_b = layout.order if theirs is None else layout.order[np.frombuffer(theirs, np.int64)]
    common, in_a, in_b = np.intersect1d(of_a, of_b, return_indices=True)
    return (in_a, in_b) if len(common) >= min(FEWEST, len(layout.order)) else None


def _values(tensor: Tensor, kind: str, steps: Array, elements: Array) -> Array:
    """(steps, elements) in float64."""
    values = np.asarray(getattr(tensor, kind))
    return values.reshape(len(values), -1)[np.ix_(steps, elements)].astype(np.float64)


def _apart(a: Array, b: Array) -> float:
    """How far apart, in units of their size; or how far apart a multiple of one is, which counts a little more."""
    sizes = [float(np.abs(one).sum()) for one in (a, b)]
    if not all(sizes):
        return float(any(sizes))
    apart = 2 * float(np.abs(a - b).sum()) / sum(sizes)
    return min(apart, SAME / 2 + float(np.abs(a / sizes[0] - b / sizes[1]).sum()))


def _turned(a: Tensor, b: Tensor, at: tuple[Array, Array], elements: tuple[Array, Array]) -> float:
    """1 - |cosine| of the first gradients, which no factor changes; 0 where there are none."""
    if a.gradient is None or b.gradient is None:
        return 0.0
    x, y = (_values(t, "gradient", i[:1], where).ravel() for t, i, where in zip((a, b), at, elements, strict=True))
    norms = float(np.linalg.norm(x) * np.linalg.norm(y))
    return 1 - abs(float(x @ y)) / norms if norms > 0 else 0.0


def _pair(one: Trace, other: Trace, at: tuple[Array, Array], key: tuple[str, str], layout: Layout) -> Pair:
    a, b = one.tensors[key[0]], other.tensors[key[1]]
    elements = _common(a, b, layout)
    assert elements is not None  # as in _match
    sides = [_side(tensor, steps, where) for tensor, steps, where in zip((a, b), at, elements, strict=True)]
    return Pair(
        name=key[0],
        other=key[1],
        layout=layout.says,
        shape=a.shape,
        whole=a.whole and b.whole,
        epsilon=max(float(np.finfo(tensor.before.dtype).eps) for tensor in (a, b)),
        a=sides[0],
        b=sides[1],
    )


def _side(tensor: Tensor, steps: Array, elements: Array) -> Side:
    def values(kind: str) -> Array | None:
        """None also where a step has none, as NaN says."""
        found = None if getattr(tensor, kind) is None else _values(tensor, kind, steps, elements)
        return None if found is None or not np.isfinite(found).all() else found

    recorded = [kind for kind in ("gradient", "used") if getattr(tensor, kind) is not None]
    return Side(
        before=_values(tensor, "before", steps, elements),
        after=_values(tensor, "after", steps, elements),
        gradient=values("gradient"),
        used=values("used"),
        norms={kind: tensor.norm(kind)[steps] for kind in recorded},
    )


def read_names(path: Path) -> dict[str, str]:
    """A file of names: JSON, each of A's tensors to B's.

    Raises:
        BadInput: it cannot be read, or is something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{path}: is no JSON: {error}") from None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise BadInput(f'{path}: must be an object of names: {{"dense.weight": "dense/kernel", ...}}')
    if len(set(found.values())) < len(found):
        raise BadInput(f"{path}: gives one tensor of B to two of A's")
    return found


def described(pairs: Sequence[Pair]) -> str:
    """The pairs that differ in name or layout, in words."""
    told = [
        f"{pair.name} is {pair.other}" + (f" ({pair.layout})" if pair.layout else "")
        for pair in pairs
        if pair.layout or pair.name != pair.other
    ]
    return "; ".join(told)
