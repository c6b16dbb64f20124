"""The walks of mutants along the probes, and how far they lead."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np

from comparisons.faithful.probes import Probe
from comparisons.rules import Rule, of_matrices
from comparisons.tasks.streams import Array
from tests.mutants.parts import TRUE, Parts, walk

TOLERANCE = 1e-14  # of the parity tests in float64: right optimizers that round in another order come to a fourth of it


def path(parts: Parts, rule: Rule, probe: Probe) -> Iterator[Array]:
    """All parameters in a row after each step."""
    some = fitting(probe, rule)
    return walk(parts, probe.setting(rule), some.starts, some.gradients)


def fitting(probe: Probe, rule: Rule) -> Probe:
    """The probe with those of its tensors that the rule moves."""
    if not of_matrices(rule):
        return probe
    kept = [i for i, start in enumerate(probe.starts) if start.ndim > 1]
    return replace(probe, starts=[probe.starts[i] for i in kept], gradients=[probe.gradients[i] for i in kept])


def gaps(steps: Iterator[Array], rule: Rule, probe: Probe) -> Iterator[float]:
    """How far a path has led away from the rule's after each step: max|Δ| / max|p|, of the tensor where it is largest.

    max|p| is over the rule's whole path. What is not a number is infinitely far away.
    """
    true_path, scale = _true_path(rule, probe)
    for true in true_path:
        with np.errstate(all="ignore"):  # a mutant may divide by zero
            gap = float((np.abs(next(steps) - true) / scale).max())
        yield np.inf if np.isnan(gap) else gap


@cache  # every mutant of a rule is compared with it
def _true_path(rule: Rule, probe: Probe) -> tuple[Array, Array]:
    steps = np.stack(list(path(TRUE, rule, probe)))
    tensors = np.split(steps, np.cumsum([start.size for start in fitting(probe, rule).starts])[:-1], axis=1)
    return steps, np.concatenate([np.full(tensor.shape[1], np.abs(tensor).max()) for tensor in tensors])
