"""Optimizers of other packages and of older releases: what the tables say of them, held to those that are installed.

A step is a gradient that both sides are given; the paths are compared in float64 where the class has it.
"""

import inspect
import warnings

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
import torch
import transformers

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.keras.foreign import KERAS_1, KERAS_2, TF_KERAS, TRAIN, older
from comparisons.names import BadInput
from comparisons.rules import Adam, ClipGlobalNorm, InverseTimeDecay
from numpy_impl.optimizers import Optimizer

STEPS = 60
START = np.linspace(-1.0, 2.0, 12).reshape(4, 3)
GRADIENTS = np.random.default_rng(0).normal(size=(STEPS, 4, 3)) * np.linspace(0.01, 1.0, 12).reshape(4, 3)


def call_of(framework, module, name, arguments):
    return NativeCall(framework=framework, module=module, name=name, arguments=arguments)


def by_rule(call):
    """The path of the parameters under the rule that the call is read as."""
    theta = START.copy()
    optimizer, path = Optimizer(frameworks.rule_of(call), [theta]), []
    for gradient in GRADIENTS:
        optimizer.step([gradient])
        path.append(theta.copy())
    return np.array(path)


# --- the tables

ALL = [
    (framework.id, module, name, native)
    for framework in frameworks.FRAMEWORKS.values()
    for module, package in framework.foreign.items()
    for name, native in package.classes.items()
]
# What a class must be given beside its required arguments, as no rule follows it by its defaults.
NEEDED = {
    "FusedLAMB": {"use_nvlamb": True},
    "tensorflow_addons.optimizers.AdaBelief": {"rectify": False},
    "bitsandbytes.optim.SGD": {"momentum": 0.9},
}


@pytest.mark.parametrize(("framework", "module", "name", "native"), ALL, ids=[f"{a[1]}.{a[2]}" for a in ALL])
def test_every_class_is_read_and_written_out(framework, module, name, native):
    given = {key: 0.125 for key, argument in native.arguments.items() if argument.required}
    given |= NEEDED.get(name, {}) | NEEDED.get(f"{module}.{name}", {})
    call = call_of(framework, module, name, given)
    whole = frameworks.complete(call)
    assert (whole.module, whole.name) == (module, name)
    assert isinstance(frameworks.rule_of(call), native.rule)
    assert frameworks.rule_of(whole) == frameworks.rule_of(call)


@pytest.mark.parametrize("framework", ["torch", "tf"])
def test_no_name_is_both_a_rule_and_none(framework):
    for package in frameworks.of(framework).foreign.values():
        assert not package.classes.keys() & package.no_rule.keys()
        assert all(reason and reason[0].islower() for reason in package.no_rule.values())


def signature(cls):
    """Name to default; what is required has none."""
    parameters = inspect.signature(cls.__init__).parameters.values()
    plain = [one for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD and one.name not in ("self", "params")]
    return {one.name: None if one.default is one.empty else one.default for one in plain}


INSTALLED = [
    *[(TRAIN, name, getattr(tf.compat.v1.train, name)) for name in TRAIN.classes],
    *[(KERAS_2, name, getattr(tf_keras.optimizers.legacy, name)) for name in KERAS_2.classes],
    *[(TF_KERAS, name, getattr(tf_keras.optimizers, name)) for name in TF_KERAS.classes],
    (frameworks.of("torch").foreign["transformers"], "Adafactor", transformers.Adafactor),
]
BY_KEYWORD = {"lr", "decay", "schedule_decay", "clipnorm", "clipvalue", "global_clipnorm", "loss_scale_factor"}
SAME = {("FtrlOptimizer", "beta"): (None, 0.0)}  # None is 0 there


@pytest.mark.parametrize(("package", "name", "cls"), INSTALLED, ids=[f"{a[0].module}.{a[1]}" for a in INSTALLED])
def test_arguments_are_those_of_the_installed_class(package, name, cls):
    theirs, known = signature(cls), package.classes[name].arguments
    assert theirs.keys() <= known.keys()
    assert known.keys() - theirs.keys() <= BY_KEYWORD
    bears = [key for key in known if key in theirs and (known[key].field or known[key].must_keep_default)]
    assert bears == [key for key in theirs if key in bears]
    found = {key: (theirs[key], known[key].default) for key in bears}
    differ = {key: pair for key, pair in found.items() if pair[0] != pair[1]}
    assert differ == {key: pair for (one, key), pair in SAME.items() if one == name and key in differ}


# --- their steps

V1 = [
    ("GradientDescentOptimizer", {"learning_rate": 0.1}),
    ("MomentumOptimizer", {"learning_rate": 0.1, "momentum": 0.9}),
    ("MomentumOptimizer", {"learning_rate": 0.1, "momentum": 0.9, "use_nesterov": True}),
    ("RMSPropOptimizer", {"learning_rate": 0.1}),
    ("RMSPropOptimizer", {"learning_rate": 0.1, "decay": 0.8, "momentum": 0.9, "epsilon": 0.01}),
    ("RMSPropOptimizer", {"learning_rate": 0.1, "momentum": 0.5, "centered": True, "epsilon": 0.01}),
    ("AdamOptimizer", {"epsilon": 0.01}),
    ("AdagradOptimizer", {"learning_rate": 0.1}),
    ("AdadeltaOptimizer", {"learning_rate": 0.5, "epsilon": 1e-4}),
    ("FtrlOptimizer", {"learning_rate": 0.1}),
    (
        "FtrlOptimizer",
        {
            "learning_rate": 0.1,
            "l1_regularization_strength": 0.01,
            "l2_regularization_strength": 0.02,
            "l2_shrinkage_regularization_strength": 0.03,
        },
    ),
]


def as_float64(arguments):
    """Numbers as tensors of float64: the classes take theirs through float32 otherwise."""
    return {
        key: tf.constant(value, tf.float64)
        if isinstance(value, float) and key != "initial_accumulator_value"
        else value
        for key, value in arguments.items()
    }


@pytest.mark.parametrize(("name", "arguments"), V1, ids=[f"{one[0]}-{i}" for i, one in enumerate(V1)])
def test_steps_are_those_of_tensorflow_1(name, arguments):
    call = call_of("tf", TRAIN.module, name, arguments)
    whole = frameworks.complete(call).arguments
    theta = tf.Variable(START)
    optimizer = getattr(tf.compat.v1.train, name)(**{**as_float64(whole)})
    path = []
    for gradient in GRADIENTS:
        optimizer.apply_gradients([(tf.constant(gradient), theta)])
        path.append(theta.numpy().copy())
    # AdamOptimizer keeps the powers of its betas in float32, Ftrl's kernel takes powers otherwise
    np.testing.assert_allclose(path, by_rule(call), rtol=1e-6, atol=1e-7)


LEGACY = [
    ("SGD", {"lr": 0.1, "decay": 0.01, "momentum": 0.9, "nesterov": True}),
    ("Adam", {"lr": 0.01, "decay": 0.01, "epsilon": None}),
    ("Adam", {"learning_rate": 0.01, "amsgrad": True, "epsilon": 0.01}),
    ("Adamax", {"learning_rate": 0.01, "epsilon": 0.01}),
    ("Nadam", {"learning_rate": 0.01, "epsilon": 0.01}),
    ("Nadam", {"learning_rate": 0.01, "schedule_decay": 0.1}),
    ("RMSprop", {"lr": 0.01, "decay": 1e-3, "epsilon": 0.01}),
    ("RMSprop", {"lr": 0.01, "momentum": 0.9, "epsilon": 0.01}),
    ("RMSprop", {"lr": 0.01, "centered": True, "epsilon": 0.01}),
    ("Adagrad", {"lr": 0.1, "epsilon": 0.01}),
    ("Adadelta", {"lr": 0.5, "epsilon": 1e-4}),
    ("Ftrl", {"learning_rate": 0.1, "l1_regularization_strength": 0.01, "beta": 0.1}),
    ("Adam", {"lr": 0.01, "clipnorm": 0.5}),
    ("Adam", {"lr": 0.01, "global_clipnorm": 0.5}),
]


def path_of_keras(optimizer):
    theta, path = tf.Variable(START), []
    for gradient in GRADIENTS:
        optimizer.apply_gradients([(tf.constant(gradient), theta)])
        path.append(theta.numpy().copy())
    return path


@pytest.mark.parametrize(("name", "arguments"), LEGACY, ids=[f"{one[0]}-{i}" for i, one in enumerate(LEGACY)])
def test_steps_are_those_of_optimizer_v2(name, arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that lr is called learning_rate now
        optimizer = getattr(tf_keras.optimizers.legacy, name)(**arguments)
    # hyperparameters go through float32
    expected = by_rule(call_of("tf", KERAS_2.module, name, arguments))
    np.testing.assert_allclose(path_of_keras(optimizer), expected, rtol=1e-5, atol=1e-6)


LATER = [(name, {"learning_rate": 0.01}) for name in TF_KERAS.classes]


@pytest.mark.parametrize(("name", "arguments"), LATER, ids=TF_KERAS.classes)
def test_steps_are_those_of_tf_keras(name, arguments):
    optimizer = getattr(tf_keras.optimizers, name)(**arguments, jit_compile=False)
    expected = by_rule(call_of("tf", TF_KERAS.module, name, arguments))
    np.testing.assert_allclose(path_of_keras(optimizer), expected, rtol=1e-4, atol=1e-5)  # its numbers are float32


ADAFACTOR = [
    {},
    {"lr": 1e-3, "scale_parameter": False, "relative_step": False},
    {"lr": 1e-2, "scale_parameter": True, "relative_step": False, "clip_threshold": 0.5, "decay_rate": -0.6},
    {"lr": 1e-2, "scale_parameter": False, "relative_step": False, "weight_decay": 0.1},
]


@pytest.mark.parametrize("arguments", ADAFACTOR)
def test_steps_are_those_of_transformers_adafactor(arguments):
    theta = torch.nn.Parameter(torch.tensor(START))
    optimizer, path = transformers.Adafactor([theta], **arguments), []
    for gradient in GRADIENTS:
        theta.grad = torch.tensor(gradient)
        optimizer.step()
        path.append(theta.detach().numpy().copy())
    expected = by_rule(call_of("torch", "transformers", "Adafactor", arguments))
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-13)  # 60 steps of rounding


# --- what is read of the others, by hand

ADAM = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999}
BY_HAND = [
    (
        ("torch", "transformers", "AdamW", {"correct_bias": False, "weight_decay": 0.01}),
        Adam(
            **ADAM,
            epsilon=1e-6,
            epsilon_position="uncorrected-root",
            bias_correction=False,
            weight_decay=0.01,
            weight_decay_coupling="decoupled-last",
        ),
    ),
    (
        ("torch", "apex.optimizers", "FusedAdam", {"weight_decay": 0.01}),
        Adam(
            **ADAM,
            epsilon=1e-8,
            epsilon_position="corrected-root",
            weight_decay=0.01,
            weight_decay_coupling="decoupled",
        ),
    ),
    (
        ("torch", "apex.optimizers", "FusedAdam", {"weight_decay": 0.01, "adam_w_mode": False}),
        Adam(**ADAM, epsilon=1e-8, epsilon_position="corrected-root", weight_decay=0.01),
    ),
    (
        ("torch", "bitsandbytes.optim", "AdamW", {}),
        Adam(
            **ADAM,
            epsilon=1e-8,
            epsilon_position="corrected-root",
            weight_decay=0.01,
            weight_decay_coupling="decoupled-last",
        ),
    ),
    # a decay of 1e-4 a step is 0.1 of the learning rate
    (
        ("tf", "tensorflow_addons.optimizers", "AdamW", {"weight_decay": 1e-4}),
        Adam(
            **ADAM,
            epsilon=1e-7,
            epsilon_position="uncorrected-root",
            weight_decay=0.1,
            weight_decay_coupling="decoupled",
        ),
    ),
    # standalone Keras clips all gradients together
    (
        ("tf", KERAS_1.module, "Adam", {"lr": 0.01, "decay": 1e-6, "clipnorm": 1.0}),
        Adam(
            **{**ADAM, "learning_rate": InverseTimeDecay(initial=0.01, rate=1e-6)},
            epsilon=1e-7,
            epsilon_position="uncorrected-root",
            clip=ClipGlobalNorm(limit=1.0, formula="exact"),
        ),
    ),
]


@pytest.mark.parametrize(("call", "rule"), BY_HAND, ids=[f"{one[0][1]}.{one[0][2]}" for one in BY_HAND])
def test_rules_by_hand(call, rule):
    assert frameworks.rule_of(call_of(*call)) == rule


REFUSED = [
    (("torch", "transformers", "Adafactor", {"lr": 0.1}), "with relative_step=True it must be None"),
    (("torch", "transformers", "Adafactor", {"relative_step": False}), "it must be a number"),
    (("torch", "transformers", "Adafactor", {"weight_decay": 0.1}), "it must be 0"),
    (("torch", "transformers", "Adafactor", {"warmup_init": True}), "no rule has a word for it"),
    (("torch", "bitsandbytes.optim", "Adam", {"optim_bits": 8}), "no rule has a word for it"),
    (("torch", "apex.optimizers", "FusedLAMB", {"weight_decay": 0.0}), "port an Adam of the same numbers"),
    (("tf", "tensorflow_addons.optimizers", "AdaBelief", {}), "rectify is True"),
    (("torch", "timm.optim", "RMSpropTF", {"caution": True}), "no rule has a word for it"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=[f"{one[0][1]}.{one[0][2]}" for one in REFUSED])
def test_what_no_rule_has_is_refused(call, message):
    with pytest.raises(BadInput, match=message):
        frameworks.rule_of(call_of(*call))


@pytest.mark.parametrize(
    ("written", "given", "module"),
    [
        ("keras.optimizers", {"learning_rate": 0.1}, ""),
        ("keras.optimizers", {"lr": 0.1}, KERAS_1.module),
        ("keras.optimizers", {"learning_rate": 0.1, "decay": 0.0}, KERAS_1.module),
        ("tf.keras.optimizers", {"lr": 0.1, "decay": 1e-6}, KERAS_2.module),
        ("tensorflow.keras.optimizers", {"learning_rate": 0.1, "epsilon": None}, KERAS_2.module),
        ("keras.optimizers", {"schedule_decay": 0.004}, KERAS_1.module),
        ("keras.optimizers", {"epsilon": 1e-8}, ""),
    ],
)
def test_an_older_keras_is_known_by_its_arguments(written, given, module):
    assert older(written, given) == module
