"""What else must change with an optimizer: each in a sentence, where it applies to the call."""

from collections.abc import Iterator, Mapping

from comparisons import dialects
from comparisons.calls import Value
from comparisons.dialects.express import Mismatch
from comparisons.names import Framework
from comparisons.port.source import Source
from comparisons.rules import (
    ASGD,
    SGD,
    Adafactor,
    Adam,
    Adamax,
    ClipGlobalNorm,
    ClipNorm,
    Ftrl,
    Lamb,
    NAdam,
    RAdam,
    Rule,
    Schedule,
)


def also(source: Source, rule: Rule, to: Framework) -> tuple[str, ...]:
    """The sentences, the most often forgotten first."""
    pair = {source.call.framework, to}
    return (*_of_groups(source), *_of_gradients(rule), *_of_surroundings(rule, to), *_of_counting(rule, pair))


def asides(source: Source) -> tuple[Mismatch, ...]:
    """The arguments that no rule has a word for, and what to do for each beside the call."""
    return tuple(
        Mismatch(
            field=name,
            source=value,
            target=dialects.of(source.call.framework).classes[source.call.name].arguments[name].default,
            says=f"it is not in the call; beside it, {_said_otherwise(name, value, source.call.arguments)}",
        )
        for name, value in source.aside.items()
    )


def _of_groups(source: Source) -> Iterator[str]:
    if source.groups:
        yield "the parameters are groups: port the arguments of each, as groups of torch or an OptimizerMap of Keras"


def _said_otherwise(name: str, value: Value, given: Mapping[str, Value]) -> str:
    match name:
        case "maximize":
            return "negate the loss"
        case "use_ema":
            decay = given.get("ema_momentum", 0.99)
            return f"keep torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn({decay}))"
        case "gradient_accumulation_steps":
            return f"average the gradients of {value} batches, then clip and step: Keras does so with their mean"
        case "loss_scale_factor":
            return f"multiply the loss by {value}, and divide the gradients by it before the step"
        case _:
            return "nothing is equal to it"


def _of_gradients(rule: Rule) -> Iterator[str]:
    """What changes the size of the gradients."""
    if isinstance(rule, SGD | ASGD | Ftrl) or isinstance(rule.clip, ClipNorm | ClipGlobalNorm):
        yield (
            "loss: average over the same things, reduction='mean' in torch and 'sum_over_batch_size' in Keras; "
            "a sum makes the gradients, and so the step or what is clipped, larger by the size of the batch"
        )
    if rule.clip is not None:
        yield (
            "clipping: before weight decay on both sides; in torch a call between backward() and step(), "
            "in Keras clipnorm is for each variable and global_clipnorm for all together"
        )


def _of_surroundings(rule: Rule, to: Framework) -> Iterator[str]:
    """Weight decay and schedules."""
    if rule.weight_decay:
        yield (
            "weight decay: leave out the same parameters on both sides (biases, norms): a group with weight_decay=0 "
            "in torch, optimizer.exclude_from_weight_decay(var_names=[...]) before the build in Keras"
        )
    if rule.weight_decay and rule.weight_decay_coupling == "coupled" and to == "tf":
        yield (
            f"weight decay: kernel_regularizer=L2({rule.weight_decay / 2:g}) gives the same gradient too, but it "
            "adds to the loss that is reported, and it is clipped"
        )
    if isinstance(rule.learning_rate, Schedule):
        yield (
            "schedule: it counts updates, 0 at the first: in torch scheduler.step() after every optimizer.step(), not "
            "once an epoch; Keras computes it in float32 unless its numbers are np.float64"
        )


def _of_counting(rule: Rule, pair: set[Framework]) -> Iterator[str]:
    """What is counted, cast or factored in another way."""
    if pair == {"torch", "tf"} and isinstance(rule, Adam | Adamax | NAdam | RAdam | Lamb | Adafactor):
        yield (
            "late gradients: a parameter that gets its first gradient at step k is corrected for t = 1 in torch, "
            "which counts for each parameter, and for t = k in Keras, which counts updates"
        )
    if "tf" in pair:
        yield "float64: Keras needs keras.config.set_floatx('float64') and its numbers as np.float64 to be exact there"
    if "torch" in pair and isinstance(rule, NAdam | ASGD):
        yield "float64: torch keeps scalars of this optimizer in float32 unless torch.set_default_dtype(torch.float64)"
    if pair == {"torch", "tf"} and isinstance(rule, Adafactor) and rule.epsilon1 is not None and rule.epsilon1 <= 1e-15:
        yield (
            "tiny gradients: a matrix whose gradients have a root mean square below 3e-8 takes other steps in torch, "
            "where epsilon1 is a floor under their means, than in Keras, where it is added to their squares"
        )
    if pair == {"torch", "tf"} and isinstance(rule, Adafactor):
        yield "kernels of convolutions: (out, in, h, w) in torch, (h, w, in, out) in Keras, so other axes are factored"
