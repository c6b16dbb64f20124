"""From a recipe to the call that each framework runs, level by level."""

from typing import assert_never

from comparisons import dialects
from comparisons.calls import NativeCall
from comparisons.names import Framework, Level
from comparisons.recipes import Recipe


def call_for(framework: Framework, recipe: Recipe, level: Level, source: Framework) -> NativeCall:
    """The complete call with which `framework` trains `recipe` at `level`.

    as-written: the framework fills in its own defaults. same-numbers: the source framework's defaults are filled in
    first, and every framework's own optimizer gets them all.
    """
    dialect = dialects.of(framework)
    match level:
        case "as-written":
            return dialect.complete(dialect.write(recipe))
        case "same-numbers":
            return dialect.complete(dialect.write(dialects.of(source).numbers(recipe)))
        case _:
            assert_never(level)
