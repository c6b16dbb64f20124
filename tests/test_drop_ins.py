"""The drop-ins: every test through both frameworks. That they follow their rules for 200 steps is shown in test_parity.

What only torch or only Keras has (groups, hooks; models, tf.function) is in tests of their own.
"""

import re
from dataclasses import fields, replace
from pathlib import Path

import keras
import numpy as np
import pytest
import torch
from drop_ins import (
    CLIPS,
    DECAYS,
    DTYPES,
    FRAMEWORKS,
    OUTSIDE,
    InNumPy,
    apart,
    decayed,
    drawn,
    flat,
    walk,
)
from rule_cases import FIRST, RULES, SAMPLED, VECTORS, VELOCITY

from comparisons import rules
from comparisons.rules import CosineDecay, ExponentialDecay, InverseTimeDecay, StepDecay


@pytest.fixture(params=FRAMEWORKS.values(), ids=FRAMEWORKS)
def framework(request):
    yield request.param
    assert torch.get_default_dtype() == torch.float32  # full precision needs no setting of the whole process
    assert keras.config.floatx() == "float32"


def beside_numpy(framework, rule, starts, gradients):
    """How far the drop-in is from the reference at most, at any of the steps."""
    walks = [walk(one.follow(rule, starts), gradients) for one in (framework, InNumPy)]
    return apart(*walks)


# Each step rounds some ten times, now and then in another order: TensorFlow rewrites x / sqrt(y) as x rsqrt(y). In 20
# steps a few epsilons of the largest parameter were seen.
TOLERANCE = {"float64": 1e-14, "float32": 5e-6}
# (n^k - a^k) / learning_rate is a small difference, times a hundred: each library rounds a power in its own way. For
# k = 1/2 they take the root, which is the nearest; but for torch's where MKL takes it on an AMD processor, of which one
# in eighty is another.
NUMBERS = np.random.default_rng(0).uniform(0, 3, 10_000)
NEAREST = np.array_equal(torch.from_numpy(NUMBERS).sqrt().numpy(), np.sqrt(NUMBERS))
ROUNDED = ("learning_rate_power=-0.7", *([] if NEAREST else ["learning_rate_power=-0.5"]))
AMPLIFIED = {label: 16 for label in RULES if any(power in label for power in ROUNDED)}


# Each rule with a decay, and of each family one with all of them.
WITH_DECAYS = [
    pytest.param(label, decay, marks=() if RULES[label] in FIRST.values() or decay == "decoupled" else pytest.mark.full)
    for label in RULES
    for decay in DECAYS
]


@pytest.mark.every(3)
@pytest.mark.parametrize(("label", "decay"), WITH_DECAYS)
def test_follows_the_rule_whatever_the_shape(framework, label, decay):
    gap = beside_numpy(framework, decayed(label, decay), *drawn(20))
    assert gap <= TOLERANCE["float64"] * AMPLIFIED.get(label, 1)


@pytest.mark.parametrize("kind", VECTORS)
def test_starts_from_zero_with_a_gradient_of_zero(framework, kind):
    starts, gradients = drawn(5)
    zeros = [np.zeros_like(start) for start in starts]
    gradients = [np.concatenate([np.zeros_like(g[:1]), g]) for g in gradients]
    expected = walk(InNumPy.follow(FIRST[kind], zeros), gradients)
    assert np.isfinite(expected).all()
    assert apart(walk(framework.follow(FIRST[kind], zeros), gradients), expected) <= TOLERANCE["float64"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "epsilon1",
    [{"epsilon1": 1e-30, "epsilon1_position": "added"}, {"epsilon1": None, "epsilon1_position": "floor"}],
    ids=["added", "floor"],
)
@pytest.mark.parametrize("scale", [0.0, 1e-25, 1e-22, 1e-15, 1e-12, 1.0])
def test_adafactor_stays_finite_where_gradients_are_tiny(framework, scale, epsilon1, dtype):
    """Where half the rows of a table of vectors meet no gradient, and at a head that starts at zero."""
    starts = [np.ones((4, 3), dtype), np.zeros((4, 3), dtype)]
    training = framework.make("Adafactor", epsilon1, starts)
    gradient = np.full((4, 3), scale, dtype)
    gradient[::2] = 0
    for _ in range(5):
        training.step([gradient, gradient])
        assert np.isfinite(training.values()).all()
    np.testing.assert_array_equal([value[::2] for value in training.values()], [start[::2] for start in starts])


def test_ftrl_stays_at_a_rate_of_zero(framework):
    """As in a warm-up's first step, and in torch.distributed.checkpoint's, which steps once to have a state."""
    starts, gradients = drawn(5)
    training = framework.make("Ftrl", {"learning_rate": 0.0}, starts)
    training.step([g[0] for g in gradients])
    np.testing.assert_array_equal(flat(training.values()), flat(starts))
    training.change("learning_rate", 0.1)
    expected = walk(framework.make("Ftrl", {"learning_rate": 0.1}, starts), gradients)
    np.testing.assert_array_equal(walk(training, gradients), expected)


def test_lion_may_have_a_beta1_of_1(framework):
    """The sign of the momentum alone: at the first step there is none."""
    training = framework.make("Lion", {"learning_rate": 0.5, "beta1": 1.0, "beta2": 0.5}, [np.ones(2)])
    path = walk(training, [np.array([[1.0, -1.0]] * 2)])
    assert path.tolist() == [[1.0, 1.0], [0.5, 1.5]]


# --- clipping


@pytest.mark.every(3)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("clip", CLIPS, ids=str)
def test_clips_as_numpy_does(framework, clip, dtype):
    assert beside_numpy(framework, rules.SGD(learning_rate=0.1, clip=clip), *drawn(20, dtype)) <= TOLERANCE[dtype]


@pytest.mark.parametrize("odd", [np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("clip", CLIPS, ids=str)
def test_clips_what_is_not_finite_as_numpy_does(framework, clip, odd):
    rule, starts = rules.SGD(learning_rate=1.0, clip=clip), [np.zeros(2), np.zeros(1)]
    gradients = [np.array([[1.0, odd]]), np.array([[2.0]])]
    with np.errstate(invalid="ignore"):
        expected = walk(InNumPy.follow(rule, starts), gradients)
    np.testing.assert_allclose(walk(framework.follow(rule, starts), gradients), expected, rtol=1e-15)


def test_a_rule_without_clipping_clips_nothing(framework):
    training = framework.follow(rules.SGD(learning_rate=1.0), [np.zeros(2)])
    training.step([np.full(2, 1e9)])
    assert training.values()[0].tolist() == [-1e9, -1e9]


# --- the rule and its numbers


@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("label", SAMPLED)
def test_knows_its_rule(framework, label, decay):
    rule = decayed(label, decay)
    training = framework.follow(replace(rule, clip=CLIPS[0]), [np.zeros(2)])
    assert replace(training.rule(), clip=None) == rule  # in torch clipping stands apart


SCHEDULES = [
    StepDecay(initial=0.1, every=3, factor=0.3),
    ExponentialDecay(initial=0.1, rate=0.7, over=3.0),
    InverseTimeDecay(initial=0.1, rate=0.7, over=3.0),
    CosineDecay(initial=0.1, over=7, floor=0.1),
]


@pytest.mark.every(3)
@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: type(schedule).__name__)
@pytest.mark.parametrize("label", SAMPLED)
def test_a_schedule_is_its_rates_set_by_hand(framework, label, schedule):
    starts, (gradients,) = drawn(10, shapes=[(3, 2)], scales=[1.0])
    by_itself = framework.follow(replace(RULES[label], learning_rate=schedule), starts)
    by_hand = framework.follow(replace(RULES[label], learning_rate=schedule.initial), starts)
    for k, g in enumerate(gradients):
        by_hand.change("learning_rate", framework.rate(schedule, k))
        by_itself.step([g])
        by_hand.step([g])
        np.testing.assert_array_equal(by_itself.values(), by_hand.values())


def test_hyperparameters_may_change_between_steps(framework):
    training = framework.make("SGD", {"learning_rate": 1.0, "momentum": 0.5}, [np.zeros(())])
    training.step([np.ones(())])
    training.change("momentum", 0.25)
    training.step([np.ones(())])
    assert training.values() == [-1.0 - (1.0 + 0.25)]


@pytest.mark.parametrize("kind", VECTORS)
def test_float32_and_float64_side_by_side(framework, kind):
    (singles, small), (doubles, large) = drawn(3, "float32"), drawn(3, "float64")
    apart = [walk(framework.follow(FIRST[kind], singles), small), walk(framework.follow(FIRST[kind], doubles), large)]
    together = walk(framework.follow(FIRST[kind], singles + doubles), small + large)
    np.testing.assert_array_equal(together, np.concatenate(apart, axis=1))


@pytest.mark.parametrize("label", SAMPLED)
def test_what_is_not_a_number_shows(framework, label):
    training = framework.follow(RULES[label], [np.ones(2)])
    training.step([np.array([1.0, np.nan])])
    hidden = type(RULES[label]).__name__ in framework.HIDES_NAN
    assert np.isnan(training.values()[0][1]) == (not hidden)


# --- files


@pytest.mark.every(3)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("label", SAMPLED)
def test_goes_on_from_its_file_bit_for_bit(framework, label, dtype):
    rule = replace(decayed(label, "coupled"), learning_rate=StepDecay(initial=0.01, every=3, factor=0.5))
    starts, gradients = drawn(8, dtype)
    training = framework.follow(rule, starts)
    walk(training, [g[:4] for g in gradients])
    restored = training.restored()
    assert type(restored.optimizer) is type(training.optimizer)
    later = [g[4:] for g in gradients]
    np.testing.assert_array_equal(walk(restored, later), walk(training, later))


# --- what is refused


def hyperparameters():
    """Every field of every rule, with a value that it may have."""
    for kind, rule in FIRST.items():
        for field in fields(rule):
            if field.name != "clip":
                yield kind, field.name, getattr(rule, field.name)


def bad_values():
    """For every hyperparameter what it can never be."""
    for kind, name, value in hyperparameters():
        match value:
            case bool():
                with_it = VELOCITY if name == "nesterov" and hasattr(FIRST[kind], "momentum") else {}  # torch wants one
                yield from ((kind, {name: bad, **with_it}, "True or False") for bad in (1, None, "yes"))
            case str():
                pass  # asked below
            case _:
                yield from ((kind, {name: bad}, "") for bad in (np.nan, np.inf, "0.1", True))


def refuses(framework, kind, given, allowed):
    """The class says of the first of what is given, by its name there, what it must be: a regular expression."""
    name, value = next(iter(given.items()))
    head = re.escape(f"{kind}: {framework.label(kind, name)} is {value!r}; ")
    with pytest.raises(ValueError, match=f"^{head}{allowed}$"):
        framework.make(kind, given, [np.ones(2)])


@pytest.mark.parametrize(("kind", "given", "allowed"), OUTSIDE)
def test_says_what_is_allowed(framework, kind, given, allowed):
    refuses(framework, kind, given, rf"(with \w+ |where it is added )?it must be (None or )?{allowed}")


@pytest.mark.parametrize(("kind", "given", "allowed"), [*bad_values()])
def test_says_what_a_hyperparameter_can_never_be(framework, kind, given, allowed):
    refuses(framework, kind, given, f".*it must be .*{allowed}")


WORDS = [(kind, name) for kind, name, value in hyperparameters() if isinstance(value, str)]


@pytest.mark.parametrize(("kind", "name"), WORDS)
def test_says_which_words_it_knows(framework, kind, name):
    with pytest.raises(ValueError, match=f"^{kind}: unknown {name} 'no such' "):
        framework.make(kind, {name: "no such"}, [np.ones(2)])


# --- the page


def test_the_examples_of_the_page_run(framework):
    page = (Path(__file__).parents[1] / "docs" / framework.page).read_text()
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert examples
    for code in examples:
        exec(compile(code, framework.page, "exec"), {})
