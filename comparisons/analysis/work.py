"""What the workers do to explain a gap, apart from training the cells."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from comparisons.names import Dtype
from comparisons.rules import Rule
from comparisons.rules.canonical import canonical
from comparisons.rules.ranges import FRACTION, RANGES
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training import implementations
from comparisons.training.cells import Job
from comparisons.training.contract import InitialEvaluation


@dataclass(frozen=True, kw_only=True)
class IntermediateRules:
    """Train the first replica of a problem in the NumPy reference, by many rules at once.

    Args:
        rules: in canonical form. perturbed_start: whether from the start that `perturb_start` makes.
    """

    task: str
    dtype: Dtype
    rules: tuple[Rule, ...]
    perturbed_start: bool = False
    framework: str = "numpy"

    @property
    def job(self) -> Job:
        """One for all of the rules."""
        start = "a perturbed start" if self.perturbed_start else "the start"
        return Job(self.task, self.dtype, self.framework, f"from {start}: {'; '.join(map(repr, self.rules))}")

    def run(self, problem: Problem) -> Array:
        """The losses (rules, steps)."""
        first = problem.replica(0)
        return implementations.train_many(perturb_start(first) if self.perturbed_start else first, self.rules)[:, 0]


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


def distinct(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules in canonical form, each once."""
    return tuple(dict.fromkeys(canonical(rule) for rule in rules))


def perturb_hyperparameters(rule: Rule, dtype: Dtype) -> Rule:
    """The rule with each of its numbers taken to the next one of the dtype towards zero, where that is allowed.

    The learning rate goes farther: by what 1 - beta2 loses when beta2, just below 1, is off by half a unit in its last
    place, which is eps / 4. Keras loses it in the correction of Adam's second moment, and nowhere else: so steps get
    longer (7e-6 of them in float32, for 0.999), which no other beta2 would do.
    """
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


def perturb_start(problem: Problem) -> Problem:
    """The problem with its start moved by one unit in the last place: up, down, up, down, and so on."""
    return replace(problem, params={name: _perturbed(array) for name, array in problem.params.items()})


def _perturbed(array: Array) -> Array:
    up = (np.arange(array.size) % 2 == 0).reshape(array.shape)
    return np.nextafter(array, np.where(up, np.inf, -np.inf).astype(array.dtype))
