"""Gradients that try a translation where a task does not: none at first, none for a row, tiny, huge."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from comparisons.analysis.gaps import largest_gap
from comparisons.names import Dtype
from comparisons.rules import Adam, ClipGlobalNorm, Rule, of_matrices
from comparisons.tasks.streams import Array

STEPS = 20
SHAPES = {"matrix": (4, 3), "vector": (3,)}
HUGE: Mapping[Dtype, float] = {"float32": 1e10, "float64": 1e15}  # whose squares, and sums of them, are finite
PROBES = (
    "zero first gradients",
    "a dead row",
    "a dead row and column beside huge gradients",
    "gradients of 1e-9",
    "gradients of 1e-16",
    "gradients of 1e-22",
    "huge gradients",
)
RARE = "a row without a gradient now and then"  # which shows whether such a row moves; for rules that leave it alone

Lead = tuple[dict[str, Array], dict[str, Array]]


def leads(rule: Rule, dtype: Dtype) -> Iterator[Lead]:
    """Name to where a tensor starts, and name to the gradients (steps, ...) that lead it: two tensors for each probe.

    All probes go together, but where one clip is for all tensors: there each goes by itself.
    """
    start, gradients = _probes(dtype, (*PROBES, RARE) if isinstance(rule, Adam) and rule.lazy else PROBES)
    if of_matrices(rule):
        start = {name: array for name, array in start.items() if array.ndim > 1}
        gradients = {name: gradients[name] for name in start}
    if not isinstance(rule.clip, ClipGlobalNorm):
        yield start, gradients
        return
    for _, some in groupby(start, key=probe_of):
        names = list(some)
        yield {name: start[name] for name in names}, {name: gradients[name] for name in names}


def probe_of(name: str) -> str:
    """The probe of a tensor."""
    return name.partition(", ")[0]


def by_probe(paths: Sequence[Mapping[str, Array]], others: Sequence[Mapping[str, Array]]) -> dict[str, float]:
    """Probe to the largest gap of its tensors, led once in each of `paths`."""
    found = dict.fromkeys(PROBES, 0.0)
    for path, other in zip(paths, others, strict=True):
        for name in other:
            found[probe_of(name)] = max(found.get(probe_of(name), 0.0), largest_gap(path[name], other[name]))
    return found


def _probes(dtype: Dtype, probes: Sequence[str]) -> Lead:
    """A matrix starts at numbers around 1; a vector, as biases do, at 0, where the least step is seen."""
    start, gradients = dict[str, Array](), dict[str, Array]()
    scales = dict(zip(PROBES, (1.0, 1.0, HUGE[dtype], 1e-9, 1e-16, 1e-22, HUGE[dtype]), strict=True))
    for probe in probes:
        for kind, shape in SHAPES.items():
            rng = np.random.default_rng(0)
            given = scales.get(probe, 1.0) * rng.normal(size=(STEPS, *shape))
            match probe:
                case "zero first gradients":
                    given[:3] = 0.0
                case "a dead row":
                    given[:, 0] = 0.0
                case "a dead row and column beside huge gradients":
                    given[:, 0] = given[..., 0] = 0.0
                case str() if probe == RARE:
                    given[1::3, 0] = given[2::4, 1] = 0.0
            name = f"{probe}, {kind}"
            start[name] = (rng.normal(size=shape) if kind == "matrix" else np.zeros(shape)).astype(dtype)
            gradients[name] = given.astype(dtype)
    return start, gradients
