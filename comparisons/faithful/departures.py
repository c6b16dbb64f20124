"""How far a path is from a rule's, and what of that rounding can make."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from comparisons.faithful.leads import Lead, lead_of
from comparisons.faithful.probes import STEPS
from comparisons.frameworks.call import NativeCall
from comparisons.rules import Rule
from comparisons.rules.ranges import FRACTION, RANGES
from comparisons.tasks.streams import Array
from comparisons.training import implementations

ULP = 2.0**-53  # of numbers just below 1
# A step rounds some ten times, each time by half a unit in the last place at most. All to one side, they would come to
# this in all steps; 4e-15 was seen, in every class of torch 2.13 and Keras 3.15.
TOLERANCE = 10 * STEPS * ULP
# Where a rule takes differences of nearly equal numbers (Ftrl's powers), the reference itself shows how much rounding
# makes of it: so many times its distance from the same walk in extended precision. Three times it was seen.
TIMES = 16
# Of 1 - beta^t little is left where beta is near 1, and libraries take powers to the nearest number or the next; where
# beta is near 0 a mean may still have a rounding of the last squares in it. So many times what such an ulp makes.
ULPS = 4


class Departure(NamedTuple):
    """The first step (from 1) after which a path is elsewhere, and how far: max|Δ| / max|theta| of a probe's tensor."""

    step: int
    gap: float


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A rule's own path, by NumPy.

    Args:
        rule: the rule. lead: what leads it.
        known: a relative gap that a framework is known to have, and that is no departure.
    """

    rule: Rule
    lead: Lead
    known: float = 0.0

    @cached_property
    def paths(self) -> list[Array]:
        """Of each piece."""
        return followed("numpy", self.rule, self.lead)

    @cached_property
    def scales(self) -> list[float]:
        """Of each piece, the largest parameter on its path; of one that never moves from 0 any gap is infinite."""
        return [_scale(path) for path in self.paths]

    @cached_property
    def allowed(self) -> list[float]:
        """Of each piece, the relative gap that is no departure."""
        start, gradients = (
            {name: array.astype(np.longdouble) for name, array in some.items()}
            for some in (self.lead.start(), self.lead.gradients())
        )
        exact = self.lead.apart(implementations.follow("numpy", self.rule, start, gradients))
        moved = followed("numpy", _moved(self.rule), self.lead)
        return [
            max(TOLERANCE, self.known) + TIMES * gaps(ours, own, scale).max() + ULPS * gaps(theirs, own, scale).max()
            for ours, theirs, own, scale in zip(exact, moved, self.paths, self.scales, strict=True)
        ]

    def departure(self, paths: list[Array]) -> Departure | None:
        """Where the paths of a framework leave the rule's; None if they never do."""
        return self.between(paths, self.paths)

    def between(self, paths: list[Array], own: list[Array]) -> Departure | None:
        """The same of any paths, by the tolerances of the rule's, and by its sizes or, where larger, by those of `own`.

        Another rule may take steps that are a thousand times longer, and so is what rounding makes of them.
        """
        sizes = np.fmax(self.scales, [_scale(path) for path in own])
        found = np.array([gaps(*three) for three in zip(paths, own, sizes, strict=True)])
        beyond = found > np.array(self.allowed)[:, None]
        if not beyond.any():
            return None
        step = int(beyond.any(axis=0).argmax())
        return Departure(step=step + 1, gap=float(found[:, step].max()))


def _scale(path: Array) -> float:
    """The largest magnitude that is finite, or 0."""
    return float(np.abs(path, where=np.isfinite(path), out=np.zeros_like(path)).max())


def _moved(rule: Rule) -> Rule:
    """The rule with its fractions an ulp nearer to 1/2; a momentum of 0 or 1 stays: next to it is another rule."""
    moved: dict[str, Any] = {}
    for name, value in vars(rule).items():
        if RANGES.get(name) is FRACTION and (0 < value < 1 or (name in ("beta2", "rho") and not value)):
            moved[name] = value + (ULP if value < 0.5 else -ULP)
    return replace(rule, **moved)


def reference_of(rule: Rule, known: float = 0.0) -> Reference:
    """The path of the rule along what shows most of it."""
    return Reference(rule=rule, lead=lead_of(rule), known=known)


def followed(framework: str, optimizer: NativeCall | Rule, lead: Lead) -> list[Array]:
    """The paths (steps, ...) of all pieces, led in this process."""
    return lead.apart(implementations.follow(framework, optimizer, lead.start(), lead.gradients()))


@np.errstate(all="ignore")  # what is not finite is looked at here
def gaps(path: Array, own: Array, scale: float) -> Array:
    """The largest relative gap after each step; where the rule's own path is not finite there is none."""
    apart = np.abs(path - own).astype(float) / scale
    apart[(path == own) | ~np.isfinite(own)] = 0
    apart[np.isnan(apart)] = np.inf
    return apart.reshape(len(apart), -1).max(axis=1)
