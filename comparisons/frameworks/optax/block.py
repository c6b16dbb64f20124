"""A whole training in optax, as lines to paste."""

from collections.abc import Mapping, Sequence

from comparisons.frameworks.block import Block, Made, decay_code, due, indented
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.code import format_call, noted, written
from comparisons.frameworks.optax.expressions import clip, optimizer
from comparisons.frameworks.selecting import condition, uses_patterns
from comparisons.rules import Rule
from comparisons.rules.training import Accumulation, Average, Selector

NAME = '".".join(str(getattr(key, "key", key)) for key in path)'
STILL = "still"  # the label of tensors that no group picks


def made(rule: Rule, arguments: Mapping[str, object]) -> Made:
    """Nothing but the name: there are no drop-ins for optax."""
    return Made(name=type(rule).__name__, arguments=arguments, said=frozenset())


def lines(block: Block) -> list[str]:
    """The labels of tensors, the optimizer, the average, and the steps in their order."""
    training = block.training
    body = [_labels(block), _optimizer(block), _start(training.average), _steps(block)]
    code = "\n\n".join("\n".join(part) for part in body if part)
    imports = ["from fnmatch import fnmatchcase\n"] if uses_patterns(code) else []
    imports += ["import jax"] + (["import jax.numpy as jnp"] if "jnp." in code else []) + ["import optax"]
    return "\n".join([*imports, "", code]).splitlines()


def _labels(block: Block) -> list[str]:
    """A function of the parameters that says of which group each is."""
    if not block.split:
        return []
    known = [(name, one) for name, one in zip(block.names, block.selectors, strict=True)]
    tests = [_test(name, one, last=i == len(known) - 1 and block.whole) for i, (name, one) in enumerate(known)]
    rest = [] if block.whole else [f"    return {STILL!r}  # no optimizer moves these"]
    names = any("name" in line for line in "\n".join(line for test in tests for line in test).split())
    return [
        "def label(path, p):",
        *([f"    name = {NAME}"] if names else []),
        *(line for test in tests for line in test),
        *rest,
        "",
        "",
        "def labels(params):",
        "    return jax.tree_util.tree_map_with_path(label, params)",
        "",
    ]


def _test(name: str, tensors: Selector, *, last: bool) -> list[str]:
    """The lines that give the tensors of a group its label."""
    if last:
        return [f"    return {name!r}"]
    if not tensors.known:
        return [f"    if name in {name}:  # the list of their names", f"        return {name!r}"]
    return [f"    if {condition(tensors, 'name', 'p.ndim') or 'True'}:", f"        return {name!r}"]


def _optimizer(block: Block) -> list[str]:
    """The groups' optimizers, what clips all gradients, and the accumulation around them."""
    training, accumulation = block.training, block.training.accumulation
    calls = [group.optimizer for group in training.groups]
    assert all(isinstance(call, NativeCall) for call in calls)  # there are no drop-ins for optax
    made = [optimizer(call, {}) for call in calls if isinstance(call, NativeCall)]
    code = made[0] if len(made) == 1 and not block.split else _together(block, made)
    if training.clip is not None and (accumulation is None or accumulation.clip == "combined"):
        code = format_call("optax.chain", [clip(training.clip), code], {})
    if accumulation is not None:
        code = _accumulated(code, accumulation)
        if training.clip is not None and accumulation.clip == "each":
            code = format_call("optax.chain", [clip(training.clip), f"{code}.gradient_transformation()"], {})
    note = "the mean of their gradients: the same where micro-batches are of one size"
    samples = accumulation is not None and accumulation.combine == "samples"
    return [noted(f"optimizer = {code}", note) if samples else f"optimizer = {code}"]


def _together(block: Block, made: Sequence[str]) -> str:
    """An optimizer for each label."""
    parts = [f"{name!r}: {code}".replace("\n", "\n    ") for name, code in zip(block.names, made, strict=True)]
    parts += [] if block.whole else [f"{STILL!r}: optax.set_to_zero()"]
    held = "\n".join(["{", *(f"    {part}," for part in parts), "}"])
    return format_call("optax.multi_transform", [held, "labels"], {})


def _accumulated(code: str, accumulation: Accumulation) -> str:
    """MultiSteps around an optimizer: it counts in float32 unless told to take the gradients' own dtype."""
    summed = {"use_grad_mean": False} if accumulation.combine == "sum" else {}
    arguments = {"every_k_schedule": accumulation.batches, **summed}
    return format_call("optax.MultiSteps", [code], arguments)


def _start(average: Average | None) -> list[str]:
    if average is None:
        return ["state = optimizer.init(params)"]
    if average.start == "debiased":
        lines = [f"average = optax.ema({written(average.decay)})", "average_state = average.init(params)"]
    else:
        lines = ["averaged = params", *(["steps = 0  # of the average"] if _counts(average) else [])]
    counted = "updates" if average.clock == "update" else "micro-batches"
    lines += [f"count = 0  # of {counted}"] if due(average, "count") or average.overwrite else []
    return ["state = optimizer.init(params)", *lines]


def _counts(average: Average) -> bool:
    """Whether its decay is another at other steps."""
    return average.decay is None or bool(average.warmup) or average.start == "first"


def _steps(block: Block) -> list[str]:
    """The step, compiled, and the loop around it."""
    accumulation, average = block.training.accumulation, block.training.average
    n = 1 if accumulation is None else accumulation.batches
    step = [
        "@jax.jit",
        "def step(params, state, x, y):",
        "    gradients = jax.grad(loss_fn)(params, x, y)",
        "    updates, state = optimizer.update(gradients, state, params)",
        "    return optax.apply_updates(params, updates), state",
        "",
        "",
    ]
    tick = [] if average is None else _tick(average)
    by_update = n != 1 and tick and average is not None and average.clock == "update"
    if by_update:
        tick = [f"if (i + 1) % {n} == 0:", *indented(tick)]
    head = "for i, (x, y) in enumerate(batches):" if by_update else "for x, y in batches:"
    return [*step, head, "    params, state = step(params, state, x, y)", *indented(tick), *_evaluated(average)]


def _tick(average: Average) -> list[str]:
    """The average once it may be due."""
    counted = bool(due(average, "count") or average.overwrite)
    if average.start == "debiased":
        step = ["averaged, average_state = average.update(params, average_state)"]
    elif _counts(average):
        share = f"1 - ({decay_code(average, 'steps')})"
        step = [f"averaged = optax.incremental_update(params, averaged, step_size={share})", "steps += 1"]
    else:
        step = [f"averaged = optax.incremental_update(params, averaged, step_size=1 - {written(average.decay)})"]
    if needed := due(average, "count"):
        step = [f"if {needed}:", *indented(step)]
    over = [f"if count % {average.overwrite} == 0:", "    params = averaged"] if average.overwrite else []
    return [*(["count += 1"] if counted else []), *step, *over]


def _evaluated(average: Average | None) -> list[str]:
    if average is None or not average.evaluated:
        return []
    return ["# what is evaluated, and kept in the end, is `averaged`, not `params`"]
