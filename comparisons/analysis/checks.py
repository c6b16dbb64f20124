"""Checks of what people mistake for the optimizer: shapes, loss, start, data, dtype, gradients."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from comparisons.analysis.gaps import ROUNDING_EPSILONS, absolute_gap, largest_gap
from comparisons.analysis.losses import below, loss_of_task, mistaken_for, out_of_range
from comparisons.analysis.measures import largest
from comparisons.names import Dtype
from comparisons.tasks.problem import Problem
from comparisons.tasks.streams import Array
from comparisons.training.contract import InitialEvaluation

EARLY = 3  # steps: long enough to see two batches change places, too short for rounding to have grown
# Another batch, or none shuffled, changes the first digits of a loss; in so few steps rounding (Keras in float32 takes
# Adam's steps 7e-6 too long) changed none of the first three.
ORDER = 1e-3


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What is known of one side in one dtype.

    Args:
        start: its model before the first update. losses: (steps,), of its training.
        expected: (steps,), of the NumPy reference under the rule of the side.
    """

    name: str
    start: InitialEvaluation
    losses: Array
    expected: Array


@dataclass(frozen=True, kw_only=True)
class Check:
    """Whether the two sides agree in one thing that the optimizer does not decide, and what was found."""

    name: str
    ok: bool
    found: str


Finding = tuple[bool, str]
Test = Callable[[Problem, tuple[Trained, Trained]], Finding]


@np.errstate(all="ignore")  # a start that overflows is a result
def checks(problem: Problem, sides: tuple[Trained, Trained]) -> list[Check]:
    """All checks in one dtype, in the order in which one mistake hides another."""
    found = {name: test(problem, sides) for name, test in TESTS.items()}
    return [Check(name=name, ok=ok, found=words) for name, (ok, words) in found.items()]


def _shapes(problem: Problem, sides: tuple[Trained, Trained]) -> Finding:
    targets = problem.first_samples()[1].shape[-2:]
    for side in sides:
        shape = side.start.outputs.shape[1:]
        if shape != targets:
            return False, f"{side.name}'s outputs are {shape}, the targets {targets}: {_broadcast(shape, targets)}"
    return True, f"outputs and targets are {targets}"


def _broadcast(*shapes: tuple[int, ...]) -> str:
    try:
        return f"their difference is broadcast to {np.broadcast_shapes(*shapes)}"
    except ValueError:
        return "they have no difference"


def _reduction(problem: Problem, sides: tuple[Trained, Trained]) -> Finding:
    targets, loss_name = problem.first_samples()[1], problem.task.loss
    reasons = []
    for side in sides:
        outputs = side.start.outputs
        if outputs.shape[1:] != targets.shape[-2:]:
            return False, f"cannot be told: {side.name}'s outputs have another shape than the targets"
        expected = loss_of_task(loss_name, outputs, targets)
        for loss in (float(side.start.losses[0]), float(side.losses[0])):
            if _close(loss, expected, problem.dtype):
                continue
            said = f"{side.name}'s first loss is {loss:.6g}; the task's is {expected:.6g}"
            reason = out_of_range(loss_name, outputs, targets, loss, problem.dtype)
            if not reason:
                return False, said + mistaken_for(loss_name, outputs, targets, loss)
            reasons.append(f"{said}: {reason}")
    if reasons:
        return True, reasons[0]
    return True, f"the first loss is {sides[0].losses[0]:.6g} on both sides, as the task has it"


def _start(problem: Problem, sides: tuple[Trained, Trained]) -> Finding:
    for side in sides:
        for name, array in problem.params.items():
            theirs = side.start.params.get(name)
            if theirs is None or theirs.shape != array.shape:
                return False, f"{side.name} has no {name} of shape {array.shape[1:]}"
            if not np.array_equal(theirs, array):
                return False, f"{side.name}'s {name} is off by up to {np.abs(theirs - array).max():.1e}"
    return True, f"all {sum(array.size for array in problem.params.values())} numbers are equal"


def _data(problem: Problem, sides: tuple[Trained, Trained]) -> Finding:
    tiny = float(np.finfo(problem.dtype).tiny)
    for side in sides:
        ours, theirs = (curve[:EARLY].astype(np.float64) for curve in (side.expected, side.losses))
        both = np.isfinite(ours) & np.isfinite(theirs)
        least = ORDER * largest(np.where(both, ours, 0)) + problem.targets.shape[-1] * tiny
        off = np.where(both, np.abs(ours - theirs) > least, np.isfinite(ours) != np.isfinite(theirs))
        if off.any():
            step = int(off.argmax())
            if step and _lost(side.start.gradients, tiny):
                return True, f"cannot be told: squares of gradients are too small; {below(problem.dtype)}"
            by_rule = ", by its rule," if step else ""
            there = f"{theirs[step]:.6g}; on the task's samples{by_rule} it would be {ours[step]:.6g}"
            return False, f"{side.name}'s loss at step {step} is {there}"
    batch = problem.task.batch
    return True, "the same samples, all at every step" if batch is None else f"the same batches of {batch}"


def _lost(gradients: dict[str, Array], tiny: float) -> bool:
    """Whether an optimizer that squares the gradients may find less than the smallest normal number."""
    sizes = np.abs(np.concatenate([gradient.ravel() for gradient in gradients.values()]).astype(np.float64))
    return bool(((sizes > 0) & (np.square(sizes) < tiny)).any())


def _dtype(problem: Problem, sides: tuple[Trained, Trained]) -> Finding:
    for side in sides:
        start = side.start
        arrays = {"losses": side.losses, "outputs": start.outputs, **start.params}
        arrays |= {f"gradient of {name}": array for name, array in start.gradients.items()}
        for name, array in arrays.items():
            if array.dtype != problem.dtype:
                return False, f"{side.name}'s {name}: {array.dtype}, not {problem.dtype}"
    return True, "all arrays have the one asked for"


def _gradients(problem: Problem, sides: tuple[Trained, Trained]) -> Finding:
    first, second = (side.start.gradients for side in sides)
    if {name: g.shape for name, g in first.items()} != {name: g.shape for name, g in second.items()}:
        return False, "they are of other parameters, or of another shape"
    worst, name = max((_apart(first[name], second[name]), name) for name in first)
    found = f"at step 0 they are {worst:.1e} of the largest apart" if worst else "at step 0 they are equal"
    if worst <= ROUNDING_EPSILONS * float(np.finfo(problem.dtype).eps):
        return True, found
    x = problem.first_samples()[0]
    least = x.shape[-2] * max(1.0, float(np.abs(x).max(initial=0))) * float(np.finfo(problem.dtype).tiny)
    small = all(np.all(np.abs(first[name].astype(np.float64) - second[name]) <= least) for name in first)
    return small, f"{found}, in {name}" + (f"; {below(problem.dtype)}" if small else "")


def _apart(one: Array, other: Array) -> float:
    """The largest gap, in units of the larger of the two; infinite where what is not finite differs."""
    finite = np.isfinite(one) & np.isfinite(other)
    if not np.array_equal(one[~finite], other[~finite], equal_nan=True):
        return float("inf")
    scale = max(float(np.abs(array).max(where=finite, initial=0)) for array in (one, other))
    return float(absolute_gap(one, other).max(where=finite, initial=0)) / (scale or 1.0)


def _close(loss: float, expected: float, dtype: Dtype) -> bool:
    return largest_gap(np.array(loss), np.array(expected)) <= ROUNDING_EPSILONS * float(np.finfo(dtype).eps)


TESTS: dict[str, Test] = {
    "shapes": _shapes,
    "loss reduction": _reduction,
    "initial values": _start,
    "data order": _data,
    "dtype": _dtype,
    "gradients": _gradients,
}


def together(found: dict[Dtype, list[Check]]) -> Iterator[Check]:
    """One check for each name: what was found wrong, or else in each dtype; once where it is the same."""
    for of_dtypes in zip(*found.values(), strict=True):
        both = dict(zip(found, of_dtypes, strict=True))
        wrong = {dtype: check for dtype, check in both.items() if not check.ok}
        found_by_dtype = {dtype: check.found for dtype, check in (wrong or both).items()}
        alike = len(set(found_by_dtype.values())) == 1
        words = found_by_dtype.values() if alike else [f"{dtype}: {words}" for dtype, words in found_by_dtype.items()]
        yield Check(name=of_dtypes[0].name, ok=not wrong, found="; ".join(dict.fromkeys(words)))
