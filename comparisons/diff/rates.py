"""Learning rates: what B's are of A's, step by step."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.record import Cause
from comparisons.names import listed
from comparisons.traces.trace import Array

SAME = 1e-5  # relative: float32 holds a learning rate to 1e-7, and a schedule in it to a few times that

NEARLY = 0.05  # relative: what an epsilon makes of a step
FOUND = 1e-3  # relative: how near a rate is found from the steps
# of a schedule, whose rates are another at each step
OF_SCHEDULES = ("learning rate lags", "schedule by epochs", "schedule by micro-batches", "learning rate schedule")
OF_RATES = ("learning rate", *OF_SCHEDULES)
STAIRS = 3  # rates that are the same there, the first of all among them: of fewer, other schedules have those
MANY = 4  # rates that are the same by another count: of fewer, as of one drop, any two schedules have those
STEP = "Step the scheduler after each update, on both sides."

Said = tuple[str, float, str, str]  # the cause, its number, the words, the remedy


def rates_differ(both: Both, t: int) -> bool:
    """Whether both sides' rates were recorded, and are others at a step."""
    rates = both.series("learning_rate")
    return rates is not None and bool(np.isfinite(rates).all()) and not _same(rates[0][t : t + 1], rates[1][t : t + 1])


def rates_agree(both: Both, t: int) -> bool:
    """Whether both sides' rates were recorded, and are the same at a step."""
    rates = both.series("learning_rate")
    return rates is not None and bool(np.isfinite(rates).all()) and _same(rates[0][t : t + 1], rates[1][t : t + 1])


def as_rates_go(both: Both, t: int, ratio: float) -> bool:
    """Whether B's step is about as many times A's as its rate, of a schedule, is: all else that differs does less."""
    rates = both.series("learning_rate")
    if rates is None or not any(map(_moves, rates)):
        return False
    a, b = (float(one[t]) for one in rates)
    return a > 0 and b > 0 and abs(ratio * a / b - 1) < NEARLY


def rate_cause(both: Both, t: int, ratio: float, here: str, some: Sequence[str] = ()) -> Cause:
    """B's update is `ratio` times A's at step t, in all tensors, or in some, if those alone can be compared."""
    rates, step = both.series("learning_rate"), int(both.steps[t])
    about: dict[str, Any] = {"rung": "update", "step": step}
    if rates is not None and np.isfinite(rates).all():
        found = next(_of_series(*rates, t, both.run), None)
        if found is not None:
            cause, number, says, remedy = found
            return Cause(cause=cause, number=number, says=f"{here}: {says}", remedy=remedy, **about)
    since = "" if t == 0 else ", though it was the same before"
    where = f"in {listed(some)}, whose gradients alone are the same" if some else "in all tensors"
    says = f"{here}: B's is {ratio:.6g} times A's {where}{since}{'. Likely:' if some else ':'} its learning rate is."
    return Cause(
        cause="learning rate" if t == 0 else "learning rate schedule",
        number=ratio,
        says=says,
        remedy="Give both the same learning rate.",
        tensors=tuple(some),
        certain=not some,
        **about,
    )


def rates_cause(both: Both, a: Array, b: Array, here: str) -> Iterator[Cause]:
    """In what the rates differ by which each side was found to train (steps,); `here` has a place for the step.

    What was recorded is nearer to them than what was found.
    """
    recorded = both.series("learning_rate")
    if recorded is not None and np.allclose(np.stack(recorded), np.stack([a, b]), rtol=FOUND, atol=0):
        a, b = recorded
    apart = np.abs(b - a) > FOUND * np.maximum(np.abs(a), np.abs(b))
    if apart.any():
        t = int(apart.argmax())
        step = int(both.steps[t])
        cause, number, says, remedy = next(_of_series(a, b, t, both.run))
        says = f"{here.format(step=step)}: {says}"
        yield Cause(rung="update", step=step, cause=cause, number=number, says=says, remedy=remedy)


def _of_series(a: Array, b: Array, t: int, run: int) -> Iterator[Said]:
    """Families of the recorded rates, the plainest first; none if they are the same.

    Args:
        t: where the updates part. run: how many of the first follow each other, and tell how they are counted.
    """
    if _same(a, b):
        return
    yield from _scaled(a, b, t)
    if not _same(a[:run], b[:run]):
        for by_count in (_late, _by_epochs, _in_stairs, _by_micro_batches):
            yield from by_count(a[:run], b[:run])
    yield from _other_from(a, b, t)


def _scaled(a: Array, b: Array, t: int) -> Iterator[Said]:
    if a[t] and _same(b, a * (b[t] / a[t])):
        ratio = float(b[t] / a[t])
        says = f"B's learning rate is {ratio:.6g} times A's."
        yield "learning rate", ratio, says, "Give both the same learning rate."


def _late(a: Array, b: Array) -> Iterator[Said]:
    for lag in range(1, len(a) // 2 + 1):
        for late, early, side in ((b, a, "B"), (a, b, "A")):
            if _moves(early[:-lag]) and _same(late[lag:], early[:-lag]):
                number = float(lag if side == "B" else -lag)
                held = _same(late[:lag], np.full(lag, early[0]))
                says = f"{side}'s learning rate comes {lag} step{'s' * (lag > 1)} late"
                says += "." if held else f", after {late[0]:.6g} at first."
                yield "learning rate lags", number, says, STEP if held else f"{STEP[:-1]}{_counted(side, lag)}"


def _counted(side: str, lag: int) -> str:
    """What else makes a side's rates late, if it begins with others than the other side's first: how it counts."""
    other = "BA"["AB".index(side)]
    return (
        f"; or, if both do, count a warm-up from one number: {side} counts from {lag} less than {other}, as from 0 and "
        f"from {lag}."
    )


def _by_epochs(a: Array, b: Array) -> Iterator[Said]:
    at = np.arange(len(a))
    for every in range(2, len(a) + 1):
        for slow, fast, side in ((b, a, "B"), (a, b, "A")):
            held = fast[at // every]
            if _moves(slow) and _same(slow, held) and not _same(fast, held):
                number = float(every if side == "B" else 1 / every)
                other = "BA"["AB".index(side)]
                says = f"{side}'s schedule takes a step every {every} updates, as once an epoch, and {other}'s at each."
                yield "schedule by epochs", number, says, "Count both in updates, or both in epochs."


def _in_stairs(a: Array, b: Array) -> Iterator[Said]:
    """One side has the other's rate of the first update of an epoch in all of its updates: the course is one."""
    at = np.arange(len(a))
    for every in range(2, len(a) // (STAIRS - 1) + 1):
        for slow, fast, side in ((b, a, "B"), (a, b, "A")):
            held = fast[at // every * every]
            if len(np.unique(held)) >= STAIRS and _same(slow, held) and not _same(fast, held):
                number = float(every if side == "B" else 1 / every)
                other = "BA"["AB".index(side)]
                says = (
                    f"{side}'s schedule takes a step every {every} updates, as once an epoch, to the rate that "
                    f"{other}'s has there, which takes one at each."
                )
                yield "schedule by epochs", number, says, "Step both after each update, or both after each epoch."


def _by_micro_batches(a: Array, b: Array) -> Iterator[Said]:
    """Each update has the rate of the last of its micro-batches, or of the first, as if each were an update."""
    sides = ((b, a, "B"), (a, b, "A"))
    for count in range(2, len(a) // 3 + 1):
        for first, (fast, slow, side) in product((count - 1, 0), sides):
            there = slow[first::count]
            if len(np.unique(there)) >= MANY and _same(fast[: len(there)], there):
                number = float(count if side == "B" else 1 / count)
                says = f"{side}'s schedule takes {count} steps an update, as one of Keras's that counts micro-batches."
                remedy = f"Stretch {side}'s schedule {count} times, or count updates on both sides."
                yield "schedule by micro-batches", number, says, remedy


def _other_from(a: Array, b: Array, t: int) -> Iterator[Said]:
    """Something else from step t on: by a factor, or altogether."""
    factors = b / np.where(a, a, np.nan)
    if np.nanmax(np.abs(factors[:t] - 1), initial=0) < SAME and np.nanstd(factors[t:]) < SAME:
        ratio = float(factors[t])
        says = f"B's learning rate is {ratio:.6g} times A's from there on."
        yield "learning rate schedule", ratio, says, "Change the learning rate at the same step on both sides."
    says = f"B's learning rate is {b[t]:.6g} there and A's {a[t]:.6g}; the two follow other schedules."
    yield "learning rate schedule", float(b[t] / a[t]) if a[t] else np.inf, says, "Give both the same schedule."


def _moves(rates: Array) -> bool:
    """Whether it changes at all: one that does not is that of no other schedule."""
    return not _same(rates, np.full_like(rates, rates[0]))


def _same(a: Array, b: Array) -> bool:
    return bool((np.abs(a - b) <= SAME * np.maximum(np.abs(a), np.abs(b))).all())
