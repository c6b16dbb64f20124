"""Which of several rules is told: of those that hold the likeliest, and where none does the nearest."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from comparisons.frameworks import FRAMEWORKS
from comparisons.identify.calls import digits, unusual
from comparisons.identify.found import Near
from comparisons.identify.holding import vague
from comparisons.identify.search import Candidate
from comparisons.rules import Rule
from comparisons.rules.canonical import canonical

CLOSE, LOOSE = 1.0, 3.0  # ulps that any rule may miss; what misses so many times more than the closest comes after it
ABOUT = 3.0  # times the least that any misses: what is so near is ranked by its ulps, as they are said


def likeliest(holding: list[Candidate], about: Mapping[str, Any], said: Rule | None = None) -> list[Candidate]:
    """Those that hold, with the numbers that people write first; what misses more, and a family's limits, last.

    Before all the rule that the script has. What holds only since half of the digits may be lost is none where another
    holds without that.
    """
    holding = [one for one in holding if not vague(one.rule)] or holding
    lowest = max(CLOSE, min(one.holding.ulp for one in holding))
    here = str(about.get("framework", ""))
    order = [here] if here in FRAMEWORKS and FRAMEWORKS[here].has_optimizers else []  # arrays may be of anything

    def rank(one: Candidate) -> tuple[bool, bool, bool, int, int, int, float]:
        own, misses = min((unusual(one.rule, id_) for id_ in order), default=0), one.holding.ulp > LOOSE * lowest
        other = said is None or misses or canonical(one.rule) != canonical(said)
        return other, one.limit, misses, own, digits(one.rule), len(one.hypothesis.free), one.cost

    return sorted(holding, key=rank)


def nearest(tried: list[Candidate]) -> Near | None:
    """What makes the most first steps; of what makes none, and is about as near by rounding, what misses least."""
    finite = [one for one in tried if np.isfinite(one.holding.ulp)]
    finite = [one for one in finite if not vague(one.rule)] or finite  # what may be off by much is near to anything
    if not finite:
        return None
    about = ABOUT * min(one.holding.share for one in finite)
    near = [(one.holding.share, Near(rule=one.rule, ulp=one.holding.ulp, step=one.holding.step or 0)) for one in finite]

    def rank(of: tuple[float, Near]) -> tuple[int, int, bool, float]:
        share, one = of
        return -one.first_steps, digits(one.rule) if one.first_steps else 0, share > about, one.ulp

    return min(near, key=rank)[1]
