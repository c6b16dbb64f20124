"""Schedules of the learning rate, in float64; the formulas are at comparisons.rules.schedules."""

import math
from dataclasses import asdict
from typing import Any, Self, assert_never, get_args

import keras
import tensorflow as tf

from comparisons.rules import CosineDecay, ExponentialDecay, InverseTimeDecay, Schedule, StepDecay


@keras.saving.register_keras_serializable("triptych")
class RuleSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A rule's schedule for any Keras optimizer: comparisons.rules.rate_at, line by line.

    Keras's own schedules compute in float32 unless they are given np.float64, which does not survive saving.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule

    def __call__(self, step: int | tf.Tensor | keras.Variable) -> tf.Tensor:
        """The learning rate after `step` updates, a float64 scalar."""
        k = tf.cast(step, tf.float64)
        match self.schedule:
            case StepDecay(initial=initial, every=every, factor=factor):
                return initial * factor ** (k // every)
            case ExponentialDecay(initial=initial, rate=rate, over=over):
                return initial * rate ** (k / over)
            case InverseTimeDecay(initial=initial, rate=rate, over=over):
                return initial / (1 + rate * k / over)
            case CosineDecay(initial=initial, over=over, floor=floor, rises=rises):
                fallen = (1 + tf.cos(math.pi * (k if rises else tf.minimum(k, over)) / over)) / 2
                return initial * ((1 - floor) * fallen + floor)
            case _:
                assert_never(self.schedule)

    def get_config(self) -> dict[str, Any]:
        """The schedule's class by name, and its fields."""
        return {"kind": type(self.schedule).__name__, **asdict(self.schedule)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The reverse of get_config."""
        kinds = {kind.__name__: kind for kind in get_args(Schedule)}
        return cls(kinds[config["kind"]](**{name: value for name, value in config.items() if name != "kind"}))
