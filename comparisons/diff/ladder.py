"""The ladder: rung by rung, what two recorded trainings have in common, and the first at which they part."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from comparisons.diff.account import account
from comparisons.diff.aligning import both_of
from comparisons.diff.averages import average_notes
from comparisons.diff.between import with_changes
from comparisons.diff.both import Both
from comparisons.diff.decays import with_decays
from comparisons.diff.diverged import end_notes, ends_of
from comparisons.diff.gradients import all_same, gradient_rungs
from comparisons.diff.not_led import not_led_notes
from comparisons.diff.packed import unpacked
from comparisons.diff.precision import precision_rung
from comparisons.diff.record import Cause, Diff, Rung, Verdict
from comparisons.diff.replay import replayed_causes
from comparisons.diff.ruleless import ruled, with_ruleless
from comparisons.diff.rules import Rules
from comparisons.diff.side_state import side_state_rung
from comparisons.diff.start import start_rung
from comparisons.diff.trained import names_rung
from comparisons.diff.updates import update_rung
from comparisons.diff.used import used_rung
from comparisons.identify.evidence import course
from comparisons.names import listed
from comparisons.traces.finite import not_finite
from comparisons.traces.trace import Trace
from comparisons.traces.writing import CHUNK, CLOSED

FAR = 10  # times what is rounding in a loss: what curves show


def compare(
    one: Trace,
    other: Trace,
    names: Mapping[str, str] | None = None,
    sides: tuple[str, str] = ("A", "B"),
    *,
    by_rules: bool = False,
) -> Diff:
    """Go down the ladder with two traces.

    Args:
        names: A's tensors to B's, for those that are known. sides: what the traces are called.
        by_rules: whether the rules of both sides are looked for where they part, which takes seconds: another rule is
            then named, and there is an account.

    Raises:
        BadInput: as `both_of`.
    """
    one, other = unpacked(one, other, names or {})
    both = both_of(one, other, names)
    led = ruled(both)
    rules = Rules(led.traces) if by_rules else None
    rungs = _rungs(both, led, rules)
    causes = [cause for rung in rungs for cause in rung.causes]
    broken = any(rung.state == "broken" for rung in rungs)
    seconds = replayed_causes(led.moving, rules, causes) if broken and rules is not None else ()
    if rules is not None:
        rungs, seconds = with_decays(rungs, seconds, rules, {pair.name: pair.other for pair in both.pairs})
        causes = [cause for rung in rungs for cause in rung.causes]
    breaks = sorted((*causes, *seconds), key=lambda cause: cause.step)  # of each step in the order of the rungs
    verdict: Verdict = "different" if broken else "identical" if _identical(both) else "rounding"
    losses = both.losses
    named = [*causes, *seconds] if len(seconds) == 1 else causes
    shares, why = account(led.moving, rules, named) if broken and rules is not None else ({}, "")
    return Diff(
        names=sides,
        kind="traces",
        verdict=verdict,
        first_break=breaks[0] if breaks else None,
        rungs=tuple(broken_by(rung, seconds) for rung in rungs),
        breaks=tuple(breaks),
        account=shares,
        rounding_bound=both.relative,
        curves=None if losses is None else ((both.steps, losses[0]), (both.steps, losses[1])),
        notes=(
            *_notes(both),
            *_grown(both, verdict),
            *(not_led_notes(both) if verdict == "rounding" else ()),
            *_for_all_that(both, verdict),
            *filter(None, [why]),
            *_left_out(both, led, shares),
        ),
        details={"names": {pair.name: pair.other for pair in (*both.pairs, *both.frozen)}},
    )


def _rungs(both: Both, led: Both, rules: Rules | None) -> list[Rung]:
    of_gradients = tuple(gradient_rungs(both))
    rungs = [
        names_rung(both),
        start_rung(both),
        *of_gradients,
        used_rung(both),
        with_ruleless(with_changes(update_rung(led, rules, all_same(both)), both), both),
        side_state_rung(both, [cause for rung in of_gradients for cause in rung.causes]),
    ]
    return [*rungs, precision_rung(both, explained=any(rung.state == "broken" for rung in rungs))]


def broken_by(rung: Rung, seconds: Sequence[Cause]) -> Rung:
    """A rung that is not broken before others are mended, with what breaks it then."""
    causes = tuple(cause for cause in seconds if cause.rung == rung.rung)
    if rung.state == "broken" or not causes:
        return rung
    return replace(rung, state="broken", says=causes[0].says, causes=causes)


def _identical(both: Both) -> bool:
    """Whether all that both recorded is the same, bit by bit."""
    losses = both.series("loss")
    same = losses is None or np.array_equal(*losses, equal_nan=True)
    return same and all(
        np.array_equal(a, b, equal_nan=True)
        for pair in both.pairs
        for kind in ("before", "after", "gradient", "used")
        for a, b in [[one.partly.get(kind, getattr(one, kind)) for one in (pair.a, pair.b)]]
        if a is not None and b is not None
    )


def _not_finite(both: Both) -> Iterator[str]:
    """Where a loss or a gradient is no number: a tensor's gradients are compared where all are."""
    names = ([pair.name for pair in both.pairs], [pair.other for pair in both.pairs])
    for side, trace, at, of in zip("AB", both.traces, both.at, names, strict=True):
        for said in not_finite(trace, at, of):
            yield f"{side}'s {said}" + ("" if said.startswith("loss") else "; its gradients are not compared")


def _cycled(both: Both) -> Iterator[str]:
    """Whose momentum changes by step."""
    for side, trace in zip("AB", both.traces, strict=True):
        if trace.momentum is not None and course(trace.momentum, len(trace.steps)) is not None:
            low, high = trace.momentum.min(), trace.momentum.max()
            yield f"{side}'s momentum goes by step, from {low:.3g} to {high:.3g}, as schedules do that cycle it"


def _grown(both: Both, verdict: Verdict) -> Iterator[str]:
    """That losses may be far apart though nothing but rounding is between the two."""
    if verdict != "rounding" or both.losses is None:
        return
    a, b = both.losses
    gap = np.nan_to_num(np.abs(b - a)) / np.nan_to_num(np.maximum(np.abs(a), np.abs(b))).max(initial=1e-300)
    if (far := gap > FAR * both.relative).any():
        first = int(both.steps[int(far.argmax())])
        largest = f"From step {first} on the losses are up to {100 * gap.max():.2g} % apart"
        yield f"{largest}: rounding has grown to that, through the parameters."


def _for_all_that(both: Both, verdict: Verdict) -> Iterator[str]:
    """That what differs takes the parameters nowhere else, as a decay that one side has in its loss, and the other not.

    Of a single update nothing is known of what it makes.
    """
    count = len(both.steps)
    if verdict == "different" and count > 1 and both.together.all() and not any(ends_of(both)):
        yield f"For all that, the parameters are the same but for rounding before each of the {count} updates."


def _unfinished(both: Both) -> Iterator[str]:
    """Whose recorder was not closed, or ended before the training did."""
    for side, trace in zip("AB", both.traces, strict=True):
        ended = trace.about.get("ended", CLOSED)
        if ended is None:
            yield f"{side}'s recorder is not closed: its last updates, {CHUNK - 1} at most, may be missing"
        elif ended != CLOSED:
            yield f"{side}'s recording ended early: {ended}"


def _left_out(both: Both, led: Both, shares: Mapping[str, float]) -> Iterator[str]:
    """The tensors that the account does not have."""
    names = {pair.name for pair in led.pairs}
    if shares and (rest := [pair.name for pair in both.pairs if pair.name not in names]):
        yield f"The account is without {listed(rest)}, which no rule moves."


def _notes(both: Both) -> list[str]:
    known = [end for end in ends_of(both) if end is not None]
    rest = [np.setdiff1d(one.steps, other.steps) for one, other in (both.traces, both.traces[::-1])]
    alone = [int((steps < min(known)).sum()) if known else len(steps) for steps in rest]
    return [*_unfinished(both), *_not_finite(both), *_cycled(both), *end_notes(both), *average_notes(both)] + [
        f"{count} of {side}'s steps {'is' if count == 1 else 'are'} not in {other}, and not compared"
        for count, side, other in zip(alone, "AB", "BA", strict=True)
        if count
    ]
