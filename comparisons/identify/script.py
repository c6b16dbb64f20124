"""What a trace says of its script: the optimizer's class and call, its groups of tensors and their learning rates."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from comparisons.frameworks import FRAMEWORKS, dialect, of
from comparisons.frameworks.framework import Framework
from comparisons.identify.calls import short
from comparisons.names import BadInput
from comparisons.rules import Rule
from comparisons.tasks.streams import Array
from comparisons.traces.trace import Trace


def groups_of(about: Mapping[str, Any]) -> Iterator[tuple[list[str], Any]]:
    """The names of each group of the optimizer, in its order, and the arguments; none if the trace does not say."""
    optimizer = about.get("optimizer")
    groups = optimizer.get("groups") if isinstance(optimizer, Mapping) else None
    for group in groups if isinstance(groups, list) else ():
        names = group.get("parameters") if isinstance(group, Mapping) else None
        yield (names, group.get("arguments")) if isinstance(names, list) else ([], None)


def declared(about: Mapping[str, Any], moved: Sequence[str]) -> list[list[str]]:
    """The tensors that move in groups of one set of arguments, as the script has them; none if it has one only."""
    by_arguments: dict[str, list[str]] = {}
    for names, given in groups_of(about):
        by_arguments.setdefault(repr(given), []).extend(name for name in moved if name in names)
    found = [names for names in by_arguments.values() if names]
    return found if len(found) > 1 and sorted(chain(*found)) == sorted(moved) else []


def of_group(about: Mapping[str, Any], tensors: Sequence[str]) -> Mapping[str, Any]:
    """What the trace says, with the arguments of the group that has these tensors."""
    for names, given in groups_of(about):
        if all(name in names for name in tensors):
            return {**about, "optimizer": {**about["optimizer"], "arguments": given}}
    return about


def by_course(trace: Trace) -> list[Trace]:
    """The trace in parts of tensors whose groups' learning rates go alike; one part where they do, or are not known."""
    rates, groups = trace.group_rates, list(groups_of(trace.about))
    if rates is None or rates.shape[1] != len(groups) or not np.isfinite(rates).all():
        return [trace]
    led = [name for name, tensor in trace.tensors.items() if tensor.led_by is not None]
    parts: list[tuple[Array, list[str], int]] = []
    for i, (names, _) in enumerate(groups):
        there = [name for name in led if name in names]
        goes = rates[:, i] / (np.abs(rates[:, i]).max() or 1.0)
        alike = next((part for part in parts if np.allclose(part[0], goes, rtol=1e-12, atol=0)), None)
        if alike is not None:
            alike[1].extend(there)
        elif there:
            parts.append((goes, there, i))
    if len(parts) < 2 or sum(len(names) for _, names, _ in parts) < len(led):
        return [trace]
    found = []
    for _, names, i in parts:
        some = {name: tensor for name, tensor in trace.tensors.items() if name in names}
        found.append(replace(trace, tensors=some, learning_rate=rates[:, i], group_rates=None))
    return found


def in_rows(about: Mapping[str, Any]) -> tuple[str, ...]:
    """The tensors whose gradients an optimizer got as rows, and takes one by one: their sum makes other steps."""
    return (*squared_by_rows(about), *added_by_rows(about))


def squared_by_rows(about: Mapping[str, Any]) -> tuple[str, ...]:
    """Those of which one of Keras's squares each row; its SGD has no square."""
    return () if _is_sgd(about) else _names(about, "by_rows")


def added_by_rows(about: Mapping[str, Any]) -> tuple[str, ...]:
    """Those to which SGD adds each row, so that each rounds: torch's, and Keras's that has no momentum."""
    of_keras = _names(about, "by_rows") if _is_sgd(about) and not arguments(about).get("momentum") else ()
    return (*of_keras, *_names(about, "added_by_rows"))


def _is_sgd(about: Mapping[str, Any]) -> bool:
    name = class_of(about)
    return not name or name.endswith(".SGD")


def class_of(about: Mapping[str, Any]) -> str:
    """The optimizer's class, as it is imported; "" if the trace does not say."""
    optimizer = about.get("optimizer")
    name = optimizer.get("class") if isinstance(optimizer, Mapping) else None
    return name if isinstance(name, str) else ""


def arguments(about: Mapping[str, Any]) -> Mapping[str, Any]:
    """Those of the optimizer, as the script has them; none if the trace does not say."""
    optimizer = about.get("optimizer")
    found = optimizer.get("arguments") if isinstance(optimizer, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _names(about: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = about.get(key)
    return tuple(one for one in names if isinstance(one, str)) if isinstance(names, list) else ()


def written_rule(about: Mapping[str, object], family: type[Rule] | None = None) -> tuple[Rule, str] | None:
    """The rule that a trace says its script has, and its call in a sentence; None if it says none that is known.

    Args:
        family: of which it is to be where a class has two rules, each for some tensors, as Keras's Muon has.
    """
    optimizer, named = about.get("optimizer"), _named(about)
    if named is None or not isinstance(optimizer, Mapping) or not isinstance(optimizer.get("arguments"), Mapping):
        return None
    here, module, name = named
    if module != here.module or name not in here.classes:
        return None
    native = here.classes[name]
    known = [native.arguments, *([] if native.rest is None else [native.rest.native.arguments])]
    plain = {
        key: tuple(value) if isinstance(value, list) else as_typed(value)
        for key, value in arguments(about).items()
        if any(key in signature and signature[key].field for signature in known)
        and (value != 0 or native.arguments[key].field != "learning_rate")  # at which a warm-up begins
    }
    try:
        call = dialect.complete(here, here.call(name, {key: value for key, value in plain.items() if not _odd(value)}))
        rules = [group.optimizer for group in dialect.groups_of(here, call)]
    except BadInput:
        return None
    rule = next((rule for rule in rules if type(rule) is family), rules[0])
    by = "" if rule is rules[0] else f", which steps such tensors by {type(rule).__name__}"
    return rule, f"`{short(call)}`{by}"


def without_rule(about: Mapping[str, object]) -> tuple[str, str] | None:
    """The class that a trace says its script has, where no rule is known of it, and why if that is; else None."""
    named = _named(about)
    if named is None:
        return None
    here, module, name = named
    ours = here.implementation and module.startswith(here.implementation)  # drop-ins, each of which has a rule
    if ours or name in here.classes_in(module):
        return None
    return f"{module}.{name}", here.names.no_rule.get(name, "") if module == here.module else ""


def steps_as_one(about: Mapping[str, object]) -> bool:
    """Whether a trace says that its script has a class of the framework's own that takes no groups, and has no rule.

    What is derived from such a class has another module, or another name.
    """
    named = _named(about)
    return named is not None and named[1] == named[0].module and named[2] in named[0].names.as_one


def _named(about: Mapping[str, object]) -> tuple[Framework, str, str] | None:
    """The framework of a trace, and the module and the name of the optimizer's class; None if it does not say."""
    framework, (module, _, name) = about.get("framework"), class_of(about).rpartition(".")
    return (of(str(framework)), module, name) if module and framework in FRAMEWORKS else None


def as_typed(value: object) -> object:
    """A number that went through float32, as Keras's rates do, as it was typed: 0.001 for 0.0010000000474974513."""
    if not isinstance(value, float) or value != np.float32(value):
        return value
    return float(str(np.float32(value)))


def _odd(value: object) -> bool:
    return not isinstance(value, bool | int | float | str | tuple | None)
