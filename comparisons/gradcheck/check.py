"""The gradients of a task at its start, found four ways, and how far they are from those by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from comparisons.analysis.gaps import ROUNDING_EPSILONS
from comparisons.frameworks import installed
from comparisons.tasks.problem import make_problem
from comparisons.tasks.spec import TaskSpec
from comparisons.tasks.streams import Array
from comparisons.training import implementations
from comparisons.training.cells import one_line
from comparisons.training.workers import Workers

Way = Literal["central", "autograd", "tape"]
WAYS: tuple[Way, ...] = get_args(Way)

FOUND_BY: Mapping[Way, str] = {"autograd": "torch", "tape": "tf"}

STEPS = tuple(10.0**-k for k in range(1, 13))  # h, of the central differences
ELEMENTS = 200  # of each parameter, at most, whose central differences are taken: each costs two losses for each h
# How far a gradient may be from the one by hand, in units of the parameter's largest. Autograd and tape sum the same
# terms in another order. A central difference is off by h^2 L''' / 6 + eps L / h; its best, at h = eps^(1/3), is about
# eps^(2/3) = 4e-11 for losses and derivatives near 1, and so some thousand times more where they are not.
ALLOWED: Mapping[Way, float] = {
    "central": 1e-7,
    "autograd": ROUNDING_EPSILONS * 2.0**-52,
    "tape": ROUNDING_EPSILONS * 2.0**-52,
}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was found of one task, in float64.

    Args:
        task: its name.
        differences: a row for each parameter and way: task, parameter, elements (how many were compared), way,
            difference (the largest, in units of the parameter's largest gradient by hand), element (the index of the
            worst one), by_hand and found (its gradients), allowed, and h, of the central differences the best.
        errors: a row for each parameter and h: task, parameter, h, error, as difference above.
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
    swept = {h: implementations.central_differences(problem, elements, h) for h in STEPS}
    found, mishaps = dict[Way, dict[str, Array]](), []
    for way, name in FOUND_BY.items():
        try:
            found[way] = asked[name].result()
        except KeyError:
            mishaps.append(f"{way}: {installed.remedy(name)}")
        except Exception as error:  # whatever a framework raises costs its own way only
            mishaps.append(f"{way}: {one_line(error)}")
    errors = [
        {
            "task": task.name,
            "parameter": name,
            "h": h,
            "error": _worst(by_hand[name], elements[name], swept[h][name])[0],
        }
        for name in by_hand
        for h in STEPS
    ]
    rows = [row for name, gradient in by_hand.items() for row in _rows(name, gradient, elements[name], swept, found)]
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
    name: str,
    gradient: Array,
    elements: Array,
    swept: Mapping[float, Mapping[str, Array]],
    found: Mapping[Way, Mapping[str, Array]],
) -> list[dict[str, object]]:
    """The rows of one parameter, a way each."""
    best = min(STEPS, key=lambda h: _worst(gradient, elements, swept[h][name])[0])
    ways: dict[Way, tuple[Array, Array]] = {"central": (elements, swept[best][name])}
    ways |= {way: (np.arange(gradient.size), of[name].reshape(-1)) for way, of in found.items()}
    rows = []
    for way, (indices, values) in ways.items():
        difference, i = _worst(gradient, indices, values)
        rows.append(
            {
                "parameter": name,
                "elements": len(indices),
                "way": way,
                "difference": difference,
                "element": str(_index(int(indices[i]), gradient)),
                "by_hand": gradient.reshape(-1)[indices[i]],
                "found": values[i],
                "allowed": ALLOWED[way],
                "h": best if way == "central" else np.nan,
            }
        )
    return rows


def _worst(gradient: Array, indices: Array, values: Array) -> tuple[float, int]:
    """The largest |found - by hand|, in units of the largest gradient by hand, and where among the indices it is."""
    scale = float(np.abs(gradient).max()) or 1.0
    gaps = np.abs(values - gradient.reshape(-1)[indices]) / scale
    gaps = np.where(np.isnan(gaps), np.inf, gaps)
    worst = int(gaps.argmax())
    return float(gaps[worst]), worst


def _index(flat: int, gradient: Array) -> tuple[int, ...]:
    """The element's index in the parameter, without the axis of replicas."""
    return tuple(int(i) for i in np.unravel_index(flat, gradient.shape)[1:])
