"""A loop over batches in Keras, as lines to paste: gradients, clips, steps and averages in traced functions."""

from collections.abc import Sequence
from dataclasses import replace

from comparisons.frameworks.block import Block, decay_code, due, indented, overwritten
from comparisons.frameworks.code import written
from comparisons.frameworks.keras.trainings import Own
from comparisons.rules import Clip, ClipNorm, ClipValue
from comparisons.rules.training import Accumulation, Average

VARIABLES = "model.trainable_variables"


def optimizer_names(block: Block, ours: Own | None) -> list[str]:
    """What the optimizers are called."""
    if len(block.made) == 1 or (ours is not None and ours.together):
        return ["optimizer"]
    return [f"{name}_optimizer" for name in block.names]


def loop(block: Block, ours: Own | None) -> list[str]:
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
    names = optimizer_names(block, ours)
    if len(names) == 1:
        return [f"{names[0]}.build(variables)"]
    return [f"{name}.build({group})" for name, group in zip(names, block.names, strict=True)]


def _apply(block: Block, ours: Own | None) -> list[str]:
    names = optimizer_names(block, ours)
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
