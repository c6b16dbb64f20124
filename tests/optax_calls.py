"""optax's expressions as optax makes them, and as they are read."""

import ast
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
import optax
import pytest

from comparisons.frameworks.optax.wholes import Whole, whole
from comparisons.porting.reading.chained import Scope, learn, value

jax.config.update("jax_enable_x64", True)


def sampled(cases: Sequence[Any], every: int) -> list[Any]:
    """The cases, all but every so-manieth marked `full`: JAX compiles each for a third of a second."""
    return [case if i % every == 0 else pytest.param(case, marks=pytest.mark.full) for i, case in enumerate(cases)]


def read(text: str, **values: Any) -> Whole:
    """The training that the last expression of a text makes."""
    *lines, last = ast.parse(text).body
    scope = Scope(values=dict(values))
    for line in lines:
        learn(line, scope)
    assert isinstance(last, ast.Expr)
    return whole(value(last.value, scope))


def made(text: str, **values: Any) -> Any:
    """The object that optax makes of it."""
    *lines, last = ast.parse(text).body
    names: dict[str, Any] = {"optax": optax, "jax": jax, "jnp": jax.numpy, **values}
    exec(compile(ast.Module(lines, []), "<text>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<text>", "eval"), names)


def path(optimizer: Any, start: dict[str, np.ndarray], gradients: list[dict[str, np.ndarray]]) -> list[Any]:
    """The parameters after each of optax's updates by the gradients."""
    theta: Any = {name: jax.numpy.asarray(array) for name, array in start.items()}
    state = optimizer.init(theta)

    @jax.jit
    def step(g: Any, state: Any, theta: Any) -> Any:
        updates, state = optimizer.update(g, state, theta)
        return optax.apply_updates(theta, updates), state

    passed = []
    for g in gradients:
        theta, state = step(g, state, theta)
        passed.append({name: np.asarray(array) for name, array in theta.items()})
    return passed
