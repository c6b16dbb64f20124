"""The calls by which a framework's optimizers are held where nobody asks for others."""

from collections.abc import Iterator

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.dialect import complete
from comparisons.frameworks.framework import Framework
from comparisons.frameworks.signature import OFF, Argument, NativeClass

USUAL = 0.01  # of a number that is 0, or off, by default
VALUES = {"momentum": 0.9, "clip_norm": 1.0, "clip_value": 1.0, "clip_global_norm": 1.0, "warmup_steps": 3}
# Fields that are felt only with another.
NEEDS = {"nesterov": "momentum", "dampening": "momentum", "weight_decay_coupling": "weight_decay"}


def variants(framework: Framework) -> Iterator[NativeCall]:
    """Of every class the bare call, and one with each argument that is off by default; all complete."""
    for name, native in framework.classes.items():
        for arguments in ({}, *_switched_on(native)):
            yield complete(framework, framework.call(name, arguments))


def _switched_on(native: NativeClass) -> Iterator[dict[str, Value]]:
    spelled = {argument.field: name for name, argument in native.arguments.items()}
    for name, argument in native.arguments.items():
        if argument.field != OFF and not argument.default:
            need = NEEDS.get(str(argument.field))
            yield {name: _on(argument), **({spelled[need]: VALUES.get(need, USUAL)} if need else {})}


def _on(argument: Argument) -> Value:
    if argument.words is not None:
        return next(value for value, word in argument.words.items() if word != argument.words[argument.default])
    return True if argument.default is False else VALUES.get(str(argument.field), USUAL)
