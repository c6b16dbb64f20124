"""The report on a question: train both sides and all rules between, check what comes before, take the gap apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from comparisons.analysis.attribution import Attribution, attribute, needed
from comparisons.analysis.checks import Check, Trained, checks, together
from comparisons.analysis.measures import Measure, allowance
from comparisons.analysis.question import Question
from comparisons.analysis.work import AtStart, IntermediateRules, distinct, perturb_hyperparameters
from comparisons.names import Dtype
from comparisons.rules import Rule
from comparisons.rules.canonical import canonical
from comparisons.tasks.problem import Problem, make_problem
from comparisons.tasks.streams import Array
from comparisons.training.cells import Cell, Failure, Job, Work
from comparisons.training.runner import train_all
from comparisons.training.workers import Workers

SEEDS = (0,)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A gap in one dtype: taken apart, and what rounding is allowed of it.

    Args:
        losses: (2, steps), the two sides' own curves.
    """

    parts: Attribution
    allowed: Measure
    losses: Array


@dataclass(frozen=True, kw_only=True)
class GapReport:
    """The answer to a question: the checks of what comes before the optimizer, and an explanation in each dtype."""

    question: Question
    checks: tuple[Check, ...]
    explanations: tuple[Explanation, ...]


class NotTrained(Exception):
    """Something that the report needs could not be trained; a line for each reason."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is trained in one dtype: the two sides; all rules between and near them; the two from a perturbed start."""

    problem: Problem
    sides: tuple[Cell, Cell]
    starts: tuple[AtStart, AtStart]
    between: IntermediateRules
    perturbed: IntermediateRules

    @property
    def work(self) -> tuple[Work, ...]:
        """All of it."""
        return (*self.sides, *self.starts, self.between, self.perturbed)


def gap_report(question: Question, dtypes: tuple[Dtype, ...], workers: Workers) -> GapReport:
    """Train what it takes, in the frameworks' workers, and take the gap apart in each dtype.

    Raises:
        BadInput: the two rules cannot be compared, or the task's data cannot be read.
        NotTrained: a training failed.
    """
    plans = [_plan(question, dtype) for dtype in dtypes]
    problems = {(plan.problem.task.name, plan.problem.dtype): plan.problem for plan in plans}
    work = [one for plan in plans for one in plan.work]
    outcomes: dict[Job, Any] = dict(train_all(work, problems, workers))
    failures = [(one.framework, outcomes[one.job]) for one in work]
    if lines := [f"{name}: {outcome.reason}" for name, outcome in failures if isinstance(outcome, Failure)]:
        raise NotTrained("\n".join(dict.fromkeys(lines)))
    trained = [dict(zip(plan.between.rules, outcomes[plan.between.job], strict=True)) for plan in plans]
    sides = [_sides(question, plan, outcomes, curves) for plan, curves in zip(plans, trained, strict=True)]
    found = {plan.problem.dtype: checks(plan.problem, pair) for plan, pair in zip(plans, sides, strict=True)}
    return GapReport(
        question=question,
        checks=tuple(together(found)),
        explanations=tuple(
            _explanation(question, plan.problem.dtype, pair, curves, outcomes[plan.perturbed.job])
            for plan, pair, curves in zip(plans, sides, trained, strict=True)
        ),
    )


def _plan(question: Question, dtype: Dtype) -> Plan:
    name, cells, ends = question.task.name, question.cells(dtype), question.rules
    rules = [*needed(*ends), *ends, *(perturb_hyperparameters(rule, dtype) for rule in ends)]
    first, second = (AtStart(task=name, dtype=dtype, framework=cell.framework) for cell in cells)
    return Plan(
        problem=make_problem(question.task, SEEDS, dtype),
        sides=cells,
        starts=(first, second),
        between=IntermediateRules(task=name, dtype=dtype, rules=distinct(rules)),
        perturbed=IntermediateRules(task=name, dtype=dtype, rules=tuple(map(canonical, ends)), perturbed_start=True),
    )


def _sides(
    question: Question, plan: Plan, outcomes: Mapping[Job, Any], trained: Mapping[Rule, Array]
) -> tuple[Trained, Trained]:
    first, second = (
        Trained(
            name=side.name,
            start=outcomes[start.job],
            losses=outcomes[cell.job].losses[0],
            expected=trained[canonical(side.rule)],
        )
        for side, cell, start in zip(question.sides, plan.sides, plan.starts, strict=True)
    )
    return first, second


def _explanation(
    question: Question, dtype: Dtype, sides: tuple[Trained, Trained], trained: Mapping[Rule, Array], perturbed: Array
) -> Explanation:
    first, second = sides
    ends = np.stack([trained[canonical(rule)] for rule in question.rules])
    perturbed_hyperparameters = np.stack(
        [trained[canonical(perturb_hyperparameters(rule, dtype))] for rule in question.rules]
    )
    return Explanation(
        parts=attribute(question.rules, (first.losses, second.losses), trained, dtype),
        allowed=allowance(ends, perturbed, perturbed_hyperparameters, dtype),
        losses=np.stack([first.losses, second.losses]),
    )
