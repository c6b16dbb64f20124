"""The gradients of a task at its start, found four ways, and how far they are from those by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from comparisons.analysis.gaps import ROUNDING_EPSILONS
from comparisons.frameworks import installed
from comparisons.gradcheck.central import EPSILON, Seen, central_differences
from comparisons.tasks.problem import make_problem
from comparisons.tasks.spec import TaskSpec
from comparisons.tasks.streams import Array
from comparisons.training import implementations
from comparisons.training.cells import one_line
from comparisons.training.workers import Workers

Way = Literal["central", "autograd", "tape"]
WAYS: tuple[Way, ...] = get_args(Way)

FOUND_BY: Mapping[Way, str] = {"autograd": "torch", "tape": "tf"}

ELEMENTS = 200  # of each parameter, at most, whose central differences are taken: each costs two losses for each h
# How far autograd and tape may be from the gradient by hand, in units of the parameter's largest: they sum the same
# terms in another order. What central differences may is found with them.
# Under the smallest normal number digits are lost, and TensorFlow takes what is there for 0.
ALLOWED, UNDERFLOW = ROUNDING_EPSILONS * EPSILON, float(np.finfo("float64").tiny) / EPSILON
HIDDEN = 1e-3  # of the largest gradient: who may be off by more does not show that a gradient is right

Note = Literal["kink", "rounding", "underflow"]
NOTES: tuple[Note, ...] = get_args(Note)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was found of one task, in float64.

    Args:
        task: its name.
        differences: a row for each parameter and way: task, parameter, elements (how many were compared), way,
            element (the index of the worst one: the largest difference in units of what is allowed), difference (in
            units of the parameter's largest gradient by hand), by_hand and found (its gradients), allowed, h (of the
            central differences, the best), and note: what hides elements, "kink", "rounding", "underflow", or several
            of them; else "".
        errors: a row for each parameter and h: task, parameter, h, error: the largest difference of a central one.
        mishaps: a line for each way that could not be gone.
    """

    task: str
    differences: pd.DataFrame
    errors: pd.DataFrame
    mishaps: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether every gradient is as near to the one by hand as its way allows."""
        return bool((self.differences["difference"] <= self.differences["allowed"]).all())


def check(task: TaskSpec, workers: Workers) -> Checked:
    """Find the gradients of the task's loss at its start, on the samples of the first step, with seed 0.

    Raises:
        BadInput: the task cannot be made.
    """
    problem = make_problem(task, (0,), "float64")
    asked = {name: workers.executor(name).submit(implementations.gradients, name, problem) for name in _present()}
    elements = {name: chosen(array.size) for name, array in problem.params.items()}
    by_hand = implementations.gradients("numpy", problem)
    seen = central_differences(problem, elements)
    found, mishaps = dict[Way, dict[str, Array]](), []
    for way, name in FOUND_BY.items():
        try:
            found[way] = asked[name].result()
        except KeyError:
            mishaps.append(f"{way}: {installed.remedy(name)}")
        except Exception as error:  # whatever a framework raises costs its own way only
            mishaps.append(f"{way}: {one_line(error)}")
    errors = [
        {"task": task.name, "parameter": name, "h": h, "error": _apart(gradient, elements[name], values).max()}
        for name, gradient in by_hand.items()
        for h, values in seen[name].by_step.items()
    ]
    rows = [
        row for name, gradient in by_hand.items() for row in _rows(name, gradient, elements[name], seen[name], found)
    ]
    return Checked(
        task=task.name,
        differences=pd.DataFrame([{"task": task.name, **row} for row in rows]),
        errors=pd.DataFrame(errors),
        mishaps=tuple(mishaps),
    )


def chosen(size: int) -> Array:
    """The flat indices of the elements whose central differences are taken: all, or some spread by chance, sorted."""
    if size <= ELEMENTS:
        return np.arange(size)
    return np.sort(np.random.default_rng(0).choice(size, ELEMENTS, replace=False))


def _present() -> list[str]:
    return [name for name in FOUND_BY.values() if not installed.missing(name)]


def _rows(
    name: str, gradient: Array, elements: Array, seen: Seen, found: Mapping[Way, Mapping[str, Array]]
) -> list[dict[str, object]]:
    """The rows of one parameter, a way each."""
    nearest = np.clip(gradient.reshape(-1)[elements], seen.low, seen.high)
    central = {
        **_worst(gradient, elements, nearest, seen.allowed / _largest(gradient), seen.h),
        "note": ", ".join(note for note, hidden in _hidden(gradient, seen).items() if hidden),
    }
    everywhere = np.arange(gradient.size)
    shrunk = UNDERFLOW / _largest(gradient)
    allowed, note = np.array(ALLOWED * max(1.0, shrunk)), "underflow" if shrunk > 1 else ""
    ways = {"central": central} | {
        way: {**_worst(gradient, everywhere, of[name].reshape(-1), allowed, np.array(np.nan)), "note": note}
        for way, of in found.items()
    }
    return [{"parameter": name, "way": way, **row} for way, row in ways.items()]


def _hidden(gradient: Array, seen: Seen) -> dict[Note, bool]:
    """What hides an element of the parameter from central differences."""
    least = HIDDEN * _largest(gradient)
    kink = seen.high - seen.low > least
    return {"kink": bool(kink.any()), "rounding": bool((~kink & ~(seen.allowed <= least)).any())}


def _worst(gradient: Array, indices: Array, values: Array, allowed: Array, h: Array) -> dict[str, object]:
    """The gradient that is farthest from the one by hand, in units of what is allowed.

    Args:
        gradient: by hand. indices: flat, of the others. values, allowed, h: of these; one for all, or one each.
    """
    apart = _apart(gradient, indices, values)
    allowed, h = np.broadcast_to(allowed, apart.shape), np.broadcast_to(h, apart.shape)
    with np.errstate(all="ignore"):
        i = int(np.where(apart <= allowed, np.nan_to_num(apart / allowed), 1 + apart).argmax())
    return {
        "elements": len(indices),
        "difference": float(apart[i]),
        "element": str(_index(int(indices[i]), gradient)),
        "by_hand": gradient.reshape(-1)[indices[i]],
        "found": values[i],
        "allowed": float(allowed[i]),
        "h": float(h[i]),
    }


@np.errstate(all="ignore")
def _apart(gradient: Array, indices: Array, values: Array) -> Array:
    """|found - by hand|, in units of the largest gradient by hand; infinite where only one is a number."""
    by_hand = gradient.reshape(-1)[indices]
    same = (values == by_hand) | (np.isnan(values) & np.isnan(by_hand))
    apart = np.where(same, 0, np.abs(values - by_hand) / _largest(gradient))
    return np.where(np.isnan(apart), np.inf, apart)


def _largest(gradient: Array) -> float:
    """The largest finite magnitude, or 1 if there is none."""
    return float(np.abs(gradient).max(where=np.isfinite(gradient), initial=0)) or 1.0


def _index(flat: int, gradient: Array) -> tuple[int, ...]:
    """The element's index in the parameter, without the axis of replicas."""
    return tuple(int(i) for i in np.unravel_index(flat, gradient.shape)[1:])
