"""A recipe in a framework's own words, with the loop around it as that framework's users write it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.dialect import complete, rule_of, to_call
from comparisons.frameworks.framework import ClipArguments, ClipCalls, Framework
from comparisons.frameworks.trainings import Optimizer, Trainable, native, over_groups
from comparisons.rules import ClipGlobalNorm, Schedule
from comparisons.rules.loop import Loop
from comparisons.rules.recipe import Recipe
from comparisons.rules.training import ALL, Accumulation, Group, Selector, Training


def written(framework: Framework, recipe: Recipe, numbers: Callable[[Recipe], Recipe] = lambda one: one) -> Trainable:
    """The recipe as the framework's calls, complete, and what surrounds them.

    The numbers of the schedule are those of the recipe, which counts updates: whether the framework does, too, is
    another question. Of a recipe without a loop it is one call.

    Args:
        numbers: fills in hyperparameters that the recipe leaves out; the framework fills in the rest.
    """
    loop = recipe.loop
    if loop is None:
        return complete(framework, to_call(framework, numbers(recipe)))
    groups = tuple(
        Group(
            tensors=tensors,
            optimizer=_scheduled(framework, complete(framework, to_call(framework, numbers(one))), loop),
        )
        for tensors, one in variants(recipe, loop)
    )
    training: Training[Optimizer] = Training(groups=groups)
    if loop.clip_norm is not None:
        training = _clipped(framework, training, loop.clip_norm)
    if loop.accumulate > 1:
        training = replace(training, accumulation=Accumulation(batches=loop.accumulate))
        calls_alone = native(training)
        training = training if calls_alone is None else framework.around.accumulating(calls_alone)
    if loop.average is not None:
        training = replace(training, average=framework.around.average(loop.average, loop.accumulate))
    return training


def variants(recipe: Recipe, loop: Loop) -> Iterator[tuple[Selector, Recipe]]:
    """Each group's tensors, and the recipe with their numbers."""
    alone = replace(recipe, loop=None)
    for tensors in loop.tensors:
        numbers: dict[str, Any] = {**tensors.given()}
        yield Selector(names=(tensors.names,)), replace(alone, **numbers)
    yield ALL, alone


def _scheduled(framework: Framework, call: NativeCall, loop: Loop) -> Optimizer:
    """The call with the schedule; where the framework has no word for one, the rule with it."""
    rule, schedules = rule_of(framework, call), framework.schedules
    rate = loop.rate(cast(float, rule.learning_rate))
    if not isinstance(rate, Schedule):
        return call
    spelled = None if schedules is None else schedules.write(rate)
    if schedules is None or spelled is None:
        return replace(rule, learning_rate=rate)
    if schedules.place == "separate":
        return replace(call, schedule=spelled)
    [name] = [name for name, one in framework.classes[call.name].arguments.items() if one.field == "learning_rate"]
    return replace(call, arguments={**call.arguments, name: spelled})


def _clipped(framework: Framework, training: Training[Optimizer], limit: float) -> Training[Optimizer]:
    """Clipped over all groups; where it is an argument of several optimizers, each group by itself."""
    padded = ClipGlobalNorm(limit=limit, formula="padded")  # the textbooks' formula, too
    match framework.clips:
        case None:
            return replace(training, clip=padded)
        case ClipCalls() as calls:
            return replace(training, clip=calls.read(calls.write(padded)))
        case ClipArguments() as arguments:
            fields, several = arguments.write(padded), native(training)
            if several is None or framework.around.together(several):
                return replace(training, clip=arguments.read(fields))
            return over_groups(several, lambda call: _with_clip(framework, call, fields))


def _with_clip(framework: Framework, call: NativeCall, fields: dict[str, float | None]) -> NativeCall:
    known = framework.classes[call.name].arguments
    limits = {name: fields[str(one.field)] for name, one in known.items() if fields.get(str(one.field)) is not None}
    return replace(call, arguments={**call.arguments, **limits})
