"""Schedules that count micro-batches, as Keras's do where its optimizers accumulate the gradients themselves."""

from dataclasses import replace

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.keras.schedules import MODULE, read, write
from comparisons.frameworks.tidy import tidy
from comparisons.rules.schedules import (
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
    Schedule,
    Sequential,
    StepDecay,
)
from comparisons.rules.symbols import symbols_in

Rate = float | Schedule


def stretched(call: NativeCall, batches: int) -> NativeCall | None:
    """The schedule whose rate at the last of the micro-batches of every update is that of `call` at the update.

    That is micro-batch n k + n - 1 of update k, at which Keras asks (`iterations` counts all calls of `apply`). None
    where no class of Keras is that: a cosine would have to start n - 1 micro-batches late.
    """
    rate = read(call)
    longer = _longer(rate, batches) if isinstance(rate, Schedule) and not any(symbols_in(call)) else None
    if not isinstance(longer, Schedule):
        return None
    written = write(longer)
    return written if written.module == MODULE else None


def _longer(rate: Rate, n: int) -> Rate | None:
    """The rate over n times as many steps, n - 1 of them before its first."""
    match rate:
        case float():
            return rate
        case StepDecay(every=every):
            return replace(rate, every=every * n)
        case ExponentialDecay(initial=initial, rate=factor, over=over):
            return replace(rate, initial=initial * factor ** (-(n - 1) / (n * over)), over=over * n)
        case InverseTimeDecay(staircase=True, over=over):
            return replace(rate, over=over * n)
        case InverseTimeDecay(initial=initial, rate=growth, over=over, power=power):
            left = 1 - growth * (n - 1) / (n * over)
            if left <= 0:
                return None
            return replace(rate, initial=initial / left**power, rate=growth / left, over=over * n)
        case PolynomialDecay(initial=initial, final=final, over=over, power=1, cycle=False):
            first = tidy(initial + (initial - final) * (n - 1) / (n * over))
            return replace(rate, initial=first, over=over * n + n - 1) if first >= 0 else None
        case Sequential(pieces=pieces, at=at):
            longer = tuple(one for piece in pieces if (one := _longer(piece, n)) is not None)
            return (
                replace(rate, pieces=longer, at=tuple(step * n for step in at)) if len(longer) == len(pieces) else None
            )
        case _:
            return None
