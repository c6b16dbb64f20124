"""From recipes to calls: the 20-step regression loop's, line by line, and what holds of all."""

from dataclasses import replace
from math import cos, pi
from typing import get_args

import pytest

from comparisons import frameworks
from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.dialect import to_call, with_defaults
from comparisons.frameworks.express import differing
from comparisons.names import BadInput
from comparisons.rules import ClipGlobalNorm, rate_at
from comparisons.rules.canonical_training import canonical_of
from comparisons.rules.loop import Loop, Tensors
from comparisons.rules.recipe import OPTIMIZERS, Optimizer, Recipe
from comparisons.rules.schedules import Clock
from comparisons.rules.training import Accumulation, Average, Training
from comparisons.tasks import TASKS, regression_20
from comparisons.training.levels import optimizer_for, origin_of, runs

# What NumPy, torch and Keras run of each recipe.
AS_WRITTEN = {
    "sgd": (
        "numpy_impl.optimizers.SGD(learning_rate=0.1)",
        "torch.optim.SGD(lr=0.1, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False)",
        "keras.optimizers.SGD(learning_rate=0.1, momentum=0.0, nesterov=False)",
    ),
    "momentum": (
        "numpy_impl.optimizers.Momentum(learning_rate=0.1, momentum=0.9)",
        "torch.optim.SGD(lr=0.1, momentum=0.9, dampening=0.0, weight_decay=0.0, nesterov=False)",
        "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=False)",
    ),
    "nesterov": (
        "numpy_impl.optimizers.Nesterov(learning_rate=0.1, momentum=0.9)",
        "torch.optim.SGD(lr=0.1, momentum=0.9, dampening=0.0, weight_decay=0.0, nesterov=True)",
        "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, nesterov=True)",
    ),
    "adadelta": (
        "numpy_impl.optimizers.AdaDelta(learning_rate=1.0, rho=0.95, epsilon=0.0001)",
        "torch.optim.Adadelta(lr=1.0, rho=0.95, eps=0.0001, weight_decay=0.0)",
        "keras.optimizers.Adadelta(learning_rate=0.001, rho=0.95, epsilon=0.0001)",
    ),
    "adagrad": (
        "numpy_impl.optimizers.AdaGrad(learning_rate=0.01, initial_accumulator=0.0, epsilon=1e-07)",
        "torch.optim.Adagrad(lr=0.01, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10)",
        "keras.optimizers.Adagrad(learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-07)",
    ),
    "adam": (
        "numpy_impl.optimizers.Adam(learning_rate=0.1, beta1=0.9, beta2=0.99, epsilon=1e-09)",
        "torch.optim.Adam(lr=0.1, betas=(0.9, 0.99), eps=1e-09, weight_decay=0.0, amsgrad=False, "
        "decoupled_weight_decay=False)",
        "keras.optimizers.Adam(learning_rate=0.1, beta_1=0.9, beta_2=0.99, epsilon=1e-09, amsgrad=False)",
    ),
    "rmsprop": (
        "numpy_impl.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-07)",
        "torch.optim.RMSprop(lr=0.01, alpha=0.99, eps=1e-08, weight_decay=0.0, momentum=0.0, centered=False)",
        "keras.optimizers.RMSprop(learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-07, centered=False)",
    ),
}
# The same, but where torch's numbers change a line.
SAME_NUMBERS = {
    **AS_WRITTEN,
    "adadelta": (
        "numpy_impl.optimizers.AdaDelta(learning_rate=1.0, rho=0.95, epsilon=0.0001)",
        "torch.optim.Adadelta(lr=1.0, rho=0.95, eps=0.0001, weight_decay=0.0)",
        "keras.optimizers.Adadelta(learning_rate=1.0, rho=0.95, epsilon=0.0001)",
    ),
    "adagrad": (
        "numpy_impl.optimizers.AdaGrad(learning_rate=0.01, initial_accumulator=0.0, epsilon=1e-10)",
        "torch.optim.Adagrad(lr=0.01, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10)",
        "keras.optimizers.Adagrad(learning_rate=0.01, initial_accumulator_value=0.0, epsilon=1e-10)",
    ),
    "rmsprop": (
        "numpy_impl.optimizers.RMSprop(learning_rate=0.01, rho=0.99, epsilon=1e-08)",
        "torch.optim.RMSprop(lr=0.01, alpha=0.99, eps=1e-08, weight_decay=0.0, momentum=0.0, centered=False)",
        "keras.optimizers.RMSprop(learning_rate=0.01, rho=0.99, momentum=0.0, epsilon=1e-08, centered=False)",
    ),
}
LABELS = [recipe.label for recipe in regression_20.recipes]


@pytest.mark.parametrize(("level", "expected"), [("as-written", AS_WRITTEN), ("same-numbers", SAME_NUMBERS)])
@pytest.mark.parametrize("recipe", regression_20.recipes, ids=LABELS)
def test_calls_of_the_regression_loop(recipe, level, expected):
    calls = [optimizer_for(framework, recipe, level, "torch") for framework in FRAMEWORKS]
    assert tuple(call.code() for call in calls) == expected[recipe.label]


RECIPES = [recipe for task in TASKS.values() for recipe in task.recipes]


def writable(framework):
    return [recipe for recipe in RECIPES if runs(framework, recipe, "as-written")]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_as_written_knows_no_source(framework):
    recipes = writable(framework)
    calls = [[optimizer_for(framework, recipe, "as-written", source) for recipe in recipes] for source in FRAMEWORKS]
    assert calls == calls[:1] * len(FRAMEWORKS)


@pytest.mark.parametrize("source", FRAMEWORKS)
def test_the_source_runs_what_was_written(source):
    for recipe in writable(source):
        as_written = optimizer_for(source, recipe, "as-written", source)
        assert optimizer_for(source, recipe, "same-numbers", source) == as_written


# What each framework runs at the level of one rule: its own class, or (None) a drop-in.
SAME_RULE = {
    "sgd": ("SGD", "SGD", "SGD"),
    "momentum": ("Momentum", "SGD", "SGD"),
    "nesterov": ("Nesterov", "SGD", "SGD"),
    "adadelta": ("AdaDelta", "Adadelta", "Adadelta"),
    "adagrad": ("AdaGrad", "Adagrad", None),  # epsilon inside the root in Keras
    "adam": (None, "Adam", None),  # epsilon on the uncorrected root in both others
    "rmsprop": ("RMSprop", "RMSprop", None),
}


@pytest.mark.parametrize("recipe", regression_20.recipes, ids=LABELS)
def test_one_rule_is_run_by_a_framework_s_own_class_where_that_is_exact(recipe):
    run = [optimizer_for(framework, recipe, "same-rule", "torch") for framework in FRAMEWORKS]
    assert tuple(getattr(optimizer, "name", None) for optimizer in run) == SAME_RULE[recipe.label]


@pytest.mark.parametrize("source", FRAMEWORKS)
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.label)
def test_one_rule_is_the_source_s_or_the_next_one_s(source, recipe):
    origin = origin_of(recipe, source)
    run = {framework: optimizer_for(framework, recipe, "same-rule", source) for framework in FRAMEWORKS}
    assert run[origin] == optimizer_for(origin, recipe, "as-written", source)
    rules = {framework: frameworks.rule_of(optimizer) for framework, optimizer in run.items()}
    assert all(same(rules[origin], rule) for rule in rules.values())


def same(one, other):
    """Whether two rules or trainings are one; numbers of a rule may be off by the rounding of a root."""
    return canonical_of(one) == canonical_of(other) if isinstance(one, Training) else not differing(one, other)


# Whose numbers and rule are taken; what NumPy, torch and Keras run of a bare recipe at the first two levels, where None
# is nothing, for want of such an optimizer; and at the level of one rule.
OTHERS = {
    "adamw": ("torch", ("AdamW", "AdamW", "AdamW"), ("drop-in", "AdamW", "drop-in")),
    "adamax": ("torch", ("AdaMax", "Adamax", "Adamax"), ("drop-in", "Adamax", "drop-in")),
    "nadam": ("torch", ("NAdam", "NAdam", "Nadam"), ("NAdam", "NAdam", "drop-in")),
    "radam": ("torch", ("RAdam", "RAdam", None), ("RAdam", "RAdam", "drop-in")),
    # torch averages from step 1,000,000 on, the paper from the first: no curve shows it, but it is another rule
    "asgd": ("torch", ("ASGD", "ASGD", None), ("drop-in", "ASGD", "drop-in")),
    "rprop": ("torch", ("Rprop", "Rprop", None), ("Rprop", "Rprop", "drop-in")),
    "ftrl": ("tf", ("Ftrl", None, "Ftrl"), ("drop-in", "drop-in", "Ftrl")),
    "lion": ("tf", ("Lion", None, "Lion"), ("Lion", "drop-in", "Lion")),
    "lamb": ("tf", ("Lamb", None, "Lamb"), ("Lamb", "drop-in", "Lamb")),
    "adafactor": ("torch", ("Adafactor", "Adafactor", "Adafactor"), ("drop-in", "Adafactor", "drop-in")),
}

OF_NOBODY = [name for name in OPTIMIZERS if not any(frameworks.of(one).has(name) for one in ("torch", "tf"))]


def names_of(recipe, level):
    run = [
        optimizer_for(framework, recipe, level, "torch") if runs(framework, recipe, level) else None
        for framework in FRAMEWORKS
    ]
    return tuple(optimizer and getattr(optimizer, "name", "drop-in") for optimizer in run)


def test_every_optimizer_is_in_one_of_the_tables():
    assert [*SAME_RULE, *OTHERS, *OF_NOBODY] == list(OPTIMIZERS) == list(get_args(Optimizer))


@pytest.mark.parametrize("optimizer", OF_NOBODY)
def test_what_neither_framework_has_is_run_there_by_a_drop_in(optimizer):
    recipe, name = Recipe(optimizer=optimizer), frameworks.of("numpy").recipe_classes[optimizer].name
    assert origin_of(recipe, "torch") == "numpy"
    assert names_of(recipe, "as-written") == names_of(recipe, "same-numbers") == (name, None, None)
    assert names_of(recipe, "same-rule") == (name, "drop-in", "drop-in")


@pytest.mark.parametrize(("optimizer", "row"), OTHERS.items())
def test_who_runs_what(optimizer, row):
    recipe = Recipe(optimizer=optimizer)
    origin, own, one_rule = row
    assert origin_of(recipe, "torch") == origin
    assert names_of(recipe, "as-written") == names_of(recipe, "same-numbers") == own
    assert names_of(recipe, "same-rule") == one_rule


ORIGINS = [
    # the optimizer, the source asked for, the one whose numbers are taken
    ("lion", "torch", "tf"),
    ("lion", "tf", "tf"),
    ("lion", "numpy", "numpy"),
    ("rprop", "tf", "torch"),
    ("rprop", "numpy", "numpy"),
    ("adam", "tf", "tf"),
]


@pytest.mark.parametrize(("optimizer", "source", "origin"), ORIGINS)
def test_numbers_are_the_source_s_or_the_next_one_s(optimizer, source, origin):
    recipe = Recipe(optimizer=optimizer)
    expected = with_defaults(frameworks.of(origin), recipe)
    assert origin_of(recipe, source) == origin
    for framework in FRAMEWORKS:
        if runs(framework, recipe, "same-numbers"):
            dialect = frameworks.of(framework)
            call = optimizer_for(framework, recipe, "same-numbers", source)
            assert call == frameworks.complete(to_call(dialect, expected))


# --- recipes with a loop

LOOP = Loop(
    tensors=(Tensors(names="bias*", weight_decay=0.0),),
    warmup=5,
    fall="cosine",
    updates=50,
    clip_norm=2.0,
    accumulate=3,
)
LOOPED = Recipe(optimizer="adamw", learning_rate=0.1, weight_decay=0.2, loop=LOOP)


def written_by(framework, level="as-written", **changed):
    recipe = replace(LOOPED, loop=replace(LOOP, **changed))
    return optimizer_for(framework, recipe, level, "torch")


def test_a_loop_is_written_as_each_framework_has_it():
    clips = {framework: written_by(framework).clip for framework in FRAMEWORKS}
    padded, exact = (ClipGlobalNorm(limit=2.0, formula=formula) for formula in ("padded", "exact"))
    assert clips == {"numpy": padded, "torch": padded, "tf": exact}
    assert {written_by(framework).accumulation for framework in FRAMEWORKS} == {Accumulation(batches=3)}
    averages = {framework: written_by(framework, average=0.9).average for framework in FRAMEWORKS}
    every_update = Average(decay=0.9)
    assert averages == {
        "numpy": every_update,
        "torch": every_update,
        "tf": Average(decay=0.9, clock="batch", after=2),  # the first update comes with the third batch
    }


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_groups_have_their_own_numbers_and_one_schedule(framework):
    first, rest = frameworks.rule_of(written_by(framework)).groups
    assert first.tensors.names == ("bias*",)
    assert (first.optimizer.weight_decay, rest.optimizer.weight_decay) == (0.0, 0.2)
    rates = [[rate_at(group.optimizer.learning_rate, k) for k in range(61)] for group in (first, rest)]
    # by hand: up in a line to 0.1 at update 5, down along a cosine to 0 at update 50; Keras asks at batch 3 k + 2
    asked = [3 * k + 2 if framework == "tf" else k for k in range(61)]
    by_hand = [0.1 * (n / 5 if n < 5 else (1 + cos(pi * min(n - 5, 45) / 45)) / 2) for n in asked]
    assert rates[0] == rates[1] == pytest.approx(by_hand, abs=1e-16)
    counted = isinstance(rest.optimizer.learning_rate, Clock)
    assert counted == (framework == "tf")


def test_a_warm_up_and_a_line_are_written_wherever_there_are_schedules():
    found = {
        framework: written_by(framework, fall="linear", accumulate=1).groups[1].optimizer for framework in FRAMEWORKS
    }
    assert [isinstance(optimizer, NativeCall) for optimizer in found.values()] == [False, True, True]
    for optimizer in found.values():
        rate = frameworks.rule_of(optimizer).learning_rate
        by_hand = [0.1 * (k / 5 if k < 5 else max(0, (50 - k) / 45)) for k in range(61)]
        assert [rate_at(rate, k) for k in range(61)] == pytest.approx(by_hand, abs=1e-16)


def test_a_loop_of_one_batch_an_update_has_no_clock():
    assert not isinstance(frameworks.rule_of(written_by("tf", accumulate=1)).groups[1].optimizer.learning_rate, Clock)


def test_several_optimizers_of_keras_clip_each_their_own():
    tensors = (Tensors(names="bias*", learning_rate=0.01),)
    found = {framework: frameworks.rule_of(written_by(framework, tensors=tensors)) for framework in FRAMEWORKS}
    assert {framework: one.clip is not None for framework, one in found.items()} == {
        "numpy": True,
        "torch": True,
        "tf": False,
    }
    assert {group.optimizer.clip for group in found["tf"].groups} == {ClipGlobalNorm(limit=2.0, formula="exact")}


def test_the_same_numbers_are_the_source_s_and_the_loop_is_everybody_s_own():
    found = frameworks.rule_of(written_by("tf", "same-numbers"))
    assert [group.optimizer.epsilon for group in found.groups] == [1e-8, 1e-8]  # torch's
    assert found.clip == ClipGlobalNorm(limit=2.0, formula="exact")


def test_an_own_number_must_be_the_optimizer_s():
    with pytest.raises(BadInput, match="sgd: unknown hyperparameter 'weight_decay'"):
        Recipe(optimizer="sgd", loop=LOOP)
