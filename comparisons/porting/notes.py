"""What else must change with an optimizer: each in a sentence, where it applies to the call."""

from collections.abc import Iterator, Sequence

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.framework import Framework
from comparisons.porting.reading.source import Source
from comparisons.porting.routes import Exact
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


def notes(source: Source, rule: Rule, exact: Exact | None, to: str) -> tuple[str, ...]:
    """The sentences that this very call asks for, the most often forgotten first."""
    pair, optimizer = _pair(source.call.framework, to), rule if exact is None else exact.optimizer
    return (
        *_of_clipping(rule, pair),
        *_of_weight_decay(source, rule, pair, optimizer),
        *_of_schedules(source, rule, pair),
        *_of_factors(rule, pair),
        *_of_proof(source),
    )


def general(source: Source, rule: Rule, exact: Exact | None, to: str) -> tuple[str, ...]:
    """The sentences that are the same under many calls."""
    pair, optimizer = _pair(source.call.framework, to), rule if exact is None else exact.optimizer
    return (
        *_of_losses(rule, pair),
        *_of_late(source, rule, pair, optimizer),
        *_of_embeddings(rule, pair),
        *_of_dtypes(rule, pair),
    )


def _pair(*ids: str) -> list[Framework]:
    """The frameworks, each once; those that have optimizers themselves come first."""
    known = [framework for framework in frameworks.FRAMEWORKS.values() if framework.id in ids]
    return sorted(known, key=lambda framework: not framework.has_optimizers)


def _have_optimizers(pair: Sequence[Framework]) -> bool:
    """Whether these are two frameworks with optimizers of two makers: torch and Keras."""
    return len(pair) > 1 and all(framework.has_optimizers for framework in pair)


def _of_losses(rule: Rule, pair: Sequence[Framework]) -> Iterator[str]:
    """What changes the size of the gradients."""
    if _have_optimizers(pair) and (isinstance(rule, SGD | ASGD | Ftrl) or rule.clip is not None):
        yield (
            "loss: average over the same things, reduction='mean' in torch and 'sum_over_batch_size' in Keras; "
            "a sum makes the gradients, and so the step or what is clipped, larger by the size of the batch"
        )


def _of_clipping(rule: Rule, pair: Sequence[Framework]) -> Iterator[str]:
    if rule.clip is not None and _have_optimizers(pair):
        yield (
            "clipping: before weight decay on both sides; in torch a call between backward() and step(), "
            "in Keras clipnorm is for each variable and global_clipnorm for all together"
        )


def _of_weight_decay(
    source: Source, rule: Rule, pair: Sequence[Framework], optimizer: NativeCall | Rule
) -> Iterator[str]:
    """How parameters are left out of it, and a term of the loss that has the same gradient."""
    if not rule.weight_decay or source.grouped:  # which parameters are left out, the groups say
        return
    exclusions = ", ".join(framework.writing.without_decay(optimizer) for framework in pair)
    yield f"weight decay: leave out the same parameters on both sides (biases, norms): {exclusions}"
    if rule.weight_decay_coupling == "coupled":
        for penalty in filter(None, (framework.writing.penalty(rule.weight_decay) for framework in pair)):
            yield (
                f"weight decay: {penalty} gives the same gradient too, but it adds to the loss that is reported, and "
                "it is clipped"
            )


def _of_schedules(source: Source, rule: Rule, pair: Sequence[Framework]) -> Iterator[str]:
    if isinstance(rule.learning_rate, Schedule):
        counted = "updates, 0 at the first: in torch scheduler.step() after every optimizer.step(), not once an epoch"
        if "gradient_accumulation_steps" in source.unsupported_arguments:
            counted = (
                "batches, 0 at the first, not updates: in torch scheduler.step() after every batch, whatever it warns"
            )
        if (schedule := source.call.schedule) is not None and schedule.clock is not None:
            counted = f"updates here, and epochs of {schedule.clock} updates in the source"
        rounded = "; Keras computes it in float32 unless its numbers are np.float64" if _have_optimizers(pair) else ""
        yield f"schedule: it counts {counted}{rounded}"


def _of_late(source: Source, rule: Rule, pair: Sequence[Framework], optimizer: NativeCall | Rule) -> Iterator[str]:
    """What one framework counts for each parameter, and the other for all."""
    counted = isinstance(rule, Adam | Adamax | NAdam | RAdam | ASGD | Rprop | Lamb | Adafactor)
    first = isinstance(rule, SGD) and bool(rule.momentum and rule.dampening)  # a first gradient is not damped
    match optimizer:
        case NativeCall(arguments=arguments):
            falling = arguments.get("lr_decay") or source.call.arguments.get("lr_decay")
        case _:  # a drop-in for torch counts a schedule of its own, as lr_decay
            falling = isinstance(rule.learning_rate, Schedule) and source.call.schedule is None
    if _have_optimizers(pair) and (counted or first or falling):
        yield (
            "late gradients: a parameter that gets its first gradient at step k is updated as for t = 1 in torch, "
            "which counts for each parameter, and as for t = k in Keras, which counts updates"
        )


def _of_embeddings(rule: Rule, pair: Sequence[Framework]) -> Iterator[str]:
    """What Keras does with rows that come twice: `comparisons.frameworks.defects`, repeated-rows."""
    added_first = isinstance(rule, SGD | Lion) and rule.clip is None
    foreign = isinstance(rule, ASGD | RAdam | Rprop)  # Keras has no class, and our drop-in adds first
    if _have_optimizers(pair) and not (added_first or foreign):
        yield (
            "embeddings: where a batch has a token twice, Keras takes the parts of its row's gradient one by one "
            "(their squares, magnitudes, norms), torch and the drop-ins their sum"
        )


def _of_dtypes(rule: Rule, pair: Sequence[Framework]) -> Iterator[str]:
    needs = filter(None, (framework.writing.float64(rule) for framework in reversed(pair)))
    yield from (f"float64: {need}" for need in needs)


def _of_factors(rule: Rule, pair: Sequence[Framework]) -> Iterator[str]:
    """What Adafactor factors in another way."""
    if not _have_optimizers(pair) or not isinstance(rule, Adafactor):
        return
    yield "kernels of convolutions: (out, in, h, w) in torch, (h, w, in, out) in Keras, so other axes are factored"


def _of_proof(source: Source) -> Iterator[str]:
    if source.unsupported_arguments:
        yield f"proof: what is measured is without {', '.join(source.unsupported_arguments)}, on both sides"
