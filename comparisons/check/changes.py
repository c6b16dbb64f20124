"""A change since the baseline, and how grave it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "rule",  # an update, or a curve under the call that it had: what is trained is something else
    "numbers",  # a default, an argument that is gone, a call: a line that people wrote means something else
    "other",  # what is new, what was mended, a verdict, a curve that only one of the two has
]
# What --fail-on takes, to the kinds that it counts.
FAIL_ON: Mapping[str, tuple[Kind, ...]] = {
    "rule": ("rule",),
    "numbers": ("rule", "numbers"),
    "any": ("rule", "numbers", "other"),
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that is not as it was.

    Args:
        kind: how grave it is.
        framework: whose. about: "framework", "class", "argument", "update", "defect", "curve",
            "call" or "verdict".
        place: what names it there: {"class": "Adam", "argument": "eps"}, {"task": "bowl", "optimizer": "adam", ...}.
        message: what is not as it was, after the place.
        step: of a curve or an update, the first that is off. gap: how far at most, in units of the largest magnitude;
            infinite where only one of the two is finite. allowed: what rounding may make, in the same units.
    """

    kind: Kind
    framework: str
    about: str
    place: Mapping[str, object]
    message: str
    step: int | None = None
    gap: float | None = None
    allowed: float | None = None
