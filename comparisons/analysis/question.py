"""What is to be explained: two calls of optimizers and the task on which they are compared."""

import re
from dataclasses import dataclass

from comparisons.analysis.parts import Subject
from comparisons.frameworks import FRAMEWORKS, completed, installed, of, rule_of
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.trainings import Trainable
from comparisons.names import LEVELS, BadInput, Dtype, Level, unknown
from comparisons.rules.recipe import Recipe
from comparisons.tasks.spec import TaskSpec
from comparisons.training.cells import Cell
from comparisons.training.levels import optimizer_for, runs


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two: what it is called, the framework of its calls, these as they were given, completed; its rule."""

    name: str
    written_for: str
    call: Trainable
    rule: Subject

    @property
    def framework(self) -> str:
        """Where it is trained: in its framework, or in the NumPy reference where that is not installed."""
        return "numpy" if self.stands_in else self.written_for

    @property
    def stands_in(self) -> bool:
        """Whether the NumPy reference stands in for its framework, which is not installed."""
        return bool(installed.missing(self.written_for))


@dataclass(frozen=True, kw_only=True)
class Question:
    """Why does the second side's curve differ from the first's?

    Args:
        level: at which the sides are trained; two calls are as-written.
        title: what the sentence begins with. slug: what its files are called.
    """

    task: TaskSpec
    level: Level
    title: str
    slug: str
    sides: tuple[Side, Side]

    @property
    def rules(self) -> tuple[Subject, Subject]:
        """The two rules."""
        return self.sides[0].rule, self.sides[1].rule

    @property
    def stand_ins(self) -> list[str]:
        """A line for each side whose framework is not installed."""
        absent = dict.fromkeys(side.written_for for side in self.sides if side.stands_in)
        return [f"the NumPy reference stands in for {of(name).name}: {installed.remedy(name)}" for name in absent]

    def cells(self, dtype: Dtype) -> tuple[Cell, Cell]:
        """The trainings of the two sides."""
        first, second = (
            Cell(
                task=self.task.name,
                optimizer=self.title,
                level=self.level,
                dtype=dtype,
                framework=side.framework,
                call=side.call,
            )
            for side in self.sides
        )
        return first, second


def of_recipe(task: TaskSpec, optimizer: str, between: tuple[str, str], level: Level) -> Question:
    """A recipe of a task, as two frameworks train it at a level; the first gives `same-numbers` its numbers.

    Raises:
        BadInput: no such recipe, a framework that has no such optimizer, or a level at which there is no gap.
    """
    recipe = _recipe(task, optimizer)
    for name in between:
        if name not in FRAMEWORKS:
            raise BadInput(unknown("framework", name, FRAMEWORKS))
        if not runs(name, recipe, "as-written"):
            raise BadInput(f"{recipe.label}: {of(name).name} has no such optimizer; give --between two that have it")
    if between[0] == between[1]:
        raise BadInput(f"--between is {between[0]} twice; give two frameworks")
    if level not in LEVELS:
        raise BadInput(unknown("level", level, LEVELS))
    if level == "same-rule":
        raise BadInput("--level same-rule: both follow one rule there, rounding aside; give as-written or same-numbers")
    first, second = (_side(of(name).name, name, optimizer_for(name, recipe, level, between[0])) for name in between)
    return Question(
        task=task,
        level=level,
        title=f"{recipe.label} on {task.name}, {level}",
        slug=re.sub(r"\W+", "-", "-".join((task.name, recipe.label, level, *between))),
        sides=(first, second),
    )


def of_calls(task: TaskSpec, source: NativeCall, target: NativeCall) -> Question:
    """Two calls, on a task.

    Raises:
        BadInput: a call is not one that its class takes.
    """
    calls = source, target
    named = " and ".join(dict.fromkeys(call.name for call in calls))
    names = [of(call.framework).name for call in calls]
    if names[0] == names[1]:
        names = ["the first", "the second"]
    first, second = (_side(name, call.framework, call) for name, call in zip(names, calls, strict=True))
    return Question(
        task=task,
        level="as-written",
        title=f"{named} on {task.name}",
        slug="-".join((task.name, *(part for call in calls for part in (call.framework, call.name)))),
        sides=(first, second),
    )


def _side(name: str, framework: str, call: Trainable) -> Side:
    return Side(name=name, written_for=framework, call=completed(call), rule=rule_of(call))


def _recipe(task: TaskSpec, optimizer: str) -> Recipe:
    """The task's recipe of that label, or its only one of that optimizer."""
    labelled = [recipe for recipe in task.recipes if recipe.label == optimizer]
    named = labelled or [recipe for recipe in task.recipes if recipe.optimizer == optimizer]
    if len(named) > 1:
        labels = ", ".join(recipe.label for recipe in named)
        raise BadInput(f"task '{task.name}' has several recipes of {optimizer}: {labels}; name one of them")
    if not named:
        raise BadInput(f"task '{task.name}': " + unknown("optimizer", optimizer, [r.label for r in task.recipes]))
    return named[0]
