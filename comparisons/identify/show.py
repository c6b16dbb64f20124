"""What was identified, on the terminal and as JSON."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from comparisons.identify.accumulating import Accumulation
from comparisons.identify.found import Identified
from comparisons.identify.words import sentences
from comparisons.names import SCHEMA
from comparisons.rules import Rule


def text(one: Identified, about: Mapping[str, Any]) -> str:
    """A sentence a line, the answer first."""
    return "\n".join(sentences(one, about))


def as_json(one: Identified) -> str:
    """One object; what is found is empty where no rule of ours makes the steps."""
    closest = None if one.closest is None else {"rule": data(one.closest.rule), "ulp": one.closest.ulp}
    found = [
        {"tensors": list(each.tensors), "rule": data(each.rule), "ulp": each.ulp, "calls": dict(each.calls)}
        for each in one.found
    ]
    rates = None if one.learning_rates is None else list(one.learning_rates)
    answer = {
        "schema": SCHEMA,
        "found": found,
        "equally_good": [data(good.rule) for good in one.equally_good],
        "closest": closest,
        "learning_rates": rates,
        "slip": None if one.slip is None else f"{one.slip.says}; {one.slip.mended}",
        "notes": list(one.notes),
        "accumulation": None if one.accumulation is None else _accumulation(one.accumulation),
    }
    return json.dumps(answer, indent=1, allow_nan=False, ensure_ascii=False)


def _accumulation(one: Accumulation) -> dict[str, Any]:
    as_good = [{"gradient": key, "rules": [data(rule) for rule in rules]} for key, rules in one.as_good.items()]
    return {"steps": one.steps, "gradient": one.gradient, "as_good": as_good}


def data(rule: Rule) -> dict[str, Any]:
    """A rule as JSON has it: its family, and its fields as they are in comparisons.rules."""
    return {"family": type(rule).__name__, **{field.name: _value(getattr(rule, field.name)) for field in fields(rule)}}


def _value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_value(part) for part in value]
    if is_dataclass(value):
        parts = {field.name: _value(getattr(value, field.name)) for field in fields(value)}
        return {"kind": type(value).__name__, **parts}
    return value
