"""A rule as code to paste: the drop-in that follows it, spelled as its framework spells."""

from typing import Any

from comparisons import frameworks
from comparisons.frameworks.drop_ins import SIDES, arguments
from comparisons.rules import Rule


def drop_in_code(framework: str, rule: Rule) -> str:
    """The drop-in that follows the rule, with the lines that import it."""
    return "\n".join(frameworks.of(framework).writing.drop_in(rule, spelled(framework, rule)))


def spelled(framework: str, rule: Rule) -> dict[str, Any]:
    """The arguments that set the fields, but for the clip; two fields may share a pair."""
    spelling = _spelling(framework, rule)
    spelled: dict[str, Any] = {}
    for field, value in _given(rule).items():
        name = spelling.get(field, field)
        spelled[name] = (spelled[name], value) if name in spelled else value
    return spelled


def _given(rule: Rule) -> dict[str, Any]:
    """The fields of a rule but for the clip; weight decay comes last, if there is any."""
    decay = ("weight_decay", "weight_decay_coupling")
    own = {name: value for name, value in vars(rule).items() if name not in (*decay, "clip")}
    return own | ({name: getattr(rule, name) for name in decay} if rule.weight_decay else {})


def _spelling(framework: str, rule: Rule) -> dict[str, str]:
    """Field to the argument of the drop-in that sets it; none where there are no drop-ins, and the rule is given."""
    tables = [arguments(side, type(rule)) for side in SIDES if side == framework]
    return {field: name for table in tables for name, argument in table.items() for field in argument.fields}
