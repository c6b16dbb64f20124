"""From a recipe to what each framework runs, level by level."""

from typing import assert_never

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.dialect import complete, rule_of, to_call, with_defaults
from comparisons.frameworks.express import express
from comparisons.names import Level
from comparisons.rules import Rule
from comparisons.rules.recipe import Recipe

# Whose numbers and rule are taken where the source framework has no such optimizer: the first's that has it.
FALLBACK_ORDER: tuple[str, ...] = ("torch", "tf", "numpy")


def origin_of(recipe: Recipe, source: str) -> str:
    """The framework whose numbers and rule are taken: the source, or if it has no such optimizer the next that has."""
    return next(name for name in (source, *FALLBACK_ORDER) if frameworks.of(name).has(recipe.optimizer))


def runs(framework: str, recipe: Recipe, level: Level) -> bool:
    """Whether there is a curve of the framework at all: without a class of its own it has drop-ins only."""
    return level == "same-rule" or frameworks.of(framework).has(recipe.optimizer)


def optimizer_for(framework: str, recipe: Recipe, level: Level, source: str) -> NativeCall | Rule:
    """The complete call, or the rule, with which `framework` trains `recipe` at `level`, where it `runs`.

    as-written: the framework fills in its own defaults. same-numbers: the source framework's defaults are filled in
    first, and every framework's own optimizer gets them all. same-rule: the rule of the source's call; by the
    framework's own optimizer where that follows the rule exactly (the learning rate is constant here), else the rule
    itself, for a drop-in.
    """
    ours, origin = frameworks.of(framework), frameworks.of(origin_of(recipe, source))
    match level:
        case "as-written":
            return complete(ours, to_call(ours, recipe))
        case "same-numbers":
            return complete(ours, to_call(ours, with_defaults(origin, recipe)))
        case "same-rule":
            rule = rule_of(origin, complete(origin, to_call(origin, recipe)))
            found = express(ours, rule)
            exact = found.fidelity in ("exact", "exact-at-constant-learning-rate")
            return found.call if exact and found.call is not None else rule
        case _:
            assert_never(level)
