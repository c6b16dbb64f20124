"""Whole trainings: groups, clipping over all, accumulation, averages; the same in three frameworks, and as people write
them by hand with what the frameworks have."""

from dataclasses import replace
from itertools import product

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, get_swa_multi_avg_fn

from comparisons import frameworks
from comparisons.frameworks import FRAMEWORKS, complete
from comparisons.frameworks.keras.trainings import own, own_average
from comparisons.names import BadInput
from comparisons.rules import SGD, Adam, ClipGlobalNorm, ClipNorm, ClipValue, CosineDecay, rate_at
from comparisons.rules.training import (
    ALL,
    Accumulation,
    Average,
    Group,
    Selector,
    Training,
    elementwise,
    plain,
    whole,
)
from comparisons.tasks import two_layer_net
from comparisons.tasks.problem import axes_of, make_problem
from comparisons.training import implementations
from torch_impl.floatx import floatx

RNG = np.random.default_rng(0)
SHAPES = {"weight1": (4, 3), "bias1": (1, 3), "weight2": (3, 2), "bias2": (1, 2)}
START = {name: RNG.standard_normal(shape) for name, shape in SHAPES.items()}
BATCHES = 24  # micro-batches: of 2 and of 3 they make whole updates
GRADIENTS = {name: RNG.standard_normal((BATCHES, *shape)) for name, shape in SHAPES.items()}
BIASES, MATRICES = Selector(names=("bias*",)), Selector(least_axes=2)
ADAMW = Adam(
    learning_rate=0.05,
    beta1=0.9,
    beta2=0.95,
    epsilon=1e-8,
    epsilon_position="corrected-root",
    weight_decay=0.1,
    weight_decay_coupling="decoupled",
)
TWO_GROUPS = Training(
    groups=(
        Group(tensors=BIASES, optimizer=replace(ADAMW, weight_decay=0.0)),
        Group(optimizer=replace(ADAMW, learning_rate=0.02)),
    )
)
# The gradients' norms lie around 4.8 together: some are clipped and some are not.
CLIPS = [
    None,
    ClipGlobalNorm(limit=4.5, formula="padded"),
    ClipGlobalNorm(limit=4.5, formula="exact"),
    ClipNorm(limit=2.0, formula="padded"),
    ClipValue(limit=1.0),
]
ACCUMULATIONS = [
    None,
    Accumulation(batches=3),
    Accumulation(batches=2, combine="sum"),
    Accumulation(batches=2, clip="each"),
    Accumulation(batches=4, combine="samples"),
]
AVERAGES = [
    None,
    Average(decay=0.9),
    Average(decay=0.9, clock="batch", every=2, after=3, overwrite=4),
    Average(decay=None, evaluated=False, overwrite=5),
    Average(decay=None, start="initial", after=2),
    Average(decay=0.95, start="debiased"),
    Average(decay=0.9, warmup=9, warmup_from=1, start="initial", overwrite=3),
    Average(decay=0.99, warmup=2.0, warmup_power=0.75),
]
AROUND = list(product(CLIPS, ACCUMULATIONS, AVERAGES))
# Float64's epsilon is 2e-16, parameters are of the size of 1, and 24 steps of Adam do not blow errors up: 3e-15 were
# seen at most.
ROUNDING = 3e-14


def around(clip, accumulation, average):
    return replace(TWO_GROUPS, clip=clip, accumulation=accumulation, average=average)


def apart(one, other):
    assert one.keys() == other.keys()
    return max(np.abs(one[name] - other[name]).max() for name in one)


def follow(framework, training):
    return implementations.follow(framework, training, START, GRADIENTS)


# --- the same in three frameworks


@pytest.mark.parametrize("parts", AROUND, ids=range(len(AROUND)))
def test_torch_follows_the_rules_of_a_training(parts):
    assert apart(follow("torch", around(*parts)), follow("numpy", around(*parts))) <= ROUNDING


# A trace each: in `make test` every value of each part once, as far apart from each other as they come.
SAMPLED = [around(CLIPS[i % 5], ACCUMULATIONS[(2 * i + 1) % 5], AVERAGES[i]) for i in range(1, len(AVERAGES))]


@pytest.mark.every(3)
@pytest.mark.parametrize("training", SAMPLED, ids=range(len(SAMPLED)))
def test_keras_follows_the_rules_of_a_training(training):
    assert apart(follow("tf", training), follow("numpy", training)) <= ROUNDING


@pytest.mark.full
@pytest.mark.parametrize("parts", AROUND, ids=range(len(AROUND)))
def test_keras_follows_the_rules_of_any_training(parts):
    assert apart(follow("tf", around(*parts)), follow("numpy", around(*parts))) <= ROUNDING


# --- as people write it with torch

TORCH = FRAMEWORKS["torch"]


def torch_call(**arguments):
    return complete(TORCH.call("AdamW", arguments))


def by_hand_in_torch(*, swa):
    """The loop of most scripts, word by word: two groups, accumulation, clipping to a global norm, an average."""
    model = torch.nn.ParameterDict({name: torch.nn.Parameter(torch.tensor(array)) for name, array in START.items()})
    decay = [p for name, p in model.items() if not name.startswith("bias")]
    no_decay = [p for name, p in model.items() if name.startswith("bias")]
    groups = [{"params": no_decay, "weight_decay": 0.0}, {"params": decay, "weight_decay": 0.1}]
    optimizer = torch.optim.AdamW(groups, lr=0.05, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    ema = AveragedModel(model, multi_avg_fn=get_swa_multi_avg_fn() if swa else get_ema_multi_avg_fn(0.8))
    path = []
    for i in range(BATCHES):
        loss = sum((p * torch.tensor(GRADIENTS[name][i])).sum() for name, p in model.items())
        (loss / 3).backward()
        if (i + 1) % 3 == 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), 2.5)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            ema.update_parameters(model)
        path.append([held[name].detach().clone().numpy() for held in (model, ema.module) for name in START])
    paths = [np.stack(steps) for steps in zip(*path, strict=True)]
    return dict(zip([*START, *(f"average of {name}" for name in START)], paths, strict=True))


@pytest.mark.parametrize("swa", [False, True], ids=["EMA", "SWA"])
def test_the_usual_loop_of_torch_is_a_training(swa):
    schedule = replace(
        TORCH.call("AdamW", {}), name="ExponentialLR", module="torch.optim.lr_scheduler", arguments={"gamma": 0.9}
    )
    call = replace(torch_call(lr=0.05, betas=(0.9, 0.95), weight_decay=0.1), schedule=schedule)
    no_decay = replace(call, arguments={**call.arguments, "weight_decay": 0.0})
    training = Training(
        groups=(Group(tensors=BIASES, optimizer=no_decay), Group(optimizer=call)),
        clip=ClipGlobalNorm(limit=2.5, formula="padded"),
        accumulation=Accumulation(batches=3),
        average=Average(decay=None if swa else 0.8),
    )
    with floatx("float64"):  # torch's SWA takes 1 / (n + 1) in the default dtype: in float32 it is off by 1e-9
        expected = by_hand_in_torch(swa=swa)
    found = follow("torch", training)
    for name in START:  # before the first step of the average torch's holds the start, which nobody asks for
        expected[f"average of {name}"][:2] = START[name]
        found[f"average of {name}"][:2] = START[name]
    assert apart(found, expected) == 0  # the same calls in the same order
    rules = implementations.follow("numpy", frameworks.rule_of(training), START, GRADIENTS)
    assert apart({name: path[2:] for name, path in rules.items()}, {n: p[2:] for n, p in found.items()}) <= ROUNDING


# --- as people write it with Keras

KERAS = FRAMEWORKS["tf"]


def keras_call(**arguments):
    return complete(KERAS.call("AdamW", {"beta_2": 0.95, **arguments}))


def by_hand_in_keras(optimizer_of):
    """Name to the path, by an optimizer that a function makes and builds for variables by name."""
    keras.config.set_floatx("float64")
    try:
        variables = {name: tf.Variable(array, name=name) for name, array in START.items()}
        optimizer = optimizer_of(variables)
    finally:
        keras.config.set_floatx("float32")
    paths = {name: [] for name in START}
    for i in range(BATCHES):
        optimizer.apply([tf.constant(GRADIENTS[name][i]) for name in variables], list(variables.values()))
        for name, variable in variables.items():
            paths[name].append(variable.numpy())
    found = {name: np.stack(path) for name, path in paths.items()}
    averages = zip(START, getattr(optimizer, "_model_variables_moving_average", []), strict=False)
    return found, {name: mean.numpy() for name, mean in averages}


def test_one_optimizer_of_keras_does_the_whole_of_a_training():
    def made(variables):
        numbers = {"learning_rate": 0.05, "weight_decay": 0.1, "beta_2": 0.95}
        around = {"global_clipnorm": 2.5, "ema_momentum": 0.8}
        given = {name: np.float64(value) for name, value in {**numbers, **around}.items()}
        optimizer = keras.optimizers.AdamW(
            **given,
            beta_1=np.float64(0.9),
            epsilon=np.float64(1e-7),
            gradient_accumulation_steps=3,
            use_ema=True,
        )
        optimizer.exclude_from_weight_decay(var_names=["bias"])
        optimizer.build(list(variables.values()))
        return optimizer

    call = keras_call(learning_rate=0.05, weight_decay=0.1)
    training = Training(
        groups=(
            Group(tensors=BIASES, optimizer=keras_call(learning_rate=0.05, weight_decay=0.0)),
            Group(optimizer=call),
        ),
        clip=ClipGlobalNorm(limit=2.5, formula="exact"),
        accumulation=Accumulation(batches=3),
        average=own_average(0.8, 3),
    )
    ours = own(training)
    assert (ours.together, ours.undecayed, ours.clips, ours.accumulates, ours.averages) == (
        True,
        (0,),
        True,
        True,
        True,
    )
    expected, averages = by_hand_in_keras(made)
    found = follow("tf", training)
    assert apart({name: found[name] for name in START}, expected) <= ROUNDING  # a graph against eager calls
    assert apart({name: found[f"average of {name}"][-1] for name in START}, averages) <= ROUNDING
    assert apart(implementations.follow("numpy", frameworks.rule_of(training), START, GRADIENTS), found) <= ROUNDING


def test_several_optimizers_of_keras_each_clip_their_own_group():
    # a global norm as an argument of each is the norm of its group; over all, it is for the loop
    each = [
        Group(tensors=BIASES, optimizer=keras_call(learning_rate=0.05, global_clipnorm=1.5)),
        Group(optimizer=keras_call(learning_rate=0.01, global_clipnorm=1.5)),
    ]

    def made(variables):
        def chosen(variable):
            return optimizers["bias" in variable.name]

        numbers = {"beta_1": 0.9, "beta_2": 0.95, "weight_decay": 0.004, "epsilon": 1e-7, "global_clipnorm": 1.5}
        given = {name: np.float64(value) for name, value in numbers.items()}
        optimizers = [keras.optimizers.AdamW(learning_rate=rate, **given) for rate in (0.01, 0.05)]
        optimizer = keras.optimizers.MultiOptimizer(chosen)
        optimizer.build(list(variables.values()))
        return optimizer

    training = Training(groups=tuple(each))
    assert not own(training).together
    expected, _ = by_hand_in_keras(made)
    assert apart(follow("tf", training), expected) <= ROUNDING
    assert apart(follow("numpy", frameworks.rule_of(training)), expected) <= ROUNDING


# --- what stays with the loop around Keras's optimizers, and what is theirs

FIRST = keras_call(learning_rate=0.05)
ALONE = whole(FIRST)
APART = Training(
    groups=(Group(tensors=BIASES, optimizer=FIRST), Group(optimizer=keras_call(learning_rate=0.01))),
)
EXACT, PADDED = (ClipGlobalNorm(limit=1.0, formula=formula) for formula in ("exact", "padded"))
TWO = Accumulation(batches=2)
FALLING = replace(
    whole(keras_call(learning_rate=KERAS.schedules.write(CosineDecay(initial=0.05, over=20)))), accumulation=TWO
)
THEIRS = {
    # training: clips, accumulates, averages
    "nothing": (ALONE, (False, False, False)),
    "an exact clip": (replace(ALONE, clip=EXACT), (True, False, False)),
    "torch's formula": (replace(ALONE, clip=PADDED), (False, False, False)),
    "a second clip": (replace(whole(keras_call(clipvalue=1.0)), clip=EXACT), (False, False, False)),
    "a clip over two optimizers": (replace(APART, clip=EXACT), (False, False, False)),
    "a mean": (replace(ALONE, accumulation=TWO), (False, True, False)),
    "a mean, then a clip of theirs": (replace(ALONE, accumulation=TWO, clip=EXACT), (True, True, False)),
    "a mean, then a clip of ours": (replace(ALONE, accumulation=TWO, clip=PADDED), (False, False, False)),
    "a mean of two optimizers": (replace(APART, accumulation=TWO), (False, True, False)),
    "a sum": (replace(ALONE, accumulation=Accumulation(batches=2, combine="sum")), (False, False, False)),
    "an average": (replace(ALONE, average=Average(decay=0.9)), (False, False, True)),
    "an average of updates": (replace(ALONE, accumulation=TWO, average=Average(decay=0.9)), (False, True, False)),
    "an average of micro-batches": (replace(ALONE, accumulation=TWO, average=own_average(0.9, 2)), (False, True, True)),
    "an average from the start on": (
        replace(ALONE, accumulation=TWO, average=Average(decay=0.9, clock="batch")),
        (False, True, False),
    ),
    "overwriting": (replace(ALONE, average=Average(decay=0.9, overwrite=3)), (False, False, True)),
    "overwriting, with a mean": (
        replace(ALONE, accumulation=TWO, average=replace(own_average(0.9, 2), overwrite=4)),
        (False, True, False),
    ),
    "a schedule that counts updates": (FALLING, (False, False, False)),
    "a schedule that counts micro-batches": (KERAS.around.accumulating(FALLING), (False, True, False)),
    "every second": (replace(ALONE, average=Average(decay=0.9, every=2)), (False, False, False)),
    "a plain mean": (replace(ALONE, average=Average(decay=None)), (False, False, False)),
}


@pytest.mark.every(3)
@pytest.mark.parametrize("case", THEIRS)
def test_what_keras_does_itself(case):
    training, theirs = THEIRS[case]
    ours = own(training)
    assert (ours.clips, ours.accumulates, ours.averages) == theirs
    expected = implementations.follow("numpy", frameworks.rule_of(training), START, GRADIENTS)
    assert apart(follow("tf", training), expected) <= ROUNDING


def test_by_its_own_argument_keras_reads_a_schedule_at_the_count_of_micro_batches():
    counted, said = (
        frameworks.rule_of(one).groups[0].optimizer for one in (FALLING, KERAS.around.accumulating(FALLING))
    )
    # update k comes with micro-batch 2 k + 1, counted from 0
    assert [rate_at(said.learning_rate, k) for k in range(9)] == [
        rate_at(counted.learning_rate, 2 * k + 1) for k in range(9)
    ]


# --- records


def test_a_training_of_one_optimizer_is_that_optimizer():
    assert plain(whole(ADAMW)) is ADAMW
    assert plain(replace(whole(ADAMW), clip=CLIPS[1])) is None
    assert plain(TWO_GROUPS) is None
    for framework in FRAMEWORKS:
        np.testing.assert_equal(follow(framework, whole(ADAMW)), follow(framework, ADAMW))


def test_a_tensor_belongs_to_the_first_group_that_picks_it_and_what_none_picks_stays():
    training = Training(groups=(Group(tensors=BIASES, optimizer=SGD(learning_rate=1.0)),))
    assert TWO_GROUPS.members(axes_of(START)) == [["bias1", "bias2"], ["weight1", "weight2"]]
    for framework in FRAMEWORKS:
        found = follow(framework, training)
        for name, start in START.items():
            assert (found[name] == start).all() == name.startswith("weight")


def test_a_training_must_train_something():
    nothing = Training(groups=(Group(tensors=Selector(names=("embedding*",)), optimizer=ADAMW),))
    with pytest.raises(BadInput, match="select none of weight1, bias1, weight2, bias2; nothing would be trained"):
        nothing.members(axes_of(START))


def test_biases_have_one_axis_however_they_are_stored():
    assert axes_of({"weight1": np.zeros((7, 4, 3)), "bias12": np.zeros((7, 1, 3)), "theta": np.zeros((7, 2))}) == {
        "weight1": 2,
        "bias12": 1,
        "theta": 1,
    }
    assert axes_of({"other": np.zeros((2, 3, 4))}) == {"other": 3}
    assert MATRICES.selects("weight1", 2)
    assert not MATRICES.selects("bias1", 1)
    assert ALL.selects("anything", 0)


def test_a_norm_over_all_tensors_is_not_elementwise():
    assert elementwise(TWO_GROUPS)
    assert elementwise(replace(TWO_GROUPS, clip=ClipValue(limit=1.0)))
    assert not elementwise(replace(TWO_GROUPS, clip=EXACT))
    assert not elementwise(whole(replace(ADAMW, clip=EXACT)))


# (1 + n) / (10 + n), as tf.train and diffusers have it; 1 - (1 + n / gamma)^-power, as timm has it
DECAYS = {
    "first": (Average(decay=0.9), [0.0, 0.9, 0.9]),
    "initial": (Average(decay=0.9, start="initial"), [0.9, 0.9, 0.9]),
    "ten": (Average(decay=0.99, warmup=9, warmup_from=1, start="initial"), [1 / 10, 2 / 11, 3 / 12]),
    "timm": (Average(decay=0.5, warmup=1.0, warmup_power=2 / 3), [0.0, 1 - 2 ** (-2 / 3), 0.5]),
    "mean": (Average(decay=None), [0.0, 1 / 2, 2 / 3]),
    "mean with the start": (Average(decay=None, start="initial"), [1 / 2, 2 / 3, 3 / 4]),
}


@pytest.mark.parametrize("case", DECAYS)
def test_decays_by_hand(case):
    average, expected = DECAYS[case]
    np.testing.assert_allclose([average.decay_at(n) for n in range(3)], expected, rtol=1e-15)


# --- trained on a task


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_losses_are_of_every_micro_batch_and_what_is_evaluated_is_measured(framework):
    task = replace(two_layer_net(), steps=12, evaluate_every=12)
    problem = make_problem(task, (0, 1), "float64")
    accumulated = around(CLIPS[1], Accumulation(batches=3), Average(decay=0.5))
    history = implementations.train(framework, problem, accumulated)
    expected = implementations.train("numpy", problem, accumulated)
    assert history.losses.shape == (2, 12)
    np.testing.assert_allclose(history.losses, expected.losses, rtol=1e-12)
    np.testing.assert_array_equal(history.metrics["test_accuracy"], expected.metrics["test_accuracy"])
    assert history.average is not None
    for name, value in expected.average.items():
        np.testing.assert_allclose(history.average[name], value, atol=1e-12)
        assert np.abs(value - expected.params[name]).max() > 1e-4
    weights = implementations.train(framework, problem, replace(accumulated, average=None))
    assert weights.average is None
    np.testing.assert_allclose(history.params["weight1"], weights.params["weight1"], atol=1e-15)
