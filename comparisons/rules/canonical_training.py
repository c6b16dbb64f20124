"""When two trainings are one and the same: both have the same canonical form, which for a plain one is a rule."""

from dataclasses import replace

from comparisons.rules import ClipNorm, ClipValue, Rule, canonical
from comparisons.rules.training import ALL, Average, Group, Training, plain


def canonical_of(optimizer: Rule | Training[Rule]) -> Rule | Training[Rule]:
    """The rule or the training with all that makes no difference said one way.

    - A group beyond one that selects all selects none; groups that step alike are one where the last selects all.
    - What clips one group alone, or each tensor or element by itself, clips over all.
    - One micro-batch is no accumulation. Without a clip there is nothing to clip each by.
    - Without accumulation, updates are micro-batches; an average that nobody sees is none.
    """
    if not isinstance(optimizer, Training):
        return canonical.canonical(optimizer)
    training = _clipped_over_all(_groups(optimizer))
    accumulation = training.accumulation
    if accumulation is not None:
        clip_each = training.clip is not None and accumulation.clip == "each"
        accumulation = replace(accumulation, clip="each" if clip_each else "combined")
        accumulation = None if accumulation.batches == 1 else accumulation
    average = None if training.average is None else _average(training.average, accumulated=accumulation is not None)
    training = replace(training, accumulation=accumulation, average=average)
    alone = plain(replace(training, clip=None))
    return training if alone is None else replace(alone, clip=training.clip or alone.clip)


def _groups(training: Training[Rule]) -> Training[Rule]:
    groups: list[Group[Rule]] = []
    for group in training.groups:
        groups.append(replace(group, optimizer=canonical.canonical(group.optimizer)))
        if group.tensors == ALL:
            break
    first, *others = (group.optimizer for group in groups)
    together = first.clip is None or isinstance(first.clip, ClipValue | ClipNorm)
    if groups[-1].tensors == ALL and together and all(other == first for other in others):
        groups = groups[-1:]
    return replace(training, groups=tuple(groups))


def _clipped_over_all(training: Training[Rule]) -> Training[Rule]:
    """What the groups clip by, moved to where all are clipped, if that is the same."""
    clips = {group.optimizer.clip for group in training.groups}
    [clip, *others] = clips
    each = training.accumulation is not None and training.accumulation.clip == "each"
    alike = len(training.groups) == 1 or isinstance(clip, ClipValue | ClipNorm)
    if training.clip is not None or clip is None or others or each or not alike:
        return training
    groups = [replace(group, optimizer=replace(group.optimizer, clip=None)) for group in training.groups]
    return replace(training, groups=tuple(groups), clip=clip)


def _average(average: Average, *, accumulated: bool) -> Average | None:
    if not average.overwrite and not average.evaluated:
        return None
    if not accumulated:
        average = replace(average, clock="update")
    if average.decay is None or not average.warmup:
        average = replace(average, warmup=0.0, warmup_power=1.0, warmup_from=0.0)
    return average
