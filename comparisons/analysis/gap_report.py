"""The report on a question: train both sides and all rules between, check what comes before, take the gap apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from comparisons.analysis.attribution import Attribution, attribute, needed
from comparisons.analysis.checks import Check, Trained, checks, together
from comparisons.analysis.measures import Measure
from comparisons.analysis.question import Question
from comparisons.analysis.rounding import allowance
from comparisons.analysis.verdicts import ROUNDING, Judgement, Side, judge, left_over
from comparisons.analysis.work import AtStart, IntermediateRules, ReferenceRuns, distinct
from comparisons.faithful.held import Held, deviates, gather, submit
from comparisons.names import Dtype
from comparisons.rules.canonical_training import canonical_of
from comparisons.tasks.problem import Problem, make_problem
from comparisons.tasks.streams import Array
from comparisons.training.cells import Cell, Failure, Job, Work
from comparisons.training.runner import train_all
from comparisons.training.workers import Workers

SEEDS = (0,)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """A gap in one dtype: taken apart, what rounding is allowed of it, and what it is.

    Args:
        losses: (2, steps), the two sides' own curves.
    """

    parts: Attribution
    allowed: Measure
    losses: Array
    judgement: Judgement

    @property
    def left(self) -> str:
        """What the factors leave over: rounding, or what the verdict calls it; never rounding if that cannot be."""
        called = left_over(self.judgement.verdict)
        beyond = any(abs(left) > most for left, most in zip(self.parts.rounding, self.allowed, strict=True))
        return "unexplained" if called == ROUNDING and beyond and self.judgement.verdict != "chaotic" else called


@dataclass(frozen=True, kw_only=True)
class GapReport:
    """The answer to a question: the checks of what comes before the optimizer, and an explanation in each dtype.

    `held` says whether the two calls follow their rules.
    """

    question: Question
    checks: tuple[Check, ...]
    explanations: tuple[Explanation, ...]
    held: Held = field(default_factory=Held)


class NotTrained(Exception):
    """Something that the report needs could not be trained; a line for each reason."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is trained in one dtype: the two sides, all rules between them, and runs near both."""

    problem: Problem
    sides: tuple[Cell, Cell]
    starts: tuple[AtStart, AtStart]
    between: IntermediateRules
    near: ReferenceRuns

    @property
    def work(self) -> tuple[Work, ...]:
        """All of it."""
        between = [self.between] if self.between.rules else []
        return (*self.sides, *self.starts, *between, self.near)


def gap_report(question: Question, dtypes: tuple[Dtype, ...], workers: Workers) -> GapReport:
    """Train what it takes, in the frameworks' workers, and take the gap apart in each dtype.

    Raises:
        BadInput: the two rules cannot be compared, or the task's data cannot be read.
        NotTrained: a training failed.
    """
    plans = [_plan(question, dtype) for dtype in dtypes]
    problems = {(plan.problem.task.name, plan.problem.dtype): plan.problem for plan in plans}
    work = [one for plan in plans for one in plan.work]
    holdings = submit(((side.framework, side.call) for side in question.sides if not side.stands_in), workers)
    outcomes: dict[Job, Any] = dict(train_all(work, problems, workers))
    failures = [(one.framework, outcomes[one.job]) for one in work]
    if lines := [f"{name}: {outcome.reason}" for name, outcome in failures if isinstance(outcome, Failure)]:
        raise NotTrained("\n".join(dict.fromkeys(lines)))
    held = gather(holdings)
    found = [_found(question, plan, outcomes, held) for plan in plans]
    return GapReport(
        question=question,
        checks=tuple(together({plan.problem.dtype: one for plan, (one, _) in zip(plans, found, strict=True)})),
        explanations=tuple(explanation for _, explanation in found),
        held=held,
    )


def _plan(question: Question, dtype: Dtype) -> Plan:
    name, cells = question.task.name, question.cells(dtype)
    first, second = (AtStart(task=name, dtype=dtype, framework=cell.framework) for cell in cells)
    return Plan(
        problem=make_problem(question.task, SEEDS, dtype),
        sides=cells,
        starts=(first, second),
        between=IntermediateRules(task=name, dtype=dtype, rules=distinct(needed(*question.rules))),
        near=ReferenceRuns(task=name, dtype=dtype, rules=distinct(question.rules)),
    )


def _found(question: Question, plan: Plan, outcomes: Mapping[Job, Any], held: Held) -> tuple[list[Check], Explanation]:
    """The checks of one dtype, and the gap taken apart."""
    dtype, rules = plan.problem.dtype, [canonical_of(rule) for rule in question.rules]
    near = plan.near.of_replica(outcomes[plan.near.job], 0)
    trained = dict(zip(plan.between.rules, outcomes.get(plan.between.job, ()), strict=True))
    losses = [outcomes[cell.job].losses[0] for cell in plan.sides]
    starts = [outcomes[start.job] for start in plan.starts]
    names = [side.name for side in question.sides]
    first, second = (
        Trained(name=name, start=start, losses=curve, expected=near[rule].itself)
        for name, start, curve, rule in zip(names, starts, losses, rules, strict=True)
    )
    source, target = (
        Side(name=name, curve=curve, rule=rule, runs=near[rule], unfaithful=deviates(cell, held.deviations))
        for name, curve, rule, cell in zip(names, losses, rules, plan.sides, strict=True)
    )
    return checks(plan.problem, (first, second)), Explanation(
        parts=attribute(question.rules, (first.losses, second.losses), trained, dtype),
        allowed=allowance((source.runs, target.runs), dtype),
        losses=np.stack(losses),
        judgement=judge(source, target, question.level),
    )
