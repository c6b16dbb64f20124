"""The arguments of a drop-in, by the class tables of its framework: data and arithmetic, importing no framework.

A drop-in has the arguments of its framework's own class, in its order and by its defaults; then, by their names only,
the switches of the rule that the class has none for. Where the framework has no such class, the arguments are those of
the other one's, and where that has none of NumPy's, in this one's spelling.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, replace
from inspect import Parameter, Signature, cleandoc
from typing import Any, Literal, get_args

from comparisons.frameworks.call import Value
from comparisons.frameworks.framework import Framework
from comparisons.frameworks.keras import KERAS
from comparisons.frameworks.keras.classes import TAIL
from comparisons.frameworks.keras.clipping import clip_arguments
from comparisons.frameworks.numpy import NUMPY
from comparisons.frameworks.signature import OFF, Argument, NativeClass
from comparisons.frameworks.torch import TORCH
from comparisons.frameworks.torch.classes import HOW
from comparisons.rules import Rule, Surroundings
from comparisons.rules.ranges import NOT_NEGATIVE, Range
from comparisons.rules.surroundings import Formula

Side = Literal["torch", "tf"]  # the frameworks whose optimizers are objects, so that there is something to drop in for
Arguments = Mapping[str, Argument]
SURROUNDINGS = {field.name for field in fields(Surroundings)}

SIDES: Mapping[Side, Framework] = {"torch": TORCH, "tf": KERAS}
# What the drop-ins of a framework have beside the rule: in torch of HOW what each can do, in Keras what each class has.
BESIDE: Mapping[Side, Arguments] = {
    "torch": {name: HOW[name] for name in ("maximize", "capturable")},
    "tf": {"clip_formula": Argument(default="exact", field="clip_formula"), **TAIL},
}
# What an argument is called, in the framework's manner, that none of its classes has; else as the field.
COINED: Mapping[Side, Mapping[str, str]] = {"torch": {"learning_rate_power": "lr_power"}, "tf": {}}
# What an argument is that no rule has a field for; of Keras's, its own documentation tells.
MEANINGS = {"maximize": "go up", "capturable": "steps can be captured in a graph, on an accelerator"}


def arguments(framework: Side, rule: type[Rule]) -> Arguments:
    """The arguments of the drop-in that follows the rule, in order, each with the fields that it sets."""
    ours, name = next(_natives(framework, rule))
    native = ours.classes[name]
    own = _own(native) if ours.id == framework else _respelled(framework, _own(native))
    weight_decay = Argument(
        default=0.0 if framework == "torch" else None,
        field="weight_decay",
        keyword_only=framework == "tf"
        or "weight_decay" not in own,  # in Keras its place is not the same in all classes
    )
    coupling = Argument(default=_coupling(framework, native), field="weight_decay_coupling")
    last = {"weight_decay_coupling": coupling, **BESIDE[framework]}
    return {
        **{name: argument for name, argument in own.items() if name != "weight_decay" or not weight_decay.keyword_only},
        **_switches(native),
        "weight_decay": weight_decay,
        **{name: replace(argument, keyword_only=True) for name, argument in last.items()},
    }


def _natives(framework: Side, rule: type[Rule]) -> Iterator[tuple[Framework, str]]:
    """The classes that follow the rule, by name: those of the framework first, and NumPy's last."""
    (other,) = SIDES.keys() - {framework}
    for one in (SIDES[framework], SIDES[other], NUMPY):
        yield from ((one, name) for name, native in one.classes.items() if native.rule is rule)


def _own(native: NativeClass) -> dict[str, Argument]:
    """Those of the class's arguments that set a field which is the rule's own, and weight decay."""
    return {
        name: replace(argument, allowed=None)
        for name, argument in native.arguments.items()
        if argument.field not in (OFF, "weight_decay_coupling") and name not in TAIL and not argument.words
    }


def _switches(native: NativeClass) -> dict[str, Argument]:
    """What the class always has so, by its table or by the rule's default, and its drop-in may have otherwise."""
    settable = {part for argument in native.arguments.values() for part in argument.fields if not argument.words}
    worded = [argument for argument in native.arguments.values() if argument.words]
    always = dict(native.fixed_fields) | {str(one.field): (one.words or {})[one.default] for one in worded}
    for field in fields(native.rule):
        if field.name not in {*settable, *always} and field.default is not MISSING:
            always[field.name] = field.default
    own = {name: value for name, value in always.items() if name not in SURROUNDINGS}
    return {name: Argument(default=value, field=name, keyword_only=True) for name, value in own.items()}


def _coupling(framework: Side, native: NativeClass) -> Value:
    """How the class decays the weights by default; in Keras every class does it so."""
    return "decoupled" if framework == "tf" else native.fixed_fields.get("weight_decay_coupling", "coupled")


def _respelled(framework: Side, others: Arguments) -> dict[str, Argument]:
    """The arguments of the other framework's class: a pair where this framework pairs the fields, else one a field."""
    spelling = {
        part: (name, argument.field)
        for native in SIDES[framework].classes.values()
        for name, argument in native.arguments.items()
        for part in argument.fields
    }
    defaults = dict(_defaults(others))
    respelled: dict[str, Argument] = {}
    for part, default in defaults.items():
        name, set_ = spelling.get(part, (COINED[framework].get(part, part), part))
        if isinstance(set_, tuple) and all(one in defaults for one in set_):
            respelled[name] = Argument(default=tuple(defaults[one] for one in set_), field=set_)
        else:
            respelled[name] = Argument(default=default, field=part)
    return respelled


def _defaults(others: Arguments) -> Iterator[tuple[str, Any]]:
    """Field to default, of arguments that may set a pair of them."""
    for argument in others.values():
        match argument.field, argument.default:
            case tuple(parts), tuple(numbers):
                yield from zip(parts, numbers, strict=True)
            case str(part), default:
                yield part, default


def fields_of(arguments: Arguments, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that the arguments set, each as it is given."""
    values: dict[str, Any] = {}
    for name, argument in arguments.items():
        match argument.fields:
            case (part,):
                values[part] = given[name]
            case (_, _, *_) as parts:
                values |= zip(parts, given[name], strict=True)
    return values


def arguments_of(framework: Side, rule: Rule) -> dict[str, Any]:
    """The arguments that make the rule, in order: all that set a field of it, clipping among them where they can."""
    values = vars(rule) | (clip_arguments(rule.clip) if framework == "tf" else {})
    made: dict[str, Any] = {}
    for name, argument in arguments(framework, type(rule)).items():
        match argument.fields:
            case (_, _, *_) as parts:
                made[name] = tuple(values[part] for part in parts)
            case _ if (part := name if name in values else str(argument.field)) in values:
                made[name] = values[part]
    return made


def signature(framework: Side, rule: type[Rule]) -> Signature:
    """The signature of the drop-in's class, its annotations in words."""
    over = [Parameter("params", Parameter.POSITIONAL_OR_KEYWORD, annotation="ParamsT")] if framework == "torch" else []
    own = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY if argument.keyword_only else Parameter.POSITIONAL_OR_KEYWORD,
            default=argument.default,
            annotation=annotation(rule, name, argument),
        )
        for name, argument in arguments(framework, rule).items()
    ]
    return Signature([*over, *own])


def annotation(rule: type[Rule], name: str, argument: Argument) -> str:
    """The type of an argument in words; Rate is what a framework takes for a learning rate."""
    match argument.default:
        case _ if argument.field == "learning_rate":
            return "Rate"
        case bool():
            return "bool"
        case str():
            return f"Literal[{', '.join(json.dumps(word) for word in words_of(rule, name))}]"
        case None if name == "name":
            return "str | None"
        case _:
            whole = argument.allowed is not None and argument.allowed.integer
            parts = [_number(rule, part, "int" if whole else "float") for part in argument.fields or (name,)]
            if len(parts) > 1:
                return f"tuple[{', '.join(parts)}]"
            return parts[0] if argument.default is not None or parts[0].endswith("None") else f"{parts[0]} | None"


def _number(rule: type[Rule], part: str, kind: str) -> str:
    allowed = range_of(rule, part)
    return f"{kind} | None" if allowed is not None and allowed.none else kind


def words_of(rule: type[Rule], name: str) -> tuple[str, ...]:
    """What a switch of several words may be."""
    return get_args({"clip_formula": Formula, **{field.name: field.type for field in fields(rule)}}[name])


def range_of(rule: type[Rule], part: str) -> Range | None:
    """What a number that sets the field may be; None for a switch. A learning rate may be 0, where a schedule leads."""
    return NOT_NEGATIVE if part == "learning_rate" else rule.ranges.get(part)


def summary(framework: Side, rule: type[Rule]) -> str:
    """Whose class the drop-in stands for, in a sentence."""
    (other,) = SIDES.keys() - {framework}
    names: dict[str, str] = {}
    for one, name in _natives(framework, rule):
        names.setdefault(one.id, name)
    own, others = (f"{SIDES[side].module}.{names[side]}" if side in names else "" for side in (framework, other))
    match bool(own), bool(others):
        case True, True:
            switches = _differing(rule, *(SIDES[side].classes[names[side]] for side in (framework, other)))
            if not switches:
                return f"{own} and {others}, which differ in their defaults."
            return f"{own}, and with `{', '.join(switches)}` {others}."
        case True, False:
            return f"{own}; {SIDES[other].name} has none."
        case False, True:
            return f"{others}, by its defaults; {SIDES[framework].name} has none."
        case _:
            return f"{NUMPY.module}.{names['numpy']}, by its defaults; neither torch nor Keras has one."


def _differing(rule: type[Rule], ours: NativeClass, theirs: NativeClass) -> list[str]:
    """The switches that make the other class of ours, in Python: what one or the other has fixed, where they differ."""
    fixed = [field.name for field in fields(rule) if field.name in {*ours.fixed_fields, *theirs.fixed_fields}]
    pairs = [(name, _default(ours, name), _default(theirs, name)) for name in fixed if "weight_decay" not in name]
    differing = [(name, value) for name, own, value in pairs if own != value]
    return [f"{name}={json.dumps(value) if isinstance(value, str) else value}" for name, value in differing]


def _default(native: NativeClass, part: str) -> Value:
    own = {argument.field: argument.default for argument in native.arguments.values()}
    return native.fixed_fields[part] if part in native.fixed_fields else own[part]


def documented(framework: Side, rule: type[Rule], text: str) -> str:
    """The text of a drop-in's class, with what each argument is: the field of the rule that it sets, and its range."""
    said = [f"    {name}: {meaning(rule, name, argument)}" for name, argument in arguments(framework, rule).items()]
    return "\n".join([cleandoc(text), "", f"Args, by the fields of comparisons.rules.{rule.__name__}:", *said])


def meaning(rule: type[Rule], name: str, argument: Argument) -> str:
    """What an argument is, in a line."""
    match argument.default:
        case _ if argument.field == "learning_rate":
            return "learning_rate; a number, or a schedule"
        case str():
            return " or ".join(json.dumps(word) for word in words_of(rule, name))
        case _ if argument.fields:
            ranges = {part: range_of(rule, part) or argument.allowed for part in argument.fields}
            return "; ".join(f"{part}, {one.describe()}" if one else part for part, one in ranges.items())
        case _:
            return MEANINGS.get(name, "as in every optimizer of the framework")
