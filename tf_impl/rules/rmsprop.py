"""RMSprop; the equations are at comparisons.rules.RMSprop."""

from typing import Any, Literal, assert_never

import keras
import tensorflow as tf

from comparisons.rules import RMSprop as Rule
from tf_impl.drop_ins.arguments import Family, State
from tf_impl.drop_ins.base import DropIn, Rate


def start(rule: Rule, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running mean of squared gradients; of gradients, if centered; the velocity, if there is one."""
    symbols = ["v"] + ["a"] * rule.centered + ["b"] * (rule.momentum > 0)
    return {symbol: tf.zeros_like(theta) for symbol in symbols}


def update(rule: Rule, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """One step of RMSprop."""
    v, *rest = state
    v.assign(rule.rho * v + (1 - rule.rho) * (g * g))
    q = v
    if rule.centered:
        a = rest[0]
        a.assign(rule.rho * a + (1 - rule.rho) * g)
        q = v - a * a
    match rule.epsilon_position:
        case "outside-root":
            root = tf.sqrt(q) + rule.epsilon
        case "inside-root":
            root = tf.sqrt(q + rule.epsilon)
        case _:
            assert_never(rule.epsilon_position)
    if not rule.momentum:
        theta.assign_sub(rate * g / root)
        return
    b = rest[-1]
    b.assign(rule.momentum * b + (rate * g / root if rule.learning_rate_in_velocity else g / root))
    theta.assign_sub(b if rule.learning_rate_in_velocity else rate * b)


@keras.saving.register_keras_serializable("triptych")
class RMSprop(DropIn):
    """keras.optimizers.RMSprop, and with epsilon "outside-root" and the learning rate outside torch.optim.RMSprop."""

    family = Family(Rule, start, update)

    def __init__(
        self,
        learning_rate: Rate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        *,
        epsilon_position: Literal["outside-root", "inside-root"] = "inside-root",
        learning_rate_in_velocity: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            learning_rate,
            rho=rho,
            momentum=momentum,
            epsilon=epsilon,
            centered=centered,
            epsilon_position=epsilon_position,
            learning_rate_in_velocity=learning_rate_in_velocity,
            **kwargs,
        )
