"""Which tensor of B is which of A's, and its elements in A's order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from comparisons.diff.gates import with_gates
from comparisons.diff.layouts import Layout
from comparisons.diff.matching import common, layer_of, match, values_of
from comparisons.inputs.text import visible
from comparisons.names import BadInput, unknown
from comparisons.traces.rounding import unit
from comparisons.traces.trace import Array, Tensor, Trace

NEVER = 1e6  # what two tensors cost that cannot be one
LAYER = 0.1  # what a tensor costs more in another layer than its neighbours: more than names and places tell
MAPPED = 12  # tensors whose names are told: as many lines of a table


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """One side's values of a tensor at the n common steps, in float64.

    Args:
        before, after, gradient, used: (n, k), k elements that both sides recorded, in A's order; the last two are None
            if they were not recorded, and `used` also where it is `gradient`.
        partly: "gradient" and "used", where they were recorded and are not finite at some steps, to what is there.
        norms: "gradient" and "used", where they were recorded, to the norms (n,) of the whole tensor.
    """

    before: Array
    after: Array
    gradient: Array | None
    used: Array | None
    partly: Mapping[str, Array]
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
        whole: whether all elements are there. epsilon: of the coarser of the dtypes in which they were recorded.
        dtypes: in which each side holds the parameters; bfloat16 is recorded in float32.
    """

    name: str
    other: str
    layout: str
    shape: tuple[int, ...]
    whole: bool
    epsilon: float
    dtypes: tuple[str, str]
    a: Side
    b: Side

    @property
    def held(self) -> float:
        """Epsilon of the coarser of the dtypes that the parameters are held in: what a step is rounded to."""
        return max(map(unit, self.dtypes))

    @property
    def still(self) -> bool:
        """Whether it begins at the same numbers on both sides, and stays there."""
        first = self.a.before[0]
        return all((values == first).all() for side in (self.a, self.b) for values in (side.before, side.after))

    @property
    def led(self) -> bool:
        """Whether it is known on both sides what the optimizer got."""
        return self.a.led_by is not None and self.b.led_by is not None

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
            raise BadInput(f"--names: {unknown(f'tensor of {side}', visible(wrong), there)}")
    channels = {size for trace in (one, other) for tensor in trace.tensors.values() for size in tensor.shape}
    found = {
        (name, of_b): matched
        for name in one.tensors
        for of_b in other.tensors
        if given.get(name, of_b) == of_b and (name in given or of_b not in given.values())
        if (matched := match((name, one.tensors[name]), (of_b, other.tensors[of_b]), at, channels)) is not None
    }
    for name, of_b in given.items():
        if (name, of_b) not in found:
            raise BadInput(f"--names: {name} of A and {of_b} of B have other shapes, or no element that both recorded")
    chosen = _assigned(list(one.tensors), list(other.tensors), {key: cost for key, (cost, _) in found.items()})
    layouts = with_gates({key: found[key][1] for key in chosen}, one, other, at)
    pairs = [_pair(one, other, at, key, layout) for key, layout in layouts.items()]
    return Paired(
        pairs=tuple(pairs),
        alone=(
            tuple(name for name in one.tensors if name not in {key[0] for key in chosen}),
            tuple(name for name in other.tensors if name not in {key[1] for key in chosen}),
        ),
    )


def _assigned(ours: list[str], theirs: list[str], costs: Mapping[tuple[str, str], float]) -> list[tuple[str, str]]:
    """The pairs of least cost together, in A's order; of a layer whose tensors are surely those of one, all are."""
    matrix = np.full((len(ours), len(theirs)), NEVER)
    for (name, other), cost in costs.items():
        place = abs(ours.index(name) / len(ours) - theirs.index(other) / len(theirs))
        matrix[ours.index(name), theirs.index(other)] = cost + 0.1 * place
    layers = [[layer_of(name) for name in names] for names in (ours, theirs)]
    together = _layers(layers[0], layers[1], matrix)
    known = set(together.values())
    elsewhere = [[ours in together and there in known and together[ours] != there for there in layers[1]]
                 for ours in layers[0]]  # fmt: skip
    return [
        (ours[i], theirs[j]) for i, j in _least(matrix + LAYER * np.array(elsewhere, float)) if matrix[i, j] < NEVER
    ]


def _least(matrix: Array) -> list[tuple[int, int]]:
    rows, columns = linear_sum_assignment(matrix)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _layers(ours: list[str], theirs: list[str], matrix: Array) -> dict[str, str]:
    """A's layers to B's: those whose tensors, paired by themselves, go together so much better than any others do.

    Args:
        ours, theirs: of each tensor. matrix: what each two cost.
    """
    a, b = list(dict.fromkeys(ours)), list(dict.fromkeys(theirs))
    surely = np.zeros((len(a), len(b)))
    for i, j in _least(matrix):
        others = np.delete(matrix[i], j)
        surely[a.index(ours[i]), b.index(theirs[j])] += min(others.min(initial=1.0), 1.0) - min(matrix[i, j], 1.0)
    return {a[i]: b[j] for i, j in _least(-surely) if surely[i, j] > 0}


def _pair(one: Trace, other: Trace, at: tuple[Array, Array], key: tuple[str, str], layout: Layout) -> Pair:
    a, b = one.tensors[key[0]], other.tensors[key[1]]
    elements = common(a, b, layout)
    if elements is None:
        raise ValueError(f"{key} have no elements in common")
    sides = [_side(tensor, steps, where) for tensor, steps, where in zip((a, b), at, elements, strict=True)]
    held = [trace.about.get("dtypes", {}).get(name) for trace, name in zip((one, other), key, strict=True)]
    dtypes = [known or str(tensor.before.dtype) for known, tensor in zip(held, (a, b), strict=True)]
    return Pair(
        name=key[0],
        other=key[1],
        layout=layout.says,
        shape=a.shape,
        whole=a.whole and b.whole,
        epsilon=max(unit(str(tensor.before.dtype)) for tensor in (a, b)),
        dtypes=(dtypes[0], dtypes[1]),
        a=sides[0],
        b=sides[1],
    )


def _side(tensor: Tensor, steps: Array, elements: Array) -> Side:
    recorded = [kind for kind in ("gradient", "used") if getattr(tensor, kind) is not None]
    values = {kind: values_of(tensor, kind, steps, elements) for kind in recorded}
    partly = {kind: one for kind, one in values.items() if not np.isfinite(one).all()}  # a step has none, as NaN says
    return Side(
        before=values_of(tensor, "before", steps, elements),
        after=values_of(tensor, "after", steps, elements),
        gradient=None if "gradient" in partly else values.get("gradient"),
        used=None if "used" in partly else values.get("used"),
        partly=partly,
        norms={kind: tensor.norm(kind)[steps] for kind in recorded},
    )


def described(pairs: Sequence[Pair]) -> str:
    """The pairs that differ in name or layout, in words."""
    told = [
        f"{pair.name} is {pair.other}" + (f" ({pair.layout})" if pair.layout else "")
        for pair in pairs
        if pair.layout or pair.name != pair.other
    ]
    more = [f"and {len(told) - MAPPED} more, which --json lists"] if len(told) > MAPPED else []
    return "; ".join([*told[:MAPPED], *more])
