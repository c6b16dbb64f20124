"""A rule as code to paste: the drop-in that follows it, spelled as its framework spells."""

from dataclasses import fields
from typing import Any

from comparisons import frameworks
from comparisons.frameworks.drop_ins import SIDES, arguments
from comparisons.rules import Rule


def drop_in_code(framework: str, rule: Rule) -> str:
    """The drop-in that follows the rule, with the lines that import it."""
    return "\n".join(frameworks.of(framework).writing.drop_in(rule, spelled(framework, rule)))


def spelled(framework: str, rule: Rule) -> dict[str, Any]:
    """The arguments that set the fields, but for the clip; several fields may share a tuple."""
    tables = [arguments(side, type(rule)) for side in SIDES if side == framework]  # none where the rule is given
    spelling = {field: name for table in tables for name, argument in table.items() for field in argument.fields}
    defaults = {name: argument.default for table in tables for name, argument in table.items()}
    usual = {one.name: one.default for one in fields(rule)}
    found: dict[str, list[Any]] = {}
    for field, value in _given(rule).items():
        name = spelling.get(field, field)
        if not value == usual[field] == defaults.get(name, usual[field]):  # else it goes without saying
            found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else tuple(values) for name, values in found.items()}


def _given(rule: Rule) -> dict[str, Any]:
    """The fields of a rule but for the clip; weight decay comes last, if there is any."""
    decay = ("weight_decay", "weight_decay_coupling")
    own = {name: value for name, value in vars(rule).items() if name not in (*decay, "clip")}
    return own | ({name: getattr(rule, name) for name in decay} if rule.weight_decay else {})
