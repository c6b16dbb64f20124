"""Optimizers as data: a Keras config, or one of torch's parameter groups."""

import ast
import struct
from collections.abc import Mapping
from typing import Any

from comparisons import frameworks
from comparisons.frameworks.keras.foreign import older
from comparisons.names import BadInput
from comparisons.porting.reading.names import NoRule, resolve
from comparisons.porting.reading.source import Source, source_of
from comparisons.porting.reading.text import literal, shown

# The framework whose optimizers are configs as data, and the one whose are groups of parameters.
CONFIGS, GROUPS = (
    next(one for one in frameworks.FRAMEWORKS.values() if one.names.data == data) for data in ("config", "group")
)
UNREAD = ("params", "param_names", "state")  # entries that hold tensors
# Entries that are no arguments of ours; from initial_lr on, what schedulers and our hooks put there.
LEFT_OUT = {
    "name", "jit_compile", "is_legacy_optimizer",
    "initial_lr", "max_lr", "min_lr", "swa_lr", "base_momentum", "max_momentum", "lr_before",
}  # fmt: skip
# The entries of the groups of classes that no rule describes.
GROUPS_OUTSIDE = {
    "LBFGS": {
        "lr", "max_iter", "max_eval", "tolerance_grad", "tolerance_change", "history_size", "line_search_fn",
    },
}  # fmt: skip


def entries_in(node: ast.expr) -> dict[str, Any]:
    """The entries of a dict, or of the only one in a list, or in a state_dict's list of groups."""
    if isinstance(node, ast.List) and len(node.elts) == 1:
        return entries_in(node.elts[0])
    if not isinstance(node, ast.Dict):
        raise BadInput(f"{shown(ast.unparse(node))}: give one dict at a time, a config or a parameter group")
    entries: dict[str, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        match key, value:
            case ast.Constant(value=str(name)), _ if name in UNREAD:
                entries[name] = None
            case ast.Constant(value="param_groups"), _:  # of a whole state_dict()
                entries |= entries_in(value)
            case ast.Constant(value=str(name)), ast.Dict():
                entries[name] = entries_in(value)
            case ast.Constant(value=str(name)), _:
                entries[name] = literal(name, value)
            case _:
                raise BadInput(f"{shown(ast.unparse(node))}: its keys must be words in quotes")
    return entries


def of_entries(entries: Mapping[str, Any]) -> Source:
    """The optimizer that a Keras config says, or one of torch's parameter groups."""
    if "class_name" in entries and isinstance(entries.get("config"), dict):
        name, config = _class_named(str(entries["class_name"])), entries["config"]
        return _configured(name, config)
    if isinstance(entries.get("name"), str):
        return _configured(_class_named(entries["name"]), entries)
    given = {key: value for key, value in entries.items() if key not in (*UNREAD, *LEFT_OUT)}
    return source_of(GROUPS.module, _class_of_group(given), given)


def _configured(name: str, config: Mapping[str, Any]) -> Source:
    given = {key: value for key, value in config.items() if key not in LEFT_OUT}
    match given.get("learning_rate"):
        case {"class_name": str(kind), "config": dict(arguments)}:
            module, kind = resolve(f"{CONFIGS.module}.schedules.{kind}")
            values = {key: value for key, value in arguments.items() if value is not None and key != "name"}
            given["learning_rate"] = source_of(module, kind, values).call
        case float(rate):
            given["learning_rate"] = _shortest(rate)
    return source_of(older(CONFIGS.packages[0], given) or CONFIGS.module, name, given)


def _shortest(rate: float) -> float:
    """The number that was written, of one that went through float32, as Keras's learning rates do: 0.001."""
    try:
        if struct.unpack("f", struct.pack("f", rate))[0] != rate:
            return rate
    except OverflowError:
        return rate
    candidates = (float(f"{rate:.{digits}g}") for digits in range(1, 10))
    return next(one for one in candidates if struct.pack("f", one) == struct.pack("f", rate))


def _class_named(name: str) -> str:
    """The class of Keras with that name, or of the config with that name: "rm_sprop_1" is RMSprop's."""
    plain = name.lower().rstrip("0123456789").replace("_", "")
    for known in CONFIGS.classes:
        if known.lower() == plain or known == name:
            return known
    return resolve(f"{CONFIGS.module}.{name}")[1]


def _class_of_group(group: Mapping[str, Any]) -> str:
    """The class of torch whose groups have these entries."""
    arguments = {name: {*native.arguments} for name, native in GROUPS.classes.items()}
    fitting = [name for name, known in arguments.items() if set(group) <= known]
    exact = [name for name in fitting if set(group) == arguments[name]]
    if outside := [name for name, entries in GROUPS_OUTSIDE.items() if set(group) == entries]:
        raise NoRule(GROUPS.module, outside[0], GROUPS.names.no_rule[outside[0]])
    match exact or fitting:
        case [name]:
            return name
        case []:
            raise BadInput(
                f"no class of {GROUPS.module} has a parameter group with {shown(', '.join(group))}; write the call"
            )
        case several:
            raise BadInput(f"the parameter group may be of {' or '.join(several)}; write the call")
