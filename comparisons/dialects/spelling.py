"""How a dialect spells a recipe: which class, and which argument each hyperparameter is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from comparisons.calls import NativeCall, Value
from comparisons.names import Framework, Optimizer
from comparisons.recipes import Recipe

Pair = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """The class of one optimizer in one framework.

    `arguments` maps a neutral hyperparameter to its argument, or to (argument, index) where two share a pair.
    `fixed` are the arguments that make the class this optimizer. What is not in `arguments` the class lacks.
    """

    name: str
    arguments: Mapping[str, str | tuple[str, int]]
    fixed: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One framework's spelling of every optimizer, with the signatures (name to default) of its classes."""

    framework: Framework
    signatures: Mapping[str, Mapping[str, Value]]
    spellings: Mapping[Optimizer, Spelling]

    def write(self, recipe: Recipe) -> NativeCall:
        """The recipe as this framework's code, with what it leaves out left to the framework's defaults.

        A hyperparameter that the class lacks is left out too: no shipped pair of classes differs so.
        """
        spelling = self.spellings[recipe.optimizer]
        signature = self.signatures[spelling.name]
        arguments = dict(spelling.fixed)
        for name, value in recipe.given().items():
            match spelling.arguments[name]:
                case str(argument):
                    arguments[argument] = float(value)
                case (argument, index):
                    first, second = cast(Pair, arguments.get(argument, signature[argument]))
                    arguments[argument] = (float(value), second) if index == 0 else (first, float(value))
        ordered = {name: arguments[name] for name in signature if name in arguments}
        return NativeCall(framework=self.framework, name=spelling.name, arguments=ordered)

    def complete(self, call: NativeCall) -> NativeCall:
        """The call with every argument that bears on the update written out."""
        arguments = {**self.signatures[call.name], **call.arguments}
        return NativeCall(framework=self.framework, name=call.name, arguments=arguments)

    def numbers(self, recipe: Recipe) -> Recipe:
        """The recipe with every hyperparameter this framework would use, defaults included."""
        spelling = self.spellings[recipe.optimizer]
        arguments = self.complete(self.write(recipe)).arguments
        numbers: dict[str, Any] = {}
        for name, place in spelling.arguments.items():
            match place:
                case str(argument):
                    numbers[name] = arguments[argument]
                case (argument, index):
                    numbers[name] = cast(Pair, arguments[argument])[index]
        return Recipe(optimizer=recipe.optimizer, label=recipe.label, **numbers)
