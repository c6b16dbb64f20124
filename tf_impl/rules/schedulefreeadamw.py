"""Schedule-Free AdamW; the equations are at comparisons.rules.ScheduleFreeAdamW."""

import tensorflow as tf

from comparisons.rules import ScheduleFreeAdamW
from tf_impl.rules import State
from tf_impl.rules.schedulefreesgd import sums, warmed, weight

SCALARS = {"W": 0.0, "L": 0.0}


def start(rule: ScheduleFreeAdamW, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The iterate that is averaged, and the running mean of squared gradients."""
    return {"z": tf.identity(theta), "v": tf.zeros_like(theta)}


def update(
    rule: ScheduleFreeAdamW, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State
) -> None:
    """Step t of Schedule-Free AdamW."""
    z, v, rate = state["z"], state["v"], warmed(rule, t, rate)
    v.assign(rule.beta2 * v + (1 - rule.beta2) * (g * g))
    d = g / (tf.sqrt(v / tf.cast(1 - rule.beta2**t, g.dtype)) + rule.epsilon)
    if rule.decay_in_step and rule.weight_decay_coupling != "coupled":
        d += rule.weight_decay * theta
    c = tf.cast(weight(rule, t, rate, state), g.dtype)
    if rule.aliased:
        z.assign_sub(rate * d)
        theta.assign((1 - c) * theta + c * z)
    else:
        theta.assign((1 - c) * theta + c * z - rate * (1 - rule.beta1 * (1 - c)) * d)
        z.assign_sub(rate * d)


def advance(rule: ScheduleFreeAdamW, t: tf.Tensor, rate: tf.Tensor, scalars: State) -> dict[str, tf.Tensor]:
    """The sum of the weights, and the largest rate."""
    return sums(rule, t, warmed(rule, t, rate), scalars)[1]
