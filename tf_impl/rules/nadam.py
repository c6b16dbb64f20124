"""NAdam; the equations are at comparisons.rules.NAdam."""

import tensorflow as tf

from comparisons.rules import NAdam
from tf_impl.rules import State

SCALARS = {"P": 1.0}


def start(rule: NAdam, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running means of gradients and of squared gradients."""
    return {"m": tf.zeros_like(theta), "v": tf.zeros_like(theta)}


def update(rule: NAdam, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of NAdam."""
    m, v = state["m"], state["v"]
    m.assign(rule.beta1 * m + (1 - rule.beta1) * g)
    v.assign(rule.beta2 * v + (1 - rule.beta2) * (g * g))
    now, ahead, c2 = momentum(rule, t), momentum(rule, t + 1), 1 - rule.beta2**t
    product = state["P"] * now
    n = tf.cast(ahead / (1 - product * ahead), g.dtype) * m + tf.cast((1 - now) / (1 - product), g.dtype) * g
    theta.assign_sub(rate * n / (tf.sqrt(v / tf.cast(c2, g.dtype)) + rule.epsilon))


def advance(rule: NAdam, t: tf.Tensor, rate: tf.Tensor, scalars: State) -> dict[str, tf.Tensor]:
    """The product of the momenta up to step t."""
    return {"P": scalars["P"] * momentum(rule, t)}


def momentum(rule: NAdam, t: tf.Tensor) -> tf.Tensor:
    """The momentum of step t."""
    return rule.beta1 * (1 - 0.5 * 0.96 ** (t * rule.momentum_decay))
