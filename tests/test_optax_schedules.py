"""optax's schedules, read and written, held to the installed optax."""

import ast
import inspect
from types import FunctionType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from optax_calls import sampled

from comparisons.frameworks.optax import schedules
from comparisons.frameworks.optax.code import schedule as schedule_code
from comparisons.porting.reading.chained import Scope, value
from comparisons.rules import (
    Clock,
    CosineDecay,
    CosineRestarts,
    Cyclic,
    InverseTimeDecay,
    PolynomialDecay,
    Product,
    Sequential,
    StepDecay,
    rate_at,
)

jax.config.update("jax_enable_x64", True)

STEPS = 2000
# Of the largest rate: both sides in float64, an operation or two in another order.
ROUNDING = 1e-15

READ = """
optax.constant_schedule(0.1)
optax.linear_schedule(0.1, 0.0, 1000)
optax.linear_schedule(0.0, 0.1, 300, transition_begin=100)
optax.polynomial_schedule(0.1, 0.01, 2, 1500)
optax.polynomial_schedule(0.1, 0.01, power=0.5, transition_steps=0)
optax.exponential_decay(0.1, 100, 0.9)
optax.exponential_decay(0.1, 100, 0.5, staircase=True)
optax.exponential_decay(0.1, 100, 0.9, transition_begin=50, end_value=0.03)
optax.exponential_decay(0.1, 100, 0.9, 50, True, 0.03)
optax.exponential_decay(0.1, 1000, 2.0, end_value=0.2)
optax.exponential_decay(0.1, 10, 0.5, end_value=0.3)
optax.cosine_decay_schedule(0.1, 1500)
optax.cosine_decay_schedule(0.1, 1500, alpha=0.1)
optax.piecewise_constant_schedule(0.1, {500: 0.1, 1000: 0.5})
optax.piecewise_constant_schedule(0.1)
optax.piecewise_interpolate_schedule("linear", 0.1, {500: 0.1, 1000: 5})
optax.piecewise_interpolate_schedule("cosine", 0.1, {500: 10, 1000: 0.5})
optax.linear_onecycle_schedule(1500, 0.1)
optax.cosine_onecycle_schedule(1500, 0.1, pct_start=0.25, div_factor=10.0)
optax.warmup_constant_schedule(0.0, 0.1, 100)
optax.warmup_cosine_decay_schedule(0.0, 0.1, 100, 1500)
optax.warmup_cosine_decay_schedule(init_value=0.01, peak_value=0.1, warmup_steps=0, decay_steps=1500, end_value=0.01)
optax.warmup_exponential_decay_schedule(0.0, 0.1, 100, 200, 0.9)
optax.warmup_exponential_decay_schedule(0.0, 0.1, 100, 200, 0.9, 10, True, 0.05)
optax.sgdr_schedule([{"init_value": 0.0, "peak_value": 0.1, "decay_steps": 500, "warmup_steps": 50, "end_value": 0.01}, dict(init_value=0.01, peak_value=0.05, decay_steps=1000, warmup_steps=100)])
optax.join_schedules([optax.linear_schedule(0.0, 0.1, 100), optax.constant_schedule(0.1), optax.linear_schedule(0.1, 0.0, 400)], [100, 1200])
optax.join_schedules([optax.linear_schedule(0.0, 0.1, 100), optax.join_schedules([optax.exponential_decay(0.1, 100, 0.5), optax.constant_schedule(0.01)], [300])], boundaries=[100])
""".strip().splitlines()  # noqa: E501

UP = PolynomialDecay(initial=0.0, final=0.1, over=100)
WRITTEN = [
    PolynomialDecay(initial=0.1, final=0.01, over=1500, power=2.0),
    PolynomialDecay(initial=0.0, final=0.1, over=100, power=0.5, share="done"),
    PolynomialDecay(initial=0.1, final=0.01, over=300, cycle=True),
    StepDecay(initial=0.1, every=300, factor=0.1),
    InverseTimeDecay(initial=0.1, rate=0.5, over=100),
    InverseTimeDecay(initial=0.1, rate=0.5, over=100, power=0.5, staircase=True),
    CosineDecay(initial=0.1, over=500, floor=0.1),
    CosineDecay(initial=0.1, over=500, floor=0.1, rises=True),
    CosineRestarts(initial=0.1, over=300),
    CosineRestarts(initial=0.1, over=300, m_mul=0.5, floor=0.1),
    CosineRestarts(initial=0.1, over=100, t_mul=2.0, m_mul=0.9),
    Cyclic(initial=0.01, peak=0.1, up=100, down=200, factor=0.5),
    Cyclic(initial=0.01, peak=0.1, up=100, down=100, factor=0.999, fades="update"),
    Sequential(
        pieces=(PolynomialDecay(initial=0.0, final=0.1, over=100), CosineDecay(initial=0.1, over=900)), at=(100,)
    ),
    Sequential(pieces=(0.1, 0.01, 0.001), at=(500, 1000)),
    Product(factors=(UP, StepDecay(initial=1.0, every=500, factor=0.5))),
    Clock(of=CosineDecay(initial=0.1, over=20), per=100),
    Clock(of=Sequential(pieces=(0.1, CosineDecay(initial=0.1, over=800)), at=(500,)), times=2, plus=1),
]


def rates(text: str) -> np.ndarray:
    """What optax's function makes of 2,000 float64 counts."""
    function: Any = eval(text, {"optax": optax, "jnp": jnp})
    counts = jnp.arange(STEPS, dtype=jnp.float64)
    return np.asarray(jax.vmap(lambda count: jnp.asarray(function(count), jnp.float64))(counts))


def ours(rate) -> np.ndarray:
    return np.array([rate_at(rate, k) for k in range(STEPS)])


@pytest.mark.parametrize("text", sampled(READ, 5))
def test_a_schedule_is_read_as_it_is(text):
    rate = schedules.read(value(ast.parse(text, mode="eval").body, Scope()))
    theirs = rates(text)
    assert np.max(np.abs(theirs - ours(rate))) <= ROUNDING * np.max(theirs)


@pytest.mark.parametrize("rate", sampled(WRITTEN, 3), ids=repr)
def test_a_schedule_is_written_as_it_is(rate):
    assert np.max(np.abs(rates(schedule_code(rate)) - ours(rate))) <= 10 * ROUNDING * np.max(ours(rate))


def test_the_table_is_that_of_the_installed_optax():
    makes = {
        name
        for name, thing in vars(optax.schedules).items()
        if isinstance(thing, FunctionType) and not name.startswith("inject")
    }
    assert set(schedules.CALLS) - {schedules.FORMULA} == makes
    for name in makes:
        known = {key: ... if one.required else one.default for key, one in schedules.CALLS[name].items()}
        signature = inspect.signature(getattr(optax, name, None) or getattr(optax.schedules, name))
        theirs = {key: ... if one.default is one.empty else one.default for key, one in signature.parameters.items()}
        assert known == theirs
