"""Schedule-Free AdamW and SGD: the authors' package, Keras's class, the drop-ins and the reference, led alike."""

import numpy as np
import pytest
import schedulefree
import tensorflow as tf
import torch

import tf_impl.optimizers
import torch_impl.optimizers
from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.porting.command import translate
from comparisons.rules import ExponentialDecay, ScheduleFreeAdamW, ScheduleFreeSGD
from numpy_impl.forced import follow
from tf_impl.defects import schedule_free_alias
from tf_impl.forced import follow as follow_in_keras
from torch_impl.forced import follow as follow_in_torch

STEPS = 40
RNG = np.random.default_rng(0)
STARTS = {"weight": RNG.normal(size=(4, 3)), "bias": np.zeros(3)}
GRADIENTS = {name: RNG.normal(size=(STEPS, *start.shape)) for name, start in STARTS.items()}
ROUNDING = 1e-12  # of 40 steps in float64, in other orders of the same sums

CLASSES = {"AdamWScheduleFree": schedulefree.AdamWScheduleFree, "SGDScheduleFree": schedulefree.SGDScheduleFree}
AUTHORS = [
    ("AdamWScheduleFree", {"lr": 0.05}),
    ("AdamWScheduleFree", {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1, "warmup_steps": 10}),
    ("AdamWScheduleFree", {"lr": 0.05, "r": 1.0, "weight_lr_power": 0.5, "warmup_steps": 7, "foreach": False}),
    ("SGDScheduleFree", {"lr": 0.1}),
    ("SGDScheduleFree", {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1, "warmup_steps": 10, "r": 0.5}),
]


def of_authors(name, arguments):
    return NativeCall(framework="torch", name=name, module="schedulefree", arguments=arguments)


def walked(name, arguments):
    """The authors' optimizer, its tensors, and their paths in training."""
    tensors = [torch.nn.Parameter(torch.tensor(start)) for start in STARTS.values()]
    optimizer = CLASSES[name](tensors, **arguments)
    optimizer.train()
    path = {one: [] for one in STARTS}
    for step in range(STEPS):
        for theta, gradients in zip(tensors, GRADIENTS.values(), strict=True):
            theta.grad = torch.tensor(gradients[step])
        optimizer.step()
        for one, theta in zip(path, tensors, strict=True):
            path[one].append(theta.detach().numpy().copy())
    return optimizer, tensors, path


def assert_same(path, other):
    for name in STARTS:
        np.testing.assert_allclose(path[name], other[name], rtol=ROUNDING, atol=ROUNDING)


@pytest.mark.parametrize(("name", "arguments"), AUTHORS)
def test_the_rule_is_the_authors(name, arguments):
    call = of_authors(name, arguments)
    _, _, path = walked(name, arguments)
    assert_same(path, follow(frameworks.rule_of(call), STARTS, GRADIENTS))


def averaged_in_torch(rule):
    tensors = [torch.nn.Parameter(torch.tensor(start)) for start in STARTS.values()]
    drop_in = torch_impl.optimizers.from_rule(rule, tensors)
    for step in range(STEPS):
        for theta, gradients in zip(tensors, GRADIENTS.values(), strict=True):
            theta.grad = torch.tensor(gradients[step])
        drop_in.step()
    return drop_in.averages()


def averaged_in_keras(rule):
    variables = [tf.Variable(start) for start in STARTS.values()]
    drop_in = tf_impl.optimizers.from_rule(rule)
    for step in range(STEPS):
        drop_in.apply([tf.constant(gradients[step]) for gradients in GRADIENTS.values()], variables)
    return drop_in.averages()


@pytest.mark.parametrize("averaged", [averaged_in_torch, averaged_in_keras])
@pytest.mark.parametrize(("name", "arguments"), AUTHORS[1:4])
def test_a_drop_in_is_evaluated_where_the_authors_is(averaged, name, arguments):
    optimizer, theirs, _ = walked(name, arguments)
    optimizer.eval()
    for mean, theta in zip(averaged(frameworks.rule_of(of_authors(name, arguments))), theirs, strict=True):
        np.testing.assert_allclose(mean.numpy(), theta.detach().numpy(), rtol=ROUNDING, atol=ROUNDING)


RULES = [
    ScheduleFreeSGD(learning_rate=0.1, momentum=0.5, warmup_steps=5, step_power=1.0, weight_decay=0.1),
    ScheduleFreeSGD(learning_rate=ExponentialDecay(initial=0.1, rate=0.9), momentum=0.9),
    ScheduleFreeAdamW(
        learning_rate=0.05,
        beta1=0.9,
        beta2=0.99,
        epsilon=1e-3,
        warmup_steps=5,
        weight_decay=0.1,
        weight_decay_coupling="decoupled",
    ),
    ScheduleFreeAdamW(learning_rate=0.05, beta1=0.9, beta2=0.99, epsilon=1e-3, aliased=True, decay_in_step=False),
]


@pytest.mark.parametrize("framework", [follow_in_torch, follow_in_keras])
@pytest.mark.parametrize("rule", RULES)
def test_the_drop_ins_follow_the_rule(framework, rule):
    assert_same(framework(rule, STARTS, GRADIENTS), follow(rule, STARTS, GRADIENTS))


@pytest.mark.parametrize("arguments", [{}, {"learning_rate": 0.05, "warmup_steps": 10, "weight_decay": 0.1}])
def test_kerass_class_follows_its_rule_which_is_not_the_papers(arguments):
    call = frameworks.complete(frameworks.of("tf").call("ScheduleFreeAdamW", arguments))
    path = follow_in_keras(call, STARTS, GRADIENTS)
    assert_same(path, follow(frameworks.rule_of(call), STARTS, GRADIENTS))
    paper = follow(frameworks.rule_of(of_authors("AdamWScheduleFree", {"weight_lr_power": 0.0})), STARTS, GRADIENTS)
    assert schedule_free_alias()
    if not arguments:  # of 0.0025 a step, a tenth is the momentum's
        assert abs(path["bias"] - paper["bias"]).max() > 1e-4


PROVED = [
    ("schedulefree.AdamWScheduleFree(p, lr=0.01, warmup_steps=10)", "tf"),
    ("schedulefree.SGDScheduleFree(p, lr=0.01)", "numpy"),
    ("keras.optimizers.ScheduleFreeAdamW(0.01)", "torch"),
]


@pytest.mark.full  # two processes train and are led in two dtypes
@pytest.mark.parametrize(("source", "to"), PROVED)
def test_a_translation_is_proved(source, to):
    found = translate(source, to, "", "regression-20", ("float32", "float64"))
    data = found.data
    assert (found.troubles, found.shortfalls, data["exact"]["holds"]) == ((), (), True)
    for dtype, rounding in (("float32", 1e-5), ("float64", 1e-14)):
        assert data["proof"][dtype]["exact_probe_gap"] < rounding


@pytest.mark.full  # a process is led in a dtype
def test_groups_of_another_package_are_proved_by_their_rules():
    groups = "[{'params': decay}, {'params': rest, 'weight_decay': 0.1}]"
    text = f"import schedulefree\nopt = schedulefree.SGDScheduleFree({groups}, lr=0.01)"
    found = translate(text, "numpy", "", "regression-20", ("float64",))
    assert (found.troubles, found.shortfalls) == ((), ())
    assert "schedulefree's own SGDScheduleFree, for which its rule stands" in " ".join(found.text.split())
