"""Wrong optimizers that look at whole tensors: Lamb, Adafactor."""

from collections.abc import Callable
from typing import Any

import numpy as np

from comparisons.rules import Adafactor, Lamb
from comparisons.tasks.streams import Array
from numpy_impl.rules.adafactor import rms
from tests.mutants.adam import corrections, moments
from tests.mutants.mutant import IN_KERAS, mutants_of
from tests.mutants.parts import TRUE, Parts, State, fields, times

ADAFACTOR: dict[str, Any] = {"beta2_decay": -0.8, "epsilon2": 1e-3, "clip_threshold": 1.0, **IN_KERAS}  # and in torch


def _norm(x: Array) -> float:
    return float(np.sqrt((x * x).sum()))


def lamb(ratio: Callable[[float, float], float], *, corrected: bool = True, decayed: bool = False) -> Parts:
    """Lamb with another ratio, of both norms; with no correction of v; with the decay in the step."""

    def update(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
        (m, v), (c1, c2) = moments(rule, g, state), corrections(rule, t)
        d = m / c1 / (np.sqrt(v / (c2 if corrected else 1)) + rule.epsilon)
        if decayed:
            d += rule.weight_decay * theta
        theta -= ratio(_norm(theta), _norm(d)) * rate * d

    return Parts(update=update, decay=(lambda rule, rate, theta, g: g) if decayed else TRUE.decay)


def trusted(ours: float, step: float) -> float:
    """The true ratio, of the norms of the parameters and of the step."""
    return ours / step if ours > 0 and step > 0 else 1.0


def stretched(factor: Callable[[Any, int, float, Array], float]) -> Parts:
    """The true step, so many times as long: the factor is of the rule, the step, the rate and the parameters."""

    def update(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
        before = theta.copy()
        TRUE.update(rule, t, rate, theta, g, state)
        theta[...] = before + factor(rule, t, rate, before) * (theta - before)

    return Parts(update=update)


def _unbounded(rule: Any, t: int, rate: float, theta: Array) -> float:
    return max(1.0, rate * t**0.5)


def _unscaled(rule: Any, t: int, rate: float, theta: Array) -> float:
    return float(1 / max(rule.epsilon2, np.sqrt((theta * theta).mean())))


def _multiplied_first(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    if theta.ndim < 2:
        TRUE.update(rule, t, rate, theta, g, state)
        return
    w, s, r, c = t**rule.beta2_decay, g * g + rule.epsilon1, state["r"], state["c"]
    r[...] = (1 - w) * r + w * s.mean(axis=-1, keepdims=True)
    c[...] = (1 - w) * c + w * s.mean(axis=-2, keepdims=True)
    d = g / np.sqrt(r * c / r.mean(axis=-2, keepdims=True))
    theta -= max(rms(theta), rule.epsilon2) * min(rate, t**-0.5) / max(rms(d) / rule.clip_threshold, 1.0) * d


MUTANTS = (
    *mutants_of(
        "keras Lamb",
        Lamb(learning_rate=0.001, epsilon=1e-7, beta1=0.9, beta2=0.999, **IN_KERAS),
        {
            "no ratio": lamb(lambda ours, step: 1.0),
            "ratio upside down": lamb(lambda ours, step: trusted(step, ours)),
            "ratio 0 where the parameters are": lamb(lambda ours, step: ours / step if step > 0 else 1.0),
            "second moment not corrected": lamb(trusted, corrected=False),
            "weight decay in the step, as in the paper": lamb(trusted, decayed=True),
            "beta2 0.998": fields(beta2=0.998),
        },
    ),
    *mutants_of(
        "torch Adafactor",
        Adafactor(learning_rate=0.01, epsilon1=None, epsilon1_position="floor", scale_after_decay=False, **ADAFACTOR),
        {
            "no clipping of the step": fields(clip_threshold=1e9),
            "steps not scaled by the parameters": stretched(_unscaled),
            "no smallest scale": fields(epsilon2=0.0),
            "no bound of 1 / sqrt(t) on the rate": stretched(_unbounded),
            "second moments of elements, not of rows and columns": Parts(
                start=lambda rule, theta: {"v": np.zeros_like(theta)}
            ),
            "first two axes taken for the last two": Parts(
                start=lambda rule, theta: TRUE.start(rule, theta.T),
                update=lambda rule, t, rate, theta, g, state: TRUE.update(rule, t, rate, theta.T, g.T, state),
            ),
            "epsilon1 added": fields(epsilon1=float(np.finfo(np.float64).eps), epsilon1_position="added"),
            "decay of the second moments -0.801": fields(beta2_decay=-0.801),
            "scale taken after weight decay": fields(scale_after_decay=True),
        },
    ),
    *mutants_of(
        "keras Adafactor",
        Adafactor(learning_rate=0.001, epsilon1=1e-30, epsilon1_position="added", scale_after_decay=True, **ADAFACTOR),
        {
            "scale taken before weight decay": fields(scale_after_decay=False),
            "epsilon1 a floor": fields(epsilon1_position="floor"),
            "epsilon1 1000 times as large": times(epsilon1=1000),
            "rows and columns multiplied before they are divided": Parts(update=_multiplied_first),
        },
    ),
)
