"""The schedules of tf.train: each function, as installed, beside the schedule that its call is read as."""

import inspect

import numpy as np
import pytest
import tensorflow as tf

from comparisons.frameworks import rule_of
from comparisons.frameworks.keras.train_schedules import CALLS, NO_RULE, STEP
from comparisons.porting.reading.pasted import read_source
from comparisons.rules.schedules import Schedule, rate_at

TRAIN = tf.compat.v1.train
STEPS = 2000
LR = 0.3
# Each with its numbers, all of them others than the defaults.
WRITTEN = {
    "exponential_decay": ["decay_steps=300, decay_rate=0.7", "decay_steps=300, decay_rate=0.7, staircase=True"],
    "natural_exp_decay": ["decay_steps=300, decay_rate=0.7", "decay_steps=300, decay_rate=0.7, staircase=True"],
    "inverse_time_decay": ["decay_steps=300, decay_rate=0.7", "decay_steps=300, decay_rate=0.7, staircase=True"],
    "polynomial_decay": [
        "decay_steps=700",
        "decay_steps=700, end_learning_rate=0.02, power=0.5",
        "decay_steps=700, end_learning_rate=0.02, power=2.0, cycle=True",
    ],
    "cosine_decay": ["decay_steps=700", "decay_steps=700, alpha=0.2"],
    "cosine_decay_restarts": ["first_decay_steps=200", "first_decay_steps=200, t_mul=1.5, m_mul=0.8, alpha=0.1"],
}
CASES = [(name, given) for name, several in WRITTEN.items() for given in several]


def read(text):
    """The rate of an optimizer whose learning rate the text is."""
    return rule_of(read_source(f"tf.train.GradientDescentOptimizer(tf.train.{text})").training).groups[0].optimizer


def test_all_functions_are_known():
    theirs = {name for name in dir(TRAIN) if "decay" in name or name.startswith("piecewise")}
    assert theirs == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_their_arguments_are_these(name):
    theirs = inspect.signature(getattr(TRAIN, name)).parameters
    assert list(theirs) == list(CALLS[name])
    for key, argument in CALLS[name].items():
        if argument.fields and not argument.required:
            assert theirs[key].default == argument.default
        if argument.required:
            assert theirs[key].default is inspect.Parameter.empty


@pytest.mark.parametrize(("name", "given"), CASES)
def test_rates_are_theirs(name, given):
    defaults = {key: one.default for key, one in CALLS[name].items() if isinstance(one.default, float)}
    numbers = {**defaults, **eval(f"dict({given})")}  # numbers of ours
    # a cosine takes no float64, for its pi is in float32; Python's floats would go through float32 in the others, too
    dtype, near = (np.float32, 4 * 2.0**-24) if name.startswith("cosine") else (np.float64, 1e-14)
    numbers = {key: dtype(value) if isinstance(value, float) else value for key, value in numbers.items()}
    steps = np.arange(STEPS, dtype=dtype)
    theirs = getattr(TRAIN, name)(tf.constant(LR, dtype), tf.constant(steps), **numbers)().numpy()
    rate = read(f"{name}({LR}, global_step, {given})").learning_rate
    assert isinstance(rate, Schedule)
    # natural_exp_decay takes the exponential before it has a dtype, in float32: off by a share of 6e-8 to the 7th power
    near = 7 * 2.0**-24 if name == "natural_exp_decay" else near
    ours = np.array([rate_at(rate, k) for k in range(STEPS)])
    # what is left of a cosine or a power is of numbers near 1
    assert np.max(np.abs(ours - theirs)) <= near * LR


@pytest.mark.parametrize("name", ["piecewise_constant", "piecewise_constant_decay"])
def test_constants_are_theirs(name):
    boundaries, values = [100, 700], [0.3, 0.05, 0.01]
    rate = read(f"{name}(global_step, {boundaries}, {values})").learning_rate
    for step in (0, 99, 100, 101, 700, 701, 1999):
        theirs = getattr(TRAIN, name)(tf.constant(step), boundaries, [tf.constant(one, tf.float64) for one in values])()
        assert rate_at(rate, step) == float(theirs)


@pytest.mark.parametrize("name", NO_RULE)
def test_what_no_rule_is_is_named_with_its_reason(name):
    source = read_source(f"lr = tf.train.{name}(0.1, global_step, 100)\nopt = tf.train.MomentumOptimizer(lr, 0.9)")
    [gap] = source.gaps
    assert NO_RULE[name] in gap.message
    assert repr(source.call.arguments["learning_rate"]) == "learning_rate"


MINIMIZE = "opt = tf.train.MomentumOptimizer(lr, 0.9)\nop = opt.minimize(loss{})"
DECAY = "lr = tf.train.exponential_decay(0.1, {}, 100, 0.5)\n"
STEP_OF = {
    "the same": (DECAY.format("step") + MINIMIZE.format(", global_step=step"), 0.05),
    "the same, by its place": (DECAY.format("step") + MINIMIZE.format(", step"), 0.05),
    "TensorFlow's own": (
        DECAY.format("tf.train.get_global_step()") + MINIMIZE.format(", tf.train.get_or_create_global_step()"),
        0.05,
    ),
    "a multiple": (DECAY.format("step * 4") + MINIMIZE.format(", global_step=step"), 0.1 * 0.5**4),
    "a multiple by a name": (
        "size = 4\n" + DECAY.format("size * step") + MINIMIZE.format(", global_step=step"),
        0.1 * 0.5**4,
    ),
}


@pytest.mark.parametrize(("text", "rate"), STEP_OF.values(), ids=STEP_OF)
def test_the_step_is_that_of_minimize(text, rate):
    source = read_source(text)
    assert source.gaps == ()
    # a power of a quotient
    assert rate_at(rule_of(source.call).learning_rate, 100) == pytest.approx(rate, rel=1e-14)


@pytest.mark.parametrize("given", ["", ", global_step=other"], ids=["no step", "another"])
def test_a_step_that_no_update_counts_is_named(given):
    [gap] = read_source(DECAY.format("step") + MINIMIZE.format(given)).gaps
    assert gap.text == "'step'"


@pytest.mark.parametrize("step", ["tf.cast(step, tf.int64)", "step + 5", "step * batch"])
def test_a_step_that_is_not_known_costs_the_schedule(step):
    [gap] = read_source(DECAY.format(step) + "opt = tf.train.MomentumOptimizer(lr, 0.9)").gaps
    assert "not a number of updates" in gap.message


def test_a_number_out_of_range_costs_the_schedule():
    [gap] = read_source(f"{DECAY.format('step').replace('100', '-1')}tf.train.GradientDescentOptimizer(lr)").gaps
    assert "exponential_decay: decay_steps is -1" in gap.message


def test_the_step_is_no_number_of_the_rule():
    assert {name for arguments in CALLS.values() for name in arguments if name in STEP} == set(STEP)
