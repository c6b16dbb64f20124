"""Where two whole trainings differ, part by part, and that the parts add up to the gap between them."""

from dataclasses import replace

import numpy as np
import pytest

from comparisons.analysis.attribution import attribute, needed
from comparisons.analysis.factors import factors, subsets, values
from comparisons.analysis.work import distinct, perturb_hyperparameters
from comparisons.names import BadInput
from comparisons.rules import SGD, Adam, ClipGlobalNorm, ClipNorm, ClipValue
from comparisons.rules.canonical_training import canonical_of
from comparisons.rules.training import ALL, Accumulation, Average, Group, Selector, Training, whole
from comparisons.tasks import two_layer_net
from comparisons.tasks.problem import make_problem
from comparisons.training import implementations

BIASES = Selector(names=("bias*",))
ADAMW = Adam(
    learning_rate=0.01,
    beta1=0.9,
    beta2=0.999,
    epsilon=1e-8,
    epsilon_position="corrected-root",
    weight_decay=0.1,
    weight_decay_coupling="decoupled",
)
NO_DECAY = replace(ADAMW, weight_decay=0.0)
PADDED, EXACT = (ClipGlobalNorm(limit=1.0, formula=formula) for formula in ("padded", "exact"))
VALUE, NORM = ClipValue(limit=1.0), ClipNorm(limit=1.0, formula="exact")
TWO = Accumulation(batches=2)
SOURCE = Training(
    groups=(Group(tensors=BIASES, optimizer=NO_DECAY), Group(optimizer=ADAMW)),
    clip=PADDED,
    accumulation=TWO,
    average=Average(decay=0.9),
)


def with_groups(training, *optimizers):
    groups = [replace(group, optimizer=optimizer) for group, optimizer in zip(training.groups, optimizers, strict=True)]
    return replace(training, groups=tuple(groups))


KERAS = {"epsilon": 1e-7, "epsilon_position": "uncorrected-root"}
PAIRS = {
    "nothing": (SOURCE, SOURCE, {}),
    "a field of a group": (
        SOURCE,
        with_groups(SOURCE, ADAMW, ADAMW),
        {"weight_decay [bias*]": ("0", "0.1")},
    ),
    "a field of the last group": (
        SOURCE,
        with_groups(SOURCE, NO_DECAY, replace(ADAMW, beta1=0.8)),
        {"beta1 [the rest]": ("0.9", "0.8")},
    ),
    "fields of all groups": (
        SOURCE,
        with_groups(SOURCE, replace(NO_DECAY, **KERAS), replace(ADAMW, **KERAS)),
        {"epsilon": ("1e-08", "1e-07"), "epsilon_position": ("corrected-root", "uncorrected-root")},
    ),
    "the formula of the clip": (SOURCE, replace(SOURCE, clip=EXACT), {"clip.formula": ("padded", "exact")}),
    "accumulation": (
        SOURCE,
        replace(SOURCE, accumulation=Accumulation(batches=4, clip="each")),
        {"accumulation.batches": ("2", "4"), "accumulation.clip": ("combined", "each")},
    ),
    "an average that nothing is made of": (
        SOURCE,
        replace(SOURCE, average=None),
        {"average": (repr(SOURCE.average), "none")},
    ),
    "the clock of an average": (
        SOURCE,
        replace(SOURCE, average=Average(decay=0.9, clock="batch", after=1)),
        {"average.clock": ("update", "batch"), "average.after": ("0", "1")},
    ),
    "one optimizer against groups": (
        whole(ADAMW),
        Training(groups=SOURCE.groups),
        {"weight_decay [bias*]": ("0.1", "0")},
    ),
    "a rule against a training": (
        replace(ADAMW, clip=PADDED),
        replace(whole(ADAMW), clip=EXACT),
        {"clip.formula": ("padded", "exact")},
    ),
}


@pytest.mark.parametrize("case", PAIRS)
def test_differences_are_told_part_by_part(case):
    source, target, expected = PAIRS[case]
    found = {one.name: (values(one.source), values(one.target)) for one in factors(source, target)}
    assert found == expected
    back = {one.name: (values(one.target), values(one.source)) for one in factors(target, source)}
    assert back == expected


@pytest.mark.parametrize("case", PAIRS)
def test_the_subsets_go_from_the_source_to_the_target(case):
    source, target, expected = PAIRS[case]
    found = subsets(source, target, factors(source, target))
    assert len(found) == 1 << len(expected)
    assert canonical_of(found[0]) == canonical_of(source)
    assert canonical_of(found[-1]) == canonical_of(target)
    assert len({canonical_of(one) for one in found}) == len(found)


def test_what_cannot_be_taken_apart_is_refused():
    others = replace(SOURCE, groups=(Group(tensors=Selector(least_axes=2), optimizer=ADAMW), Group(optimizer=ADAMW)))
    with pytest.raises(BadInput, match="pick their tensors in two ways"):
        factors(SOURCE, others)
    with pytest.raises(BadInput, match="Adam and SGD are different optimizers"):
        factors(SOURCE, with_groups(SOURCE, NO_DECAY, SGD(learning_rate=0.1)))


# --- canonical forms

ALIKE = {
    "groups beyond all": (
        replace(SOURCE, groups=(*SOURCE.groups, Group(tensors=BIASES, optimizer=SGD(learning_rate=1.0)))),
        SOURCE,
    ),
    "groups that step alike": (with_groups(SOURCE, ADAMW, ADAMW), replace(SOURCE, groups=(Group(optimizer=ADAMW),))),
    "a training of one optimizer": (whole(ADAMW), ADAMW),
    "its clip": (replace(whole(ADAMW), clip=PADDED), replace(ADAMW, clip=PADDED)),
    "a clip of each tensor": (
        with_groups(
            replace(SOURCE, clip=None), *(replace(one, clip=ClipValue(limit=1.0)) for one in (NO_DECAY, ADAMW))
        ),
        replace(SOURCE, clip=VALUE),
    ),
    "one micro-batch": (replace(whole(ADAMW), accumulation=Accumulation(batches=1)), ADAMW),
    "nothing to clip each by": (
        replace(whole(ADAMW), accumulation=Accumulation(batches=2, clip="each")),
        replace(whole(ADAMW), accumulation=TWO),
    ),
    "an average that nobody sees": (replace(whole(ADAMW), average=Average(decay=0.9, evaluated=False)), ADAMW),
    "micro-batches that are updates": (
        replace(SOURCE, accumulation=None, average=Average(decay=0.9, clock="batch", warmup_power=2.0)),
        replace(SOURCE, accumulation=None),
    ),
}


@pytest.mark.parametrize("case", ALIKE)
def test_trainings_that_are_one_have_one_form(case):
    one, other = ALIKE[case]
    assert canonical_of(one) == canonical_of(other)


DIFFERENT = {
    "a norm of each group": (
        with_groups(replace(SOURCE, clip=None), *(replace(one, clip=PADDED) for one in (NO_DECAY, ADAMW))),
        SOURCE,
    ),
    "each micro-batch clipped": (replace(SOURCE, accumulation=replace(TWO, clip="each")), SOURCE),
    "an average of updates": (replace(SOURCE, average=Average(decay=0.9, clock="batch")), SOURCE),
    "an average that is written back": (
        replace(whole(ADAMW), average=Average(decay=0.9, evaluated=False, overwrite=2)),
        ADAMW,
    ),
    "a clip of each micro-batch's norm": (
        replace(
            whole(replace(ADAMW, clip=ClipNorm(limit=1.0, formula="exact"))), accumulation=replace(TWO, clip="each")
        ),
        replace(whole(ADAMW), clip=ClipNorm(limit=1.0, formula="exact"), accumulation=replace(TWO, clip="each")),
    ),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_trainings_that_differ_have_two_forms(case):
    one, other = DIFFERENT[case]
    assert canonical_of(one) != canonical_of(other)


def test_the_numbers_of_all_groups_are_moved():
    moved = perturb_hyperparameters(SOURCE, "float32")
    assert [group.tensors for group in moved.groups] == [BIASES, ALL]
    for group, before in zip(moved.groups, SOURCE.groups, strict=True):
        assert group.optimizer == perturb_hyperparameters(before.optimizer, "float32")
        assert group.optimizer != before.optimizer


# --- the gap between two trainings, taken apart


def test_the_parts_of_a_gap_add_up_to_it():
    task = replace(two_layer_net(), steps=20, evaluate_every=0)
    problem = make_problem(task, (0,), "float64")
    target = replace(
        with_groups(SOURCE, *(replace(one, **KERAS) for one in (NO_DECAY, replace(ADAMW, weight_decay=0.5)))),
        clip=replace(EXACT, limit=0.5),
        accumulation=Accumulation(batches=3),
        average=Average(decay=0.9, clock="batch", after=2),
    )
    rules = distinct(needed(SOURCE, target))
    trained = dict(zip(rules, implementations.train_many(problem, rules)[:, 0], strict=True))
    curves = [implementations.train("numpy", problem, one).losses[0] for one in (SOURCE, target)]
    found = attribute((SOURCE, target), tuple(curves), trained, "float64")
    made = dict(zip([factor.name for factor in found.factors], found.contributions, strict=True))
    assert sum(part.final for part in made.values()) == pytest.approx(found.measured.final, abs=1e-12)
    assert sum(part.curve for part in made.values()) == pytest.approx(found.measured.curve, abs=1e-12)
    assert abs(made["accumulation.batches"].final) > 1e-4
    assert abs(made["weight_decay [the rest]"].final) > 1e-6
    # the losses are those of the weights: the average of these has no part in them
    assert made["average.clock"] == made["average.after"] == (0, 0)
    np.testing.assert_allclose(found.rounding, 0, atol=1e-12)
