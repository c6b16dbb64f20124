"""How often identify names the rule of a training whose rule is known."""

import time
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from comparisons.frameworks import rule_of
from comparisons.frameworks.call import NativeCall
from comparisons.identify.found import Found, Identified
from comparisons.identify.identify import identify
from comparisons.identify.words import named
from comparisons.rules import Rule, Schedule, of_matrices
from comparisons.rules.canonical import canonical
from comparisons.rules.ranges import RANGES
from tests.identified.drawn import draw
from tests.identified.training import trace_of

TRACES, WITHIN = 200, 1e-3


def score(count: int = TRACES) -> pd.DataFrame:
    """A row for each training."""
    return pd.DataFrame([row(seed) for seed in range(count)])


def summary(table: pd.DataFrame) -> str:
    """The bar in a line."""
    count = len(table)
    return (
        f"Of {count} trainings {table['switches'].sum()} are named with family and switches, {table['numbers'].sum()} "
        f"with their numbers too; {table['certain_and_wrong'].sum()} times something else was said for certain. "
        f"Median time {table['seconds'].median():.1f} s."
    )


def row(seed: int) -> dict[str, Any]:
    """The training of this seed, and what is said of it."""
    call, trace = drawn(seed)
    begun = time.process_time()
    found = identify(trace)
    return {"seed": seed, "call": call.code(), **judged(rule_of(call), found), "seconds": time.process_time() - begun}


def drawn(seed: int):
    """The first call of this seed with which the training stays finite, and the training."""
    rng = np.random.default_rng(seed)
    while True:
        call = draw(rng)
        trace = trace_of(call, seed, matrices=of_matrices(rule_of(call)))
        if all(np.isfinite(one.after).all() and np.abs(one.after).max() < 1e3 for one in trace.tensors.values()):
            return call, trace


def judged(truth: Rule, found: Identified) -> dict[str, Any]:
    """Whether the rule and its numbers are what was found, or in the set of what fits equally well."""
    fits = [*found.found, *found.equally_good]
    alike = [one for one in fits if same_switches(truth, one.rule)]
    ok = [one for one in alike if numbers_agree(truth, one)]
    return {
        "found": named(found.found[0].rule) if found.found else "none",
        "equally_good": len(found.equally_good),
        "switches": bool(alike),
        "first": bool(found.found) and same_switches(truth, found.found[0].rule),
        "numbers": bool(ok),
        "certain_and_wrong": bool(fits) and not ok,
        "ulp": found.found[0].ulp if found.found else None,
    }


def same_switches(truth: Rule, rule: Rule) -> bool:
    """Whether family and switches are alike, as far as they make a difference."""
    if type(truth) is not type(rule):
        return False
    a, b = canonical(truth), canonical(rule)
    return all(getattr(a, one.name) == getattr(b, one.name) for one in fields(a) if not _number(a, one.name))


def numbers_agree(truth: Rule, one: Found) -> bool:
    """Whether each number is the true one within 0.1 %, or the true one is where the steps do not tell."""
    a, b = canonical(truth), canonical(one.rule)
    for each in fields(a):
        if not _number(a, each.name):
            continue
        true, said = getattr(a, each.name), getattr(b, each.name)
        low, high = one.ranges.get(each.name, (said, said))
        near = true == said or (true is not None and said is not None and abs(true - said) <= WITHIN * abs(true))
        if not near and not (true is not None and low <= true * (1 + WITHIN) and true * (1 - WITHIN) <= high):
            return False
    return True


def _number(rule: Rule, name: str) -> bool:
    value = getattr(rule, name)
    return name in RANGES and not isinstance(value, bool | str | Schedule)


__all__ = ["NativeCall", "row", "score"]
