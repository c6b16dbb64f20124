"""The experiment of a lesson: each script in the process of its framework, then what they left, measured."""

from contextlib import closing

from comparisons.frameworks import installed
from comparisons.lessons.lesson import Change, Left, Lesson, Measured
from comparisons.lessons.scripts import left_by
from comparisons.names import BadInput
from comparisons.training.workers import Workers


class Missing(BadInput):
    """A framework that a lesson is about is not installed."""


def measured(lesson: Lesson, workers: Workers, changes: tuple[Change, ...] = ()) -> Measured:
    """What the scripts come to, all at once, each in the worker of its framework.

    Args:
        changes: of the code, to see a claim fail.

    Raises:
        Missing: a framework that it takes is not installed.
    """
    scripts = dict(lesson.code.changed(changes).scripts())
    if missing := [installed.remedy(name) for name in scripts if installed.missing(name)]:
        raise Missing("; ".join(missing))
    running = {name: workers.executor(name).submit(left_by, script) for name, script in scripts.items()}
    return lesson.measure(**{name: Left(**future.result()) for name, future in running.items()})


def measured_alone(lesson: Lesson) -> Measured:
    """The same, with workers of its own.

    Raises:
        Missing: as `measured`.
    """
    workers = Workers()
    with closing(workers):
        return measured(lesson, workers)
