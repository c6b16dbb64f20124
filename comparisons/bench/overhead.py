"""How much longer `train` takes than the bare loop that one would write by hand in the same framework."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from comparisons.bench.measure import Lap, Row, baseline, installed, interleaved, ratios, worker
from comparisons.rules.recipe import Recipe
from comparisons.tasks import linear_target
from comparisons.tasks.problem import make_problem
from comparisons.tasks.streams import Array
from comparisons.training.implementations import train
from comparisons.training.levels import optimizer_for

LEARNING_RATE = 0.07
# Both take the same sums in the same order and have given the same bits wherever it was tried. Another library may
# order a sum of ten numbers otherwise: a few epsilons, which gradient descent on this task does not let grow.
EPSILONS = 100


@dataclass(frozen=True, kw_only=True)
class Loop:
    """What `train` is measured against.

    Args:
        steps, repetitions: how long each call is, and how often it is timed.
        target: the times as long that `train` may take.
        eager: TensorFlow without a tf.function.
    """

    steps: int
    repetitions: int
    target: float
    eager: bool = False

    @property
    def name(self) -> str:
        """How the rows call it."""
        return f"bare {'eager ' if self.eager else ''}loop"


SHORT = Loop(steps=1_000, repetitions=15, target=1.1)
LONG = Loop(steps=10_000, repetitions=3, target=1.1)  # next to which building and tracing hardly count
EAGER = Loop(steps=1_000, repetitions=3, target=0.1, eager=True)


def loops(framework: str) -> tuple[Loop, ...]:
    """The loops of a framework."""
    match framework:
        case "numpy" | "torch":
            return SHORT, LONG
        case "tf":
            return SHORT, LONG, EAGER
        case _:
            raise KeyError(framework)


def rows(*, frameworks: Sequence[str] = (), only: Sequence[Loop] = ()) -> Iterator[Row]:
    """Whole calls, from a problem's arrays to the losses: building and tracing count on both sides."""
    for framework in frameworks or installed():
        with worker(framework) as executor:
            for loop in only or loops(framework):
                ours, theirs = executor.submit(measure, framework, loop).result()
                yield from compared(framework, loop, ours, theirs)


def compared(framework: str, loop: Loop, ours: list[Lap[Array]], theirs: list[Lap[Array]]) -> Iterator[Row]:
    """The rows of one loop."""
    case = f"{loop.name}, {loop.steps:,} steps"
    for quantity, laps in {"train, CPU time": ours, "loop, CPU time": theirs}.items():
        samples = [lap.cpu for lap in laps]
        yield Row(framework=framework, case=case, quantity=quantity, unit="s", samples=samples)
    cpu = ratios([lap.cpu for lap in ours], [lap.cpu for lap in theirs])
    wall = ratios([lap.wall for lap in ours], [lap.wall for lap in theirs])
    for quantity, samples in {"train / loop, CPU time": cpu, "train / loop, wall time": wall}.items():
        yield Row(framework=framework, case=case, quantity=quantity, unit="ratio", samples=samples, target=loop.target)


def measure(framework: str, loop: Loop) -> list[list[Lap[Array]]]:
    """In the worker: the laps of `train` and of the loop.

    Raises:
        RuntimeError: they do not give the same losses, so that there is nothing to compare.
    """
    problem = make_problem(replace(linear_target(), steps=loop.steps), (0,), "float32")
    recipe = Recipe(optimizer="sgd", learning_rate=LEARNING_RATE)
    call = optimizer_for(framework, recipe, "as-written", framework)
    bare = baseline(framework).bare
    options = {"eager": True} if loop.eager else {}
    laps = interleaved(
        loop.repetitions,
        lambda: train(framework, problem, call).losses[0],
        lambda: bare(problem, LEARNING_RATE, **options),
    )
    for ours, theirs in zip(*laps, strict=True):
        check_same(ours.result, theirs.result)
    return laps


def check_same(ours: Array, theirs: Array) -> None:
    """Raise where two rows of losses differ by more than rounding, or one is NaN."""
    gap = np.abs(ours - theirs).max() / np.abs(ours).max() / np.finfo(ours.dtype).eps
    if not gap <= EPSILONS:
        raise RuntimeError(f"the losses of train and of the bare loop differ by {gap:.3g} epsilons: nothing to compare")
