"""The tables of optax, held to the installed optax."""

import inspect
from functools import partial
from types import FunctionType

import numpy as np
import optax
import pytest

from comparisons.frameworks.optax import OPTAX
from comparisons.frameworks.optax.classes import AROUND, BY_RATE, CLASSES, DECAY_RATE, RATE_FIRST
from comparisons.frameworks.optax.names import NO_RULE
from comparisons.frameworks.optax.transforms import ALIASES, NAMES

OURS = {"scale_by_adafactor"}  # what optax has as several


@pytest.mark.parametrize("name", sorted(set(NAMES) - OURS))
def test_the_arguments_are_those_of_the_installed_optax(name):
    parameters = inspect.signature(getattr(optax, name, None) or getattr(optax.contrib, name)).parameters.values()
    theirs = {one.name: ... if one.default is one.empty else one.default for one in parameters}
    dtypes = {key: np.dtype(value).name if isinstance(value, type) else value for key, value in theirs.items()}
    assert dict(NAMES[name]) == dtypes
    assert list(NAMES[name]) == list(theirs)


# Arguments of our table that differ from the alias's, and why.
ELSEWHERE = {
    ("sgd", "momentum"): "no velocity is one of 0",
    ("rmsprop", "momentum"): "no velocity is one of 0",
    ("adafactor", "learning_rate"): "without one it is 1, which is written out",
    ("schedule_free_sgd", "weight_decay"): "none is one of 0",
    ("adadelta", "learning_rate"): "without one the sign is not turned either, so that it climbs",
}


@pytest.mark.parametrize("name", CLASSES)
def test_a_class_has_the_defaults_of_its_alias(name):
    for key, argument in CLASSES[name].arguments.items():
        if key in (*AROUND, BY_RATE, DECAY_RATE) or (name, key) in ELSEWHERE:
            continue
        assert ALIASES[name][key] == (... if argument.required else argument.default), key
    assert CLASSES["adafactor"].arguments[DECAY_RATE].default == -ALIASES["adafactor"]["decay_rate"]


def test_what_has_no_rule_is_of_the_installed_optax():
    for name in NO_RULE:
        assert any(hasattr(module, name) for module in (optax.contrib, optax.transforms, optax))


def test_every_optimizer_of_optax_is_known_or_known_to_have_no_rule():
    aliases = inspect.getmodule(optax.sgd)
    made = {
        name
        for name, thing in vars(aliases).items()
        if isinstance(thing, FunctionType | partial) and hasattr(optax, name)
    }
    assert made <= set(NAMES) | set(NO_RULE), made - set(NAMES) - set(NO_RULE)


def test_rprop_of_optax_makes_the_move_of_the_step_before():
    """Why it has no rule: the first update moves nothing, the second is the first's."""
    optimizer, theta = optax.rprop(0.1), np.ones(1)
    state, moves = optimizer.init(theta), []
    for gradient in (1.0, -1.0, -1.0):
        update, state = optimizer.update(np.full(1, gradient), state, theta)
        moves.append(float(update[0]))
    assert moves[0] == 0.0
    assert optax.rprop(0.1).update(np.ones(1), optimizer.init(theta), theta)[0][0] == 0.0


def test_adadelta_of_optax_climbs_without_a_rate():
    optimizer, theta = optax.adadelta(), np.ones(1)
    update, _ = optimizer.update(np.ones(1), optimizer.init(theta), theta)
    assert update[0] > 0


def test_it_is_no_column():
    assert (OPTAX.trains, OPTAX.has_optimizers, OPTAX.has_schedulers) == (False, True, False)
    assert RATE_FIRST in CLASSES["sgd"].arguments
