"""A whole optimizer of optax read as a training: chains, and what holds several of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.optax.chains import training_of
from comparisons.frameworks.optax.cores import Unread
from comparisons.rules import Clip, Rule
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import ALL, Accumulation, Group, Selector, Training


@dataclass(frozen=True)
class Labels:
    """Which label tensors have: of the first selector that picks them."""

    by: tuple[tuple[Selector, object], ...] = ()


@dataclass(frozen=True)
class Whole:
    """A training, and what it does besides that no record holds, a sentence each."""

    training: Training[Rule]
    besides: tuple[str, ...] = ()


def whole(call: NativeCall) -> Whole:
    """The training that an optimizer makes.

    Raises:
        Unread: no rule does what it does.
    """
    if not isinstance(call, NativeCall):
        raise Unread("chain", f"{call!r} stands where a transformation does, and what it does is not known")
    given: Mapping[str, Any] = call.arguments
    match call.name:
        case "MultiSteps":
            inner = whole(given["opt"])
            return replace(inner, training=replace(inner.training, accumulation=_accumulation(given)))
        case "apply_if_finite":
            inner = whole(given["inner"])
            says = "optax.apply_if_finite leaves an update out where a gradient is not finite; write that yourself"
            return replace(inner, besides=(*inner.besides, says))
        case "multi_transform" | "partition":
            return _groups(given)
        case "chain" if any(_holds_groups(part) for part in given["args"]):
            return _chained(given["args"])
        case _:
            return Whole(training_of([call]), _besides(call))


def _besides(call: NativeCall) -> tuple[str, ...]:
    """What Adafactor does with small tensors."""
    size: Any = call.arguments.get("min_dim_size_to_factor", 0)
    if call.name == "chain":
        args: Any = call.arguments["args"]
        return tuple(line for part in args for line in _besides(part))
    if size <= 1:
        return ()
    return (
        f"optax.adafactor factors no tensor whose second largest axis is below {size}: elsewhere all matrices are "
        "factored; min_dim_size_to_factor=1 is the same",
    )


def _accumulation(given: Mapping[str, Any]) -> Accumulation:
    batches: Any = given["every_k_schedule"]
    if not isinstance(batches, int | Symbol):
        raise Unread("MultiSteps", "every_k_schedule is a function; no rule has that, write a number")
    if given["should_skip_update_fn"] is not None:
        raise Unread("MultiSteps", "should_skip_update_fn leaves batches out; no rule has that")
    return Accumulation(batches=cast(int, batches), combine="mean" if given["use_grad_mean"] else "sum")


def _holds_groups(part: NativeCall) -> bool:
    return part.name in ("multi_transform", "partition", "MultiSteps", "apply_if_finite")


def _chained(parts: tuple[NativeCall, ...]) -> Whole:
    """Groups, or an accumulation, behind a clip of all tensors together."""
    *before, last = parts
    if not _holds_groups(last) or len(before) > 1:
        raise Unread("chain", f"{last.name} stands behind groups; write it in each of them")
    inner = whole(last)
    if not before:
        return inner
    accumulation = inner.training.accumulation
    if inner.training.clip is not None:
        raise Unread("chain", "gradients are clipped twice, and rules clip them once")
    if accumulation is not None:  # what stands before it is done to each batch
        accumulation = replace(accumulation, clip="each")
    training = replace(inner.training, clip=clip_of(before[0]), accumulation=accumulation)
    return replace(inner, training=training)


def clip_of(part: NativeCall) -> Clip | None:
    """The clip that a transformation is.

    Raises:
        Unread: it is something else.
    """
    descent = NativeCall(framework="optax", name="scale", module=part.module, arguments={"step_size": -1.0})
    found = training_of([part, descent])
    if found.clip is None or found != replace(training_of([descent]), clip=found.clip):
        raise Unread(part.name, "it stands before groups, where only a clip of all tensors is read")
    return found.clip


def _groups(given: Mapping[str, Any]) -> Whole:
    """A group for each label, in the order in which the labels are picked."""
    transforms, labels = given["transforms"], given["param_labels"]
    if not isinstance(transforms, Mapping) or not all(isinstance(one, NativeCall) for one in transforms.values()):
        raise Unread("multi_transform", "its transformations are no dict of what is known here")
    picked = labels.by if isinstance(labels, Labels) else ()
    if picked and not {label for _, label in picked} <= set(transforms):
        raise Unread("multi_transform", "there are labels that no transformation has")
    if not picked:
        picked = tuple((Selector(label=str(label), known=False), label) for label in transforms)
    groups: list[Group[Rule]] = []
    besides: list[str] = []
    still: list[Selector] = []
    for tensors, label in picked:
        part = transforms[label]
        if part.name == "set_to_zero":
            still.append(tensors)
            continue
        inner = whole(part)
        if inner.training.accumulation is not None:
            raise Unread("multi_transform", "groups accumulate apart; no rule has that")
        own = inner.training
        if own.clip is not None and len(own.groups) > 1:
            raise Unread("multi_transform", "a group is clipped as a whole and decayed in part; no rule does that")
        groups += [
            Group(tensors=_both(tensors, group.tensors), optimizer=replace(group.optimizer, clip=own.clip))
            for group in own.groups
        ]
        besides += inner.besides
    if still and not all(tensors.known for tensors in still):
        besides.append(f"{', '.join(tensors.label for tensors in still)}: left as they are, trained by no optimizer")
    elif still:
        groups = [replace(group, tensors=_without(group.tensors, still)) for group in groups]
    return Whole(Training(groups=tuple(groups)), tuple(besides))


def _both(one: Selector, other: Selector) -> Selector:
    """The tensors that both pick."""
    if other == ALL:
        return one
    if one == ALL:
        return other
    if (one.names and other.names) or not (one.known and other.known):
        raise Unread("multi_transform", "a mask inside a group; write a label for it")
    least = [axes for axes in (one.least_axes, other.least_axes) if axes is not None]
    most = [axes for axes in (one.most_axes, other.most_axes) if axes is not None]
    return Selector(
        names=one.names or other.names,
        without=(*one.without, *other.without),
        least_axes=max(least, default=None),
        most_axes=min(most, default=None),
    )


def _without(tensors: Selector, still: list[Selector]) -> Selector:
    """The tensors but for those that are left as they are."""
    for one in still:
        if one.names and one.least_axes is None and one.most_axes is None and not one.without:
            tensors = replace(tensors, without=(*tensors.without, *one.names))
        elif one != ALL:
            raise Unread("set_to_zero", "the tensors that it stops are not picked by name; write their names")
    return tensors
