"""Adam; the equations are at comparisons.rules.Adam."""

from typing import Any, Literal, assert_never

import keras
import tensorflow as tf

from comparisons.rules import Adam as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running means of gradients and of squared gradients; with amsgrad, the largest of the latter."""
    return {symbol: tf.zeros_like(theta) for symbol in ("mvw" if rule.amsgrad else "mv")}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of Adam."""
    m, v, *largest = state
    m.assign_add((1 - rule.beta1) * (g - m))
    v.assign_add((1 - rule.beta2) * (g * g - v))
    for w in largest:
        w.assign(tf.maximum(w, v))
    c1, c2 = 1 - rule.beta1**t, 1 - rule.beta2**t
    match rule.epsilon_position:
        case "corrected-root":  # sqrt(v / c2) + epsilon, times sqrt(c2)
            epsilon = tf.cast(rule.epsilon * c2**0.5, g.dtype)
        case "uncorrected-root":
            epsilon = rule.epsilon
        case _:
            assert_never(rule.epsilon_position)
    d = m / (tf.sqrt(largest[0] if rule.amsgrad else v) + epsilon)
    theta.assign_sub(rate * tf.cast(c2**0.5 / c1, g.dtype) * d)


@keras.saving.register_keras_serializable("triptych")
class Adam(DropIn):
    """keras.optimizers.Adam and AdamW, and with `epsilon_position="corrected-root"` torch.optim.Adam and AdamW."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        *,
        epsilon_position: Literal["corrected-root", "uncorrected-root"] = "uncorrected-root",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            amsgrad=amsgrad,
            epsilon_position=epsilon_position,
            **kwargs,
        )
