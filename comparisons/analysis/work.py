"""What the workers do to explain a gap, apart from training the cells."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from math import log
from typing import Any

import numpy as np

from comparisons.analysis.gaps import ROUNDING_EPSILONS
from comparisons.analysis.parts import Subject
from comparisons.analysis.rounding import Runs
from comparisons.names import Dtype
from comparisons.rules import NAdam, Rule
from comparisons.rules.canonical_training import canonical_of
from comparisons.rules.ranges import FRACTION, RANGES
from comparisons.rules.training import Training
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import MOVED, Array
from comparisons.training import implementations
from comparisons.training.cells import Job
from comparisons.training.contract import InitialEvaluation

LOST = log(float(np.float32(0.96))) / log(0.96) - 1  # of Keras's decay
# Units in the last place that the runs are moved by. One run alone may by chance stay where the unmoved one is.
MOVES = (1, 1, *(ROUNDING_EPSILONS,) * 4)


@dataclass(frozen=True, kw_only=True)
class UnderRules:
    """What the NumPy reference trains, by many rules at once.

    Args:
        rules: in canonical form.
    """

    task: str
    dtype: Dtype
    rules: tuple[Subject, ...]
    framework: str = "numpy"

    @property
    def job(self) -> Job:
        """One for all of the rules."""
        return Job(self.task, self.dtype, self.framework, f"{type(self).__name__}: {'; '.join(map(repr, self.rules))}")


class IntermediateRules(UnderRules):
    """Train the first replica of a problem."""

    def run(self, problem: Problem) -> Array:
        """The losses (rules, steps)."""
        return implementations.train_many(problem.replica(0), self.rules)[:, 0]


class ReferenceRuns(UnderRules):
    """Train a problem as it is, and moved a little in several ways."""

    def run(self, problem: Problem) -> Array:
        """The losses (3 + moves, rules, replicas, steps): what `of_replica` takes apart."""
        several = [problem, *(move(problem, ulps, i) for i, ulps in enumerate(MOVES))]
        (itself, *moved), subnormal = implementations.train_beside(several, self.rules)
        numbers = self._with_perturbed_numbers(problem, itself)
        flushed = implementations.train_many_flushing(problem, self.rules) if subnormal else itself
        return np.stack([itself, numbers, np.full_like(itself, np.nan) if flushed is None else flushed, *moved])

    def _with_perturbed_numbers(self, problem: Problem, itself: Array) -> Array:
        """The losses (rules, replicas, steps) under rules as a framework may hold them: few of float64 change."""
        perturbed = [perturb_hyperparameters(rule, self.dtype) for rule in self.rules]
        changed = [i for i, rule in enumerate(self.rules) if perturbed[i] != rule]
        losses = itself.copy()
        if changed:
            losses[changed] = implementations.train_many(problem, [perturbed[i] for i in changed])
        return losses

    def of_replica(self, losses: Array, replica: int) -> dict[Subject, Runs]:
        """The runs of one replica, by rule."""
        by_rule, shaken = losses[:, :, replica].swapaxes(0, 1), 3 + MOVES.count(1)
        return {
            rule: Runs(itself=some[0], numbers=some[1], flushed=some[2], moved=some[3:shaken], shaken=some[shaken:])
            for rule, some in zip(self.rules, by_rule, strict=True)
        }


@dataclass(frozen=True, kw_only=True)
class AtStart:
    """Look at a framework's model before the first update."""

    task: str
    dtype: Dtype
    framework: str

    @property
    def job(self) -> Job:
        """One for each framework."""
        return Job(self.task, self.dtype, self.framework, "at the start")

    def run(self, problem: Problem) -> InitialEvaluation:
        """What the model is, makes and learns from."""
        return implementations.at_start(self.framework, problem)


def distinct(rules: Iterable[Subject]) -> tuple[Subject, ...]:
    """The rules in canonical form, each once."""
    return tuple(dict.fromkeys(canonical_of(rule) for rule in rules))


def perturb_hyperparameters(rule: Subject, dtype: Dtype) -> Subject:
    """The rule, or the rules of all groups, with its numbers as a framework may have them that holds them in the dtype.

    In float64 they are what they are, but for the 0.96 of Keras's Nadam, whose decay is 1: its steps take 0.96 through
    float32 (the defect float64-through-float32) and its product does not, which makes some ten times that error.
    In float32 each is taken to the next one towards zero, where that is allowed.

    The learning rate goes farther: by what 1 - beta2 loses when beta2, just below 1, is off by half a unit in its last
    place, which is eps / 4. Keras loses it in the correction of Adam's second moment, and nowhere else: so steps get
    longer (7e-6 of them in float32, for 0.999), which no other beta2 would do.
    """
    if isinstance(rule, Training):
        groups = [replace(group, optimizer=_perturbed(group.optimizer, dtype)) for group in rule.groups]
        return replace(rule, groups=tuple(groups))
    return _perturbed(rule, dtype)


def _perturbed(rule: Rule, dtype: Dtype) -> Rule:
    if dtype == "float64":
        if isinstance(rule, NAdam) and rule.momentum_decay == 1:
            return replace(rule, momentum_decay=1 + ROUNDING_EPSILONS * LOST)
        return rule
    changes: dict[str, Any] = {}
    for field in fields(rule):
        number = getattr(rule, field.name)
        if field.name in RANGES and isinstance(number, float):
            next_one = float(np.nextafter(np.dtype(dtype).type(number), 0, dtype=dtype))
            if RANGES[field.name].contains(next_one):
                changes[field.name] = next_one
    if isinstance(rule.learning_rate, float):
        near_one = max((value for name, value in vars(rule).items() if RANGES.get(name) is FRACTION), default=0.0)
        lost = float(np.finfo(dtype).eps) / 4 / (1 - near_one)
        changes["learning_rate"] = rule.learning_rate * (1 - lost)
    return replace(rule, **changes)


def move(problem: Problem, ulps: int, seed: int) -> Problem:
    """The problem with all numbers of its start and its samples moved by so many units in the last place.

    Up or down by chance. A 0 stays: none of its digits is rounded.
    """
    signs = np.random.default_rng([seed, MOVED])

    def moved(array: Array) -> Array:
        steps = np.where(signs.random(array.shape) < 0.5, -ulps, ulps).astype(array.dtype)
        return np.where(array == 0, array, array + steps * np.spacing(np.abs(array)))

    params = {name: moved(array) for name, array in problem.params.items()}
    return replace(problem, params=params, inputs=moved(problem.inputs), targets=moved(problem.targets))
