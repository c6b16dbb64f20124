"""By how much replicas and steps raise the peak of memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from comparisons.bench.measure import Row, installed, memory_growth, worker
from comparisons.tasks import linear_target
from comparisons.tasks.problem import make_problem
from comparisons.training.implementations import train
from comparisons.training.levels import optimizer_for

MIB = 2**20
LOSS_BYTES = 8  # float32, held twice when a training ends: as it was noted, and with the replicas first
TARGET_RATIO = 2.5  # linear is 2, square is 4; memory that the heap had free takes in some of the smaller growth
TARGET_BYTES = 10.0  # the losses, and a quarter for the scatter from one process to the next


def rows(*, frameworks: Sequence[str] = (), replicas: int = 500, steps: int = 1000) -> Iterator[Row]:
    """One replica, then so many, twice and four times as many; then four times the steps. Each in a fresh worker."""
    for framework in frameworks or installed():
        single, some, twice, four_times = ((count, steps) for count in (1, replicas, 2 * replicas, 4 * replicas))
        longer = (replicas, 4 * steps)
        grown = {size: growth(framework, *size) for size in (single, some, twice, four_times, longer)}
        beyond = {size: bytes_ - LOSS_BYTES * size[0] * size[1] for size, bytes_ in grown.items()}
        for size in grown:
            case = f"{size[0]:,} {'replicas' if size[0] > 1 else 'replica'} × {size[1]:,} steps"
            for quantity, found in {"growth": grown, "growth beyond the losses": beyond}.items():
                yield Row(framework=framework, case=case, quantity=quantity, unit="MiB", samples=[found[size] / MIB])
        yield Row(
            framework=framework,
            case=f"{four_times[0]:,} replicas / {twice[0]:,}",
            quantity="growth beyond the losses",
            unit="ratio",
            samples=[beyond[four_times] / beyond[twice]],
            target=TARGET_RATIO,
        )
        yield Row(
            framework=framework,
            case=f"{longer[1]:,} steps - {steps:,}",
            quantity="growth per step and replica",
            unit="B",
            samples=[(grown[longer] - grown[some]) / (replicas * (longer[1] - steps))],
            target=TARGET_BYTES,
        )


def growth(framework: str, replicas: int, steps: int) -> int:
    """The bytes that a training needs at its peak, the making of its problem included."""
    with worker(framework) as executor:
        return executor.submit(measure, framework, replicas, steps).result()


def measure(framework: str, replicas: int, steps: int) -> int:
    """The same, in the worker: with Adam, which keeps the most state, after one replica has brought in all code."""
    task = linear_target()
    recipe = next(recipe for recipe in task.recipes if recipe.label == "adam")
    call = optimizer_for(framework, recipe, "as-written", framework)
    train(framework, make_problem(task, (0,), "float32"), call)
    task = replace(task, steps=steps)
    return memory_growth(lambda: train(framework, make_problem(task, tuple(range(replicas)), "float32"), call))
