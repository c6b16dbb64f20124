"""A whole training in Keras, as lines to paste: `fit`, or a loop where something comes between gradients and step."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from comparisons.frameworks.block import Block, Made, decay_code, due, indented, overwritten, split_lines
from comparisons.frameworks.call import Code, NativeCall
from comparisons.frameworks.code import format_call, schedules_import, written
from comparisons.frameworks.keras.clipping import clip_arguments
from comparisons.frameworks.keras.schedule_code import IMPORTS as SCHEDULE_IMPORTS
from comparisons.frameworks.keras.schedule_code import named_classes
from comparisons.frameworks.keras.trainings import Own, own
from comparisons.frameworks.trainings import native
from comparisons.rules import Clip, ClipNorm, ClipValue, Rule, Schedule
from comparisons.rules.training import Accumulation, Average, Selector

VARIABLES = "model.trainable_variables"
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
    steps = _fit(block, ours) if fits and ours is not None else _loop(block, ours)
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


def _names(block: Block, ours: Own | None) -> list[str]:
    """What the optimizers are called."""
    if len(block.made) == 1 or (ours is not None and ours.together):
        return ["optimizer"]
    return [f"{name}_optimizer" for name in block.names]


def _apart(block: Block, more: dict[str, object]) -> list[str]:
    """An optimizer for each group."""
    pairs = zip(_names(block, None), block.made, strict=True)
    return [f"{name} = {_made(made, more)}" for name, made in pairs]


def _fit(block: Block, ours: Own) -> list[str]:
    names = _names(block, ours)
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


def _loop(block: Block, ours: Own | None) -> list[str]:
    """The steps, in functions that are traced once: gradients, and when all are there clip, step, average."""
    average, accumulation = block.training.average, block.training.accumulation
    together = ours is not None and ours.together
    return [
        f"variables = {VARIABLES if together and block.whole else _variables(block)}",
        *(_average_variables(average) if average is not None else []),
        *(_by_batches(block, ours) if accumulation is None or accumulation.batches == 1 else _by_updates(block, ours)),
        *_after(average),
    ]


def _by_batches(block: Block, ours: Own | None) -> list[str]:
    """A function that makes an update of a batch, and the loop that calls it."""
    average = block.training.average
    ticks = _average_step(average) if average is not None else []
    body = [*_gradients(), *_clipped(block, ours), *_apply(block, ours), *ticks, "return loss"]
    return [
        *_build(block, ours),
        *_function("train_step(x, y)", body),
        "", "",
        "for x, y in batches:",
        "    loss = train_step(x, y)",
    ]  # fmt: skip


def _by_updates(block: Block, ours: Own | None) -> list[str]:
    """Functions that add up gradients of micro-batches, and make an update of them, and the loop that calls them."""
    accumulation, average = block.training.accumulation, block.training.average
    assert accumulation is not None
    ticks = _average_step(average) if average is not None else []
    by_batch = average is not None and average.clock == "batch"
    update = [
        "gradients = [tf.identity(total) for total in sums]",
        *(_clipped(block, ours) if accumulation.clip == "combined" else []),
        *_apply(block, ours),
        *([] if by_batch else ticks),
        "for total in sums:",
        "    total.assign(tf.zeros_like(total))",
    ]
    return [
        "sums = [tf.Variable(tf.zeros_like(v.value)) for v in variables]",
        *_build(block, ours),
        *_function("add_gradients(x, y)", _added(block, ours, accumulation)),
        *_function("update()", update),
        *(_function("step_average()", ticks) if by_batch else []),
        "", "",
        "for i, (x, y) in enumerate(batches):",
        "    loss = add_gradients(x, y)",
        f"    if (i + 1) % {accumulation.batches} == 0:",
        "        update()",
        *(["    step_average()"] if by_batch else []),
    ]  # fmt: skip


def _added(block: Block, ours: Own | None, accumulation: Accumulation) -> list[str]:
    """A micro-batch's gradients, added to the sums: shares of the mean, by the loss or, once clipped, by themselves."""
    share = "" if accumulation.combine == "sum" else f" / {accumulation.batches}"
    each = accumulation.clip == "each"
    samples = "  # for micro-batches of one size; else multiply by its share of the samples instead"
    return [
        *_gradients(("" if each else share) + (samples if accumulation.combine == "samples" else "")),
        *(_clipped(block, ours) if each else []),
        "for total, g in zip(sums, gradients):",
        f"    total.assign_add(tf.convert_to_tensor(g){share if each else ''})",
        "return loss",
    ]


def _gradients(share: str = "") -> list[str]:
    return [
        "with tf.GradientTape() as tape:",
        f"    loss = loss_fn(y, model(x, training=True)){share}",
        "gradients = tape.gradient(loss, variables)",
    ]


def _clipped(block: Block, ours: Own | None) -> list[str]:
    """The clip over all tensors, where it is not the optimizer's."""
    clip = block.training.clip
    return [] if clip is None or (ours is not None and ours.clips) else clip_lines(clip)


def _function(head: str, body: Sequence[str]) -> list[str]:
    """A function that TensorFlow traces."""
    return ["", "", "@tf.function", f"def {head}:", *indented(body)]


def _variables(block: Block) -> str:
    """All that are trained, in the order of the optimizers."""
    if not block.split:
        return VARIABLES
    return f"[{', '.join(f'*{name}' for name in block.names)}]"


def _build(block: Block, ours: Own | None) -> list[str]:
    """An optimizer is built for its variables before the function that steps it is traced."""
    names = _names(block, ours)
    if len(names) == 1:
        return [f"{names[0]}.build(variables)"]
    return [f"{name}.build({group})" for name, group in zip(names, block.names, strict=True)]


def _apply(block: Block, ours: Own | None) -> list[str]:
    names = _names(block, ours)
    if len(names) == 1:
        return [f"{names[0]}.apply(gradients, variables)"]
    lines, first = [], ""
    for i, (name, group) in enumerate(zip(names, block.names, strict=True)):
        before = " + ".join(f"len({one})" for one in block.names[: i + 1])
        last = "" if i == len(names) - 1 else before
        lines.append(f"{name}.apply(gradients[{first}:{last}], {group})")
        first = before
    return lines


def clip_lines(clip: Clip) -> list[str]:
    """A clip of the list `gradients`, by its formula."""
    limit = written(clip.limit)
    match clip:
        case ClipValue():
            return [f"gradients = [tf.clip_by_value(g, -{limit}, {limit}) for g in gradients]"]
        case ClipNorm(formula="exact"):
            return [f"gradients = [tf.clip_by_norm(g, {limit}) for g in gradients]"]
        case ClipNorm():
            return [f"gradients = [g * tf.minimum(1.0, {limit} / (tf.norm(g) + 1e-6)) for g in gradients]"]
        case _ if clip.formula == "exact":
            return [f"gradients, _ = tf.clip_by_global_norm(gradients, {limit})"]
        case _:
            return [
                f"scale = tf.minimum(1.0, {limit} / (tf.linalg.global_norm(gradients) + 1e-6))  # torch's formula",
                "gradients = [g * scale for g in gradients]",
            ]


def _average_variables(average: Average) -> list[str]:
    start = "tf.zeros_like(v.value)" if average.start == "debiased" else "v.value"
    count = ["count = tf.Variable(0)"] if due(average, "count") or average.overwrite else []
    return [f"averages = [tf.Variable({start}) for v in variables]", "steps = tf.Variable(0.0)", *count]


def _average_step(average: Average) -> list[str]:
    """The average once it may be due."""
    step = [
        f"d = {_decay(average)}",
        "for a, v in zip(averages, variables):",
        "    a.assign(d * a + (1.0 - d) * v.value)",
        "steps.assign_add(1.0)",
    ]
    lines = ["count.assign_add(1)"] if due(average, "count") or average.overwrite else []
    if condition := due(average, "count"):
        step = [f"if {condition}:", *indented(step)]
    lines += step
    if average.overwrite:
        body = ["for a, v in zip(averages, variables):", "    v.assign(a)"]
        lines += [f"if {overwritten(average, 'count')}:", *indented(body)]
    return lines


def _decay(average: Average) -> str:
    """The decay as an expression of tensors."""
    bare = replace(average, start="initial") if average.start == "first" else average
    code = decay_code(bare, "steps").replace("min(", "tf.minimum(")
    if average.decay is None:
        return decay_code(average, "steps")
    return f"tf.where(steps > 0.0, {code}, 0.0)" if average.start == "first" else code


def _after(average: Average | None) -> list[str]:
    if average is None or not average.evaluated:
        return []
    if average.start == "debiased":
        lines = [f"missing = {average.decay} ** steps", "for a, v in zip(averages, variables):"]
        return [*lines, "    v.assign(a / (1.0 - missing))  # what is evaluated, and kept in the end"]
    return ["for a, v in zip(averages, variables):", "    v.assign(a)  # what is evaluated, and kept in the end"]
