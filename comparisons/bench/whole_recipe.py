"""How much longer a whole recipe takes through `train` than in the loop that one would write by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from comparisons.bench.measure import Lap, Row, baseline, installed, interleaved, ratios, worker
from comparisons.rules.loop import Loop, Tensors
from comparisons.rules.recipe import Recipe
from comparisons.tasks import two_layer_net
from comparisons.tasks.problem import make_problem
from comparisons.tasks.spec import Network, Normal
from comparisons.tasks.streams import Array
from comparisons.training.implementations import train
from comparisons.training.levels import optimizer_for

TARGET = 1.15  # times as long as the loop
STEPS = 4_000
REPETITIONS = 9
# The loops take sums in another order, of arrays without a replica axis, and Adam makes more of that than descent does:
# what is compared is the first steps. Later ones part as any two trainings in float32 do.
CLOSE, FIRST = 1e-4, 20
LOOP = Loop(
    tensors=(Tensors(names="bias*", weight_decay=0.0),),
    fall="cosine",
    updates=STEPS,
    clip_norm=1.0,
    accumulate=2,
    average=0.99,
)
RECIPE = Recipe(optimizer="adamw", learning_rate=0.001, weight_decay=0.1, loop=LOOP)


def rows(*, frameworks: Sequence[str] = (), steps: int = STEPS, repetitions: int = REPETITIONS) -> Iterator[Row]:
    """Whole calls, from a problem's arrays to the losses: building and tracing count on both sides."""
    for framework in frameworks or installed():
        with worker(framework) as executor:
            ours, theirs = executor.submit(measure, framework, steps, repetitions).result()
        yield from compared(framework, ours, theirs)


def compared(framework: str, ours: list[Lap[Array]], theirs: list[Lap[Array]]) -> Iterator[Row]:
    """The rows of a framework: seconds of a step, and what `train` takes of the loop's."""
    steps = len(ours[0].result)
    case = f"AdamW in two groups, cosine, clip, accumulation, average: {steps:,} steps"
    for quantity, laps in {"train, CPU time a step": ours, "loop, CPU time a step": theirs}.items():
        yield Row(
            framework=framework, case=case, quantity=quantity, unit="s", samples=[lap.cpu / steps for lap in laps]
        )
    cpu = ratios([lap.cpu for lap in ours], [lap.cpu for lap in theirs])
    wall = ratios([lap.wall for lap in ours], [lap.wall for lap in theirs])
    for quantity, samples in {"train / loop, CPU time": cpu, "train / loop, wall time": wall}.items():
        yield Row(framework=framework, case=case, quantity=quantity, unit="ratio", samples=samples, target=TARGET)


def measure(framework: str, steps: int, repetitions: int) -> list[list[Lap[Array]]]:
    """In the worker: the laps of `train` and of the loop.

    Raises:
        RuntimeError: they do not begin with the same losses, so that there is nothing to compare.
    """
    task = two_layer_net()
    model = Network(hidden=(50,), weights=Normal(scale=0.1))  # of relu, which all write alike
    problem = make_problem(replace(task, model=model, steps=steps, evaluate_every=0), (0,), "float32")
    training = optimizer_for(framework, RECIPE, "as-written", framework)
    whole = baseline(framework).whole
    laps = interleaved(
        repetitions,
        lambda: train(framework, problem, training).losses[0],
        lambda: whole(problem, RECIPE, LOOP),
    )
    for ours, theirs in zip(*laps, strict=True):
        check_same(ours.result, theirs.result)
    return laps


def check_same(ours: Array, theirs: Array) -> None:
    """Raise where two rows of losses do not begin alike."""
    gap = np.abs(ours[:FIRST] - theirs[:FIRST]).max() / np.abs(ours[:FIRST]).max()
    if not gap <= CLOSE:
        raise RuntimeError(f"the losses of train and of the bare loop part by {gap:.3g}: nothing to compare")
