"""A tensor's gradients on both sides, side by side, and what is rounding between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from comparisons.diff.both import Both
from comparisons.traces.trace import Array

SLACK = 4  # times the bound: what is left over is the rounding of both sides, and of the number that was fitted
EXPLAINED = 0.1  # of a difference: what a number that explains it may leave over; one fitted to noise leaves most
ROUND = 1e-4  # relative: numbers that are so near are one
SURE = 4  # times the standard deviation of a number that is fitted: it is known no better
DIGITS = 6  # of a number in a sentence
SEEN = 1e-4  # of a size: what is less is no percentage that anybody reads
WRITTEN = (
    1e-5  # relative: a norm that is so near to a number of two digits was made that; of chance, one in a thousand is
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """A tensor at the m steps at which both sides have the same parameters and the same batch.

    Args:
        name: A's. axes: of the whole tensor. a, b: the gradients (m, k). theta: the parameters (m, k).
        bounds: (m,) each, what is rounding of the norms of A's and of B's.
        norms: of the whole tensors' gradients, (m,) each. later: the same at all steps, where the parameters are apart.
    """

    name: str
    axes: int
    a: Array
    b: Array
    theta: Array
    bounds: tuple[Array, Array]
    norms: tuple[Array, Array]
    later: tuple[Array, Array]

    @property
    def bound(self) -> Array:
        """(m,): what is rounding of either side's."""
        return np.maximum(*self.bounds)

    def fits(self, b: Array, factor: Array | float = 1.0) -> bool:
        """Whether what is left over of B's is rounding, at all steps.

        Args:
            factor: of A's gradients in `b`, (m,) or one: their rounding has it, too.
        """
        bound = np.maximum(self.bounds[1], np.abs(factor) * self.bounds[0])
        return bool((np.linalg.norm(self.b - b, axis=1) <= SLACK * bound).all())

    def evened(self, factor: float) -> "Seen":
        """With the gradients of the side that has the larger ones divided, where B's are a factor times A's."""
        by = min(factor, 1.0), min(1 / factor, 1.0)
        bounds, norms, later = ((of[0] * by[0], of[1] * by[1]) for of in (self.bounds, self.norms, self.later))
        return replace(self, a=self.a * by[0], b=self.b * by[1], bounds=bounds, norms=norms, later=later)

    @property
    def turned(self) -> "Seen":
        """With the sides exchanged."""
        bounds, norms, later = (of[::-1] for of in (self.bounds, self.norms, self.later))
        return replace(self, a=self.b, b=self.a, bounds=bounds, norms=norms, later=later)

    @property
    def same(self) -> bool:
        """Whether both sides' are the same but for rounding."""
        return bool((np.linalg.norm(self.b - self.a, axis=1) <= self.bound).all())

    @property
    def felt(self) -> bool:
        """Whether it is more than rounding on either side."""
        return any(self.felt_by)

    @property
    def felt_by(self) -> tuple[bool, bool]:
        """Whether A's is, and B's."""
        a, b = (bool((norms > SLACK * self.bound).any()) for norms in self.norms)
        return a, b


def seen_at(both: Both, where: Array) -> list[Seen]:
    """The tensors at some steps, (n,) bool."""
    found = []
    for pair in both.with_gradients:
        (a, b), bounds = pair.gradients, both.gradient_bounds(pair)
        found.append(
            Seen(
                name=pair.name,
                axes=len(pair.shape),
                a=a[where],
                b=b[where],
                theta=pair.a.before[where],
                bounds=(bounds[0][where], bounds[1][where]),
                norms=(pair.a.norms["gradient"][where], pair.b.norms["gradient"][where]),
                later=(pair.a.norms["gradient"], pair.b.norms["gradient"]),
            )
        )
    return found


@dataclass(frozen=True, kw_only=True)
class Family:
    """One that fits: its name, its number, the tensors it acts on (all if it is in none), whose gradient has it, and
    whether nothing is left over but rounding.
    """

    name: str
    number: float | None
    tensors: tuple[str, ...] = ()
    side: str = "B"
    detail: float | None = None
    certain: bool = True


def explains(seen: Sequence[Seen], fitted: Sequence[Array], factor: Array | float = 1.0) -> bool:
    """Whether a fit of B's gradients leaves rounding over in each tensor, and of their difference hardly anything.

    A difference that is little more than rounding is fitted by any number, which then leaves most of it. That of a
    tensor whose gradient is rounding altogether is left out.
    """
    some = any(one.felt for one in seen)
    told = [(one, b) for one, b in zip(seen, fitted, strict=True) if one.felt or not some]
    left = sum(float(np.square(one.b - b).sum()) for one, b in told)
    whole = sum(float(np.square(one.b - one.a).sum()) for one, _ in told)
    fits = all(one.fits(b, factor) for one, b in zip(seen, fitted, strict=True))
    return fits and left <= EXPLAINED**2 * whole


def joined(seen: Sequence[Seen]) -> tuple[Array, Array]:
    """A's and B's gradients of all of them, each as one vector."""
    a, b = (np.concatenate([getattr(one, side).ravel() for one in seen]) for side in ("a", "b"))
    return a, b


def noise(seen: Sequence[Seen]) -> float:
    """The difference of all gradients, relative to their size."""
    felt = [one for one in seen if one.felt]
    gap = sum(float(np.square(one.b - one.a).sum()) for one in felt)
    size = sum(float(np.square(one.a).sum()) for one in felt)
    return float(np.sqrt(gap / size)) if size else 0.0


def written(number: float) -> bool:
    """Whether a number is one that people write, of two digits."""
    return number > 0 and abs(snapped(number) / number - 1) <= WRITTEN


def snapped(number: float, digits: int = 2) -> float:
    """The nearest number of so many significant digits."""
    return float(f"{number:.{digits - 1}e}")


def fitted(terms: Array, values: Array) -> tuple[Array, Array]:
    """The numbers (k,) with which terms (n, k) are values (n,), by least squares, and how far they are known."""
    numbers, *_ = np.linalg.lstsq(terms, values)
    left = float(np.linalg.norm(values - terms @ numbers)) / np.sqrt(max(len(values) - len(numbers), 1))
    return numbers, SURE * left * np.sqrt(np.diag(np.linalg.pinv(terms.T @ terms)))


def as_known(number: float, within: float) -> float:
    """The number in as few digits as it is known to; as it is, if that is more than are said."""
    tried = (snapped(number, digits) for digits in range(1, DIGITS + 1))
    return next((one for one in tried if abs(one - number) <= within), number)


def plain(number: float) -> str:
    """To two digits, without an exponent where it is 1 or more: 71, 10,000."""
    return f"{float(f'{number:.2g}'):,.0f}" if 10 <= number < np.inf else f"{number:.2g}"


def sized(share: float) -> str:
    """A size, relative to another: percent, or times it where it is more, or as it is where it is next to nothing."""
    if share >= 0.995:  # 100 % to two digits
        return f"{plain(share)} times their size" if plain(share) != "1" else "as much as their size"
    return f"{100 * share:.2g} % of their size" if share >= SEEN else f"{share:.2g} of their size"
