"""Schedule-Free SGD; the equations are at comparisons.rules.ScheduleFreeSGD."""

import tensorflow as tf

from comparisons.rules import ScheduleFreeAdamW, ScheduleFreeSGD
from tf_impl.rules import State

SCALARS = {"W": 0.0, "L": 0.0}


def start(rule: ScheduleFreeSGD, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The iterate that is averaged."""
    return {"z": tf.identity(theta)}


def update(
    rule: ScheduleFreeSGD, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State
) -> None:
    """Step t of Schedule-Free SGD."""
    z, rate = state["z"], warmed(rule, t, rate)
    c = tf.cast(weight(rule, t, rate, state), g.dtype)
    theta.assign((1 - c) * theta + c * z - rate * (1 - rule.momentum * (1 - c)) * g)
    z.assign_sub(rate * g)


def advance(rule: ScheduleFreeSGD, t: tf.Tensor, rate: tf.Tensor, scalars: State) -> dict[str, tf.Tensor]:
    """The sum of the weights, and the largest rate."""
    return sums(rule, t, warmed(rule, t, rate), scalars)[1]


def warmed(rule: ScheduleFreeSGD | ScheduleFreeAdamW, t: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
    """The rate, which rises to its own."""
    return rate * tf.cast(tf.minimum(t / rule.warmup_steps, 1.0), rate.dtype) if rule.warmup_steps else rate


def weight(rule: ScheduleFreeSGD | ScheduleFreeAdamW, t: tf.Tensor, rate: tf.Tensor, scalars: State) -> tf.Tensor:
    """What the newest iterate weighs in the average."""
    w, after = sums(rule, t, rate, scalars)
    return tf.math.divide_no_nan(w, after["W"])


def sums(
    rule: ScheduleFreeSGD | ScheduleFreeAdamW, t: tf.Tensor, rate: tf.Tensor, scalars: State
) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
    """The weight of this step, and the scalars with it."""
    largest = tf.maximum(scalars["L"], tf.cast(rate, tf.float64))
    w = t**rule.step_power * largest**rule.rate_power
    return w, {"W": scalars["W"] + w, "L": largest}
