"""The average of the weights beside a training; the equations are at comparisons.rules.training.Average."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from comparisons.rules import training
from comparisons.tasks.streams import Array


class Average:
    """Keeps the average of parameters.

    Args:
        rule: how it is stepped.
        parameters: by name.
    """

    def __init__(self, rule: training.Average, parameters: dict[str, Array]) -> None:
        self.rule, self.parameters = rule, parameters
        zero = rule.start == "debiased"
        self.means = {name: np.zeros_like(theta) if zero else theta.copy() for name, theta in parameters.items()}
        self.ticks = self.steps = 0
        self.missing = 1.0 if zero else 0.0  # the share of the 0 that it started from

    def tick(self, *, updated: bool) -> None:
        """After a micro-batch, which was the last of an update or not."""
        rule = self.rule
        if rule.clock == "update" and not updated:
            return
        self.ticks += 1
        if self.ticks > rule.after and self.ticks % rule.every == 0:
            self._step()
        if rule.overwrite and self.ticks % rule.overwrite == 0 and self.steps:
            for name, mean in self.values().items():
                self.parameters[name][...] = mean

    def _step(self) -> None:
        d = self.rule.decay_at(self.steps)
        for name, mean in self.means.items():
            mean[...] = d * mean + (1 - d) * self.parameters[name]
        self.steps += 1
        self.missing *= d

    def values(self) -> dict[str, Array]:
        """The average by name; the parameters themselves before its first step."""
        if not self.steps and self.rule.start != "initial":
            return {name: theta.copy() for name, theta in self.parameters.items()}
        return {name: mean / (1 - self.missing) for name, mean in self.means.items()}

    @contextmanager
    def evaluated(self) -> Iterator[None]:
        """Inside, the parameters are the average, if that is what is evaluated."""
        if not self.rule.evaluated:
            yield
            return
        kept = {name: theta.copy() for name, theta in self.parameters.items()}
        for name, mean in self.values().items():
            self.parameters[name][...] = mean
        yield
        for name, theta in kept.items():
            self.parameters[name][...] = theta
