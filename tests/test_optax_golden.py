"""Whole recipes of PyTorch and Keras, as scripts write them, in optax: what is printed runs."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from comparisons.porting.answer import Answer, closest_code
from comparisons.porting.reading.pasted import read_source
from comparisons.porting.translate import answered
from comparisons.porting.wholes.written import closest_block
from comparisons.rules.symbols import symbols_in
from tests import recipes
from tests.recipes.record import Whole

# Of those that are several trainings, each is one of these.
EVERY = {whole.name: whole for whole in (*recipes.TORCH, *recipes.KERAS) if not (whole.apart or whole.refused)}
FAST = (
    "DETR",
    "warm-up, stable, decay, of torch's parts",
    "polynomial decay with cycle",
)
# What optax has no chain for, by the rule.
NO_CLASS = {"ASGD", "Ftrl", "Muon", "Rprop", "LBFGS", "SparseAdam"}


def translated(whole: Whole) -> tuple[str | None, bool]:
    """The closest code, and whether all of its numbers and tensors are known."""
    source = read_source(whole.text)
    found = answered(source, "optax")
    code = closest_code(found) if isinstance(found, Answer) else closest_block(found)
    known = not any(symbols_in(found)) and all(group.tensors.known for group in source.training.groups)
    return code, known


def run(code: str) -> Any:
    """The parameters after three updates by the optimizer, or by the block."""
    params = {"backbone": {"kernel": jnp.ones((3, 2)), "bias": jnp.ones(2)}, "norm": {"scale": jnp.ones(2)}}
    batches = [(jnp.full((4, 3), 0.1 * i), jnp.zeros((4, 2))) for i in range(1, 5)]

    def loss_fn(params: Any, x: Any, y: Any) -> Any:
        made = jnp.tanh(x @ params["backbone"]["kernel"] + params["backbone"]["bias"]) * params["norm"]["scale"]
        return jnp.mean((made - y) ** 2)

    names: dict[str, Any] = {
        "params": params,
        "batches": batches,
        "loss_fn": loss_fn,
        "jax": jax,
        "jnp": jnp,
        "optax": optax,
    }
    if "import optax" in code:
        exec(compile(code, "<block>", "exec"), names)
        return names["params"]
    optimizer = eval(compile(code, "<call>", "eval"), names)
    state = optimizer.init(params)

    @jax.jit
    def step(params: Any, state: Any, x: Any, y: Any) -> Any:
        updates, state = optimizer.update(jax.grad(loss_fn)(params, x, y), state, params)
        return optax.apply_updates(params, updates), state

    for x, y in batches:
        params, state = step(params, state, x, y)
    return params


@pytest.mark.parametrize(
    "name", [*FAST, *(pytest.param(name, marks=pytest.mark.full) for name in EVERY if name not in FAST)]
)
def test_what_is_printed_runs(name):
    whole = EVERY[name]
    code, known = translated(whole)
    if code is None:
        assert {group.rule for group in whole.groups} & NO_CLASS
        return
    compile(code, "<printed>", "exec")
    if known:
        assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(run(code)))
