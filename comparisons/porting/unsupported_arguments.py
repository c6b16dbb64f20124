"""Arguments that no rule has a field for: each as a mismatch, with what to do in its place."""

from collections.abc import Mapping

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.express import Mismatch
from comparisons.porting.reading.source import Source


def mismatches(source: Source, to: str) -> tuple[Mismatch, ...]:
    """A mismatch for each of the arguments; none within one framework, where they stay arguments."""
    framework = source.call.framework
    known = frameworks.of(framework).classes_in(source.call.module)[source.call.name].arguments
    unsupported = source.unsupported_arguments
    given = {name: argument.default for name, argument in known.items()} | source.call.arguments | {**unsupported}
    remedies = {name: _remedy(name, given, to) for name in unsupported}
    return tuple(
        Mismatch(
            field=name,
            source=unsupported[name],
            target=known[name].default,
            message=f"it is not in the call; beside it, {remedy}",
        )
        for name, remedy in remedies.items()
        if remedy and to != framework
    )


def _remedy(name: str, given: Mapping[str, Value], to: str) -> str:
    """What to do for an argument, by the others that are given; empty where another argument's remedy says it."""
    value, batches = given[name], given.get("gradient_accumulation_steps")
    match name:
        case "maximize":
            return "negate the loss"
        case "use_ema":
            when = "after every batch, from the first step on" if batches else "after every step"
            return f"{frameworks.of(to).writing.average(given['ema_momentum'])} {when}"
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
