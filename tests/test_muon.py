"""Muon: the frameworks' own classes, the drop-ins and the reference, led by the same gradients; matrices only."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from drop_ins import InKeras, InTorch

from comparisons import frameworks
from comparisons.faithful.held import Held
from comparisons.frameworks.express import express
from comparisons.names import BadInput
from comparisons.porting.command import translate
from comparisons.porting.proof import Proof
from comparisons.porting.show import proof_lines
from comparisons.porting.translate import port
from comparisons.porting.writing.drop_ins import drop_in_code
from comparisons.rules import Adam, Muon, StepDecay
from comparisons.rules.canonical import canonical
from comparisons.rules.training import Group, Selector, Training
from comparisons.tasks import find
from comparisons.tasks.problem import make_problem
from comparisons.training import implementations
from numpy_impl.optimizers import Optimizer
from numpy_impl.rules.muon import bfloat16, orthogonal
from tf_impl.forced import follow as follow_in_keras
from torch_impl.forced import follow as follow_in_torch

STEPS = 30
SHAPES = {"wide": (3, 5), "tall": (6, 4), "square": (4, 4)}
RNG = np.random.default_rng(0)
STARTS = {name: RNG.normal(size=shape) for name, shape in SHAPES.items()}
GRADIENTS = {name: RNG.normal(size=(STEPS, *shape)) for name, shape in SHAPES.items()}
RULE = Muon(
    learning_rate=StepDecay(initial=0.02, every=10, factor=0.5),
    momentum=0.9,
    nesterov=True,
    velocity="sum",
    ns_a=3.4445,
    ns_b=-4.775,
    ns_c=2.0315,
    iterations=5,
    iteration_dtype="parameter",
    epsilon=1e-3,
    epsilon_position="added",
    scale="aspect",
    weight_decay=0.1,
    weight_decay_coupling="decoupled",
)
BROAD = replace(RULE, iteration_dtype="bfloat16")
VARIANTS = {
    "as it is": RULE,
    "of a mean": replace(RULE, velocity="mean", epsilon_position="floor", nesterov=False),
    "by root mean squares": replace(RULE, scale="rms", rms_rate=0.3, iterations=3),
    "not scaled, coupled": replace(RULE, scale="none", weight_decay_coupling="coupled"),
    "bfloat16": BROAD,
    "bfloat16, of a mean": replace(BROAD, velocity="mean", epsilon_position="floor", scale="rms"),
}
# A sum in another order is now and then the next bfloat16, 1 / 256 on; five steps make 2e-2 of that, and of the
# learning rate that is 2e-2 * 0.02 * the scale of 1 at most. In float64 all is rounding.
WITHIN = {"parameter": 1e-13, "bfloat16": 4e-4}


def by_rule(rule, dtype="float64"):
    tensors = [start.astype(dtype) for start in STARTS.values()]
    optimizer, path = Optimizer(rule, tensors), []
    for step in range(STEPS):
        optimizer.step([gradients[step].astype(dtype) for gradients in GRADIENTS.values()])
        path.append([theta.copy() for theta in tensors])
    return dict(zip(STARTS, zip(*path, strict=True), strict=True))


def assert_near(path, expected, within):
    for name in STARTS:
        np.testing.assert_allclose(path[name], np.array(expected[name]), rtol=0, atol=within)


@pytest.mark.parametrize("framework", [InTorch, InKeras])
@pytest.mark.parametrize("rule", VARIANTS.values(), ids=VARIANTS)
def test_the_drop_ins_follow_the_rule(framework, rule):
    assert_near(
        (follow_in_torch if framework is InTorch else follow_in_keras)(rule, STARTS, GRADIENTS),
        by_rule(rule),
        WITHIN[rule.iteration_dtype],
    )


IN_TORCH = [
    {},
    {"lr": 0.02, "adjust_lr_fn": "match_rms_adamw", "nesterov": False, "weight_decay": 0.0},
    {"lr": 0.02, "ns_coefficients": (2.0, -1.5, 0.5), "ns_steps": 3, "momentum": 0.5, "eps": 1.0},
    {"lr": 0.02, "adjust_lr_fn": "original"},
]


@pytest.mark.parametrize("arguments", IN_TORCH)
def test_torchs_class_follows_its_rule(arguments):
    call = frameworks.of("torch").call("Muon", arguments)
    rule = frameworks.rule_of(call)
    path = follow_in_torch(call, STARTS, GRADIENTS)
    assert_near(path, by_rule(rule), WITHIN["bfloat16"])
    assert_near(path, follow_in_torch(rule, STARTS, GRADIENTS), 1e-14)  # the same operations


IN_KERAS = [
    {},
    {"learning_rate": 0.02, "rms_rate": None, "nesterov": False},
    {"learning_rate": 0.02, "muon_a": 2.0, "muon_b": -1.5, "muon_c": 0.5, "ns_steps": 3, "momentum": 0.5},
    {"learning_rate": 0.02, "rms_rate": 0.5, "weight_decay": 0.1},
]


@pytest.mark.parametrize("arguments", IN_KERAS)
def test_kerass_class_follows_its_rule(arguments):
    call = frameworks.complete(frameworks.of("tf").call("Muon", arguments))
    path = follow_in_keras(call, STARTS, GRADIENTS)
    assert_near(path, by_rule(frameworks.rule_of(call)), WITHIN["parameter"])


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (2, 3, 5)])
def test_its_steps_act_on_the_singular_values_alone(shape):
    u = RNG.normal(size=shape)
    left, values, right = np.linalg.svd(u, full_matrices=False)
    values /= np.sqrt((values**2).sum(axis=-1, keepdims=True)) + RULE.epsilon
    for _ in range(RULE.iterations):
        values = RULE.ns_a * values + RULE.ns_b * values**3 + RULE.ns_c * values**5
    np.testing.assert_allclose(orthogonal(RULE, u), (left * values[..., None, :]) @ right, rtol=0, atol=1e-13)


def test_bfloat16_is_torchs():
    numbers = np.concatenate([RNG.normal(size=1000) * 10.0 ** RNG.integers(-30, 30, size=1000), [0.0, np.inf, -np.inf]])
    numbers = np.append(numbers, [1 + 2**-8, 1 + 3 * 2**-8, -1 - 2**-8]).astype(np.float32)  # between two
    np.testing.assert_array_equal(bfloat16(numbers), torch.tensor(numbers).bfloat16().float().numpy())
    assert np.isnan(bfloat16(np.array([np.nan], np.float32)))


@pytest.mark.parametrize("follow", [follow_in_torch, follow_in_keras])
def test_refuses_what_is_no_matrix(follow):
    start, gradients = {"bias": np.zeros(3)}, {"bias": np.ones((1, 3))}
    with pytest.raises(BadInput, match="1 axes; it moves matrices"):
        follow(RULE, start, gradients)
    with pytest.raises(BadInput, match="1 axes; it moves matrices"):
        Optimizer(RULE, [np.zeros(3)])


def test_a_sum_is_a_mean_with_another_epsilon():
    mean = replace(RULE, velocity="mean", epsilon=RULE.epsilon * (1 - RULE.momentum))
    assert canonical(RULE) == canonical(mean)
    assert_near(by_rule(RULE), by_rule(mean), WITHIN["parameter"])
    assert canonical(replace(RULE, momentum=1.0)) != canonical(replace(RULE, momentum=1.0, velocity="mean"))


def test_kerass_class_is_two_rules():
    arguments = {"learning_rate": 0.02, "adam_lr_ratio": 0.1, "exclude_layers": ["head"], "weight_decay": 0.3}
    call = frameworks.of("tf").call("Muon", arguments)
    matrices, rest = frameworks.groups_of(call)
    assert matrices.optimizer == frameworks.rule_of(call)
    assert (matrices.optimizer.weight_decay, matrices.optimizer.momentum) == (0.3, 0.95)
    # Adam steps at a tenth of the rate, and its decay of 0.004 goes by the whole
    assert rest.optimizer == Adam(
        learning_rate=0.002,
        beta1=0.9,
        beta2=0.999,
        epsilon=1e-7,
        epsilon_position="uncorrected-root",
        weight_decay=0.04,
        weight_decay_coupling="decoupled",
    )
    selects = {name: matrices.tensors.selects(*name) for name in [("dense/kernel", 2), ("dense/bias", 1)]}
    assert selects == {("dense/kernel", 2): True, ("dense/bias", 1): False}
    assert not any(matrices.tensors.selects(name, 2) for name in ("my_Embedding/embeddings", "head/kernel"))
    assert not matrices.tensors.selects("conv/kernel", 4)


def test_another_class_is_one_rule():
    (group,) = frameworks.groups_of(frameworks.of("torch").call("Muon", {}))
    assert isinstance(group.optimizer, Muon)


def test_what_torch_and_keras_lose_of_each_other():
    torchs = frameworks.rule_of(frameworks.of("torch").call("Muon", {"adjust_lr_fn": "match_rms_adamw"}))
    found = express(frameworks.of("tf"), torchs)
    assert found.fidelity == "approximate"
    assert [one.field for one in found.mismatches] == ["iteration_dtype", "epsilon_position"]
    found = express(frameworks.of("tf"), replace(torchs, scale="aspect"))
    assert (found.fidelity, found.mismatches[-1].field) == ("drop-in-only", "scale")
    kerass = frameworks.rule_of(frameworks.of("tf").call("Muon", {"rms_rate": None}))
    found = express(frameworks.of("tf"), kerass)
    assert (found.fidelity, found.call.arguments["rms_rate"]) == ("exact", None)


def test_scales_are_words():
    with pytest.raises(BadInput, match="adjust_lr_fn"):
        frameworks.rule_of(frameworks.of("torch").call("Muon", {"adjust_lr_fn": "moonshot"}))


def muon_and_sgd(framework):
    """Of torch or Keras: matrices by its Muon, the rest by its SGD."""
    ours = frameworks.of(framework)
    rate = {"torch": "lr", "tf": "learning_rate"}[framework]
    muon, rest = (frameworks.complete(ours.call(name, {rate: 0.02})) for name in ("Muon", "SGD"))
    matrices = Group(tensors=Selector(least_axes=2, most_axes=2), optimizer=muon)
    return Training(groups=(matrices, Group(optimizer=rest)))


@pytest.mark.parametrize("framework", ["torch", "tf"])
def test_trains_the_matrices_of_a_network(framework):
    problem = make_problem(find("regression-20"), (0, 1), "float64")
    native = muon_and_sgd(framework)
    found = implementations.train(framework, problem, native)
    assert {name: array.shape for name, array in found.params.items()} == {"weight1": (2, 10, 10), "bias1": (2, 1, 10)}
    rule = frameworks.rule_of(native)
    for implementation in frameworks.FRAMEWORKS:
        other = implementations.train(implementation, problem, rule)
        np.testing.assert_allclose(found.losses, other.losses, rtol=1e-12)  # rounding; no sum fell to another bfloat16
        for name, array in found.params.items():
            np.testing.assert_allclose(array, other.params[name], rtol=0, atol=1e-13)


@pytest.mark.parametrize("framework", ["numpy", "torch", "tf"])
def test_moves_no_biases_of_a_network(framework):
    problem = make_problem(find("regression-20"), (0,), "float64")
    with pytest.raises(BadInput, match="1 axes; it moves matrices"):
        implementations.train(framework, problem, RULE)


@pytest.mark.full  # three processes train and are led in two dtypes
@pytest.mark.parametrize(
    ("source", "to"), [("torch.optim.Muon(matrices, lr=0.02)", "tf"), ("keras.optimizers.Muon(0.02)", "torch")]
)
def test_a_translation_is_proved(source, to):
    found = translate(source, to, "", "regression-20", ("float32", "float64"))
    assert (found.troubles, found.shortfalls) == ((), ())
    data = found.data
    assert data["exact"]["holds"]
    # The bounds of WITHIN and of single precision, for steps of 0.02 that are sums of 20: 2.5 is the largest parameter.
    assert data["proof"]["float64"]["exact_step_gap"] < 1e-13
    assert data["proof"]["float32"]["exact_step_gap"] < 1e-5


PROVED = {
    "torch.optim.Muon(p)": "biases by SGD on both sides, for it moves matrices only\n    rounding is bfloat16's",
    "schedulefree.SGDScheduleFree(p)": "schedulefree's SGDScheduleFree stands its rule, by a drop-in",
}


@pytest.mark.parametrize("source", PROVED)
def test_a_proof_says_what_stands_for_what(source):
    found = port(source, "numpy", "")
    said = "\n".join(proof_lines(found, Proof(task="a task", native={}, exact={}, held=Held()), ""))
    assert PROVED[source] in said


def test_a_tuple_of_three_is_written_as_one():
    assert "ns_coefficients=(3.4445, -4.775, 2.0315)," in drop_in_code("torch", RULE)


# In Keras's class alone: what is no matrix is moved by its AdamW. The clips are such as clip.
ALONE = [{}, {"adam_lr_ratio": 0.5, "weight_decay": 0.1}, {"global_clipnorm": 0.3}, {"clipnorm": 0.2}]


@pytest.mark.parametrize("arguments", ALONE)
def test_kerass_class_trains_a_network_by_two_rules(arguments):
    problem = make_problem(find("regression-20"), (0,), "float64")
    call = frameworks.complete(frameworks.of("tf").call("Muon", {"learning_rate": 0.02, **arguments}))
    found, expected = (implementations.train(framework, problem, call) for framework in ("tf", "numpy"))
    np.testing.assert_allclose(found.losses, expected.losses, rtol=1e-12)  # 20 steps in float64
    for name, array in found.params.items():
        np.testing.assert_allclose(array, expected.params[name], rtol=0, atol=1e-13)
    training = frameworks.rules_of(call)
    torchs = implementations.train("torch", problem, training)
    np.testing.assert_allclose(torchs.losses, expected.losses, rtol=1e-12)


def test_a_group_of_kerass_class_is_two_groups():
    call = frameworks.of("tf").call("Muon", {"exclude_layers": ["head"], "global_clipnorm": 1.0})
    body = Group(tensors=Selector(names=("body*",), without=("body/x*",), least_axes=1), optimizer=RULE)
    groups = (replace(body, optimizer=replace_clip(call)), Group(optimizer=RULE))
    matrices, rest, others = frameworks.rules_of(Training(groups=groups)).groups
    assert (matrices.tensors.names, matrices.tensors.least_axes, matrices.tensors.most_axes) == (("body*",), 2, 2)
    assert matrices.tensors.selects("body/kernel", 2)
    assert not any(matrices.tensors.selects(name, 2) for name in ("body/x", "body/head", "tail"))
    assert (rest.tensors, type(rest.optimizer), others) == (body.tensors, Adam, Group(optimizer=RULE))
    with pytest.raises(BadInput, match="clips matrices and the rest together"):
        frameworks.rules_of(Training(groups=(Group(tensors=body.tensors, optimizer=call), Group(optimizer=RULE))))


def replace_clip(call):
    return replace(call, arguments={**call.arguments, "global_clipnorm": None})
