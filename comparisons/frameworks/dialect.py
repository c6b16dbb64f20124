"""A framework's spelling of every optimizer: recipes to calls, calls to rules, rules to calls."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.checks import check
from comparisons.frameworks.framework import ClipArguments, ClipCalls, Framework
from comparisons.frameworks.signature import OFF, NativeClass
from comparisons.frameworks.tidy import per_step
from comparisons.names import BadInput
from comparisons.rules import Clip, Clock, InverseTimeDecay, Rule, Schedule, base_rate, rule_at
from comparisons.rules.recipe import HYPERPARAMETERS, Recipe
from comparisons.rules.training import Group


def to_call(framework: Framework, recipe: Recipe) -> NativeCall:
    """The recipe as the framework's code, with what it leaves out left to the framework's defaults."""
    written = framework.recipe_classes[recipe.optimizer]
    native = framework.classes[written.name]
    arguments = {**_spelled(native, recipe.given()), **written.fixed}
    if native.nesterov_needs_velocity and not arguments.get("momentum"):
        arguments["nesterov"] = False
    return _call(framework, written.name, arguments)


def complete(framework: Framework, call: NativeCall) -> NativeCall:
    """The call with every argument that bears on the update written out, but for those that are off (None).

    Numbers are written as Python's floats, so that equal complete calls give equal code.

    Raises:
        BadInput: as rule_of.
    """
    check(framework, call)
    schedules, clips, schedule, clipping = framework.schedules, framework.clips, call.schedule, call.clipping
    arguments = {**_class(framework, call).signature, **call.arguments}
    for name, rate in arguments.items():
        if isinstance(rate, NativeCall) and schedules is not None:
            arguments[name] = _completed(framework, rate, 0.0)
    if schedule is not None and schedules is not None:
        schedule = _completed(framework, schedule, _fields(_class(framework, call), call)["learning_rate"])
    if clipping is not None and isinstance(clips, ClipCalls):
        clipping = clips.write(clips.read(clipping))
    written = _given(_class(framework, call), arguments)
    return replace(call, arguments=written, clipping=clipping, schedule=schedule, hooks=())


def _completed(framework: Framework, call: NativeCall, initial: float) -> NativeCall:
    """The schedule as the framework's dialect writes it; as it is, where that would be another class."""
    schedules = framework.schedules
    if schedules is None:
        return call
    rate, momentum = schedules.read(call, initial), schedules.momentum(call)
    written = None
    if isinstance(rate, Schedule):
        written = schedules.write(rate) if momentum is None else schedules.write_both(rate, momentum)
    return call if written is None or (written.name, call.clock) != (call.name, None) else written


def with_defaults(framework: Framework, recipe: Recipe) -> Recipe:
    """The recipe with every hyperparameter that the framework would use, defaults included."""
    call = to_call(framework, recipe)
    fields = _fields(_class(framework, call), call)
    numbers: dict[str, Any] = {name: fields[name] for name in HYPERPARAMETERS[recipe.optimizer]}
    return Recipe(optimizer=recipe.optimizer, label=recipe.label, **numbers)


def rule_of(framework: Framework, call: NativeCall) -> Rule:
    """The rule that the call stands for, with every switch set.

    Raises:
        BadInput: no such class or argument, or a value out of its range; named as the framework names it.
    """
    check(framework, call)
    return _rule(framework, call, _class(framework, call))


def groups_of(framework: Framework, call: NativeCall) -> tuple[Group[Rule], ...]:
    """The rules that the call stands for, each with its tensors: one for all, but for a class that has two.

    Raises:
        BadInput: as rule_of.
    """
    rule, rest = rule_of(framework, call), _class(framework, call).rest
    if rest is None:
        return (Group(optimizer=rule),)
    given = {**_class(framework, call).signature, **call.arguments}
    other = _rule(framework, call, rest.native)
    return Group(tensors=rest.tensors(given), optimizer=rule), Group(optimizer=other)


def _rule(framework: Framework, call: NativeCall, native: NativeClass) -> Rule:
    """The rule of a checked call, by what its class is taken for."""
    fields = native.settle({**native.fixed_fields, **_fields(native, call)})
    fields["weight_decay"] = fields.get("weight_decay") or 0.0
    fields["learning_rate"] = _rate(framework, call, fields["learning_rate"], fields.pop("learning_rate_decay", 0.0))
    fields["clip"] = _clip(framework, call, fields) or fields.get("clip")
    return native.rule(**fields | _momentum(framework, call, fields))


def from_rule(framework: Framework, rule: Rule, name: str) -> NativeCall:
    """The call of the class `name` that comes closest to the rule: all its arguments set from the rule's fields."""
    native, clips = framework.classes[name], framework.clips
    fields: dict[str, Any] = {**vars(rule_at(rule, 0)), "learning_rate_decay": 0.0}
    schedule = clipping = None
    rate, schedules = rule.learning_rate, framework.schedules
    led = [one for name in ("beta1", "momentum") if isinstance(one := getattr(rule, name, None), Schedule)]
    match rate:
        case float():
            pass
        case _ if schedules is not None and led and (both := schedules.write_both(rate, led[0])) is not None:
            fields["learning_rate"], schedule = base_rate(rate), both
        case InverseTimeDecay(power=1, staircase=False) if "lr_decay" in native.arguments:
            fields |= {"learning_rate": rate.initial, "learning_rate_decay": per_step(rate.rate, rate.over)}
        case _ if schedules is None or (written := schedules.write(rate)) is None:
            fields["learning_rate"] = base_rate(rate)
        case _ if schedules.place == "argument":
            fields["learning_rate"] = written
        case _:
            fields["learning_rate"], schedule = base_rate(rate), written
    if schedules is not None:
        fields |= {
            field: call
            for field in schedules.beside
            if isinstance(one := getattr(rule, field, None), Schedule) and (call := schedules.write(one)) is not None
        }
    match clips:
        case ClipArguments():
            fields |= clips.write(rule.clip)
        case ClipCalls() if rule.clip is not None:
            clipping = clips.write(rule.clip)
    alone = native.rest.alone if native.rest is not None else {}
    spelled = {**_spelled(native, native.unsettle(fields)), **alone}
    return replace(_call(framework, name, spelled), clipping=clipping, schedule=schedule)


def _class(framework: Framework, call: NativeCall) -> NativeClass:
    return framework.classes_in(call.module)[call.name]


def _call(framework: Framework, name: str, arguments: Mapping[str, Value]) -> NativeCall:
    return framework.call(name, _given(framework.classes[name], arguments))


def _given(native: NativeClass, arguments: Mapping[str, Value]) -> dict[str, Value]:
    """Those of the arguments that are not off, in the order of the signature, their numbers as Python's own."""
    known = native.arguments
    given = {argument: known[argument].to_python(arguments[argument]) for argument in known if argument in arguments}
    off = {argument for argument, value in given.items() if value is None and known[argument].default is None}
    return {argument: value for argument, value in given.items() if argument not in off}


def _spelled(native: NativeClass, fields: Mapping[str, Any]) -> dict[str, Value]:
    """The arguments that set those of the fields that the class can set; its default for a number it refuses."""
    spelled: dict[str, Value] = {}
    for name, argument in native.arguments.items():
        match argument.field:
            case tuple(parts) if any(part in fields for part in parts):
                defaults = cast(tuple[float, ...], argument.default)
                spelled[name] = tuple(fields.get(part, default) for part, default in zip(parts, defaults, strict=True))
            case str(field) if field in fields and argument.words:
                inverse = {word: value for value, word in argument.words.items()}
                spelled[name] = inverse.get(fields[field], argument.default)
            case str(field) if field in fields:
                value = fields[field]
                refused = argument.allowed and value is not None and not argument.allowed.contains(value)
                spelled[name] = argument.default if refused else value
    return spelled


def _fields(native: NativeClass, call: NativeCall) -> dict[str, Any]:
    """Field to value, for every field that the class can set, defaults included."""
    fields: dict[str, Any] = {}
    for name, argument in native.arguments.items():
        value = call.arguments.get(name, argument.default)
        match argument.field:
            case tuple(parts):
                fields |= zip(parts, cast(tuple[float, ...], value), strict=True)
            case str(field) if field != OFF:
                fields[field] = argument.words[value] if argument.words else value
    return fields


def _rate(framework: Framework, call: NativeCall, rate: float | NativeCall, decay: float) -> float | Schedule:
    """The learning rate of a checked call, whose argument is `rate` and whose lr_decay is `decay`."""
    schedules = framework.schedules
    if schedules is not None and isinstance(rate, NativeCall):
        return schedules.read(rate, 0.0)
    if schedules is not None and call.schedule is not None:
        led = schedules.read(call.schedule, cast(float, rate))
        per = call.schedule.clock
        return led if per is None or not isinstance(led, Schedule) else Clock(of=led, per=cast(int, per))
    number = cast(float, rate)
    return InverseTimeDecay(initial=number, rate=decay) if decay else number


def _momentum(framework: Framework, call: NativeCall, fields: Mapping[str, Any]) -> dict[str, float | Schedule]:
    """The momentum, or in its place beta1, where it is a schedule itself, or a checked call's scheduler leads it."""
    schedules = framework.schedules
    if schedules is not None and schedules.beside:
        own = [name for name in schedules.beside if isinstance(fields.get(name), NativeCall)]
        return {name: schedules.read(fields[name], 0.0) for name in own}
    led = schedules.momentum(call.schedule) if schedules is not None and call.schedule is not None else None
    if led is None:
        return {}
    if not (names := [name for name in ("beta1", "momentum") if name in fields]):
        part = call.schedule.name if call.schedule is not None else ""
        raise BadInput(f"{call.module}.{call.name} has no momentum, and {part} leads it; write cycle_momentum=False")
    per = call.schedule.clock if call.schedule is not None else None
    return {names[0]: led if per is None else Clock(of=led, per=cast(int, per))}


def _clip(framework: Framework, call: NativeCall, fields: dict[str, Any]) -> Clip | None:
    """The clip of a checked call; the limits that its arguments set are taken out of the fields."""
    match framework.clips:
        case ClipArguments() as clips:
            return clips.read({field: fields.pop(field, None) for field in clips.fields})
        case ClipCalls() as clips if call.clipping is not None:
            return clips.read(call.clipping)
        case _:
            return None
