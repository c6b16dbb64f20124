"""What else must change with an optimizer: each in a sentence, where it applies to the call."""

from collections.abc import Iterator

from comparisons.frameworks.call import NativeCall
from comparisons.names import Framework
from comparisons.port.reading.source import Source
from comparisons.port.routes import Exact
from comparisons.rules import (
    ASGD,
    SGD,
    Adafactor,
    Adam,
    Adamax,
    Ftrl,
    Lamb,
    Lion,
    NAdam,
    RAdam,
    Rprop,
    Rule,
    Schedule,
)


def also(source: Source, rule: Rule, exact: Exact, to: Framework) -> tuple[str, ...]:
    """The sentences, the most often forgotten first."""
    pair = {source.call.framework, to}
    return (
        *_of_groups(source),
        *_of_gradients(rule),
        *_of_surroundings(rule, pair, exact),
        *_of_schedules(source, rule),
        *_of_late(source, rule, pair, exact),
        *_of_embeddings(rule, pair),
        *_of_dtypes(rule, pair),
        *_of_factors(rule, pair),
        *_of_proof(source),
    )


def _of_groups(source: Source) -> Iterator[str]:
    if source.groups:
        yield "the parameters are groups: port the arguments of each, as groups of torch or an OptimizerMap of Keras"


def _of_gradients(rule: Rule) -> Iterator[str]:
    """What changes the size of the gradients."""
    if isinstance(rule, SGD | ASGD | Ftrl) or rule.clip is not None:
        yield (
            "loss: average over the same things, reduction='mean' in torch and 'sum_over_batch_size' in Keras; "
            "a sum makes the gradients, and so the step or what is clipped, larger by the size of the batch"
        )
    if rule.clip is not None:
        yield (
            "clipping: before weight decay on both sides; in torch a call between backward() and step(), "
            "in Keras clipnorm is for each variable and global_clipnorm for all together"
        )


def _of_surroundings(rule: Rule, pair: set[Framework], exact: Exact) -> Iterator[str]:
    """Weight decay."""
    if not rule.weight_decay:
        return
    hooks = exact.optimizer.hooks if isinstance(exact.optimizer, NativeCall) else ()
    key = "decoupled_decay=0" if any(hook.name == "decoupled_decay" for hook in hooks) else "weight_decay=0"
    ways = {
        "torch": f"a group with {key} in torch",
        "tf": "optimizer.exclude_from_weight_decay(var_names=[...]) before the build in Keras",
        "numpy": "an Optimizer of their own in NumPy",
    }
    several = ", ".join(way for framework, way in ways.items() if framework in pair)
    yield f"weight decay: leave out the same parameters on both sides (biases, norms): {several}"
    if rule.weight_decay_coupling == "coupled" and "tf" in pair:
        yield (
            f"weight decay: kernel_regularizer=L2({rule.weight_decay!r} / 2) gives the same gradient too, but it "
            "adds to the loss that is reported, and it is clipped"
        )


def _of_schedules(source: Source, rule: Rule) -> Iterator[str]:
    if isinstance(rule.learning_rate, Schedule):
        counted = "updates, 0 at the first: in torch scheduler.step() after every optimizer.step(), not once an epoch"
        if "gradient_accumulation_steps" in source.aside:
            counted = (
                "batches, 0 at the first, not updates: in torch scheduler.step() after every batch, whatever it warns"
            )
        yield f"schedule: it counts {counted}; Keras computes it in float32 unless its numbers are np.float64"


def _of_late(source: Source, rule: Rule, pair: set[Framework], exact: Exact) -> Iterator[str]:
    """What one framework counts for each parameter, and the other for all."""
    counted = isinstance(rule, Adam | Adamax | NAdam | RAdam | ASGD | Rprop | Lamb | Adafactor)
    first = isinstance(rule, SGD) and bool(rule.momentum and rule.dampening)  # a first gradient is not damped
    match exact.optimizer:
        case NativeCall(arguments=arguments):
            falling = arguments.get("lr_decay") or source.call.arguments.get("lr_decay")
        case _:  # a drop-in for torch counts a schedule of its own, as lr_decay
            falling = isinstance(rule.learning_rate, Schedule) and source.call.schedule is None
    if pair == {"torch", "tf"} and (counted or first or falling):
        yield (
            "late gradients: a parameter that gets its first gradient at step k is updated as for t = 1 in torch, "
            "which counts for each parameter, and as for t = k in Keras, which counts updates"
        )


def _of_embeddings(rule: Rule, pair: set[Framework]) -> Iterator[str]:
    """What Keras does with rows that come twice: `comparisons.frameworks.defects`, repeated-rows."""
    added_first = isinstance(rule, SGD | Lion) and rule.clip is None
    foreign = isinstance(rule, ASGD | RAdam | Rprop)  # Keras has no class, and our drop-in adds first
    if pair == {"torch", "tf"} and not (added_first or foreign):
        yield (
            "embeddings: where a batch has a token twice, Keras takes the parts of its row's gradient one by one "
            "(their squares, magnitudes, norms), torch and the drop-ins their sum"
        )


def _of_dtypes(rule: Rule, pair: set[Framework]) -> Iterator[str]:
    if "tf" in pair:
        yield "float64: Keras needs keras.config.set_floatx('float64') and its numbers as np.float64 to be exact there"
    if "torch" in pair and isinstance(rule, NAdam | ASGD):
        yield "float64: torch keeps scalars of this optimizer in float32 unless torch.set_default_dtype(torch.float64)"


def _of_factors(rule: Rule, pair: set[Framework]) -> Iterator[str]:
    """What Adafactor factors in another way."""
    if pair != {"torch", "tf"} or not isinstance(rule, Adafactor):
        return
    if rule.epsilon1 is not None and rule.epsilon1 <= 1e-15:
        yield (
            "tiny gradients: a matrix whose gradients have a root mean square below 3e-8 takes other steps in torch, "
            "where epsilon1 is a floor under their means, than in Keras, where it is added to their squares"
        )
    yield "kernels of convolutions: (out, in, h, w) in torch, (h, w, in, out) in Keras, so other axes are factored"


def _of_proof(source: Source) -> Iterator[str]:
    if source.aside:
        yield f"proof: what is measured is without {', '.join(source.aside)}, on both sides"
