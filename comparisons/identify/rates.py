"""Learning rates that nobody recorded: of rules whose step is in proportion to the rate, a rate for each step."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from comparisons.identify.calls import usual
from comparisons.identify.evidence import Evidence, Piece
from comparisons.identify.fitting import Fit, fit
from comparisons.identify.hypotheses import Hypothesis, hypotheses, likely
from comparisons.identify.numbers import to_scale
from comparisons.identify.search import PROMISING, QUICK, Candidate, Steps, judge, steps_of
from comparisons.rules import SGD, AdaBelief, Adadelta, Adagrad, Adam, Adamax, NAdam, RMSprop, Rule
from comparisons.tasks.streams import Array
from comparisons.training.implementations import taught

PROPORTIONAL: tuple[type[Rule], ...] = (SGD, Adam, RMSprop, Adagrad, Adamax, NAdam, Adadelta, AdaBelief)


def with_rates(pieces: Sequence[Piece]) -> list[tuple[Candidate, Array]]:
    """What holds with a rate of its own in each step, and how the rates go (steps,), the largest of which is 1."""
    steps = steps_of(pieces, None)
    free = Steps(all=_free(steps.all), some=_free(steps.some), first=_free(steps.first))
    quick = sorted((fit(one, free.first, iterations=QUICK) for one in _unrated()), key=lambda one: one.cost)
    found = []
    for one in [one for one in quick if one.cost < PROMISING][:8]:
        close = fit(one.hypothesis, free.some, one.x[None].copy())
        for _ in range(2):  # the rates are found beside the numbers, and once more beside those that people write
            rates = rates_of(close.hypothesis.at(close.numbers), steps.some)
            if not (rates >= 0).all() or not rates.any():
                break
            candidate = _judged(close, rates, steps)
            close = replace(close, x=candidate.settled.x[1:])
        else:
            if candidate.holding.holds:
                found.append((candidate, rates / rates.max()))
    return found


def _free(evidence: Evidence) -> Evidence:
    return replace(evidence, free=True)


def _unrated() -> Iterator[Hypothesis]:
    for family in PROPORTIONAL:
        for one in hypotheses(family):
            if (likely(one) == 0 and len(one.free) > 1) or family is SGD:
                yield unrated(one)


def unrated(one: Hypothesis) -> Hypothesis:
    """The hypothesis without its rate: to be held to directions alone."""
    given: dict[str, Any] = {"learning_rate": 1.0}
    return replace(one, rule=replace(one.rule, **given), free=one.free[1:])


def rates_of(rule: Rule, evidence: Evidence) -> Array:
    """(steps,): the rate at which each recorded step is most nearly the rule's."""
    [piece] = evidence.pieces
    before = piece.before.astype(float)
    ones, gradients = np.ones(len(before)), piece.gradients.astype(float)
    made = taught(rule, {"learning_rate": ones[:1]}, before, gradients, ones, piece.momenta)[0]
    step, taken = (made - before) / piece.sigma, (piece.after.astype(float) - before) / piece.sigma
    with np.errstate(all="ignore"):
        return np.asarray((step * taken).sum(axis=1) / np.square(step).sum(axis=1))


def _judged(close: Fit, rates: Array, steps: Steps) -> Candidate:
    shape = rates / rates.max()
    shaped = Steps(all=replace(steps.all, shape=shape), some=replace(steps.some, shape=shape), first=steps.first)
    hypothesis = replace(close.hypothesis, free=("learning_rate", *close.hypothesis.free))
    start = np.concatenate([[float(to_scale("learning_rate", float(rates.max())))], close.x])
    return judge(fit(hypothesis, shaped.some, start[None]), shaped, usual(type(hypothesis.rule)))
