"""What was read, held to what a recipe is."""

import ast
import operator
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from comparisons import frameworks
from comparisons.names import BadInput
from comparisons.porting.reading.source import Source
from comparisons.rules import Rule, Schedule, rate_at
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import Average, Group, Training
from tests.recipes.record import Of, Whole

# tensors as both frameworks call them, with their numbers of axes
PROBES: Mapping[str, int] = {
    "embed.weight": 2,
    "h.0.attn.weight": 2,
    "h.0.attn.bias": 1,
    "h.0.LayerNorm.weight": 1,
    "backbone.conv.weight": 4,
    "backbone.conv.bias": 1,
    "dense/kernel": 2,
    "dense/bias": 1,
    "norm/gamma": 1,
    "norm/beta": 1,
    "norm/scale": 1,
    "embedding/embeddings": 2,
}
EPOCH = 7  # updates in an epoch, where the text does not say
ARITHMETIC: Mapping[type, Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def check_groups(whole: Whole, rules: Training[Rule]) -> None:
    """The groups hold the tensors they should, and their rules say what they should."""
    assert len(rules.groups) == len(whole.groups)
    if all(one.tensors.known for one in whole.groups):
        ours = Training(groups=tuple(Group(tensors=one.tensors, optimizer=one) for one in whole.groups))
        for name, axes in PROBES.items():
            expected, found = ours.group_of(name, axes), rules.group_of(name, axes)
            assert (expected is None) == (found is None), name
            if expected is not None and found is not None:
                check_rule(whole.groups[expected], rules.groups[found].optimizer)
    else:
        for one, group in zip(whole.groups, rules.groups, strict=True):
            assert not group.tensors.known, group.tensors
            check_rule(one, group.optimizer)


def check_rule(one: Of, rule: Rule) -> None:
    """The rule is of the kind, and each field that matters is as it should be."""
    assert type(rule).__name__ == one.rule
    for name, value in one.fields.items():
        found = getattr(rule, name)
        known = isinstance(value, float) and not isinstance(value, Symbol)
        # a rounding, where the text computes the number
        assert found == (pytest.approx(value, rel=1e-14) if known else value), f"{name}: {found}"


def check_rates(whole: Whole, rules: Training[Rule]) -> None:
    """The rate of the first group's updates; in an epoch that of all its updates."""
    rate = rules.groups[0].optimizer.learning_rate
    if not whole.rates:
        return
    assert isinstance(rate, Schedule), f"the rate is {rate}, at all updates"
    resolved = with_numbers(rate, {whole.per: float(EPOCH)})
    per = EPOCH if whole.per else 1
    for k, expected in whole.rates.items():
        for update in {per * k, per * k + per - 1}:
            found = rate_at(resolved, update)
            # recursive forms drift, and what is left of a cosine at its end is of numbers near 1
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-12 * whole.base), f"update {update}: {found}"


def check_surroundings(whole: Whole, rules: Training[Rule]) -> None:
    """The clip, the accumulation and the average."""
    clips = {rules.clip or group.optimizer.clip for group in rules.groups}
    assert clips == {whole.clip}
    assert rules.accumulation == whole.accumulation
    assert _average(rules.average, whole) == _average(whole.average, whole)


def _average(average: Average | None, whole: Whole) -> Average | None:
    """Without accumulation both clocks are one."""
    return average if average is None or whole.accumulation else replace(average, clock="update")


def check_gaps(whole: Whole, source: Source) -> None:
    """What no record holds is named, and nothing else is."""
    said = [f"{gap.text} {gap.message}" for gap in source.gaps]
    for words in whole.gaps:
        assert any(words in one for one in said), f"no gap names {words}: {said}"
    if not whole.gaps and not whole.or_gap:
        assert not said


def named_instead(whole: Whole, source: Source) -> bool:
    """Whether a gap stands where the rates might."""
    return bool(whole.or_gap) and any(whole.or_gap in f"{gap.text} {gap.message}" for gap in source.gaps)


def check_read(whole: Whole, source: Source) -> None:
    """All of it."""
    rules = frameworks.rule_of(source.training)
    check_groups(whole, rules)
    if not named_instead(whole, source):
        check_rates(whole, rules)
    check_surroundings(whole, rules)
    check_gaps(whole, source)


def check_each(whole: Whole, found: Sequence[tuple[int, Source | BadInput]]) -> None:
    """Several trainings of a text, one for each of the groups."""
    assert [isinstance(source, Source) for _, source in found] == [True] * len(whole.groups)
    for one, (_, source) in zip(whole.groups, found, strict=True):
        assert isinstance(source, Source)
        [group] = frameworks.rule_of(source.training).groups
        check_rule(one, group.optimizer)
        check_gaps(whole, source)


def with_numbers(value: Any, numbers: Mapping[str, float]) -> Any:
    """A record whose symbols have their numbers."""
    if isinstance(value, Symbol):
        return _number(ast.parse(value.text, mode="eval").body, numbers)
    if isinstance(value, tuple):
        return tuple(with_numbers(part, numbers) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: with_numbers(getattr(value, one.name), numbers) for one in fields(value)})
    return value


def _number(node: ast.expr, numbers: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_number(operand, numbers)
        case ast.BinOp(left=left, op=op, right=right):
            return float(ARITHMETIC[type(op)](_number(left, numbers), _number(right, numbers)))
        case _:
            return numbers[ast.unparse(node)]
