"""The average of the weights beside a training; the equations are at comparisons.rules.training.Average."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from comparisons.rules import training
from comparisons.tasks.streams import Array
from numpy_impl.models import Parameters


class Average:
    """Keeps the average of parameters.

    Args:
        rule: how it is stepped.
        parameters: all of them at once, as their flat array.
    """

    def __init__(self, rule: training.Average, parameters: Parameters) -> None:
        self.rule, self.parameters = rule, parameters
        zero = rule.start == "debiased"
        self.mean = np.zeros_like(parameters.flat) if zero else parameters.flat.copy()
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
            self.parameters.flat[...] = self._value()

    def _step(self) -> None:
        d = self.rule.decay_at(self.steps)
        self.mean *= d
        self.mean += (1 - d) * self.parameters.flat
        self.steps += 1
        self.missing *= d

    def _value(self) -> Array:
        """The average; the parameters themselves before its first step."""
        if not self.steps and self.rule.start != "initial":
            return self.parameters.flat.copy()
        return self.mean / (1 - self.missing)

    def values(self) -> dict[str, Array]:
        """The average by name."""
        return self.parameters.views(self._value())

    @contextmanager
    def evaluated(self) -> Iterator[None]:
        """Inside, the parameters are the average, if that is what is evaluated."""
        if not self.rule.evaluated:
            yield
            return
        kept = self.parameters.flat.copy()
        self.parameters.flat[...] = self._value()
        yield
        self.parameters.flat[...] = kept
