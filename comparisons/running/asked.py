"""What is asked for of a run or a sweep: checked, and chosen from what there is, before anything is made."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace

from comparisons.analysis.comparison import Comparison
from comparisons.frameworks import FRAMEWORKS, installed
from comparisons.frameworks.column import column
from comparisons.names import DTYPES, LEVELS, BadInput, Dtype, Level, unknown
from comparisons.rules.recipe import OPTIMIZERS
from comparisons.tasks import TASKS, TaskSpec, find
from comparisons.tasks.size import check_results
from comparisons.training.cells import cells_of


class NoFramework(BadInput):
    """None of the frameworks asked for is installed."""


def chosen(
    tasks: Sequence[str | os.PathLike[str] | TaskSpec], optimizers: Sequence[str], steps: int | None
) -> list[TaskSpec]:
    """The tasks with the recipes and the number of steps that were asked for.

    Raises:
        BadInput: there is no such task or optimizer, or a task is given twice.
    """
    found = [task if isinstance(task, TaskSpec) else find(os.fspath(task)) for task in tasks] or list(TASKS.values())
    names = [task.name for task in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadInput(f"task '{min(twice)}' is given twice; give it once")
    have = dict.fromkeys(recipe.label for task in found for recipe in task.recipes)
    _check(optimizers=(optimizers, [*have, *(name for name in OPTIMIZERS if name in optimizers)]))
    if steps is not None:
        found = [replace(task, steps=steps) for task in found]
    if not optimizers:
        return found
    kept = [
        replace(task, recipes=recipes)
        for task in found
        if (recipes := tuple(r for r in task.recipes if r.label in optimizers or r.optimizer in optimizers))
    ]
    if not kept:
        raise BadInput(f"no task chosen has a recipe for {', '.join(optimizers)}; choose from {', '.join(have)}")
    return kept


def usable(frameworks: Sequence[str]) -> list[str]:
    """Those asked for, or all that are installed.

    Raises:
        NoFramework: none of them is.
    """
    names = list(dict.fromkeys(frameworks)) or [name for name in FRAMEWORKS if not installed.missing(name)]
    if all(installed.missing(name) for name in names):
        raise NoFramework("\n".join(f"{name} cannot run: {installed.remedy(name)}" for name in names or FRAMEWORKS))
    return names


def nothing_to_train(tasks: Iterable[TaskSpec], names: Iterable[str]) -> str:
    """That no framework has such an optimizer, and what there is to do."""
    wanted = dict.fromkeys(recipe.optimizer for task in tasks for recipe in task.recipes)
    return f"no {' or '.join(wanted)} in {' or '.join(names)}; add the level same-rule or another framework"


def untrained(
    tasks: Sequence[TaskSpec],
    frameworks: Sequence[str],
    levels: Sequence[Level],
    dtypes: Sequence[Dtype],
    seeds: int,
    source: str,
) -> Comparison:
    """The comparison that is asked for, of which nothing is trained yet.

    Raises:
        BadInput: there is nothing to train, or more than memory holds.
    """
    cells = cells_of(tasks, dict.fromkeys(levels), [*dict.fromkeys(dtypes)], frameworks, source)
    if not cells:
        raise BadInput(nothing_to_train(tasks, frameworks))
    check_results(len(cells), max(task.steps for task in tasks), seeds)
    return Comparison(
        tasks=tuple(tasks),
        frameworks=tuple(frameworks),
        devices={},
        source=source,
        seeds=tuple(range(seeds)),
        cells=tuple(cells),
        outcomes={},
        interrupted=True,
    )


def check_columns(names: Iterable[str]) -> None:
    """Raise BadInput unless these are frameworks, with or without a device."""
    if isinstance(names, str):
        raise BadInput(f"frameworks is '{names}'; it must be a list, such as ['{names}']")
    for name in names:
        column(name)


def check_names(levels: Sequence[Level], dtypes: Sequence[Dtype], source: str) -> None:
    """Raise BadInput unless there are such levels, dtypes and such a framework."""
    _check(levels=(levels, LEVELS), dtypes=(dtypes, DTYPES))
    _check(sources=([source], FRAMEWORKS))


def _check(**given: tuple[Iterable[str], Iterable[str]]) -> None:
    for kind, (values, allowed) in given.items():
        if isinstance(values, str):
            raise BadInput(f"{kind} is '{values}'; it must be a list, such as ['{values}']")
        for value in values:
            if value not in allowed:
                raise BadInput(unknown(kind.removesuffix("s"), value, allowed))


def check_counts(**counts: int) -> None:
    """Raise BadInput unless they are whole numbers, at least 1."""
    for name, count in counts.items():
        if not isinstance(count, int) or count < 1:
            raise BadInput(f"{name} is {count!r}; it must be a whole number, at least 1")
