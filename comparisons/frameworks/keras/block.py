"""A whole training in Keras, as lines to paste: `fit`, or a loop where something comes between gradients and step."""

from collections.abc import Mapping
from dataclasses import replace

from comparisons.frameworks.block import Block, Made, split_lines
from comparisons.frameworks.call import Code, NativeCall
from comparisons.frameworks.code import format_call, schedules_import, written
from comparisons.frameworks.keras.clipping import clip_arguments
from comparisons.frameworks.keras.loop import VARIABLES, loop, optimizer_names
from comparisons.frameworks.keras.schedule_code import IMPORTS as SCHEDULE_IMPORTS
from comparisons.frameworks.keras.schedule_code import named_classes
from comparisons.frameworks.keras.trainings import Own, own
from comparisons.frameworks.trainings import native
from comparisons.rules import Rule, Schedule
from comparisons.rules.training import Selector

TF = "import tensorflow as tf"


def lines(block: Block) -> list[str]:
    """The groups, the optimizers, and how they are trained with."""
    calls = native(block.training)
    ours = None if calls is None else own(calls)
    fits = ours is not None and _fits(block, ours)
    if ours is not None and fits:
        block = replace(block, made=tuple(map(_with_rate, block.made, ours.rates)))
    if ours is not None and ours.together:
        optimizers = _together(block, ours)
    else:
        given: dict[str, object] = {} if ours is None or not fits else {**ours.arguments}
        optimizers = _apart(block, given)
    accumulation = block.training.accumulation
    if fits and ours is not None and accumulation is not None and any(ours.rates):
        optimizers = [f"# the schedule counts micro-batches, {accumulation.batches} of them an update", *optimizers]
    groups = [] if _by_name(block, ours) else _groups(block)
    steps = _fit(block, ours) if fits and ours is not None else loop(block, ours)
    imports = [
        *(["from fnmatch import fnmatchcase"] if "fnmatchcase(" in "\n".join(groups) else []),
        *(["import keras"] if "keras." in "\n".join([*optimizers, *steps]) else []),
        *([] if fits else [TF]),
        *block.imports(),
    ]
    code, classes = named_classes(
        "\n".join(optimizers), (value for made in block.made for value in made.arguments.values())
    )
    if classes:
        imports = list(dict.fromkeys([*SCHEDULE_IMPORTS, *imports]))
    parts = [imports, ["", *classes, ""] if classes else [], groups, code.splitlines(), steps]
    return "\n\n".join("\n".join(part) for part in parts if part).splitlines()


def made(rule: Rule, arguments: Mapping[str, object]) -> Made:
    """The drop-in of a rule, which clips by its own arguments."""
    name, rate = type(rule).__name__, rule.learning_rate
    scheduled = isinstance(rate, Schedule)
    wrapped = {"learning_rate": Code(format_call("RuleSchedule", [written(rate)], {}))} if scheduled else {}
    given = {**arguments, **wrapped, **clip_arguments(rule.clip)}
    words = f"{name}, RuleSchedule" if scheduled else name
    imports = (*schedules_import(rule), f"from tf_impl.optimizers import {words}")
    return Made(name=name, arguments=given, said=frozenset(given), imports=imports)


def _with_rate(made: Made, rate: NativeCall | None) -> Made:
    """The optimizer with a schedule for micro-batches in the place of its own."""
    return made if rate is None else replace(made, arguments={**made.arguments, "learning_rate": rate})


def _fits(block: Block, ours: Own) -> bool:
    """Whether `fit` trains so: the optimizers do all themselves that comes after the gradients."""
    training = block.training
    accumulates = training.accumulation is None or training.accumulation.batches == 1 or ours.accumulates
    if not ours.together and (training.accumulation is not None or training.average is not None):
        return False
    return accumulates and (training.clip is None or ours.clips) and (training.average is None or ours.averages)


def _groups(block: Block) -> list[str]:
    if not block.split:
        return []
    return split_lines(block, f"for v in {VARIABLES}:", "v.path", "v", "len(v.shape)")


def _by_name(block: Block, ours: Own | None) -> list[str]:
    """The words in variables' names by which Keras excludes them from weight decay; [] where it needs a list."""
    if ours is None or not ours.together or ours.undecayed != (0,) or len(block.made) != 2 or not block.whole:
        return []
    first = block.selectors[0]
    if first != Selector(names=first.names, label=first.label) or not first.names:
        return []
    words = [pattern.strip("*") for pattern in first.names]
    known = ("bias", "beta", "gamma", "kernel", "embeddings")
    return words if all(word in known for word in words) else []


def _together(block: Block, ours: Own) -> list[str]:
    """One optimizer for all groups, some of which it does not decay."""
    made = next(made for i, made in enumerate(block.made) if i not in ours.undecayed)
    lines = [f"optimizer = {_made(made, _own_arguments(block, ours))}"]
    if words := _by_name(block, ours):
        return [*lines, f"optimizer.exclude_from_weight_decay(var_names={written_list(words)})"]
    if ours.undecayed:
        names = [block.names[i] for i in ours.undecayed]
        joined = names[0] if len(names) == 1 else f"[{', '.join(f'*{name}' for name in names)}]"
        lines.append(f"optimizer.exclude_from_weight_decay(var_list={joined})")
    return lines


def _own_arguments(block: Block, ours: Own) -> dict[str, object]:
    """What the optimizer does itself; where a loop accumulates, that is not its."""
    return {**ours.arguments} if _fits(block, ours) else {name: v for name, v in ours.arguments.items() if _clips(name)}


def _clips(argument: str) -> bool:
    return argument.startswith(("clip", "global_clip"))


def written_list(words: list[str]) -> str:
    """A list of words, in the quotes of the rest."""
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def _made(made: Made, more: dict[str, object]) -> str:
    said = {name: value for name, value in made.arguments.items() if name in made.said}
    given = {name: value for name, value in more.items() if value is not None}
    return format_call(made.name, [], {**said, **given})


def _apart(block: Block, more: dict[str, object]) -> list[str]:
    """An optimizer for each group."""
    pairs = zip(optimizer_names(block, None), block.made, strict=True)
    return [f"{name} = {_made(made, more)}" for name, made in pairs]


def _fit(block: Block, ours: Own) -> list[str]:
    names = optimizer_names(block, ours)
    lines = []
    if len(names) > 1:
        *others, last = names
        entries = [f"**{{v.path: {name} for v in {group}}}" for name, group in zip(others, block.names, strict=False)]
        lines = [
            f"optimizer_map = {{{', '.join(entries)}}}",
            f"optimizer = keras.optimizers.MultiOptimizer(keras.optimizers.OptimizerMap({last}, optimizer_map))",
        ]
    average = block.training.average
    swap = average is not None and average.evaluated
    fit = "model.fit(batches, callbacks=[keras.callbacks.SwapEMAWeights()])" if swap else "model.fit(batches)"
    return [*lines, "model.compile(optimizer=optimizer, loss=loss_fn)", fit]
