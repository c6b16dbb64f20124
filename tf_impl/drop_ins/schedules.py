"""Schedules of the learning rate, in float64; the formulas are at comparisons.rules.schedules."""

import math
from dataclasses import fields
from typing import Any, Self, assert_never, get_args

import keras
import tensorflow as tf

from comparisons.rules import (
    Clock,
    CosineDecay,
    CosineRestarts,
    Cyclic,
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
    Product,
    Schedule,
    Sequential,
    StepDecay,
)

KINDS = {kind.__name__: kind for kind in get_args(Schedule)}


@keras.saving.register_keras_serializable("triptych")
class RuleSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """A rule's schedule for any Keras optimizer: comparisons.rules.rate_at, line by line.

    Keras's own schedules compute in float32 unless they are given np.float64, which does not survive saving.
    """

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule

    def __call__(self, step: int | tf.Tensor | keras.Variable) -> tf.Tensor:
        """The learning rate after `step` updates, a float64 scalar."""
        return rate_at(self.schedule, tf.cast(step, tf.float64))

    def get_config(self) -> dict[str, Any]:
        """The schedule's class by name, and its fields."""
        config: dict[str, Any] = packed(self.schedule)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The reverse of get_config."""
        return cls(unpacked(config))


def packed(value: Any) -> Any:
    """A schedule, and those in it, as what JSON takes."""
    if isinstance(value, Schedule):
        return {
            "kind": type(value).__name__,
            **{part.name: packed(getattr(value, part.name)) for part in fields(value)},
        }
    return [packed(part) for part in value] if isinstance(value, tuple) else value


def unpacked(value: Any) -> Any:
    """The reverse of `packed`."""
    if isinstance(value, dict):
        return KINDS[value["kind"]](**{name: unpacked(part) for name, part in value.items() if name != "kind"})
    return tuple(unpacked(part) for part in value) if isinstance(value, list | tuple) else value


def rate_at(rate: float | Schedule, k: tf.Tensor) -> tf.Tensor:
    """The rate after k updates, a float64 scalar, as the neutral rate_at has it in Python."""
    match rate:
        case float():
            return tf.constant(rate, tf.float64)
        case StepDecay(initial=initial, every=every, factor=factor):
            return initial * factor ** tf.floor(k / every)
        case ExponentialDecay(initial=initial, rate=base, over=over):
            return initial * base ** (k / over)
        case InverseTimeDecay(initial=initial, rate=base, over=over, power=power, staircase=staircase):
            grown = 1 + (base * tf.floor(k / over) if staircase else base * k / over)
            return initial / (grown if power == 1 else grown**power)
        case PolynomialDecay():
            return _polynomial(rate, k)
        case CosineDecay(initial=initial, over=over, floor=floor, rises=rises):
            fallen = (1 + tf.cos(math.pi * (k if rises else tf.minimum(k, over)) / over)) / 2
            return initial * ((1 - floor) * fallen + floor)
        case CosineRestarts(initial=initial, floor=floor):
            cycle, done = _cycle_at(rate, k)
            return initial * ((1 - floor) * rate.m_mul**cycle * (1 + tf.cos(math.pi * done)) / 2 + floor)
        case Cyclic():
            return _cyclic(rate, k)
        case Sequential(pieces=pieces, at=at):
            found = rate_at(pieces[0], k)
            for piece, start in zip(pieces[1:], at, strict=True):
                found = tf.where(k >= start, rate_at(piece, tf.maximum(k - start, 0)), found)
            return found
        case Product(factors=factors):
            return tf.math.reduce_prod([rate_at(factor, k) for factor in factors])
        case Clock(of=of, times=times, plus=plus, per=per):
            step = times * k + plus
            return rate_at(of, step if per == 1 else tf.floor(step / per))
        case _:
            assert_never(rate)


def _polynomial(rate: PolynomialDecay, k: tf.Tensor) -> tf.Tensor:
    over = rate.over * tf.maximum(tf.math.ceil(k / rate.over), 1.0) if rate.cycle else rate.over
    done = tf.minimum(k, over) / over
    if rate.share == "done":
        return rate.initial + (rate.final - rate.initial) * done**rate.power
    return rate.final + (rate.initial - rate.final) * (1 - done) ** rate.power


def _cycle_at(rate: CosineRestarts, k: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The number of the cycle that step k is in, and the share of it that is over."""
    if rate.t_mul == 1:
        cycle = tf.floor(k / rate.over)
        return cycle, (k - cycle * rate.over) / rate.over
    zero, over = tf.zeros((), tf.float64), tf.constant(rate.over, tf.float64)
    cycle, start, over = tf.while_loop(
        lambda i, start, over: k >= start + over,
        lambda i, start, over: (i + 1, start + over, over * rate.t_mul),
        (zero, zero, over),
    )
    return cycle, (k - start) / over


def _cyclic(rate: Cyclic, k: tf.Tensor) -> tf.Tensor:
    total = rate.up + rate.down
    cycle = tf.floor(k / total)
    step = k - cycle * total
    height = tf.where(step <= rate.up, step / rate.up, (total - step) / rate.down)
    faded = rate.factor ** (k if rate.fades == "update" else cycle)
    return rate.initial + (rate.peak - rate.initial) * height * faded
