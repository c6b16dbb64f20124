"""Wrong optimizers of this decade: Schedule-Free, Muon; and switches of Adam and RMSprop that few frameworks have."""

from dataclasses import replace
from typing import Any

import numpy as np

from comparisons.rules import Adam, Muon, RMSprop, ScheduleFreeAdamW, ScheduleFreeSGD
from comparisons.tasks.streams import Array
from numpy_impl.rules.muon import orthogonal, scale_of
from tests.mutants.mutant import IN_KERAS, mutants_of
from tests.mutants.parts import Parts, State, fields, times


def _evaluated_point_trained(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    z = state["z"]
    z -= rate * g
    theta += (z - theta) / t


def _new_z(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    z = state["z"]
    z -= rate * g
    theta[...] = (1 - 1 / t) * theta + z / t - rate * (1 - rule.momentum * (1 - 1 / t)) * g


def _momentum_of_the_other_side(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    z = state["z"]
    theta[...] = (1 - 1 / t) * theta + z / t - rate * (1 - (1 - rule.momentum) * (1 - 1 / t)) * g
    z -= rate * g


def _one_step_late(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    z, c = state["z"], 1 / (t + 1)
    theta[...] = (1 - c) * theta + c * z - rate * (1 - rule.momentum * (1 - c)) * g
    z -= rate * g


def _uncorrected(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    z, v, c = state["z"], state["v"], 1 / t
    v += (1 - rule.beta2) * (g * g - v)
    d = g / (np.sqrt(v) + rule.epsilon)
    theta[...] = (1 - c) * theta + c * z - rate * (1 - rule.beta1 * (1 - c)) * d
    z -= rate * d


def _plain_matrix(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    b = state["b"]
    b[...] = rule.momentum * b + g
    theta -= rate * scale_of(rule, *theta.shape[-2:]) * orthogonal(rule, b)


def _gradient_first(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    b = state["b"]
    b[...] = rule.momentum * b + orthogonal(rule, g)
    theta -= rate * scale_of(rule, *theta.shape[-2:]) * b


def _norm_of_all(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    b = state["b"]
    b[...] = rule.momentum * b + g
    u = rule.momentum * b + g
    longest = np.linalg.norm(u, ord=2, axis=(-2, -1), keepdims=True)  # the largest singular value
    scaled = replace(rule, epsilon=0.0)
    theta -= rate * scale_of(rule, *theta.shape[-2:]) * orthogonal(scaled, u) * longest


def _columns_over_rows(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    b = state["b"]
    b[...] = rule.momentum * b + g
    rows, columns = theta.shape[-2:]
    theta -= rate * scale_of(rule, columns, rows) * orthogonal(rule, rule.momentum * b + g)


SCHEDULE_FREE = ScheduleFreeAdamW(learning_rate=0.0025, beta1=0.9, beta2=0.999, epsilon=1e-8)
MUON = Muon(
    learning_rate=0.001,
    momentum=0.95,
    nesterov=True,
    velocity="sum",
    ns_a=3.4445,
    ns_b=-4.775,
    ns_c=2.0315,
    iterations=5,
    iteration_dtype="parameter",
    epsilon=1e-7,
    epsilon_position="added",
    scale="aspect",
)
ADAM = Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-6, epsilon_position="uncorrected-root")
MUTANTS = (
    *mutants_of(
        "Schedule-Free SGD",
        ScheduleFreeSGD(learning_rate=0.001, momentum=0.9),
        {
            "trains the average": Parts(update=_evaluated_point_trained),
            "averages the new iterate beside the step": Parts(update=_new_z),
            "momentum is one less it": Parts(update=_momentum_of_the_other_side),
            "the average starts one step late": Parts(update=_one_step_late),
            "later steps weigh more": fields(step_power=1.0),
            "warmed up": fields(warmup_steps=10),
        },
    ),
    *mutants_of(
        "Schedule-Free AdamW",
        SCHEDULE_FREE,
        {
            "reads its iterate after it has written it over": fields(aliased=True),
            "second moment not corrected": Parts(update=_uncorrected),
            "warmed up": fields(warmup_steps=10),
            "later steps weigh more": fields(step_power=1.0),
            "beta2 = 0.99": fields(beta2=0.99),
            "epsilon a hundred times as large": times(epsilon=100),
        },
    ),
    *mutants_of(
        "Muon",
        MUON,
        {
            "does not look ahead": Parts(update=_plain_matrix),
            "momentum of what is orthogonal": Parts(update=_gradient_first),
            "scaled by the largest singular value": Parts(update=_norm_of_all),
            "aspect of columns to rows": Parts(update=_columns_over_rows),
            "four steps": fields(iterations=4),
            "scaled by root mean squares": fields(scale="rms"),
            "a tenth of the third coefficient": times(ns_c=0.1),
            "momentum = 0.9": fields(momentum=0.9),
            "epsilon a floor": fields(epsilon_position="floor"),
        },
    ),
    *mutants_of(
        "Muon as long as AdamW",
        replace(MUON, scale="rms"),
        {"scaled by the aspect": fields(scale="aspect"), "not scaled": fields(scale="none")},
    ),
    *mutants_of(
        "BERT's Adam",
        replace(ADAM, bias_correction=False, **IN_KERAS),
        {"bias corrected": fields(bias_correction=True)},
    ),
    *mutants_of(
        "torch SparseAdam",
        replace(ADAM, lazy=True),
        {"rows without a gradient drift on": fields(lazy=False)},
    ),
    *mutants_of(
        "optax NAdam",
        replace(ADAM, epsilon_position="corrected-root", nesterov=True),
        {"does not look ahead": fields(nesterov=False)},
    ),
    *mutants_of(
        "TensorFlow 1 RMSprop",
        RMSprop(
            learning_rate=0.001,
            rho=0.9,
            epsilon=1e-10,
            epsilon_position="inside-root",
            momentum=0.9,
            learning_rate_in_velocity=True,
            initial_accumulator=1.0,
        ),
        {
            "squares start at 0": fields(initial_accumulator=0.0),
            "looks ahead": fields(nesterov=True),
            "squares corrected": fields(bias_correction=True),
        },
    ),
)
