"""What the proof of a whole training is trained on: tensors for each group, the gradients that lead them, a task's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from comparisons.porting.probes import Lead
from comparisons.rules import ClipValue, Rule, Schedule, of_matrices
from comparisons.rules.schedules import turning_points
from comparisons.rules.training import Selector, Training
from comparisons.tasks.problem import axes_of
from comparisons.tasks.streams import Array

LEAST_UPDATES, MOST_BATCHES = 40, 4000
BEYOND = 10  # updates after the last turning point
SIZES = (0.1, 10.0)  # of the gradients of an update, in limits of the clip: below it, and above

Names = Sequence[tuple[str, ...]]  # patterns of the tensors of each rule, by its number


def placed(training: Any, names: Names, origins: Sequence[int]) -> Any:
    """The training whose groups hold these tensors, without the groups that hold none.

    Args:
        training: what is trained.
        names: of each rule. origins: of each rule, the number of its group.
    """
    held = [
        tuple(name for of, own in zip(origins, names, strict=True) if of == i for name in own)
        for i in range(len(training.groups))
    ]
    groups = tuple(
        replace(group, tensors=Selector(names=own)) for group, own in zip(training.groups, held, strict=True) if own
    )
    return replace(training, groups=groups)


def led(count: int) -> Names:
    """The tensors that `lead` makes for so many rules."""
    return [(f"g{i}_*",) for i in range(count)]


def dealt(rules: Training[Rule], origins: Sequence[int], params: Mapping[str, Array]) -> Names:
    """A task's tensors, dealt out among the rules that can move them, each to the one that has the fewest."""
    names: list[tuple[str, ...]] = [()] * len(rules.groups)
    for name, axes in axes_of(params).items():
        able = [
            i
            for i, group in enumerate(rules.groups)
            if (axes == 2 and origins.count(origins[i]) == 1) or of_matrices(group.optimizer) == (axes == 2)
        ]
        if able:
            first = min(able, key=lambda i: len(names[i]))
            names[first] = (*names[first], name)
    return names


def length(rules: Training[Rule]) -> tuple[int, tuple[str, ...]]:
    """How many updates reach past every turning point, and what they leave out."""
    n = batches_of(rules)
    rates = [group.optimizer.learning_rate for group in rules.groups]
    points = [float(point) for rate in rates if isinstance(rate, Schedule) for point in turning_points(rate)]
    average = rules.average
    if average is not None:
        after = max(average.after + average.every, average.overwrite)
        points.append(after / n if average.clock == "batch" else after)
    wanted = max([LEAST_UPDATES, *(int(point) + BEYOND for point in points)])
    made = min(wanted, MOST_BATCHES // n)
    late = sorted({int(point) for point in points if point + 1 >= made})
    left_out = f"the schedule from update {made} on: it turns at {', '.join(map(str, late))}"
    return made, (left_out,) if late else ()


def batches_of(rules: Training[Rule]) -> int:
    """How many micro-batches make an update."""
    return 1 if rules.accumulation is None else rules.accumulation.batches


def lead(rules: Training[Rule], updates: int, origins: Sequence[int]) -> Lead:
    """Tensors of each rule, and gradients (micro-batches, ...): below a limit in one update, above it in the next.

    Of a call that moves matrices by one rule and the rest by another, the rest has none.
    """
    generator, n = np.random.default_rng(0), batches_of(rules)
    start: dict[str, Array] = {}
    for i, group in enumerate(rules.groups):
        matrices = of_matrices(group.optimizer)
        if matrices or origins.count(origins[i]) == 1:
            start[f"g{i}_w"] = generator.standard_normal((4, 3))
        if not matrices:
            start[f"g{i}_b"] = generator.standard_normal(3)
    limits = [clip.limit for clip in (rules.clip, *(g.optimizer.clip for g in rules.groups)) if clip is not None]
    count = sum(array.size for array in start.values())
    unit = (limits[0] if limits else 1.0) / (1.0 if isinstance(rules.clip, ClipValue) else count**0.5)
    unit *= 1.0 if rules.accumulation is not None and rules.accumulation.combine == "sum" else n**0.5
    sizes = unit * np.array(SIZES)[np.arange(updates) % 2].repeat(n)
    drawn = {name: generator.standard_normal((updates * n, *array.shape)) for name, array in start.items()}
    return start, {name: sizes.reshape(-1, *(1,) * (g.ndim - 1)) * g for name, g in drawn.items()}


def not_exercised(rules: Training[Rule], gradients: Mapping[str, Array]) -> list[str]:
    """What of the training the gradients do not reach."""
    said = ["which tensors each group holds"] if len(rules.groups) > 1 else []
    accumulation, n = rules.accumulation, batches_of(rules)
    if accumulation is not None and accumulation.combine == "samples":
        said.append("micro-batches of different sizes")
    clip = rules.clip if rules.clip is not None else rules.groups[0].optimizer.clip
    if clip is not None and not isinstance(clip, ClipValue):
        flat = np.concatenate([g.reshape(len(g), -1) for g in gradients.values()], axis=1)
        if accumulation is not None and accumulation.clip == "combined":
            flat = flat.reshape(-1, n, flat.shape[1]).sum(axis=1) / (1 if accumulation.combine == "sum" else n)
        norms = np.linalg.norm(flat, axis=1)
        said += ["clipping"] if not (norms > clip.limit).any() else []
        said += ["updates without clipping"] if not (norms < clip.limit).any() else []
    return said
