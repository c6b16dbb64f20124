"""One framework's spelling of every optimizer: recipes to calls, calls to rules, rules to calls."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.checks import check
from comparisons.frameworks.clipping import CLIPS, clip_of_keras, clip_of_torch, keras_limits, torch_clipping
from comparisons.frameworks.schedules import (
    keras_schedule,
    per_step,
    schedule_of_keras,
    schedule_of_torch,
    torch_scheduler,
)
from comparisons.frameworks.signature import OFF, NativeClass, Spelling
from comparisons.names import Framework, Optimizer
from comparisons.rules import InverseTimeDecay, Rule, Schedule
from comparisons.rules.recipe import HYPERPARAMETERS, Recipe


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A framework's classes, and how it writes each optimizer of a recipe that it has a class for."""

    framework: Framework
    classes: Mapping[str, NativeClass]
    spellings: Mapping[Optimizer, Spelling]

    @property
    def signatures(self) -> dict[str, dict[str, Value]]:
        """Class to argument to default, of the arguments that bear on the update."""
        return {name: native.signature for name, native in self.classes.items()}

    def has(self, optimizer: Optimizer) -> bool:
        """Whether the framework has a class for the optimizer, so that a recipe of it can be written."""
        return optimizer in self.spellings

    def write(self, recipe: Recipe) -> NativeCall:
        """The recipe as this framework's code, with what it leaves out left to the framework's defaults."""
        spelling = self.spellings[recipe.optimizer]
        native = self.classes[spelling.name]
        arguments = {**self._spelled(native, recipe.given()), **spelling.fixed}
        if native.nesterov_needs_velocity and not arguments.get("momentum"):
            arguments["nesterov"] = False
        return self._call(spelling.name, arguments)

    def complete(self, call: NativeCall) -> NativeCall:
        """The call with every argument that bears on the update written out, but for those that are off (None).

        Numbers are written as Python's floats, so that equal complete calls give equal code.

        Raises:
            BadInput: as rule_of.
        """
        check(self, call)
        arguments = {**self.classes[call.name].signature, **call.arguments}
        rate, schedule, clipping = arguments.get("learning_rate"), call.schedule, call.clipping
        if isinstance(rate, NativeCall):
            arguments["learning_rate"] = keras_schedule(schedule_of_keras(rate))
        if schedule is not None:
            schedule = torch_scheduler(schedule_of_torch(schedule, cast(float, arguments["lr"])))
        if clipping is not None:
            clipping = torch_clipping(clip_of_torch(clipping))
        return replace(self._call(call.name, arguments), clipping=clipping, schedule=schedule)

    def numbers(self, recipe: Recipe) -> Recipe:
        """The recipe with every hyperparameter this framework would use, defaults included."""
        fields = self._fields(self.write(recipe))
        numbers: dict[str, Any] = {name: fields[name] for name in HYPERPARAMETERS[recipe.optimizer]}
        return Recipe(optimizer=recipe.optimizer, label=recipe.label, **numbers)

    def rule_of(self, call: NativeCall) -> Rule:
        """The rule that the call stands for, with every switch set.

        Raises:
            BadInput: no such class or argument, or a value out of its range; named as this framework names it.
        """
        check(self, call)
        native = self.classes[call.name]
        fields: dict[str, Any] = {**native.always, **self._fields(call)}
        fields["weight_decay"] = fields.get("weight_decay") or 0.0
        fields["learning_rate"] = _rate(call, fields["learning_rate"], fields.pop("learning_rate_decay", 0.0))
        limits = {field: fields.pop(field, None) for field in CLIPS}
        fields["clip"] = clip_of_keras(limits) if call.clipping is None else clip_of_torch(call.clipping)
        return native.rule(**fields)

    def call_of(self, rule: Rule, name: str) -> NativeCall:
        """The call of the class `name` that comes closest to the rule: all its arguments set from the rule's fields."""
        native = self.classes[name]
        fields: dict[str, Any] = {**vars(rule), "learning_rate_decay": 0.0, **keras_limits(rule.clip)}
        schedule = None
        match rule.learning_rate:
            case float():
                pass
            case InverseTimeDecay(initial=initial, rate=rate, over=over) if "lr_decay" in native.arguments:
                fields |= {"learning_rate": initial, "learning_rate_decay": per_step(rate, over)}
            case other if self.framework == "tf":
                fields["learning_rate"] = keras_schedule(other)
            case other:
                fields["learning_rate"] = other.initial
                schedule = torch_scheduler(other) if self.framework == "torch" else None
        clipping = torch_clipping(rule.clip) if self.framework == "torch" and rule.clip is not None else None
        return replace(self._call(name, self._spelled(native, fields)), clipping=clipping, schedule=schedule)

    def _call(self, name: str, arguments: Mapping[str, Value]) -> NativeCall:
        """Those of the arguments that are not off, in the order of the signature, their numbers as Python's own."""
        known = self.classes[name].arguments
        given = {one: argument.to_python(arguments[one]) for one, argument in known.items() if one in arguments}
        return NativeCall(
            framework=self.framework,
            name=name,
            arguments={argument: value for argument, value in given.items() if value is not None},
        )

    @staticmethod
    def _spelled(native: NativeClass, fields: Mapping[str, Any]) -> dict[str, Value]:
        """The arguments that set those of the fields that the class can set; its default for a number it refuses."""
        spelled: dict[str, Value] = {}
        for name, argument in native.arguments.items():
            match argument.field:
                case (first, second) if first in fields or second in fields:
                    default = cast(tuple[float, float], argument.default)
                    spelled[name] = (fields.get(first, default[0]), fields.get(second, default[1]))
                case str(field) if field in fields and argument.words:
                    inverse = {word: value for value, word in argument.words.items()}
                    spelled[name] = inverse[fields[field]]
                case str(field) if field in fields:
                    value = fields[field]
                    refused = argument.allowed and value is not None and not argument.allowed.contains(value)
                    spelled[name] = argument.default if refused else value
        return spelled

    def _fields(self, call: NativeCall) -> dict[str, Any]:
        """Field to value, for every field that the class can set, defaults included."""
        fields: dict[str, Any] = {}
        for name, argument in self.classes[call.name].arguments.items():
            value = call.arguments.get(name, argument.default)
            match argument.field:
                case (first, second):
                    fields[first], fields[second] = cast(tuple[float, float], value)
                case str(field) if field != OFF:
                    fields[field] = argument.words[value] if argument.words else value
        return fields


def _rate(call: NativeCall, rate: float | NativeCall, decay: float) -> float | Schedule:
    """The learning rate of a checked call, whose argument is `rate` and whose lr_decay is `decay`."""
    if isinstance(rate, NativeCall):
        return schedule_of_keras(rate)
    if call.schedule is not None:
        return schedule_of_torch(call.schedule, rate)
    return InverseTimeDecay(initial=rate, rate=decay) if decay else rate
