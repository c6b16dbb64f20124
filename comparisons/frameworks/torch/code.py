"""Torch as code: hooks, clipping and schedulers are calls that go with the optimizer."""

from collections.abc import Mapping

from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.code import format_call, no_classes, noted, schedules_import, written
from comparisons.frameworks.framework import Writing
from comparisons.frameworks.torch.clipping import write as clipping_of
from comparisons.frameworks.torch.scheduler_code import scheduler_code
from comparisons.frameworks.torch.schedules import write as scheduler_of
from comparisons.rules import ASGD, Clip, NAdam, Rule, Schedule

FIRST_ARGUMENT = "model.parameters()"
BEFORE_STEP = "after backward(), before optimizer.step()"


def optimizer(call: NativeCall, said: Mapping[str, Value]) -> str:
    """The call of an optimizer."""
    return format_call(f"{call.module}.{call.name}", [FIRST_ARGUMENT], said)


def statements(call: NativeCall, counted: str) -> list[str]:
    """The hooks, the clipping and the scheduler, each with the place where it belongs."""
    lines = [f"optimizer.register_step_pre_hook({format_call(hook.name, [], hook.arguments)})" for hook in call.hooks]
    if call.clipping is not None and call.clipping.per_tensor:
        lines += [noted(f"for p in {FIRST_ARGUMENT}:", BEFORE_STEP), f"    {_clipping(call.clipping)}"]
    elif call.clipping is not None:
        lines.append(noted(_clipping(call.clipping), BEFORE_STEP))
    if call.schedule is not None:
        counted = counted if call.schedule.clock is None else "epoch"
        lines.append(noted(f"scheduler = {scheduler_code(call.schedule)}", f"scheduler.step() after every {counted}"))
    return lines


def drop_in(rule: Rule, arguments: Mapping[str, object]) -> list[str]:
    """The drop-in of the rule, with the lines that import it; its clipping is a call before the step."""
    name = type(rule).__name__
    helper = "" if rule.clip is None else ", clip_"
    clips = [] if rule.clip is None else [noted(f"clip_({written(rule.clip)}, {FIRST_ARGUMENT})", BEFORE_STEP)]
    return [
        *schedules_import(rule, rule.clip),
        f"from torch_impl.optimizers import {name}{helper}",
        f"optimizer = {format_call(name, [FIRST_ARGUMENT], arguments)}",
        *clips,
    ]


def schedule(rate: Schedule) -> str:
    """A schedule by itself."""
    return scheduler_code(scheduler_of(rate))


def clip(limit: Clip) -> str:
    """A clip by itself."""
    return _clipping(clipping_of(limit))


def average(decay: Value) -> str:
    """How to keep an average of the parameters."""
    made = f"averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn({decay}))"
    return f"keep {made} of torch.optim.swa_utils, and call averaged.update_parameters(model)"


def without_decay(optimizer: NativeCall | Rule) -> str:
    """How to leave parameters out of weight decay."""
    hooks = optimizer.hooks if isinstance(optimizer, NativeCall) else ()
    key = "decoupled_decay" if any(hook.name == "decoupled_decay" for hook in hooks) else "weight_decay"
    return f"a group with {key}=0 in torch"


def penalty(_: float) -> str:
    """Nothing: modules have no terms of the loss."""
    return ""


def float64(rule: Rule) -> str:
    """What the rule needs in float64."""
    if not isinstance(rule, NAdam | ASGD):
        return ""
    return "torch keeps scalars of this optimizer in float32 unless torch.set_default_dtype(torch.float64)"


def _clipping(call: NativeCall) -> str:
    return format_call(f"{call.module}.{call.name}", ["p" if call.per_tensor else FIRST_ARGUMENT], call.arguments)


WRITING = Writing(
    optimizer=optimizer,
    statements=statements,
    drop_in=drop_in,
    schedule=schedule,
    clip=clip,
    average=average,
    without_decay=without_decay,
    penalty=penalty,
    float64=float64,
    blocks="comparisons.frameworks.torch.block",
    classes=no_classes,
)
