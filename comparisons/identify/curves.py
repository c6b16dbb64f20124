"""Learning rates step by step, named: the schedule that comes to them."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import numpy as np

from comparisons.identify.cycles import again
from comparisons.identify.waves import LEAST, NEAR, curve, half_wave, is_through, short, turns
from comparisons.rules import Clock, CosineDecay, PolynomialDecay, Schedule, Sequential, StepDecay
from comparisons.tasks.streams import Array

PIECES = 3  # of a schedule, at most
LAST = 1e4  # final_div_factor of OneCycleLR
MANY = 12  # rates, at least: fewer are near to a curve that begins anywhere
FEW = 3  # digits of a rate that somebody wrote
HELD = 3  # steps that a rate stays before it goes


@lru_cache  # the rates of a candidate are asked for again and again
def named(rates: tuple[float, ...]) -> float | Schedule | None:
    """The number, or the schedule of few numbers, that the rates are within float32; None if it is none of ours."""
    values = np.asarray(rates, float)
    if not np.isfinite(values).all() or (values < 0).any():
        return None
    found = _named(values, PIECES)
    if found is None and len(values) >= MANY and not turns(values) and (begun := curve(values, 1.0)) is not None:
        return Clock(of=begun, plus=1.0)  # of a loop that counts its steps from 1
    return found


def _named(values: Array, pieces: int) -> float | Schedule | None:
    """The same, in so many pieces at most."""
    if (rate := steady(values)) is not None:
        return rate
    if (found := stairs(values)) is not None:
        return found
    if (found := curve(values)) is not None:
        return found
    for found in again(values):
        if is_through(found, values):
            return found
    for first, at in _beginnings(values) if pieces > 1 else ():
        next_ = math.ceil(at)
        left = values[next_:]
        rest = _named(left, pieces - 1) if at == next_ else curve(left, next_ - at)
        if rest is not None and is_through(joined := _joined(first, at, rest), values):
            return _one_cycle(joined)
    return None


def _one_cycle(schedule: Schedule) -> Schedule:
    """Half-waves up and down end, as nobody has them but OneCycleLR, where that ends by default: at next to nothing."""
    match schedule:
        case Sequential(pieces=(CosineDecay() as first, *more, CosineDecay(floor=0.0) as last)) if first.floor > 1:
            ended = replace(last, floor=first.initial / LAST / last.initial)
            return replace(schedule, pieces=(first, *more, ended))
        case _:
            return schedule


def rising(schedule: Schedule, steps: int) -> Schedule | None:
    """The same over so many steps, of a cosine that rises again after them; None if it has none that ends later."""
    match schedule:
        case CosineDecay(over=over, rises=False) if steps <= over:
            return replace(schedule, rises=True)
        case Sequential(pieces=(*before, CosineDecay() as last), at=at) if rest := rising(last, steps - int(at[-1])):
            return replace(schedule, pieces=(*before, rest))
        case _:
            return None


def steady(values: Array, noise: Array | float = 0.0) -> float | None:
    """The one number that all of them are, in few digits; None if they are not.

    Args:
        noise: (n,) what else each may be off, relative.
    """
    sure = values[np.broadcast_to(noise, values.shape) <= 2 * np.min(noise)]
    middle = float(sure.min() + sure.max()) / 2  # not the first: where that is off, all others seem to be
    return short(middle) if (np.abs(values - middle) < (NEAR + noise) * abs(middle)).all() else None


def stairs(values: Array) -> Schedule | None:
    """Numbers that stay for some steps each, where no two steps on end are of one update only."""
    jumps = np.flatnonzero(np.abs(np.diff(values)) > NEAR * np.abs(values[1:])) + 1
    if len(jumps) > len(values) // 4:
        return None
    pieces = [_as_written(float(part[0])) for part in np.split(values, jumps)]
    gaps = np.diff(np.concatenate([[0], jumps]))
    if (gaps[1:] + gaps[:-1] == 2).any():
        return None
    with np.errstate(all="ignore"):
        ratios = np.array(pieces[1:]) / np.array(pieces[:-1])
    if len(jumps) > 1 and (gaps == gaps[0]).all() and np.allclose(ratios, ratios[0], rtol=NEAR):
        return StepDecay(initial=pieces[0], every=float(gaps[0]), factor=short(float(ratios[0])))
    return Sequential(pieces=tuple(pieces), at=tuple(float(jump) for jump in jumps))


def _as_written(value: float) -> float:
    """A number of few digits, or all that it has: what is longer nobody wrote, and it may be recorded as it was."""
    found = short(value)
    return found if found == float(f"{found:.{FEW}g}") else float(f"{value:.9g}")


def _beginnings(values: Array) -> Iterator[tuple[float | Schedule, float]]:
    """What rates may begin with, and from which step on they go otherwise: a warm-up, a number, a half-wave."""
    yield from _warm(values)
    moved = np.flatnonzero(np.abs(values - values[0]) > NEAR * values.max())
    if moved[0] >= HELD:
        yield from ((short(float(values[0])), float(at)) for at in (moved[0] - 1, moved[0]))
    for over in range(3, len(values) - LEAST):
        if (wave := half_wave(values[: over + 1], float(over))) is not None:
            yield wave, float(over)
    for turn in turns(values)[:1]:  # which may lie between two steps
        for end in (turn + 1, turn):
            wave = half_wave(values[:end])
            if wave is not None and end - 1 <= wave.over < end:
                yield wave, wave.over


def _warm(values: Array) -> Iterator[tuple[Schedule, float]]:
    """A straight rise from the first step on, to where it ends, and what is after it begins: there, or a step later.

    The rise is at the top by then in a loop that counts its steps from 1.
    """
    rise = np.diff(values)
    if rise[0] > 0:
        bent = np.flatnonzero(np.abs(np.diff(rise)) > 4 * NEAR * values.max())
        if len(bent) and bent[0] >= 1:
            over = int(bent[0]) + 1
            line = PolynomialDecay(initial=short(float(values[0])), over=float(over), final=short(float(values[over])))
            yield from ((line, float(at)) for at in (over, over + 1) if at < len(values) - LEAST)


def _joined(first: float | Schedule, at: float, rest: float | Schedule) -> Schedule:
    """One after the other; a rise that stays at its top is one piece."""
    match first, rest:
        case PolynomialDecay(), float():
            return replace(first, final=rest)
        case _, Sequential():
            return Sequential(pieces=(first, *rest.pieces), at=(at, *(at + later for later in rest.at)))
        case _:
            return Sequential(pieces=(first, rest), at=(at,))
