"""Parameters that one side changes between its updates: clipped weights, a limit of their norm, a mask, a reload."""

from dataclasses import replace

from comparisons.diff.both import Both
from comparisons.diff.record import Cause, Rung
from comparisons.names import listed
from comparisons.traces.between import AVERAGED, BY_ROUNDING, Change, change_of
from comparisons.traces.trace import Trace

CHANGED = "changed between the updates"


def with_changes(rung: Rung, both: Both) -> Rung:
    """The rung of the update, with what is done to the parameters after it, where the sides do not do the same."""
    changes = [change_of(trace) for trace in both.traces]
    found = [one if one is not None and one.says != BY_ROUNDING else None for one in changes]
    told = [(side, one) for side, one in zip("AB", found, strict=True) if one is not None]
    alike = len(told) == 2 and (told[0][1].step, told[0][1].says) == (told[1][1].step, told[1][1].says)
    if not told or alike:
        return rung
    side, first = min(told, key=lambda one: one[1].step)
    names = {pair.other: pair.name for pair in both.pairs} if side == "B" else {}
    parted = " and ".join(
        f"{who}'s parameters{_some(one, both.traces['AB'.index(who)])} are {one.says}" for who, one in told
    )
    cause = Cause(
        rung=rung.rung,
        step=first.step,
        cause=CHANGED,
        number=first.number,
        says=f"They part between the updates of the steps {first.step} and {first.step + 1}, where {parted}.",
        remedy=f"{_who(first)}: do it on both sides, or on none.",
        tensors=tuple(names.get(name, name) for name in first.tensors),
    )
    causes = tuple(sorted((*rung.causes, cause), key=lambda one: one.step))
    return replace(rung, state="broken", says=causes[0].says, causes=causes)


def _who(change: Change) -> str:
    """Who did it."""
    if change.says.startswith(AVERAGED):
        return "It is what ema_overwrite_frequency has Keras's optimizers do"
    return "No optimizer did that"


def _some(change: Change, trace: Trace) -> str:
    """The tensors, where they are not all."""
    return f" {listed(change.tensors)}" if len(change.tensors) < len(trace.tensors) else ""
