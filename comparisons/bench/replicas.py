"""How much longer 1,000 replicas take than one."""

from collections.abc import Iterator, Sequence

from comparisons.bench.measure import Lap, Row, installed, interleaved, ratios, worker
from comparisons.tasks import linear_target
from comparisons.tasks.problem import make_problem
from comparisons.training.implementations import train
from comparisons.training.levels import optimizer_for

RECIPES = ("sgd", "adam")
TARGET_RATIO = 8.0


def rows(*, frameworks: Sequence[str] = (), replicas: int = 1000, repetitions: int = 7) -> Iterator[Row]:
    """The seconds of the steps alone, as a History has them, and the ratios; that of whole calls for comparison."""
    for framework in frameworks or installed():
        with worker(framework) as executor:
            for label in RECIPES:
                one, many = executor.submit(measure, framework, label, replicas, repetitions).result()
                yield from compared(framework, label, replicas, one, many)


def compared(framework: str, label: str, replicas: int, one: list[Lap[float]], many: list[Lap[float]]) -> Iterator[Row]:
    """The rows of one recipe."""
    case = f"linear-target, {label}"
    for quantity, laps in {"steps, 1 replica": one, f"steps, {replicas:,} replicas": many}.items():
        samples = [lap.result for lap in laps]
        yield Row(framework=framework, case=case, quantity=quantity, unit="s", samples=samples)
    steps = ratios([lap.result for lap in many], [lap.result for lap in one])
    calls = ratios([lap.wall for lap in many], [lap.wall for lap in one])
    for quantity, samples, target in (("steps", steps, TARGET_RATIO), ("whole calls", calls, None)):
        quantity = f"{quantity}, {replicas:,} replicas / 1"
        yield Row(framework=framework, case=case, quantity=quantity, unit="ratio", samples=samples, target=target)


def measure(framework: str, label: str, replicas: int, repetitions: int) -> list[list[Lap[float]]]:
    """In the worker: the laps of one replica and of many, each with the seconds of its steps."""
    task = linear_target()
    recipe = next(recipe for recipe in task.recipes if recipe.label == label)
    call = optimizer_for(framework, recipe, "as-written", framework)
    one, many = (make_problem(task, tuple(range(count)), "float32") for count in (1, replicas))
    return interleaved(
        repetitions,
        lambda: train(framework, one, call).seconds_training,
        lambda: train(framework, many, call).seconds_training,
    )
