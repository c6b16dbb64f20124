"""What the page says: of the comparison as a whole, and of each gap."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from comparisons.analysis.shares import FAINT, SMALL, leading, shares
from comparisons.frameworks.column import column
from comparisons.names import Level
from comparisons.report import numbers

# What is equal at each level, in a few words, and what that and a gap mean.
LEVELS: dict[Level, tuple[str, str]] = {
    "as-written": (
        "the recipe, and no more",
        "The same line of code, ported and nothing else. Each framework fills in its own defaults: a gap is what you "
        "would meet.",
    ),
    "same-numbers": (
        "every hyperparameter",
        "Every hyperparameter is the same, written out. A gap is a difference of the formulas themselves.",
    ),
    "same-rule": (
        "the formula too",
        "The formula is the same too. What is left is rounding: the last digits of floating-point numbers.",
    ),
}
# Verdicts, worst first, in plain words.
VERDICTS = {
    "unexplained": "neither the formulas nor rounding make the gap: look here first",
    "unfaithful": "an optimizer does not follow the formula it stands for",
    "diverged": "a loss is infinite or not a number",
    "underflow": "numbers too small for the format count as 0 on one side",
    "numbers": "the frameworks compute with different hyperparameters",
    "rule": "the formulas differ",
    "chaotic": "rounding, made large by a training that doubles every error",
    "rounding": "the last digits of floating-point numbers, no more",
    "identical": "equal to the last bit",
}
MARKS = {  # of a verdict, told apart by shape
    "unexplained": "unknown",
    "unfaithful": "unknown",
    "diverged": "diverged",
    "underflow": "underflow",
    "numbers": "formula",
    "rule": "formula",
    "chaotic": "chaotic",
    "rounding": "rounding",
    "identical": "identical",
}


def title(framework: str) -> str:
    """The framework of a column in a heading, with its device."""
    one = column(framework)
    return one.framework.title + (f" on {one.device}" if one.device else "")


def name(framework: str) -> str:
    """The framework of a column in a sentence."""
    return column(framework).name


def listed(words: Iterable[str]) -> str:
    """ "a, b and c"."""
    *first, last = list(words)
    return f"{', '.join(first)} and {last}" if first else last


def counted(count: int, noun: str) -> str:
    """ "1 task", "2 tasks"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def verdict(gap: Mapping[Any, Any]) -> str:
    """What is said of a gap in a word or two: its verdict, if it has one."""
    if gap["verdict"] in VERDICTS:
        return str(gap["verdict"])
    return "no curve" if gap["status"] in ("failed", "source-failed") else "not judged"


def told(gap: Mapping[Any, Any], parts: Sequence[Mapping[Any, Any]]) -> str:
    """A gap in a sentence: its size and what makes it.

    Args:
        gap: a row of the gaps. parts: its rows of the explanations, none where it needs none.
    """
    first, second = name(gap["source"]), name(gap["framework"])
    match gap["status"]:
        case "failed":
            return f"{second} has no curve: its training failed."
        case "source-failed":
            return f"{second} has nothing to be compared with: {first}'s training failed."
    if verdict(gap) not in VERDICTS:
        return (
            f"{second} lies {numbers.power(gap['max_scaled_gap'])} of the largest loss from {first}; nothing judged it."
        )
    match gap["verdict"]:
        case "identical":
            return f"{second} equals {first} to the last bit."
        case "rounding":
            size, could = numbers.power(gap["max_scaled_gap"]), numbers.power(gap["rounding_gap"])
            return f"{second} is within {size} of {first}: rounding, which could make {could}."
        case "chaotic":
            doubling = f"{gap['doubling_steps']:.2g}"
            return (
                f"{second} follows {first}'s formula, yet lies {numbers.power(gap['max_scaled_gap'])} apart: this "
                f"training is chaotic, and doubles every rounding error in {doubling} steps."
            )
    return f"{_size(gap, parts, first, second)}{_made_of(gap, parts)}."


def _size(gap: Mapping[Any, Any], parts: Sequence[Mapping[Any, Any]], first: str, second: str) -> str:
    """How far apart the curves end, or lie."""
    if gap["status"] == "diverged":
        return f"{second} diverges at step {gap['first_bad_step']}"
    if gap["status"] == "source-diverged":
        return f"{first} diverges, {second} does not"
    if not parts:
        return f"{second} lies {numbers.power(gap['max_scaled_gap'])} of the largest loss from {first}"
    decades = float(parts[0]["measured_final"])
    if telling(parts[0]) == "curve":
        curve = float(parts[0]["measured_curve"])
        return f"{second} ends with {first}, but lies {_decades(curve)} {_side(curve)} it on the way"
    if abs(decades) < FAINT:
        return f"{second} lies {numbers.power(gap['max_scaled_gap'])} of the largest loss from {first}"
    times = f" ({numbers.power(10**decades)} times its loss)" if SMALL < abs(decades) < 5 else ""
    return f"{second} ends {_decades(decades)} {_side(decades)} {first}{times}"


def telling(part: Mapping[Any, Any]) -> str:
    """The measure to speak of: the last loss, unless only the whole curve shows a gap."""
    final, curve = abs(part["measured_final"]), abs(part["measured_curve"])
    return "curve" if final < FAINT <= curve else "final"


def _decades(gap: float) -> str:
    return f"{numbers.power(abs(gap))} decades"


def _side(gap: float) -> str:
    return "above" if gap > 0 else "below"


def _made_of(gap: Mapping[Any, Any], parts: Sequence[Mapping[Any, Any]]) -> str:
    """What each factor makes of the gap."""
    if gap["astray"]:
        return f": {VERDICTS[gap['verdict']]} ({' and '.join(map(name, gap['astray'].split(' and ')))})"
    if not parts:
        return "" if gap["verdict"] == "diverged" else f": {VERDICTS[gap['verdict']]}"
    measure = telling(parts[0])
    whole = float(parts[0][f"measured_{measure}"])
    made = [(changed(part), float(part[measure])) for part in parts if part["source_value"] or part["framework_value"]]
    match leading(made, whole):
        case []:
            return ": next to nothing of that is made by the formulas"
        case [(factor, share)] if abs(share - whole) <= SMALL * abs(whole):
            return f"; {factor} makes it"
    return f": {shares(made, whole, numbers.signed)}"


def changed(part: Mapping[Any, Any]) -> str:
    """A factor with its values: "rho (0.9, not 0.99)"."""
    field = str(part["factor"]).replace("_", " ")
    return f"{field} ({part['framework_value']}, not {part['source_value']})"


def book(framework: str) -> str:
    """The framework in a sentence; ours, which has no optimizers of its own, as what it is."""
    return name(framework) + (f" ({column(framework).title})" if column(framework).is_the_book else "")
