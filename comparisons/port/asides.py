"""Arguments that no rule has a word for: what to do for each beside the call."""

from collections.abc import Mapping

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.express import Mismatch
from comparisons.names import Framework
from comparisons.port.reading.source import Source


def asides(source: Source, to: Framework) -> tuple[Mismatch, ...]:
    """A mismatch for each of the arguments; none within one framework, where they stay arguments."""
    framework = source.call.framework
    known = frameworks.of(framework).classes[source.call.name].arguments
    given = {name: argument.default for name, argument in known.items()} | source.call.arguments | {**source.aside}
    remedies = {name: _said_otherwise(name, given, to) for name in source.aside}
    return tuple(
        Mismatch(
            field=name,
            source=source.aside[name],
            target=known[name].default,
            says=f"it is not in the call; beside it, {remedy}",
        )
        for name, remedy in remedies.items()
        if remedy and to != framework
    )


def _said_otherwise(name: str, given: Mapping[str, Value], to: Framework) -> str:
    """What to do for an argument, beside those given; empty for what another argument's remedy says."""
    value, batches = given[name], given.get("gradient_accumulation_steps")
    match name:
        case "maximize":
            return "negate the loss"
        case "use_ema":
            when = "after every batch, from the first step on" if batches else "after every step"
            return f"{_average(given['ema_momentum'], to)} {when}"
        case "ema_overwrite_frequency":
            when = f", after each of that step's {batches} batches," if batches else ""
            return f"every {value} steps{when} set the parameters to the average, once it has taken them in"
        case "gradient_accumulation_steps":
            scheduled = isinstance(given["learning_rate"], NativeCall)
            last = "; its schedule counts batches" if scheduled else ""
            return f"average the gradients of {value} batches, then clip and step: Keras does so with their mean{last}"
        case "loss_scale_factor":
            return f"multiply the loss by {value}, and divide the gradients by it before the step"
        case _:
            return ""


def _average(decay: Value, to: Framework) -> str:
    """How to keep an average of the parameters; the first is a copy."""
    match to:
        case "torch":
            made = f"averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn({decay}))"
            return f"keep {made} of torch.optim.swa_utils, and call averaged.update_parameters(model)"
        case "tf" | "numpy":
            mean = f"{decay} * copy + (1 - {decay}) * parameters"
            return f"keep a copy of the parameters as the first step leaves them, and set it to {mean}"
        case _:
            raise KeyError(to)
