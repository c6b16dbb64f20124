"""A whole training in torch, as lines to paste."""

from collections.abc import Mapping, Sequence

from comparisons.frameworks.block import Block, Made, decay_code, due, indented, overwritten, split_lines
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.code import format_call, rules_import, schedules_import, written
from comparisons.frameworks.torch.clipping import write as clipping_of
from comparisons.frameworks.torch.scheduler_code import scheduler_code
from comparisons.rules import Clip, ClipNorm, ClipValue, Rule
from comparisons.rules.training import Average

MODEL = "model.parameters()"


def lines(block: Block) -> list[str]:
    """The groups, the optimizers with their schedulers, the average, and the steps in their order."""
    optimizers = _together(block) if len(_kinds(block)) == 1 and len(block.made) > 1 else _apart(block)
    average = block.training.average
    parts = [
        _imports(block, "\n".join(optimizers)),
        list(block.hooks),
        _groups(block),
        optimizers,
        _average(average) if average is not None else [],
        _steps(block),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part).splitlines()


def made(rule: Rule, arguments: Mapping[str, object]) -> Made:
    """The drop-in of a rule."""
    name = type(rule).__name__
    imports = (*schedules_import(rule), f"from torch_impl.optimizers import {name}")
    return Made(name=name, arguments=arguments, said=frozenset(arguments), imports=imports)


def _imports(block: Block, code: str) -> list[str]:
    average = block.training.average
    lines = ["import copy"] if average is not None and not _own(average) else []
    lines += ["import math"] if "math." in code else []
    lines += ["from fnmatch import fnmatchcase"] if "fnmatchcase(" in "\n".join(_groups(block)) else []
    clips = [group.optimizer.clip for group in block.training.groups if not isinstance(group.optimizer, NativeCall)]
    records = rules_import(*clips)
    return [
        *lines,
        "import torch",
        *block.imports([*records, "from torch_impl.optimizers import clip_"] if records else []),
    ]


def _groups(block: Block) -> list[str]:
    if not block.split:
        return []
    return split_lines(block, "for name, p in model.named_parameters():", "name", "p", "p.ndim")


def _kinds(block: Block) -> set[tuple[str, ...]]:
    """What groups of one optimizer have in common: its class, its scheduler, its hooks."""
    return {_kind(one, made) for one, made in zip(_optimizers(block), block.made, strict=True)}


def _kind(optimizer: object, made: Made) -> tuple[str, ...]:
    match optimizer:
        case NativeCall(schedule=schedule, hooks=hooks):
            return (made.name, *(hook.code() for hook in hooks), schedule.code() if schedule is not None else "")
        case _:
            return (made.name, repr(id(made)))


def _optimizers(block: Block) -> list[object]:
    return [group.optimizer for group in block.training.groups]


def _names(block: Block) -> list[str]:
    """What the optimizers are called."""
    if len(_kinds(block)) == 1:
        return ["optimizer"]
    return [f"{name}_optimizer" for name in block.names]


def _together(block: Block) -> list[str]:
    """One optimizer over groups, each with what is its own."""
    first = block.made[0]
    shared = {
        name: value
        for name, value in first.arguments.items()
        if all(made.arguments.get(name) == value for made in block.made)
    }
    own = [{name: value for name, value in made.arguments.items() if name not in shared} for made in block.made]
    groups = [
        "    {"
        + ", ".join([f'"params": {name}', *(f'"{key}": {written(value)}' for key, value in given.items())])
        + "},"
        for name, given in zip(block.names, own, strict=True)
    ]
    said = {name: value for name, value in shared.items() if name in first.said}
    call = format_call(first.name, ["groups"], said)
    return ["groups = [", *groups, "]", f"optimizer = {call}", *_beside(_optimizers(block)[0], "optimizer", "")]


def _apart(block: Block) -> list[str]:
    """An optimizer for each group."""
    lines: list[str] = []
    for optimizer, made, of, name in zip(_optimizers(block), block.made, block.names, _names(block), strict=False):
        said = {key: value for key, value in made.arguments.items() if key in made.said}
        lines.append(f"{name} = {format_call(made.name, [of if block.split else MODEL], said)}")
        lines += _beside(optimizer, name, _prefix(name))
    return lines


def _prefix(optimizer: str) -> str:
    return optimizer.removesuffix("optimizer")


def _beside(optimizer: object, name: str, prefix: str) -> list[str]:
    """The hooks and the scheduler of an optimizer."""
    if not isinstance(optimizer, NativeCall):
        return []
    lines = [f"{name}.register_step_pre_hook({format_call(hook.name, [], hook.arguments)})" for hook in optimizer.hooks]
    if (schedule := optimizer.schedule) is not None:
        lines.append(f"{prefix}scheduler = {scheduler_code(schedule, name)}")
    return lines


def _own(average: Average) -> bool:
    """Whether torch's AveragedModel steps as the average does."""
    return average.start == "first" and not (average.decay is not None and average.warmup)


def _average(average: Average) -> list[str]:
    if not _own(average):
        zero = average.start == "debiased"
        start = ["with torch.no_grad():", "    for a in averaged.parameters():", "        a.zero_()"] if zero else []
        return ["averaged = copy.deepcopy(model)", *start, "steps = 0  # of the average", *_counter(average)]
    utils = "torch.optim.swa_utils"
    step = f"{utils}.get_ema_multi_avg_fn({average.decay})" if average.decay is not None else ""
    given = f"multi_avg_fn={step}" if step else f"multi_avg_fn={utils}.get_swa_multi_avg_fn()"
    return [f"averaged = {utils}.AveragedModel(model, {given})", *_counter(average)]


def _counter(average: Average) -> list[str]:
    counted = "updates" if average.clock == "update" else "micro-batches"
    return [f"count = 0  # of {counted}"] if due(average, "count") or average.overwrite else []


def _steps(block: Block) -> list[str]:
    """The loop: gradients, and when all are there clip, step, schedule, average."""
    training = block.training
    accumulation, average = training.accumulation, training.average
    n = 1 if accumulation is None else accumulation.batches
    each = accumulation is not None and accumulation.clip == "each"
    share = n != 1 and not (accumulation is not None and accumulation.combine == "sum")
    divided = f" / {n}" if share and not each else ""
    note = ""
    if accumulation is not None and accumulation.combine == "samples":
        note = "  # for micro-batches of one size; else multiply by its share of the samples instead"
    update = _update(block, each=each)
    ticks = _average_step(average) if average is not None else []
    by_update = average is None or average.clock == "update"
    body = [f"loss = loss_fn(model(x), y){divided}{note}", "loss.backward()"]
    if each:
        body += _clip_each(block, share=f" / {n}" if share else "")
    if n == 1:
        body = [*_zero(block), *body, *update, *ticks]
    else:
        inner = [*update, *_zero(block), *(ticks if by_update else [])]
        body += [f"if (i + 1) % {n} == 0:", *indented(inner), *([] if by_update else ticks)]
    head = "for x, y in batches:" if n == 1 else "for i, (x, y) in enumerate(batches):"
    before = _before(block, each=each) if n != 1 else []
    return [*before, head, *indented(body), *_evaluated(average)]


def _before(block: Block, *, each: bool) -> list[str]:
    sums = [f"parameters = list({_parameters(block)})", "sums = [torch.zeros_like(p) for p in parameters]"]
    return [*(sums if each else []), *_zero(block)]


def _zero(block: Block) -> list[str]:
    return [f"{name}.zero_grad()" for name in _names(block)]


def _parameters(block: Block) -> str:
    """The tensors of all groups."""
    if block.whole:
        return MODEL
    return block.names[0] if len(block.names) == 1 else f"[{', '.join(f'*{name}' for name in block.names)}]"


def _update(block: Block, *, each: bool) -> list[str]:
    """What is done once the gradients of an update are there."""
    lines = []
    if each:
        lines += ["for p, total in zip(parameters, sums):", "    p.grad = total.clone()", "    total.zero_()"]
    elif block.training.clip is not None:
        lines += clip_lines(block.training.clip, _parameters(block))
    for optimizer, of in zip(_optimizers(block), block.names, strict=True):
        lines += _own_clip(optimizer, of if block.split else MODEL)
    lines += [f"{name}.step()" for name in _names(block)]
    for optimizer, name in zip(_optimizers(block), _names(block), strict=False):
        if isinstance(optimizer, NativeCall) and optimizer.schedule is not None:
            lines.append(f"{_prefix(name)}scheduler.step()")
    return lines


def _own_clip(optimizer: object, parameters: str) -> list[str]:
    """The clipping of one group alone."""
    match optimizer:
        case NativeCall(clipping=NativeCall() as clipping):
            return _call(clipping, parameters)
        case NativeCall():
            return []
        case _:
            clip = getattr(optimizer, "clip", None)
            return [] if clip is None else [f"clip_({written(clip)}, {parameters})"]


def clip_lines(clip: Clip, parameters: str) -> list[str]:
    """A clip of the gradients of parameters, by torch's function where that has its formula."""
    if isinstance(clip, ClipValue) or clip.formula == "padded":
        return _call(clipping_of(clip), parameters)
    limit = written(clip.limit)
    if isinstance(clip, ClipNorm):
        return [f"for p in {parameters}:", f"    p.grad.mul_({limit} / p.grad.norm().clamp(min={limit}))"]
    return [
        f"gradients = [p.grad for p in {parameters} if p.grad is not None]",
        f"scale = {limit} / torch.nn.utils.get_total_norm(gradients).clamp(min={limit})",
        "for gradient in gradients:",
        "    gradient.mul_(scale)",
    ]


def _call(clipping: NativeCall, parameters: str) -> list[str]:
    name = f"{clipping.module}.{clipping.name}"
    if clipping.per_tensor:
        return [f"for p in {parameters}:", f"    {format_call(name, ['p'], clipping.arguments)}"]
    return [format_call(name, [parameters], clipping.arguments)]


def _clip_each(block: Block, *, share: str) -> list[str]:
    """Each micro-batch's gradients clipped by themselves, then added to the sums."""
    clip = block.training.clip
    return [
        *(clip_lines(clip, "parameters") if clip is not None else []),
        "for p, total in zip(parameters, sums):",
        f"    total.add_(p.grad{share})",
        "    p.grad = None",
    ]


def _average_step(average: Average) -> list[str]:
    """The average once it may be due."""
    counted = bool(_counter(average))
    lines = ["count += 1"] if counted else []
    step = ["averaged.update_parameters(model)"] if _own(average) else _by_hand(average)
    if condition := due(average, "count"):
        step = [f"if {condition}:", *indented(step)]
    lines += step
    if average.overwrite:
        lines += [f"if {overwritten(average, 'count')}:", *indented(_into_model())]
    return lines


def _by_hand(average: Average) -> list[str]:
    return [
        f"d = {decay_code(average, 'steps')}",
        "with torch.no_grad():",
        "    for a, p in zip(averaged.parameters(), model.parameters()):",
        "        a.mul_(d).add_(p, alpha=1 - d)",
        "steps += 1",
    ]


def _into_model() -> list[str]:
    return [
        "with torch.no_grad():",
        "    for a, p in zip(averaged.parameters(), model.parameters()):",
        "        p.copy_(a)",
    ]


def _evaluated(average: Average | None) -> Sequence[str]:
    if average is None or not average.evaluated:
        return ()
    if average.start == "debiased":
        return (
            f"missing = {average.decay} ** steps  # the average is averaged / (1 - missing), and that is evaluated",
        )
    return ("# what is evaluated, and kept in the end, is `averaged`, not `model`",)
