"""Numbers of a rule that a schedule leads: a tensor each, which takes the dtype of what it meets."""

from dataclasses import replace
from typing import Any

import tensorflow as tf

from comparisons.rules import Rule, Schedule
from comparisons.rules.surroundings import LED
from comparisons.rules.symbols import Symbol
from tf_impl.drop_ins.schedules import rate_at


class Led(Symbol):
    """A float64 tensor in the place of a number. As a number it is NaN: where TensorFlow takes it for one, it shows."""

    tensor: tf.Tensor

    def __new__(cls, tensor: tf.Tensor) -> "Led":
        """The number that is this tensor."""
        led: Led = super().__new__(cls, "led")  # type: ignore[assignment]  # typed as its base
        led.tensor = tensor
        return led

    def __mul__(self, other: Any) -> Any:
        return Led(self.tensor * other) if isinstance(other, float | int) else tf.cast(self.tensor, other.dtype) * other

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def __sub__(self, other: Any) -> Any:
        return Led(self.tensor - other)

    def __rsub__(self, other: Any) -> Any:
        return Led(other - self.tensor)

    def __pow__(self, other: Any) -> Any:  # type: ignore[override]  # no modulo here
        return self.tensor**other


def rule_at(rule: Rule, k: tf.Tensor) -> Rule:
    """The rule of the update after k others: its schedules as numbers, but for the learning rate."""
    led = {name: value for name in LED if isinstance(value := getattr(rule, name, None), Schedule)}
    numbers: dict[str, Any] = {name: Led(rate_at(value, tf.cast(k, tf.float64))) for name, value in led.items()}
    return replace(rule, **numbers) if led else rule
