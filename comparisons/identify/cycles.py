"""Schedules through learning rates that begin again and again: restarts, and cycles up and down."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from comparisons.identify.waves import LEAST, NEAR, curve, is_through, short, turns
from comparisons.rules import CosineDecay, CosineRestarts, Cyclic, Schedule
from comparisons.tasks.streams import Array

GROWTHS = (1.0, 2.0)  # of the cycles of restarts, where one restart is all there is


def again(values: Array) -> Iterator[Schedule]:
    """Schedules that begin again and again, which the rates may be: restarts, and cycles up and down."""
    rises = np.flatnonzero(np.diff(values) > NEAR * values.max()) + 1
    if len(rises) and rises[0] > 2 and (np.diff(rises) > 1).all():
        yield from _restarts(values, rises)
    if turned := turns(values):
        yield from _cycles(values, turned)


def _restarts(values: Array, rises: Array) -> Iterator[Schedule]:
    """Half-waves down, each from the top: the first tells its length and its floor, the others how they grow."""
    first, begin = values[: rises[0]], int(rises[0])
    cycles = [one for span in (float(begin), None) if (one := _cycle(first, span)) is not None]
    for one in cycles:
        if not begin - 1 < one.over <= begin + NEAR:
            continue
        grown = (short((rises[1] - rises[0]) / one.over),) if len(rises) > 1 else GROWTHS
        shrunk = short(float((values[begin] / one.initial - one.floor) / (1 - one.floor)))
        for t_mul in (of for of in (1.0, *grown) if of >= 1):
            for m_mul in (of for of in (1.0, shrunk) if of > 0):
                yield CosineRestarts(initial=one.initial, over=one.over, floor=one.floor, t_mul=t_mul, m_mul=m_mul)


def _cycle(values: Array, over: float | None) -> CosineDecay | None:
    """The half-wave of a first cycle, over so many steps or any."""
    top = float(values[0])
    if over is None:
        found = curve(values) if len(values) >= 2 + LEAST else None
        return found if isinstance(found, CosineDecay) else None
    share = (1 + np.cos(np.pi * np.arange(1, len(values)) / over)) / 2
    floor = float(np.mean((values[1:] / top - share) / (1 - share)))
    tried = CosineDecay(initial=short(top), over=over, floor=short(floor) if floor > NEAR else 0.0)
    return tried if is_through(tried, values) else None


def _cycles(values: Array, turned: list[int]) -> Iterator[Schedule]:
    """Lines up and down: where they turn says their lengths, the first two peaks whether they fade."""
    low, up = float(values[0]), turned[0]
    down = turned[1] - up if len(turned) > 1 else up
    total, high = up + down, float(values[up] - low)
    plain = Cyclic(initial=short(low), peak=short(low + high), up=up, down=down)
    yield plain
    if total + up < len(values) and (share := float(values[total + up] - low) / high) > 0:
        yield replace(plain, factor=short(share))
        factor = share ** (1 / total)
        peak = max(low + high / factor**up, 0.0)
        yield replace(plain, peak=short(peak), factor=short(factor), fades="update")
