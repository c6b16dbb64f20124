"""NAdam; the equations are at comparisons.rules.NAdam."""

from typing import Any

import keras
import tensorflow as tf

from comparisons.rules import NAdam as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running means of gradients and of squared gradients."""
    return {"m": tf.zeros_like(theta), "v": tf.zeros_like(theta)}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of NAdam."""
    m, v, before = state
    m.assign_add((1 - rule.beta1) * (g - m))
    v.assign_add((1 - rule.beta2) * (g * g - v))
    now, ahead = _mu(rule, t), _mu(rule, t + 1)
    product = before * now
    n = tf.cast(ahead / (1 - product * ahead), g.dtype) * m + tf.cast((1 - now) / (1 - product), g.dtype) * g
    theta.assign_sub(rate * n / (tf.sqrt(v / tf.cast(1 - rule.beta2**t, g.dtype)) + rule.epsilon))


def advance(rule: Rule, t: tf.Tensor, rate: tf.Tensor, shared: State) -> None:
    """The product of the momenta up to step t."""
    (product,) = shared
    product.assign(product * _mu(rule, t))


def _mu(rule: Rule, t: tf.Tensor) -> tf.Tensor:
    return rule.beta1 * (1 - 0.5 * 0.96 ** (t * rule.momentum_decay))


@keras.saving.register_keras_serializable("triptych")
class NAdam(DropIn):
    """keras.optimizers.Nadam, and with `momentum_decay=0.004` torch.optim.NAdam."""

    family = Family(Rule, start, update, {"product": 1.0}, advance)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        *,
        momentum_decay: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            momentum_decay=momentum_decay,
            **kwargs,
        )
