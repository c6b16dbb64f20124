"""Hooks on torch's optimizers, by which they follow rules that they have no arguments for."""

from dataclasses import replace

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.fidelity import reaches_zero
from comparisons.frameworks.framework import Hooks
from comparisons.frameworks.torch.schedules import low_cosine, write
from comparisons.rules import SGD, Adam, ClipNorm, CosineDecay, RMSprop, Rule, Schedule

MODULE = "torch_impl.hooks"


def mend(call: NativeCall, rule: Rule, field: str) -> NativeCall | None:
    """The call with the hook, or the scheduler, by which this field is the rule's; None if there is none."""
    match field:
        case "epsilon_position" if isinstance(rule, Adam):
            return _with_hook(call, "uncorrected_epsilon", epsilon=rule.epsilon)
        case "learning_rate_in_velocity" if isinstance(rule, SGD | RMSprop) and not reaches_zero(rule):
            return _with_hook(call, "rate_in_velocity")
        case "weight_decay_coupling" if rule.weight_decay_coupling == "decoupled":
            kept = {name: value for name, value in call.arguments.items() if name not in ("weight_decay", "lr_decay")}
            call = replace(call, arguments=kept)
            if isinstance(rule.learning_rate, Schedule) and call.schedule is None:
                # the hook takes the rate from the group, where Adagrad's lr_decay does not show
                call = replace(call, schedule=write(rule.learning_rate))
            return _with_hook(call, "decoupled_decay", weight_decay=rule.weight_decay)
        case "clip" if rule.clip is not None:
            name = "clip_each" if isinstance(rule.clip, ClipNorm) else "clip_all"
            return _with_hook(replace(call, clipping=None), name, norm=rule.clip.limit)
        case "learning_rate" if isinstance(rule.learning_rate, CosineDecay):
            return replace(call, schedule=low_cosine(rule.learning_rate))
        case _:
            return None


def _with_hook(call: NativeCall, name: str, **arguments: float) -> NativeCall:
    hook = NativeCall(framework=call.framework, name=name, module=MODULE, arguments=dict(arguments))
    return replace(call, hooks=(*call.hooks, hook))


HOOKS = Hooks(module=MODULE, mend=mend)
