"""Wrong weight decay around a right rule."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from comparisons.rules import SGD, ClipGlobalNorm, rate_at
from comparisons.tasks.streams import Array
from tests.mutants.adam import ADAM_OF_KERAS, ADAM_OF_TORCH
from tests.mutants.mutant import mutants_of
from tests.mutants.parts import TRUE, Parts, State, fields, in_float32, times


def _not_decayed(rule: Any, rate: float, theta: Array, g: Array) -> Array:
    return g


def _without_rate(rule: Any, rate: float, theta: Array, g: Array) -> Array:
    theta -= rule.weight_decay * theta
    return g


def _initial_rate(rule: Any, rate: float, theta: Array, g: Array) -> Array:
    return TRUE.decay(rule, rate_at(rule.learning_rate, 0), theta, g)


def _matrices_only(rule: Any, rate: float, theta: Array, g: Array) -> Array:
    return TRUE.decay(rule, rate, theta, g) if theta.ndim > 1 else g


def _after_update(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    TRUE.update(rule, t, rate, theta, g, state)
    theta -= rate * rule.weight_decay * theta


def _decay_clipped_too(rule: Any, tensors: Sequence[Array], gradients: Sequence[Array]) -> Sequence[Array]:
    decayed = [g + rule.weight_decay * theta for theta, g in zip(tensors, gradients, strict=True)]
    return TRUE.clip(rule, tensors, decayed)


MUTANTS = (
    *mutants_of(
        "torch SGD with momentum and decay",
        SGD(learning_rate=0.001, momentum=0.9, weight_decay=0.01),
        {"decoupled": fields(weight_decay_coupling="decoupled")},
        "weight decay",
    ),
    *mutants_of(
        "torch Adam with decay and clipping",
        replace(ADAM_OF_TORCH, weight_decay=0.01, clip=ClipGlobalNorm(limit=1.0, formula="padded")),
        {
            "decoupled": fields(weight_decay_coupling="decoupled"),
            "joins the gradient before it is clipped": Parts(clip=_decay_clipped_too, decay=_not_decayed),
            "multiplied by the learning rate": Parts(
                decay=lambda rule, rate, theta, g: g + rate * rule.weight_decay * theta
            ),
        },
        "weight decay",
    ),
    *mutants_of(
        "torch AdamW",
        replace(ADAM_OF_TORCH, weight_decay=0.01, weight_decay_coupling="decoupled"),
        {
            "coupled": fields(weight_decay_coupling="coupled"),
            "not multiplied by the learning rate": Parts(decay=_without_rate),
            "multiplied by the first learning rate": Parts(decay=_initial_rate),
            "after the update": Parts(decay=_not_decayed, update=_after_update),
            "of matrices only": Parts(decay=_matrices_only),
            "none": fields(weight_decay=0.0),
            "1 % too large": times(weight_decay=1.01),
        },
        "weight decay",
    ),
    *mutants_of(
        "keras AdamW",
        replace(ADAM_OF_KERAS, weight_decay=0.004),
        {"through float32": in_float32("weight_decay")},
        "weight decay",
    ),
)
