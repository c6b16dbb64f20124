"""Families that one side's gradients may be of the other's, each with one number: fitted, and held to the rounding."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.start import rounded
from comparisons.traces.trace import Array

SLACK = 4  # times the bound: what is left over is the rounding of both sides, and of the number that was fitted
ROUND = 1e-4  # relative: numbers that are so near are one
WRITTEN = (
    1e-5  # relative: a norm that is so near to a number of two digits was made that; of chance, one in a thousand is
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """A tensor at the m steps at which both sides have the same parameters and the same batch.

    Args:
        name: A's. a, b: the gradients (m, k). theta: the parameters (m, k). bound: (m,), what is rounding of a norm.
        norms: of the whole tensors' gradients, (m,) each. later: the same at all steps, where the parameters are apart.
    """

    name: str
    a: Array
    b: Array
    theta: Array
    bound: Array
    norms: tuple[Array, Array]
    later: tuple[Array, Array]

    def fits(self, b: Array) -> bool:
        """Whether what is left over of B's is rounding, at all steps; larger gradients round more."""
        grown = np.maximum(1, self.norms[1] / np.maximum(self.norms[0], np.finfo(float).tiny))
        return bool((np.linalg.norm(self.b - b, axis=1) <= SLACK * self.bound * np.minimum(grown, 1e6)).all())

    @property
    def same(self) -> bool:
        """Whether both sides' are the same but for rounding."""
        return bool((np.linalg.norm(self.b - self.a, axis=1) <= self.bound).all())

    @property
    def felt(self) -> bool:
        """Whether it is more than rounding on either side."""
        return bool((np.maximum(*self.norms) > SLACK * self.bound).any())


def seen_at(both: Both, where: Array) -> list[Seen]:
    """The tensors at some steps, (n,) bool."""
    found = []
    for pair in both.with_gradients:
        a, b = pair.gradients
        found.append(
            Seen(
                name=pair.name,
                a=a[where],
                b=b[where],
                theta=pair.a.before[where],
                bound=both.gradient_bound(pair)[where],
                norms=(pair.a.norms["gradient"][where], pair.b.norms["gradient"][where]),
                later=(pair.a.norms["gradient"], pair.b.norms["gradient"]),
            )
        )
    return found


@dataclass(frozen=True, kw_only=True)
class Family:
    """One that fits: its name, its number, the tensors it acts on (all if it is in none), and whose gradient has it."""

    name: str
    number: float | None
    tensors: tuple[str, ...] = ()
    side: str = "B"
    detail: float | None = None


def families(seen: Sequence[Seen]) -> list[Family]:
    """The first family that leaves nothing over but rounding, or two that do so together; empty if none does."""
    for found in (_clipped(seen), _scaled(seen), _decayed(seen)):
        if found:
            return found
    return _both(seen)


def _ratio(of: Sequence[Seen]) -> float:
    whole = sum(float((one.a * one.a).sum()) for one in of)
    return sum(float((one.a * one.b).sum()) for one in of) / whole if whole else 1.0


def _scaled(seen: Sequence[Seen]) -> list[Family]:
    """B's are c times A's: all of them, or some."""
    felt = [one for one in seen if one.felt]
    c = _ratio(felt)
    if felt and all(one.fits(c * one.a) for one in seen):
        return [Family(name="scaled", number=c)]
    off = [one for one in felt if not one.same]
    ratios = [_ratio([one]) for one in off]
    if off and len(off) < len(felt) and all(one.fits(r * one.a) for one, r in zip(off, ratios, strict=True)):
        return [
            Family(name="scaled in some tensors", number=c, tensors=names)
            for c, names in _grouped(ratios, [one.name for one in off])
        ]
    return []


def _grouped(numbers: Sequence[float], names: Sequence[str]) -> Iterator[tuple[float, tuple[str, ...]]]:
    """Numbers that are the same but for ROUND, with the names of each, the most first."""
    left = list(zip(numbers, names, strict=True))
    groups = []
    while left:
        first = left[0][0]
        group = [one for one in left if abs(one[0] - first) <= ROUND * abs(first)]
        groups.append((float(np.median([number for number, _ in group])), tuple(name for _, name in group)))
        left = [one for one in left if one not in group]
    yield from sorted(groups, key=lambda group: -len(group[1]))


def _clipped(seen: Sequence[Seen]) -> list[Family]:
    """One side's are the other's, clipped: by the norm of all, by that of each, or element by element."""
    for side in ("B", "A"):
        turned = seen if side == "B" else [_turned(one) for one in seen]
        for name, number in (_by_norm(turned), _by_each_norm(turned), _by_value(turned)):
            if number is not None:
                return [Family(name=name, number=number, side=side)]
    return []


def _turned(one: Seen) -> Seen:
    return Seen(
        name=one.name, a=one.b, b=one.a, theta=one.theta, bound=one.bound, norms=one.norms[::-1], later=one.later[::-1]
    )


def _by_norm(seen: Sequence[Seen]) -> tuple[str, float | None]:
    """c/norm where the norm is larger than c: the norms of all that are clipped are c, a number that people write."""
    name = "clipped by the norm of all"
    of_a, of_b = (np.sqrt(sum(np.square(one.norms[i]) for one in seen)) for i in (0, 1))
    shorter = of_b < of_a * (1 - ROUND)
    if not shorter.any():
        return name, None
    most = float(np.median(of_b[shorter]))
    if not _written(most) or (np.abs(of_b[shorter] / most - 1) > ROUND).any() or (of_a[~shorter] > most * 1.001).any():
        return name, None
    if np.sqrt(sum(np.square(one.later[1]) for one in seen)).max() > most * (1 + ROUND):
        return name, None
    factor = np.minimum(1, most / of_a)[:, None]
    return name, snapped(most) if all(one.fits(factor * one.a) for one in seen) else None


def _by_each_norm(seen: Sequence[Seen]) -> tuple[str, float | None]:
    name = "clipped by the norm of each"
    shorter = [one.norms[1][one.norms[1] < one.norms[0] * (1 - ROUND)] for one in seen if one.felt]
    found = np.concatenate(shorter) if shorter else np.empty(0)
    if not len(found):
        return name, None
    most = float(np.median(found))
    if not _written(most) or (np.abs(found / most - 1) > ROUND).any():
        return name, None
    if max(one.later[1].max() for one in seen) > most * (1 + ROUND):
        return name, None
    fits = all(one.fits(np.minimum(1, most / np.maximum(one.norms[0], 1e-300))[:, None] * one.a) for one in seen)
    return name, snapped(most) if fits else None


def _by_value(seen: Sequence[Seen]) -> tuple[str, float | None]:
    name, most = "clipped by value", max(float(np.abs(one.b).max()) for one in seen)
    if not _written(most) or max(float(np.abs(one.a).max()) for one in seen) <= most:
        return name, None
    return name, snapped(most) if all(one.fits(np.clip(one.a, -most, most)) for one in seen) else None


def _written(number: float) -> bool:
    """Whether it is one that people write, of two digits."""
    return number > 0 and abs(snapped(number) / number - 1) <= WRITTEN


def snapped(number: float, digits: int = 2) -> float:
    """The nearest number of so many significant digits."""
    return float(f"{number:.{digits - 1}e}")


def _decayed(seen: Sequence[Seen]) -> list[Family]:
    """B's are A's plus lambda times the parameters, in all tensors or some."""
    found = _offset([(one, one.b - one.a) for one in seen], seen)
    return [found] if found else []


def _offset(left: list[tuple[Seen, Array]], seen: Sequence[Seen]) -> Family | None:
    """The lambda with which lambda theta is what is left of each tensor in which something is."""
    off = [(one, rest) for one, rest in left if (np.linalg.norm(rest, axis=1) > SLACK * one.bound).any()]
    whole = sum(float((one.theta * one.theta).sum()) for one, _ in off)
    if not off or not whole:
        return None
    number = sum(float((rest * one.theta).sum()) for one, rest in off) / whole
    if not all(one.fits(one.b - rest + number * one.theta) for one, rest in off):
        return None
    some = len(off) < sum(bool(one.theta.any()) for one in seen)
    return Family(name="decayed", number=number, tensors=tuple(one.name for one, _ in off) if some else ())


def _both(seen: Sequence[Seen]) -> list[Family]:
    """c times A's plus lambda theta, by least squares in both: two causes."""
    felt = [one for one in seen if one.felt]
    if not felt:
        return []
    with_theta = [one for one in felt if one.theta.any()]
    for decayed in (with_theta, [one for one in with_theta if one.theta.std() > 0 and len(np.unique(one.theta)) > 2]):
        columns = [
            np.concatenate([one.a.ravel() for one in felt]),
            np.concatenate([(one.theta * (one in decayed)).ravel() for one in felt]),
        ]
        b = np.concatenate([one.b.ravel() for one in felt])
        (c, number), *_ = np.linalg.lstsq(np.stack(columns, axis=1), b)
        if all(one.fits(c * one.a + number * one.theta * (one in decayed)) for one in felt):
            names = tuple(one.name for one in decayed) if len(decayed) < len(felt) else ()
            return [
                Family(name="scaled", number=float(c)),
                Family(name="decayed", number=float(number), tensors=names),
            ]
    return []


def lower_precision(seen: Sequence[Seen]) -> list[Family]:
    """One side's have fewer bits than the other's, or noise of their size without any pattern."""
    for side in ("B", "A"):
        values = [one.b if side == "B" else one.a for one in seen if one.felt and one.a.size > 8]
        others = [one.a if side == "B" else one.b for one in seen if one.felt and one.a.size > 8]
        for bits, dtype in ((8, "bfloat16"), (11, "float16")):
            if values and _have(values, bits) and not _have(others, bits):
                return [Family(name=dtype, number=2.0**-bits, side=side, detail=noise(seen))]
    size, structure = noise(seen), abs(_ratio([one for one in seen if one.felt]) - 1)
    if 2.0**-14 < size < 2.0**-6 and structure < size:
        return [Family(name="lower precision", number=size)]
    return []


def _have(values: list[Array], bits: int) -> bool:
    """Whether nearly all of the tensors' elements that are not 0 have so many bits at most."""
    shares = [float(np.mean(rounded(one[one != 0], bits) == one[one != 0])) for one in values if one.any()]
    return bool(shares) and float(np.mean(np.array(shares) > 0.99)) >= 0.5


def noise(seen: Sequence[Seen]) -> float:
    """The difference of all gradients, relative to their size."""
    felt = [one for one in seen if one.felt]
    gap = sum(float(np.square(one.b - one.a).sum()) for one in felt)
    size = sum(float(np.square(one.a).sum()) for one in felt)
    return float(np.sqrt(gap / size)) if size else 0.0
