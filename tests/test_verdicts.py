"""Verdicts: what a gap in one dtype is, by what it is in the other."""

import math

import numpy as np
import pytest
from synthetic import a_comparison, a_history, a_task

from comparisons.analysis.verdicts import verdict_of
from comparisons.rules import Adafactor, RMSprop
from comparisons.training.cells import Failure

TORCH = RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-8, epsilon_position="outside-root")
KERAS = RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-8, epsilon_position="inside-root")
OTHER = RMSprop(learning_rate=0.01, rho=0.9, epsilon=1e-8, epsilon_position="outside-root")
NUMBERS = {
    "learning_rate": 0.01,
    "beta2_decay": -0.8,
    "epsilon2": 1e-3,
    "clip_threshold": 1.0,
    "scale_after_decay": False,
}
MACHINE = Adafactor(epsilon1=None, epsilon1_position="floor", **NUMBERS)
TINY = Adafactor(epsilon1=1e-30, epsilon1_position="added", **NUMBERS)

CASES = {
    "equal in both": (0.0, 0.0, TORCH, TORCH, "identical", "identical"),
    "equal in float32 alone": (0.0, 1e-16, TORCH, TORCH, "identical", "rounding"),
    "equal in float64 alone": (1e-7, 0.0, TORCH, TORCH, "rounding", "identical"),
    "a few epsilons of each": (3e-7, 5e-16, TORCH, TORCH, "rounding", "rounding"),
    "rounding that training made large": (1e-3, 1e-11, TORCH, TORCH, "rounding", "rounding"),
    "rounding that has nothing left to grow to": (0.5, 5e-7, TORCH, TORCH, "rounding", "rounding"),
    "stays as it is": (6e-6, 6e-6, TORCH, KERAS, "rule", "rule"),
    "hidden under the rounding of float32": (1e-7, 1e-10, TORCH, KERAS, "rule", "rule"),
    "other numbers": (0.9, 0.9, TORCH, OTHER, "numbers", "numbers"),
    "not run in float64": (1e-3, math.nan, TORCH, TORCH, None, None),
    "equal, and not run in float64": (0.0, math.nan, TORCH, TORCH, "identical", None),
    "not run in float32": (math.nan, 1e-3, TORCH, KERAS, None, None),
    "a few epsilons, and not run in float32": (math.nan, 5e-16, TORCH, TORCH, "rounding", "rounding"),
    "a number that shrinks as rounding does": (3e-2, 3e-16, MACHINE, TINY, "numbers", "rounding"),
    "such a number, in one rule": (3e-2, 3e-16, MACHINE, MACHINE, "rounding", "rounding"),
    "a framework that does not do what its rule says": (1e-3, 1e-3, TORCH, TORCH, "rule", "rule"),
}


@pytest.mark.parametrize(("gap32", "gap64", "one", "other", "in_float32", "in_float64"), CASES.values(), ids=CASES)
def test_verdict(gap32, gap64, one, other, in_float32, in_float64):
    assert verdict_of(gap32, gap64, "float32", one, other) == in_float32
    assert verdict_of(gap32, gap64, "float64", one, other) == in_float64


def test_verdicts_of_a_comparison():
    """tf stays a millionth away, numpy explodes in float32, and one cell fails."""

    def outcome(cell, steps, seeds):
        if cell.framework == "tf" and cell.level == "as-written":
            return Failure(reason="no luck")
        losses = np.full((seeds, steps), 1 + 1e-6 * (cell.framework == "tf"))
        losses[:, -1] = math.inf if cell.framework == "numpy" and cell.dtype == "float32" else 1.0
        return a_history(losses)

    gaps = a_comparison(a_task(recipes=["rmsprop"]), outcome=outcome).gaps()
    found = gaps.set_index(["level", "dtype", "framework"])["verdict"]
    assert found["same-numbers", "float64", "tf"] == "rule"
    assert found["same-numbers", "float32", "numpy"] == "diverged"
    assert found["same-numbers", "float64", "numpy"] == "identical"
    assert found[["as-written"]].xs("tf", level="framework").isna().all()
