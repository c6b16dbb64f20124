"""From a recipe to what each framework runs, level by level."""

from functools import partial
from typing import assert_never

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.dialect import with_defaults
from comparisons.frameworks.express import express
from comparisons.frameworks.framework import Framework
from comparisons.frameworks.loops import written
from comparisons.frameworks.trainings import Trainable, over_groups
from comparisons.names import Level
from comparisons.rules import Rule
from comparisons.rules.canonical_training import canonical_of
from comparisons.rules.recipe import Recipe
from comparisons.rules.training import Training

# Whose numbers and rule are taken where the source framework has no such optimizer: the first's that has it.
FALLBACK_ORDER: tuple[str, ...] = ("torch", "tf", "numpy")


def origin_of(recipe: Recipe, source: str) -> str:
    """The framework whose numbers and rule are taken: the source, or if it has no such optimizer the next that has."""
    return next(name for name in (source, *FALLBACK_ORDER) if frameworks.of(name).has(recipe.optimizer))


def runs(framework: str, recipe: Recipe, level: Level) -> bool:
    """Whether there is a curve of the framework at all: without a class of its own it has drop-ins only."""
    return level == "same-rule" or frameworks.of(framework).has(recipe.optimizer)


def optimizer_for(framework: str, recipe: Recipe, level: Level, source: str) -> Trainable:
    """The complete call, the rule, or the training of such, with which `framework` trains `recipe` at `level`.

    as-written: the framework fills in its own defaults. same-numbers: the source framework's defaults are filled in
    first, and every framework's own optimizer gets them all. At both, what surrounds the optimizer is done as each
    framework does it. same-rule: the rule of the source's call; by the framework's own optimizer where that follows the
    rule exactly, else the rule itself, for a drop-in. A training is carried over whole or not at all.
    """
    ours, origin = frameworks.of(framework), frameworks.of(origin_of(recipe, source))
    match level:
        case "as-written":
            return written(ours, recipe)
        case "same-numbers":
            return written(ours, recipe, partial(with_defaults, origin))
        case "same-rule":
            theirs = written(origin, recipe)
            if ours is origin:
                return theirs
            rule = frameworks.rule_of(theirs)
            return _native_training(ours, rule) if isinstance(rule, Training) else _native(ours, rule)
        case _:
            assert_never(level)


def _native(framework: Framework, rule: Rule, prefer: str = "") -> NativeCall | Rule:
    """The framework's own optimizer where it follows the rule exactly (the learning rate is constant here)."""
    found = express(framework, rule, prefer)
    exact = found.fidelity in ("exact", "exact-at-constant-learning-rate")
    return found.call if exact and found.call is not None else rule


def _native_training(framework: Framework, training: Training[Rule]) -> Trainable:
    """The framework's own optimizers where they and what surrounds them do exactly this training."""
    rest = _native(framework, training.groups[-1].optimizer)
    prefer = rest.name if isinstance(rest, NativeCall) else ""  # one optimizer for all groups, if it can be
    ours = over_groups(training, partial(_native, framework, prefer=prefer))
    return ours if canonical_of(frameworks.rule_of(ours)) == canonical_of(training) else training
