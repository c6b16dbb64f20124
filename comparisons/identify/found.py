"""What identify answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from comparisons.identify.accumulating import Accumulation
from comparisons.identify.settling import Range
from comparisons.identify.slips import Slip
from comparisons.rules import Rule

FITTED = 1e-6  # relative: to so much the same number is fitted in two groups


SAYING = 6  # steps, of which fewer say too little of a rule


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """A rule that makes the steps, within rounding.

    Args:
        ranges: of each number, between which values the steps cannot tell.
        unfelt: the number that may be there, as large as it is here, and would not have been felt; "" for none.
    """

    rule: Rule
    ranges: Mapping[str, Range]
    unfelt: str = ""


@dataclass(frozen=True, kw_only=True)
class Found(Fitting):
    """A rule, and the tensors that follow it.

    Args:
        ulp: the largest distance of a recorded step from the rule's, in units of the parameter's last place.
        calls: by framework: its own call that is the rule, or None if it has none.
        equally_good: others that make their steps as well, within rounding.
        as_written: whether the numbers that the script has make the steps as well.
    """

    tensors: tuple[str, ...]
    ulp: float
    calls: Mapping[str, str | None]
    equally_good: tuple[Fitting, ...] = ()
    as_written: bool = False


@dataclass(frozen=True, kw_only=True)
class Near:
    """A rule that is not followed: by how much it misses, and at which recorded step (from 0) first."""

    rule: Rule
    ulp: float
    step: int

    @property
    def first_steps(self) -> int:
        """How many steps from the first on are the rule's; 0 where they are too few to say so."""
        return self.step if self.step >= SAYING else 0


@dataclass(frozen=True, kw_only=True)
class Identified:
    """Which rules a training followed.

    Args:
        found: one for each group of tensors; none where no rule of ours makes the steps.
        closest: where nothing was found, what comes closest.
        others: the closest that frameworks have beside what was found, by framework.
        learning_rates: of each step, where they are not the same. momenta: the same of the first group's momentum, or
            beta1, as they were recorded.
        still: tensors that never moved. unknown: those that follow no rule of ours. coarse: those of which nothing is
            told, as their dtype has too few bits.
        steps: how many were looked at.
        notes: what else is to be said.
        within_clip: whether no gradient, as it was recorded, is over the clip that the script has.
        accumulation: of the gradients, of which so many made one step; None where each made its own.
        slip: what the one rule does otherwise than the paper, so that it is no class's.
    """

    found: tuple[Found, ...]
    closest: Near | None = None
    others: Mapping[str, Near] = field(default_factory=dict)
    learning_rates: tuple[float, ...] | None = None
    momenta: tuple[float, ...] | None = None
    still: tuple[str, ...] = ()
    coarse: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    steps: int = 0
    notes: tuple[str, ...] = ()
    within_clip: bool = False
    accumulation: Accumulation | None = None
    slip: Slip | None = None

    @property
    def one_rate(self) -> bool:
        """Whether all groups have one learning rate, so that `learning_rates` are those of all."""
        rates = [one.rule.learning_rate for one in self.found]
        numbers = [rate for rate in rates if isinstance(rate, float)]
        if numbers and len(numbers) == len(rates):
            return max(numbers) - min(numbers) <= FITTED * max(numbers)
        return bool(rates) and all(rate == rates[0] for rate in rates)

    @property
    def equally_good(self) -> tuple[Fitting, ...]:
        """The others that make the steps of one of the groups as well, within rounding."""
        return tuple(other for one in self.found for other in one.equally_good)
