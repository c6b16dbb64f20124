"""A gap report in plain words."""

import numpy as np

from comparisons.analysis.factors import Factor, value, values
from comparisons.analysis.gap_report import Explanation, GapReport
from comparisons.analysis.measures import logs
from comparisons.analysis.shares import FAINT, SMALL, shares
from comparisons.tasks import TASKS


def sentence(report: GapReport) -> str:
    """What makes the gap, in the last dtype that was asked for."""
    question, one = report.question, report.explanations[-1]
    first, second = (side.name for side in question.sides)
    wrong = [check for check in report.checks if not check.ok]
    said = [f"Look there first: {check.name}: {check.found}." for check in wrong[:1]]  # the others may follow from it
    said.append(f"{question.title}: {_diverged(one, (first, second))}{_gap(one, first, second)}; {_left(one)}.")
    said += [f"Here {line}." for line in question.stand_ins]
    said += _unexercised(report)
    return " ".join(said)


def _unexercised(report: GapReport) -> list[str]:
    """That the task hardly tells the rules apart, and the shipped task that trains longest."""
    one, task = report.explanations[-1], report.question.task
    if not one.parts.factors or any(abs(gap) >= FAINT for gap in one.parts.measured):
        return []
    longest = max(TASKS.values(), key=lambda other: other.steps)
    longer = f"; try {longest.name}, which has {longest.steps}" if longest.steps > task.steps else ""
    return [f"{task.steps} steps of {task.name} hardly exercise the difference{longer}."]


def parting(one: Explanation) -> str:
    """Where the curves part, and by what."""
    if one.parts.parted_by is None:
        return "the curves of the two rules never part by more than rounding"
    return f"the curves part at step {one.parts.parts_at}, by {one.parts.parted_by.name}"


def telling(one: Explanation) -> int:
    """The index of the measure to speak of: the final loss, unless only the whole curve shows more than rounding."""
    final, curve = (abs(gap) > allowed for gap, allowed in zip(one.parts.measured, one.allowed, strict=True))
    return 1 if curve and not final else 0


def last_losses(one: Explanation) -> list[str]:
    """What the two curves end with."""
    return [value(float(loss)) if np.isfinite(loss) else "diverged" for loss in one.losses[:, -1]]


def _diverged(one: Explanation, names: tuple[str, str]) -> str:
    """Who diverges, if anyone does."""
    masks = dict(zip(names, ~np.isfinite(one.losses), strict=True))
    named = [f"{name} diverges at step {mask.argmax()}" for name, mask in masks.items() if mask.any()]
    return f"{' and '.join(named)} ({_counts(one)}); " if named else ""


def _between(one: Explanation) -> str:
    """What makes shares huge: neither rule diverges, but a mixture does."""
    names = " and ".join(_change(factor) for factor in one.parts.diverging)
    return f" (with {names} alone the loss diverges: {_counts(one)})" if names else ""


def _counts(one: Explanation) -> str:
    return f"what is not finite counts as {np.finfo(one.parts.dtype).max:.1e}"


def _gap(one: Explanation, first: str, second: str) -> str:
    """How large the gap is, and what makes it."""
    parts, index = one.parts, telling(one)
    gap, names = parts.measured[index], ", ".join(factor.name for factor in parts.factors)
    if abs(gap) <= one.allowed[index] and one.judgement.verdict != "chaotic":
        same = f"the rules differ in {names}, which has no effect here" if names else "the two rules are the same"
        return f"{same}, and {second} ends with {first}"
    above = "above" if gap > 0 else "below"
    if index == 0:
        size = f"{second} ends {abs(gap):.3g} decades {above} {first}{_times(gap)}{_floor(one)}"
    else:
        size = f"{second} ends with {first}, but lies {abs(gap):.3g} decades {above} it on the way"
    return f"{size}; {_shares(one, index)}{_between(one)}" if names else f"the two rules are the same, yet {size}"


def _times(gap: float) -> str:
    """The gap as a factor, where that is easier to picture."""
    return f" ({10**gap:.2g} times its loss)" if SMALL < abs(gap) < 2 else ""


@np.errstate(over="ignore")  # of a curve that diverged
def _floor(one: Explanation) -> str:
    """What the last losses count as that are too small to speak of."""
    counted = 10 ** logs(one.losses, one.parts.dtype)[:, -1]
    raised = counted[one.losses[:, -1] < 0.99 * counted]
    return f" (a loss below {raised.max():.1e} counts as that much)" if raised.size else ""


def _shares(one: Explanation, index: int) -> str:
    """What each factor makes of the gap."""
    pairs = zip(one.parts.factors, one.parts.contributions, strict=True)
    made = [(_change(factor), parts[index]) for factor, parts in pairs]
    told = shares(made, one.parts.measured[index], "{:+.3g}".format, " of that")
    return told or "next to nothing of that is made by the update rules"


def _change(factor: Factor) -> str:
    return f"{factor.name} ({values(factor.target)} instead of {values(factor.source)})"


def _left(one: Explanation) -> str:
    """The remainder: what the rules do not make of the gap."""
    index = telling(one)
    left, allowed = _small(abs(one.parts.rounding[index])), _small(one.allowed[index])
    who = one.judgement.astray
    match one.left:
        case "underflow":
            least = f"{np.finfo(one.parts.dtype).tiny:.1e}"
            return f"{left} are underflow: numbers below {least} count as 0 in {who}, as they do not in the other"
        case "unfaithful" | "unexplained":
            of = f" in {who}" if who else ""
            return f"{left} are {one.left}{of}: the rules do not make them, and rounding could make {allowed}"
        case _ if one.judgement.verdict == "chaotic":
            doubling = f"{one.judgement.doubling_steps:.2g}"
            return f"rounding makes {left}: this training is chaotic, its errors double every {doubling} steps"
        case _:
            return f"rounding makes {left}, and could make up to {allowed}"


def _small(number: float) -> str:
    return f"{number:.0e}" if number else "0"
