"""What a comparison of two trainings comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from comparisons.traces.trace import Array

Verdict = Literal["identical", "rounding", "different", "incomparable"]
State = Literal["ok", "broken", "not recorded"]
# What a kind is as likely, where it is not certain.
OR_ELSE = {"lower precision": "lower precision, or nearly the same function"}


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why two trainings part, or how they do.

    Args:
        rung: where on the ladder. step: the first that shows it.
        cause: a few words that name its kind. number: the one number of its kind, fitted; None if it has none.
        says: a sentence with that number. remedy: what to do about it; "" if that is not known.
        tensors: those it is in, by A's names; none where it is in no tensor or in all.
        certain: whether it was checked that nothing is left over but rounding; else it is likely, and said so.
    """

    rung: str
    step: int
    cause: str
    number: float | None = None
    says: str
    remedy: str = ""
    tensors: tuple[str, ...] = ()
    certain: bool = True

    @property
    def kind(self) -> str:
        """Its kind, as a row of a table has it: hedged as its sentence is."""
        return self.cause if self.certain else f"{OR_ELSE.get(self.cause, self.cause)} (likely)"


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One thing that was compared: its state, and a sentence."""

    rung: str
    state: State
    says: str
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Diff:
    """Two trainings compared.

    Args:
        names: of A and B. kind: what they are: "runs", "curves" or "traces".
        first_break: None where nothing breaks. rungs: in their order. breaks: the first and all others, in the order in
            which they part: each stands with those before it mended.
        account: cause to its share of the drift in the parameters; "rounding" is what is left over. Empty if nothing
            could be replayed. rounding_bound: how far apart rounding may take the losses, relative to the largest.
        curves: (steps, losses) of each side, for a picture; None if there are none.
        bounds: (steps, how far apart rounding may take the losses there), for the same picture; None if it is
            rounding_bound at all of them.
        notes: what else is to be said, a line each.
        details: what the kind alone has, for JSON.
    """

    names: tuple[str, str]
    kind: str
    verdict: Verdict
    first_break: Cause | None
    rungs: tuple[Rung, ...] = ()
    breaks: tuple[Cause, ...] = ()
    account: Mapping[str, float] | None = None
    rounding_bound: float | None = None
    curves: tuple[tuple[Array, Array], tuple[Array, Array]] | None = None
    bounds: tuple[Array, Array] | None = None
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] | None = None
