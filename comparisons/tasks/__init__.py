"""The shipped tasks, one file each. Add a file here and a line to TASKS to ship another."""

from difflib import get_close_matches
from pathlib import Path

from comparisons.names import BadInput, unknown
from comparisons.tasks.bowl import bowl
from comparisons.tasks.linear_target import linear_target
from comparisons.tasks.regression_20 import regression_20
from comparisons.tasks.simple_net import simple_net
from comparisons.tasks.spec import TaskSpec
from comparisons.tasks.two_layer_net import two_layer_net
from comparisons.tasks.valley import valley

TASKS: dict[str, TaskSpec] = {
    task.name: task for task in (bowl, valley, regression_20, linear_target(), simple_net(), two_layer_net())
}
# Task files to begin from: run by these names, too, but only when asked for.
EXAMPLES: dict[str, Path] = {file.stem: file for file in sorted((Path(__file__).parent / "examples").glob("*.toml"))}


def find(name: str) -> TaskSpec:
    """The shipped task or example of that name, or the task that the TOML file of that name describes.

    Raises:
        BadInput: no such task, or mistakes in the file, all of them at once.
    """
    if name.endswith(".toml") or name in EXAMPLES:
        from comparisons.tasks.file import read  # pydantic is loaded only when there is a file to check

        return read(str(EXAMPLES.get(name, name)))
    if name not in TASKS:
        labels = [recipe.label for task in TASKS.values() for recipe in task.recipes]
        near = get_close_matches(name.lower(), labels, n=1)
        optimizer = f"; an optimizer goes with --optimizer: {near[0]}" if near else ""
        own = "; a task of your own is given as a path ending in .toml"
        raise BadInput(unknown("task", name, (*TASKS, *EXAMPLES)) + own + optimizer)
    return TASKS[name]


__all__ = [
    "EXAMPLES",
    "TASKS",
    "TaskSpec",
    "bowl",
    "find",
    "linear_target",
    "regression_20",
    "simple_net",
    "two_layer_net",
    "valley",
]
