"""Adam; the equations are at comparisons.rules.Adam."""

from dataclasses import replace
from typing import assert_never

import tensorflow as tf

from comparisons.rules import Adam
from tf_impl.rules import State


def start(rule: Adam, theta: tf.Variable) -> dict[str, tf.Tensor]:
    """The running means of gradients and of squared gradients; with amsgrad, the largest of the latter."""
    return {symbol: tf.zeros_like(theta) for symbol in ("mvw" if rule.amsgrad else "mv")}


def update(rule: Adam, t: tf.Tensor, rate: tf.Tensor, theta: tf.Variable, g: tf.Tensor, state: State) -> None:
    """Step t of Adam."""
    if rule.lazy:
        before = {symbol: tf.identity(variable) for symbol, variable in (state | {"theta": theta}).items()}
        update(replace(rule, lazy=False), t, rate, theta, g, state)
        for symbol, variable in (state | {"theta": theta}).items():
            variable.assign(tf.where(touched(g), variable, before[symbol]))
        return
    m, v = state["m"], state["v"]
    m.assign(rule.beta1 * m + (1 - rule.beta1) * g)
    v.assign(rule.beta2 * v + (1 - rule.beta2) * (g * g))
    if rule.amsgrad:
        w = state["w"]
        w.assign(tf.maximum(w, v))
        v = w
    c1, c2 = corrections(rule, t)
    if rule.nesterov:  # times c1
        m = tf.cast(rule.beta1 * c1 / (1 - rule.beta1 ** (t + 1)), g.dtype) * m + (1 - rule.beta1) * g
    match rule.epsilon_position:
        case "corrected-root":
            root = tf.sqrt(v) / tf.cast(c2**0.5, g.dtype)
            if rule.root_epsilon:
                root = tf.sqrt(v / tf.cast(c2, g.dtype) + rule.root_epsilon)
            root += rule.epsilon
            theta.assign_sub(rate / tf.cast(c1, g.dtype) * m / root)
        case "uncorrected-root":
            root = tf.sqrt(v) + rule.epsilon
            theta.assign_sub(rate * tf.cast(c2**0.5 / c1, g.dtype) * m / root)
        case _:
            assert_never(rule.epsilon_position)


def touched(g: tf.Tensor) -> tf.Tensor:
    """Whether a row has a gradient."""
    found = g != 0
    return tf.reduce_any(found, axis=-1, keepdims=True) if len(g.shape) > 1 else found


def corrections(rule: Adam, t: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """What the two means are divided by, as they start at 0."""
    return (1 - rule.beta1**t, 1 - rule.beta2**t) if rule.bias_correction else (tf.ones_like(t), tf.ones_like(t))
