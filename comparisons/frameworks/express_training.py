"""From a training of rules to the training of native calls that comes closest, with what is lost on the way."""

from collections.abc import Sequence
from dataclasses import dataclass

from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.express import FIDELITIES, Expression, Mismatch, express
from comparisons.frameworks.fidelity import Fidelity
from comparisons.frameworks.framework import ClipArguments, ClipCalls, Framework
from comparisons.frameworks.sentences import padding
from comparisons.rules import Clip, Rule
from comparisons.rules.training import Group, Training


@dataclass(frozen=True, kw_only=True)
class TrainingExpression:
    """The closest native training, how close it is, and where it differs.

    Args:
        training: its groups are calls, the tensors those of the source; None where a group has no class.
        fidelity: the worst of all its parts.
        groups: of each group.
        around: where what surrounds the groups differs.
    """

    training: Training[NativeCall] | None
    fidelity: Fidelity
    groups: tuple[Expression, ...]
    around: tuple[Mismatch, ...]


def express_training(
    framework: Framework, training: Training[Rule], prefer: Sequence[str] = (), source: str = "the source"
) -> TrainingExpression:
    """The closest training of the framework: of equally close classes one for all groups, if there is one.

    Args:
        framework: where to.
        training: what to express.
        prefer: the name of a class for each group, which is taken where it is as close as any; () for none.
        source: what the sentences about mismatches call the training's side.

    Raises:
        BadInput: as `express`.
    """
    groups = _groups(framework, [group.optimizer for group in training.groups], prefer, source)
    clip, around = _clip(framework, training.clip, source)
    calls = [one.call for one in groups if one.call is not None]
    native = None
    if len(calls) == len(groups):
        pairs = zip(training.groups, calls, strict=True)
        native = Training(
            groups=tuple(Group(tensors=group.tensors, optimizer=call) for group, call in pairs),
            clip=clip,
            accumulation=training.accumulation,
            average=training.average,
        )
    lost: list[Fidelity] = [one.fidelity for one in groups]
    if around:
        lost.append("exact-with-hook" if framework.hooks else "approximate")
    return TrainingExpression(
        training=native, fidelity=max(lost, key=FIDELITIES.index), groups=tuple(groups), around=around
    )


def _groups(framework: Framework, rules: Sequence[Rule], prefer: Sequence[str], source: str) -> list[Expression]:
    """The closest call for each rule; of one class, where that is as close for every rule."""
    names = prefer or [""] * len(rules)
    found = [express(framework, rule, name, source) for rule, name in zip(rules, names, strict=True)]
    for name in dict.fromkeys(one.call.name for one in found if one.call is not None):
        alike = [express(framework, rule, name, source) for rule in rules]
        if all(one.call is not None and one.call.name == name for one in alike):
            return alike
    return found


def _clip(framework: Framework, clip: Clip | None, source: str) -> tuple[Clip | None, tuple[Mismatch, ...]]:
    """The clip over all tensors by the formula that the framework has."""
    clips = framework.clips
    match clip, clips:
        case None, _:
            return None, ()
        case _, ClipCalls():
            reached: Clip | None = clips.read(clips.write(clip))
        case _, ClipArguments():
            reached = clips.read(clips.write(clip))
        case _:
            return clip, ()
    if reached == clip or reached is None:
        return clip, ()
    message = f"{padding((source, framework), clip, reached)} ({clips.source})"
    return reached, (Mismatch(field="clip", source=clip, target=reached, message=message),)
