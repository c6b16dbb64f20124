"""Wrong keeping of state, count and precision around a right rule."""

from typing import Any

import numpy as np

from comparisons.tasks.streams import Array
from tests.mutants.adam import ADAM_OF_TORCH
from tests.mutants.mutant import mutants_of
from tests.mutants.parts import TRUE, Parts, State


def _tensors_counted(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    TRUE.update(rule, 2 * t - (theta.ndim == 1), rate, theta, g, state)  # the vector is the first of two


def _skipped(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    if g.any():
        TRUE.update(rule, t, rate, theta, g, state)


def _skipped_elements(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    kept = [(array, array.copy()) for array in (theta, *state.values())]
    TRUE.update(rule, t, rate, theta, g, state)
    for array, before in kept:
        np.copyto(array, before, where=g == 0)


def _own_count(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    state["count"] += g.any()
    TRUE.update(rule, max(int(state["count"]), 1), rate, theta, g, state)


def _rounded(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    TRUE.update(rule, t, rate, theta, g, state)
    theta[...] = theta.astype(np.float32)


MUTANTS = (
    *mutants_of(
        "torch Adam",
        ADAM_OF_TORCH,
        {
            "tensors counted in place of steps": Parts(update=_tensors_counted),
            "tensors without a gradient passed over": Parts(update=_skipped),
            "elements without a gradient passed over": Parts(update=_skipped_elements),
            "steps without a gradient not counted": Parts(
                start=lambda rule, theta: TRUE.start(rule, theta) | {"count": np.zeros(())}, update=_own_count
            ),
            "gradients through float32": Parts(
                clip=lambda rule, tensors, gradients: [g.astype(np.float32).astype(float) for g in gradients]
            ),
            "moments in float32": Parts(
                start=lambda rule, theta: {
                    symbol: array.astype(np.float32) for symbol, array in TRUE.start(rule, theta).items()
                }
            ),
            "parameters in float32": Parts(update=_rounded),
        },
        "state",
    ),
)
