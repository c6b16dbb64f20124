"""One framework's spelling of every optimizer: recipes to calls, calls to rules, rules to calls."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from comparisons.calls import NativeCall, Value
from comparisons.dialects.checks import check
from comparisons.dialects.grammar import OFF, NativeClass, Spelling
from comparisons.dialects.surroundings import (
    clip_of_torch,
    keras_schedule,
    schedule_of_keras,
    schedule_of_torch,
    torch_clipping,
    torch_scheduler,
)
from comparisons.names import Framework, Optimizer
from comparisons.recipes import HYPERPARAMETERS, Recipe
from comparisons.rules import ClipGlobalNorm, ClipNorm, ClipValue, InverseTimeDecay, Rule

CLIPS = {"clip_value": ClipValue, "clip_norm": ClipNorm, "clip_global_norm": ClipGlobalNorm}


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """A framework's classes, and how it writes each optimizer of a recipe."""

    framework: Framework
    classes: Mapping[str, NativeClass]
    spellings: Mapping[Optimizer, Spelling]

    @property
    def signatures(self) -> dict[str, dict[str, Value]]:
        """Class to argument to default, of the arguments that bear on the update."""
        return {name: native.signature for name, native in self.classes.items()}

    def write(self, recipe: Recipe) -> NativeCall:
        """The recipe as this framework's code, with what it leaves out left to the framework's defaults."""
        spelling = self.spellings[recipe.optimizer]
        spelled = self._spelled(self.classes[spelling.name], dict(recipe.given()))
        return self._call(spelling.name, {**spelled, **spelling.fixed})

    def complete(self, call: NativeCall) -> NativeCall:
        """The call with every argument that bears on the update written out, but for those that are off (None)."""
        arguments = {**self.classes[call.name].signature, **call.arguments}
        return replace(self._call(call.name, arguments), clipping=call.clipping, schedule=call.schedule)

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
        rate, decay = fields["learning_rate"], fields.pop("learning_rate_decay", 0.0)
        if isinstance(rate, NativeCall):
            fields["learning_rate"] = schedule_of_keras(rate)
        elif call.schedule is not None:
            fields["learning_rate"] = schedule_of_torch(call.schedule, rate)
        elif decay:
            fields["learning_rate"] = InverseTimeDecay(initial=rate, rate=decay)
        fields["clip"] = None if call.clipping is None else clip_of_torch(call.clipping)
        for name, clip in CLIPS.items():
            if limit := fields.pop(name, None):
                formula = {} if clip is ClipValue else {"formula": "exact"}
                fields["clip"] = clip(limit=limit, **formula)
        return native.rule(**fields)

    def call_of(self, rule: Rule, name: str) -> NativeCall:
        """The call of the class `name` that comes closest to the rule: all its arguments set from the rule's fields."""
        native = self.classes[name]
        fields: dict[str, Any] = {**vars(rule), "learning_rate_decay": 0.0}
        taken = {argument.field for argument in native.arguments.values()}
        clipping = schedule = None
        for clip_name, clip in CLIPS.items():
            fields[clip_name] = rule.clip.limit if rule.clip is not None and isinstance(rule.clip, clip) else None
        if self.framework == "torch" and rule.clip is not None:
            clipping = torch_clipping(rule.clip)
        match rule.learning_rate:
            case float():
                pass
            case InverseTimeDecay(initial=initial, rate=rate, over=1.0) if "learning_rate_decay" in taken:
                fields |= {"learning_rate": initial, "learning_rate_decay": rate}
            case other if self.framework == "torch":
                fields["learning_rate"], schedule = other.initial, torch_scheduler(other)
            case other if self.framework == "tf":
                fields["learning_rate"] = keras_schedule(other)
            case other:
                fields["learning_rate"] = other.initial
        return replace(self._call(name, self._spelled(native, fields)), clipping=clipping, schedule=schedule)

    def _call(self, name: str, arguments: Mapping[str, Value]) -> NativeCall:
        known = [argument for argument in self.classes[name].arguments if arguments.get(argument) is not None]
        return NativeCall(
            framework=self.framework, name=name, arguments={argument: arguments[argument] for argument in known}
        )

    @staticmethod
    def _spelled(native: NativeClass, fields: Mapping[str, Value]) -> dict[str, Value]:
        """The arguments that set those of the fields that the class can set."""
        spelled: dict[str, Value] = {}
        for name, argument in native.arguments.items():
            match argument.field:
                case (first, second) if first in fields or second in fields:
                    default = cast(tuple[float, float], argument.default)
                    pair = cast(tuple[float, float], (fields.get(first, default[0]), fields.get(second, default[1])))
                    spelled[name] = pair
                case str(field) if field in fields:
                    inverse = {word: value for value, word in (argument.words or {}).items()}
                    value = inverse[fields[field]] if argument.words else fields[field]
                    spelled[name] = None if argument.default is None and not value else value
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
