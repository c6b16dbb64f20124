"""What one curve may be of the other by its shape: the same losses in other units, at other steps, or averaged."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from comparisons.diff.curves.means import means
from comparisons.traces.trace import Array

LONGEST = 50  # steps of an offset
FEWEST = 6  # steps that a shape is told by
# Where a curve is noisy, its noise is a signature: a shape that repeats it to a twentieth, and explains all but a
# hundredth of the gap, is found even if training has amplified rounding since. Of a smooth one all must be explained.
SIGNATURE, EXPLAINED = 0.05, 0.01
SIGNED = 20  # steps that noise is told by
# What rounding and digits leave open must be small beside what is explained, or anything fits.
OPEN = 0.1
ALIKE = 10  # times what the best shape leaves over: one that leaves less is as good
NEGLIGIBLE = 1e-3  # of a gap: what is left over is none of it
FASTEST = 16  # times
TURNED = 1.48  # as was measured of 4 million normal numbers
# Of the gap. Gradient descent at another rate was seen to leave 0.001 to 0.04 of it, as steps have a length; another
# momentum 0.03 to 0.5, another weight decay 0.2 to 0.97.
RESEMBLES = 0.02
PASSED = 10  # steps of the faster curve that must lie beside the other's: any two curves begin as straight lines
SEARCHED = 2000  # steps that a speed is looked for by, of many


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One that explains the gap: the kind of cause, its number, a clause, and what share of the gap it leaves over."""

    cause: str
    number: float
    says: str
    left: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Sides:
    """Two curves.

    Args:
        a, b: (n,) in so large units that squares are finite. open_a, open_b: how far rounding and digits leave each
            open, in these. unit: what they are in. strides: (n - 1,) between the steps.
    """

    a: Array
    b: Array
    open_a: Array
    open_b: Array
    unit: float
    strides: Array

    @property
    def each(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """Each side's losses, and how far they are open."""
        return (self.a, self.open_a), (self.b, self.open_b)

    @property
    def even(self) -> bool:
        """Whether all strides are equal."""
        return bool((self.strides == self.strides[0]).all())

    @property
    def stride(self) -> int:
        """That of most steps: where some are missing, others are longer."""
        strides, counts = np.unique(self.strides, return_counts=True)
        return int(strides[counts.argmax()])


def shapes(sides: Sides) -> Iterator[Shape]:
    """All that explain the gap; none of curves that are flat or too short."""
    if len(sides.a) < FEWEST or any(_flat(*side) for side in sides.each):
        return
    yield from _of_units(sides)
    yield from _of_steps(sides)
    if sides.even:
        for name, other, turned in (("B", "A", sides), ("A", "B", _turned(sides))):
            for number, says, left, opened, *gaps in means(turned.a, turned.b, turned.open_a, turned.open_b):
                words = f"{name}'s losses are {says(other)}"
                yield from held("smoothing", number, words, left, opened, turned.a, *gaps)
        if (speed := _speed(sides)) is not None:
            yield speed


def best_of(found: Iterable[Shape]) -> list[Shape]:
    """One of each kind, the best first: those that explain the gap as well as the first."""
    best: dict[str, Shape] = {}
    for shape in found:
        if shape.cause not in best or shape.left < best[shape.cause].left:
            best[shape.cause] = shape
    ordered = sorted(best.values(), key=lambda shape: shape.left)
    return [shape for shape in ordered if shape.left <= max(ALIKE * ordered[0].left, NEGLIGIBLE)]


def _flat(losses: Array, opened: Array) -> bool:
    return bool(np.ptp(losses) <= np.median(opened) / OPEN)


def _turned(sides: Sides) -> Sides:
    return Sides(a=sides.b, b=sides.a, open_a=sides.open_b, open_b=sides.open_a, unit=sides.unit, strides=sides.strides)


def held(
    cause: str, number: float, says: str, left: Array, opened: Array, losses: Array, *gaps: Array
) -> Iterator[Shape]:
    """The shape, if what it leaves over (m,) of each of the gaps is what rounding and digits leave open, or little."""
    if len(left) < FEWEST:
        return
    least = min(_rms(gap) for gap in gaps)
    if not least or _rms(opened) > OPEN * least:
        return
    share = _rms(left) / least
    signed = share < EXPLAINED and len(left) >= SIGNED and _rms(left) < SIGNATURE * _noise(losses)
    if signed or (np.abs(left) <= opened).all():
        yield Shape(cause=cause, number=number, says=says, left=share)


def _of_units(sides: Sides) -> Iterator[Shape]:
    a, b, gap = sides.a, sides.b, sides.b - sides.a
    varied = b - b.mean()  # of what hardly does, the shape is no reason to believe anything
    if square := float(a @ a):  # 0 of losses that are as nothing beside the other's
        ratio = float(a @ b) / square
        says, opened = f"B's losses are {ratio:.6g} times A's", sides.open_b + abs(ratio) * sides.open_a
        yield from held("constant factor", ratio, says, b - ratio * a, opened, a, gap, varied)
    shift = float(np.median(gap))
    says = f"B's losses are A's {'plus' if shift > 0 else 'minus'} {abs(shift) * sides.unit:.6g}"
    opened = sides.open_a + sides.open_b
    yield from held("constant offset", shift * sides.unit, says, gap - shift, opened, a, gap, varied)


def _of_steps(sides: Sides) -> Iterator[Shape]:
    """One is the other some steps later, at the steps that both have there."""
    a, b, stride = sides.a, sides.b, sides.stride
    at = np.concatenate([[0], np.cumsum(sides.strides)])
    for k in range(1, min(LONGEST, len(a) // 4) + 1):
        _, early, late = np.intersect1d(at + k * stride, at, assume_unique=True, return_indices=True)
        if 2 * len(early) < len(at):
            continue
        yield from held(
            "steps offset",
            float(k * stride),
            f"B's step 0 is A's step {k * stride}",
            b[early] - a[late],
            sides.open_b[early] + sides.open_a[late],
            a,
            (b - a)[early],
        )
        yield from held(
            "steps offset",
            float(-k * stride),
            f"A's step 0 is B's step {k * stride}",
            b[late] - a[early],
            sides.open_b[late] + sides.open_a[early],
            a,
            (b - a)[late],
        )


def _speed(sides: Sides) -> Shape | None:
    """b as a, run through faster or slower from one start: what another learning rate makes of a smooth curve."""
    a, b = sides.a, sides.b
    if abs(b[0] - a[0]) > sides.open_a[0] + sides.open_b[0]:
        return None
    at = np.arange(len(a), dtype=np.float64)
    looked = np.unique(np.linspace(0, len(a) - 1, min(len(a), SEARCHED)).round().astype(int))

    def left(speed: float) -> float:
        within = looked[looked * speed <= at[-1]]
        if len(within) < FEWEST:
            return 1.0
        return _share(b[within] - np.interp(within * speed, at, a), (b - a)[within])

    speed = _least(left)
    within = looked[looked * speed <= at[-1]]
    told = left(speed)
    passed = min(len(a), len(a) / speed) * min(speed, 1)  # steps of the slower curve beside all of the faster's
    if told > RESEMBLES or passed < PASSED or _share(*_risen(a[within], b[within])) < ALIKE * told:
        return None
    says = f"B goes A's way about {speed:.2g} times as fast, as with {speed:.2g} times the learning rate"
    return Shape(cause="learning rate scaled", number=speed, says=says, left=told)


def _risen(a: Array, b: Array) -> tuple[Array, Array]:
    """What it leaves of the gap that b falls so many times as far as a at each step: then nothing tells a speed."""
    way, other = a - a[0], b - b[0]
    return other - way * float(way @ other) / (float(way @ way) or 1.0), b - a


def _least(left: Callable[[float], float]) -> float:
    """The speed that leaves least over: on a grid, then on a finer one around its best."""
    grid = np.geomspace(1 / FASTEST, FASTEST, 129)
    for _ in range(3):
        best = int(np.argmin([left(speed) for speed in grid]))
        grid = np.geomspace(grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)], 33)
    return float(grid[16])


def _share(left: Array, gap: Array) -> float:
    """What is left over of a gap, as a share of it; all, where there is none."""
    return _rms(left) / whole if (whole := _rms(gap)) else 1.0


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(np.square(values)))) if len(values) else 0.0


def _noise(losses: Array) -> float:
    """How large noise is on a smooth curve: its second differences go up and down, where those of the curve do not.

    The product of two that follow each other has a median of -TURNED times the square of normal noise; a mean of them
    would take a drop for noise.
    """
    bends = np.diff(losses, 2)
    return float(max(-np.median(bends[1:] * bends[:-1]), 0.0) / TURNED) ** 0.5
