"""Wrong optimizers of Adam's kin: Adam, Adamax, NAdam, RAdam, AdaBelief."""

from dataclasses import replace
from typing import Any

import numpy as np

from comparisons.rules import AdaBelief, Adam, Adamax, NAdam, RAdam
from comparisons.tasks.streams import Array
from numpy_impl.rules.nadam import momentum
from tests.mutants.mutant import IN_KERAS, mutants_of
from tests.mutants.parts import TRUE, Parts, State, fields, in_float32, shifted, times

BETAS: dict[str, Any] = {"beta1": 0.9, "beta2": 0.999}
ADAM_OF_TORCH = Adam(learning_rate=0.001, epsilon=1e-8, epsilon_position="corrected-root", **BETAS)
ADAM_OF_KERAS = Adam(learning_rate=0.001, epsilon=1e-7, epsilon_position="uncorrected-root", **BETAS, **IN_KERAS)


def moments(rule: Any, g: Array, state: State) -> tuple[Array, Array]:
    """Both moments, moved on in place."""
    m, v = state["m"], state["v"]
    m[...] = rule.beta1 * m + (1 - rule.beta1) * g
    v[...] = rule.beta2 * v + (1 - rule.beta2) * (g * g)
    return m, v


def corrections(rule: Any, t: int) -> tuple[float, float]:
    """What the moments are divided by for their start at zero."""
    return 1 - rule.beta1**t, 1 - rule.beta2**t


def _by_difference(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    m, v, (c1, c2) = state["m"], state["v"], corrections(rule, t)
    m[...] = rule.beta1 * m + (1 - rule.beta1) * g
    v += (1 - rule.beta2) * (g * g - v)
    theta -= rate / c1 * m / (np.sqrt(v / c2) + rule.epsilon)


def _epsilon_inside(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    (m, v), (c1, c2) = moments(rule, g, state), corrections(rule, t)
    theta -= rate / c1 * m / np.sqrt(v / c2 + rule.epsilon)


def _uncorrected(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    m, v = moments(rule, g, state)
    theta -= rate * m / (np.sqrt(v) + rule.epsilon)


def _only_first_corrected(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    (m, v), (c1, _) = moments(rule, g, state), corrections(rule, t)
    theta -= rate / c1 * m / (np.sqrt(v) + rule.epsilon)


def _of_the_deviation(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    m, v, (c1, c2) = state["m"], state["v"], corrections(rule, t)
    m += (1 - rule.beta1) * (g - m)
    v += (1 - rule.beta2) * ((g - m) ** 2 - v)
    theta -= rate / c1 * m / (np.sqrt(v / c2) + rule.epsilon)


def _largest_corrected(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    (m, v), (c1, c2), w = moments(rule, g, state), corrections(rule, t), state["w"]
    np.maximum(w, v / c2, out=w)
    theta -= rate / c1 * m / (np.sqrt(w) + rule.epsilon)


def _largest_for_ever(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    m, u, (c1, _) = state["m"], state["u"], corrections(rule, t)
    m += (1 - rule.beta1) * (g - m)
    np.maximum(u, np.abs(g) + rule.epsilon, out=u)
    theta -= rate / c1 * m / u


def _maximum_corrected(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    TRUE.update(rule, t, rate * corrections(rule, t)[1], theta, g, state)


def _first_uncorrected(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
    TRUE.update(rule, t, rate * corrections(rule, t)[0], theta, g, state)


def nadam(*, base: float = 0.96, ahead: int = 1, corrected: bool = True) -> Parts:
    """NAdam with another base of its momenta, looking so many steps ahead, with epsilon on another root."""

    def update(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
        (m, v), (_, c2) = moments(rule, g, state), corrections(rule, t)
        mu = rule.beta1 * (1 - 0.5 * base ** (np.arange(1, t + 2) * rule.momentum_decay))
        now, product = mu[t - 1], float(np.prod(mu[:t]))
        later = mu[t - 1 + ahead]
        n = later / (1 - product * (later if ahead else 1)) * m + (1 - now) / (1 - product) * g
        root = np.sqrt(v / c2) + rule.epsilon if corrected else (np.sqrt(v) + rule.epsilon) / c2**0.5
        theta -= rate * n / root

    return Parts(update=update)


def radam(*, threshold: float = 5, rectified: bool = True, waiting: float = 1, corrected: bool = False) -> Parts:
    """RAdam with another threshold, without the factor, with other steps before it, with epsilon on another root."""

    def update(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
        (m, v), (c1, c2) = moments(rule, g, state), corrections(rule, t)
        longest = 2 / (1 - rule.beta2) - 1
        length = longest - 2 * t * rule.beta2**t / c2
        if length <= threshold:
            theta -= waiting * rate / c1 * m
            return
        factor = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
        root = np.sqrt(v / c2) + rule.epsilon if corrected else (np.sqrt(v) + rule.epsilon) / c2**0.5
        theta -= rate / c1 * (factor**0.5 if rectified else 1) * m / root

    return Parts(update=update)


def adabelief(*, late: bool = False, squared: bool = False, added: float = 1, outside: float = 1) -> Parts:
    """AdaBelief with the deviation from the last mean, or from 0; with more or less of epsilon in either place."""

    def update(rule: Any, t: int, rate: float, theta: Array, g: Array, state: State) -> None:
        m, s, (c1, c2) = state["m"], state["s"], corrections(rule, t)
        before = m.copy()
        m[...] = rule.beta1 * m + (1 - rule.beta1) * g
        d = g if squared else g - (before if late else m)
        s[...] = rule.beta2 * s + (1 - rule.beta2) * (d * d) + added * rule.epsilon
        theta -= rate / c1 * m / (np.sqrt(s / c2) + outside * rule.epsilon)

    return Parts(update=update)


MUTANTS = (
    *mutants_of(
        "torch Adam",
        ADAM_OF_TORCH,
        {
            "epsilon on the uncorrected root": fields(epsilon_position="uncorrected-root"),
            "epsilon inside the root": Parts(update=_epsilon_inside),
            "epsilon 1000 times as large": times(epsilon=1000),
            "no epsilon": fields(epsilon=0.0),
            "beta1 0.901": fields(beta1=0.901),
            "beta2 0.998": fields(beta2=0.998),
            "betas exchanged": fields(beta1=0.999, beta2=0.9),
            "no correction": Parts(update=_uncorrected),
            "first moment not corrected": Parts(update=_first_uncorrected),
            "second moment not corrected": Parts(update=_only_first_corrected),
            "steps counted from 2": shifted(1),
            "learning rate 1 % too large": Parts(rate=lambda rule, k: 1.01 * TRUE.rate(rule, k)),
            "second moment of the deviation from the first": Parts(update=_of_the_deviation),
            "amsgrad, where it was not asked for": fields(amsgrad=True),
            "second moment moved by its difference": Parts(update=_by_difference),
        },
    ),
    *mutants_of(
        "torch Adam amsgrad",
        replace(ADAM_OF_TORCH, amsgrad=True),
        {
            "no amsgrad": fields(amsgrad=False),
            "the largest of the corrected second moments": Parts(update=_largest_corrected),
        },
    ),
    *mutants_of(
        "keras Adam",
        ADAM_OF_KERAS,
        {
            "epsilon on the corrected root": fields(epsilon_position="corrected-root"),
            "epsilon of torch, 1e-8": fields(epsilon=1e-8),
            "betas through float32": in_float32("beta1", "beta2"),
        },
    ),
    *mutants_of(
        "torch Adamax",
        Adamax(learning_rate=0.002, epsilon=1e-8, epsilon_position="in-maximum", **BETAS),
        {
            "epsilon added to the maximum": fields(epsilon_position="added"),
            "epsilon 1000 times as large": times(epsilon=1000),
            "beta2 0.998": fields(beta2=0.998),
            "first moment not corrected": Parts(update=_first_uncorrected),
            "maximum corrected too": Parts(update=_maximum_corrected),
            "maximum that does not fade": Parts(update=_largest_for_ever),
        },
    ),
    *mutants_of(
        "keras Adamax",
        Adamax(learning_rate=0.001, epsilon=1e-7, epsilon_position="added", **BETAS, **IN_KERAS),
        {"epsilon in the maximum": fields(epsilon_position="in-maximum")},
    ),
    *mutants_of(
        "torch NAdam",
        NAdam(learning_rate=0.002, epsilon=1e-8, momentum_decay=0.004, **BETAS),
        {
            "momentum decay of Keras, 1": fields(momentum_decay=1.0),
            "momentum of base 0.95": nadam(base=0.95),
            "no look ahead": nadam(ahead=0),
            "product of momenta one step late": Parts(
                advance=lambda rule, t, rate, scalars: {"P": scalars["P"] * (momentum(rule, t - 1) if t > 1 else 1)}
            ),
            "product of momenta one step early": Parts(
                advance=lambda rule, t, rate, scalars: {"P": scalars["P"] * momentum(rule, t + 1)}
            ),
            "product of momenta a power of the last": Parts(
                advance=lambda rule, t, rate, scalars: {"P": momentum(rule, t) ** t}
            ),
            "product of momenta always 1": Parts(advance=lambda rule, t, rate, scalars: scalars),
            "epsilon on the uncorrected root": nadam(corrected=False),
            "epsilon 1000 times as large": times(epsilon=1000),
        },
    ),
    *mutants_of(
        "keras Nadam",
        NAdam(learning_rate=0.001, epsilon=1e-7, momentum_decay=1.0, **BETAS, **IN_KERAS),
        {"momentum decay of torch, 0.004": fields(momentum_decay=0.004)},
    ),
    *mutants_of(
        "torch RAdam",
        RAdam(learning_rate=0.001, epsilon=1e-8, **BETAS),
        {
            "threshold 4": radam(threshold=4),
            "threshold 6": radam(threshold=6),
            "not rectified": radam(rectified=False),
            "no step before the threshold": radam(waiting=0),
            "epsilon on the corrected root": radam(corrected=True),
            "epsilon 1000 times as large": times(epsilon=1000),
            "first moment not corrected": Parts(update=_first_uncorrected),
            "beta2 0.998": fields(beta2=0.998),
        },
    ),
    *mutants_of(
        "paper AdaBelief",
        AdaBelief(learning_rate=0.001, epsilon=1e-16, **BETAS),
        {
            "second moment of the gradient": adabelief(squared=True),
            "deviation from the mean of the step before": adabelief(late=True),
            "no epsilon in the second moment": adabelief(added=0),
            "epsilon 1000 times as large": times(epsilon=1000),
            "first moment not corrected": Parts(update=_first_uncorrected),
            "beta2 0.998": fields(beta2=0.998),
        },
    ),
    *mutants_of(
        "AdaBelief with epsilon 1e-8",
        AdaBelief(learning_rate=0.001, epsilon=1e-8, **BETAS),
        {
            "no epsilon outside the root": adabelief(outside=0),
            "epsilon weighted as the square is": adabelief(added=1e-3),
        },
    ),
)
