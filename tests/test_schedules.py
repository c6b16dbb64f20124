"""Each class and function that makes a schedule, as installed, against the schedule that its call is read as.

2,000 steps of each, the rate that the update after k others sees, in float64.
"""

import ast
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from comparisons.frameworks import rule_of
from comparisons.frameworks.call import Code, NativeCall
from comparisons.frameworks.checks import check_schedule
from comparisons.frameworks.keras import KERAS
from comparisons.frameworks.torch import TORCH
from comparisons.frameworks.torch.scheduler_reading import momentum
from comparisons.frameworks.torch.scheduler_swings import write_swing
from comparisons.frameworks.torch.scheduler_table import MODULE, TRANSFORMERS
from comparisons.names import BadInput
from comparisons.porting.reading.pasted import read_source
from comparisons.rules.schedules import (
    Clock,
    CosineDecay,
    CosineRestarts,
    Cyclic,
    ExponentialDecay,
    InverseTimeDecay,
    PolynomialDecay,
    Product,
    Schedule,
    Sequential,
    StepDecay,
    base_rate,
    rate_at,
)
from tf_impl.optimizers import RuleSchedule

STEPS = 2000
LR = 0.3
EPSILON = 2.0**-52


def call_of(text):
    """The call that the text is, of torch or Keras; lists are tuples, and lambdas code, as port reads them."""
    return made(ast.parse(text, mode="eval").body)


def made(node):
    match node:
        case ast.Call(func=ast.Name(id=name), keywords=keywords):
            keras = name in KERAS.schedules.calls
            module = KERAS.schedules.module if keras else TRANSFORMERS if name.startswith("get_") else MODULE
            arguments = {keyword.arg: made(keyword.value) for keyword in keywords}
            return NativeCall(framework="tf" if keras else "torch", name=name, module=module, arguments=arguments)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return tuple(map(made, parts))
        case ast.Lambda():
            return Code(ast.unparse(node))
        case _:
            return ast.literal_eval(node)


SPANS, FACTORS = st.integers(1, 60), st.floats(0.01, 0.99)
ARGUMENTS = {
    "StepLR": {"step_size": SPANS, "gamma": FACTORS},
    "MultiStepLR": {"milestones": st.lists(st.integers(0, 90), max_size=4).map(tuple), "gamma": FACTORS},
    "ConstantLR": {"factor": FACTORS, "total_iters": st.integers(0, 60)},
    "LinearLR": {"start_factor": FACTORS, "end_factor": st.floats(0.0, 1.0), "total_iters": st.integers(0, 60)},
    "PolynomialLR": {"total_iters": SPANS, "power": st.floats(0.3, 3.0)},
    "CosineAnnealingWarmRestarts": {"T_0": SPANS, "T_mult": st.integers(1, 3), "eta_min": st.floats(0.0, 0.2)},
    "CyclicLR": {
        "base_lr": FACTORS,
        "max_lr": FACTORS,
        "step_size_up": SPANS,
        "step_size_down": SPANS,
        "mode": st.sampled_from(["triangular", "triangular2", "exp_range"]),
        "gamma": FACTORS,
    },
    "OneCycleLR": {
        "max_lr": FACTORS,
        "total_steps": st.just(100),
        "pct_start": st.floats(0.05, 0.45),
        "anneal_strategy": st.sampled_from(["cos", "linear"]),
        "three_phase": st.booleans(),
        "div_factor": st.floats(1.5, 100.0),
    },
}


@pytest.mark.full
@pytest.mark.parametrize("name", ARGUMENTS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_torchs_schedulers_with_any_arguments(name, data):
    given_ = data.draw(st.fixed_dictionaries(ARGUMENTS[name]))
    call = NativeCall(framework="torch", name=name, module=MODULE, arguments=given_)
    rates, moments = really(call, 100)
    schedule, led = TORCH.schedules.read(call, LR), momentum(call)
    ours = [rate_at(schedule, k) for k in range(100)]
    # a recursion of at most 100 products, the last of which may leave a small difference of its numbers
    assert rates == pytest.approx(ours, rel=1e-9, abs=1e-12)
    if led is not None:
        assert moments == pytest.approx([rate_at(led, k) for k in range(100)], rel=1e-12)


def real(call, optimizer):
    """What the call makes, in torch or transformers."""
    if call.name == "ChainedScheduler":
        return lr_scheduler.ChainedScheduler([real(part, optimizer) for part in call.arguments["schedulers"]])
    made = {}
    for name, value in call.arguments.items():
        match value:
            case Code(text=text):
                made[name] = eval(text, {"math": math})  # of the tables below
            case tuple():
                made[name] = [real(part, optimizer) if isinstance(part, NativeCall) else part for part in value]
            case _:
                made[name] = value
    if call.arguments.get("lr_lambda") and isinstance(call.arguments["lr_lambda"], tuple):
        made["lr_lambda"] = [eval(code.text) for code in call.arguments["lr_lambda"]]
    module = lr_scheduler if call.module == MODULE else transformers
    return getattr(module, call.name)(optimizer=optimizer, **made)


def really(call, steps=STEPS):
    """The rates and the momenta under the scheduler that the call makes, stepped once after each update."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR, momentum=0.9)
    scheduler = real(call, optimizer)
    found = []
    for _ in range(steps):
        group = optimizer.param_groups[0]
        found.append((group["lr"], group["momentum"]))
        optimizer.step()
        scheduler.step()
    return np.array(found).T


# A scheduler's call, and how many roundings of the base rate it may be off by: 4 where torch has a closed form, and
# where it multiplies the rate anew at every step, one or two for each step that is not over.
CLOSED = 4
TORCH_TABLE = {
    # multiplied by gamma, seldom
    "StepLR(step_size=30)": CLOSED,
    "StepLR(step_size=7, gamma=0.9)": STEPS // 7,
    "MultiStepLR(milestones=[100, 30, 700])": CLOSED,
    "MultiStepLR(milestones=[100, 100, 700], gamma=0.5)": CLOSED,
    "MultiStepLR(milestones=[0, 700], gamma=0.5)": CLOSED,
    # multiplied by gamma at each step
    "ExponentialLR(gamma=0.999)": STEPS,
    "ExponentialLR(gamma=1.001)": 12 * STEPS,  # of a rate that is 7 times the base
    "ConstantLR(factor=0.25, total_iters=40)": CLOSED,
    "ConstantLR()": CLOSED,
    "ConstantLR(total_iters=0)": CLOSED,
    "LinearLR()": CLOSED,
    "LinearLR(start_factor=0.01, total_iters=500)": 500,
    "LinearLR(start_factor=1.0, end_factor=0.0, total_iters=1000)": 1000,
    "LinearLR(start_factor=0.5, total_iters=0)": CLOSED,
    "PolynomialLR()": CLOSED,
    "PolynomialLR(total_iters=1500, power=0.9)": 1500,
    "CosineAnnealingLR(T_max=1000, eta_min=0.01)": 10 * STEPS,  # near T_max one small number over another
    "CosineAnnealingLR(T_max=300)": 60 * STEPS,
    "CosineAnnealingLR(T_max=1)": CLOSED * 4,
    "CosineAnnealingLR(T_max=50, eta_min=0.5)": 60 * STEPS,
    "CosineAnnealingWarmRestarts(T_0=100)": CLOSED,
    "CosineAnnealingWarmRestarts(T_0=50, T_mult=2, eta_min=0.01)": CLOSED,
    "CosineAnnealingWarmRestarts(T_0=7, T_mult=3)": CLOSED,
    # x = 1 + k / total - cycle loses the digits of k / total before the point
    "CyclicLR(base_lr=0.01, max_lr=0.2, step_size_up=50)": STEPS,
    "CyclicLR(base_lr=0.01, max_lr=0.2, step_size_up=30, step_size_down=90, mode='triangular2')": STEPS,
    "CyclicLR(base_lr=0.01, max_lr=0.2, step_size_up=200, mode='exp_range', gamma=0.999)": STEPS,
    "CyclicLR(base_lr=0.01, max_lr=0.2, cycle_momentum=False)": STEPS,
    "OneCycleLR(max_lr=0.5, total_steps=2000)": CLOSED,
    "OneCycleLR(max_lr=0.5, epochs=40, steps_per_epoch=50, pct_start=0.12, div_factor=9.0, final_div_factor=9)": CLOSED,
    "OneCycleLR(max_lr=0.5, total_steps=2000, anneal_strategy='linear', base_momentum=0.7, max_momentum=0.9)": CLOSED,
    "OneCycleLR(max_lr=0.5, total_steps=2000, three_phase=True)": CLOSED,
    "OneCycleLR(max_lr=0.5, total_steps=2000, three_phase=True, anneal_strategy='linear', pct_start=0.2)": CLOSED,
    "LambdaLR(lr_lambda=lambda epoch: 0.95 ** epoch)": CLOSED,
    "LambdaLR(lr_lambda=[lambda e: 0.1 ** (e // 30)])": CLOSED,
    "LambdaLR(lr_lambda=lambda e: 1 / (1 + 0.01 * e))": CLOSED,
    "LambdaLR(lr_lambda=lambda s: min(1, (s + 1) / 100))": CLOSED,
    "MultiplicativeLR(lr_lambda=lambda epoch: 0.999)": STEPS,
    "SequentialLR(schedulers=[LinearLR(start_factor=0.01, total_iters=100), CosineAnnealingLR(T_max=1900)], "
    "milestones=[100])": 10 * STEPS,
    "SequentialLR(schedulers=[ConstantLR(total_iters=2), ExponentialLR(gamma=0.99)], milestones=[2])": STEPS,
    "SequentialLR(schedulers=[LinearLR(total_iters=9), StepLR(step_size=100), PolynomialLR(total_iters=800)], "
    "milestones=[10, 700])": STEPS,
    "SequentialLR(schedulers=[LinearLR(total_iters=9), CosineAnnealingWarmRestarts(T_0=100), "
    "MultiStepLR(milestones=[5])], milestones=[10, 700])": STEPS,
    "SequentialLR(schedulers=[LambdaLR(lr_lambda=lambda k: k / 50), ConstantLR(factor=1.0, total_iters=0)], "
    "milestones=[50])": CLOSED,
    "SequentialLR(schedulers=[ConstantLR(total_iters=0), ConstantLR(total_iters=0)], milestones=[50])": CLOSED,
    "ChainedScheduler(schedulers=[ConstantLR(factor=0.1, total_iters=20), ExponentialLR(gamma=0.99)])": STEPS,
    "ChainedScheduler(schedulers=[LinearLR(start_factor=0.01, total_iters=100), StepLR(step_size=500)])": STEPS,
    "ChainedScheduler(schedulers=[LinearLR(total_iters=100), CosineAnnealingLR(T_max=700)])": 60 * STEPS,
    "ChainedScheduler(schedulers=[CosineAnnealingLR(T_max=700)])": 60 * STEPS,
    "ChainedScheduler(schedulers=[MultiplicativeLR(lr_lambda=lambda k: 0.999), MultiStepLR(milestones=[3])])": STEPS,
}
WARM = "num_warmup_steps=100, num_training_steps=1500"
TRANSFORMERS_TABLE = {
    "get_constant_schedule()": CLOSED,
    "get_constant_schedule_with_warmup(num_warmup_steps=100)": CLOSED,
    "get_constant_schedule_with_warmup(num_warmup_steps=0)": CLOSED,
    f"get_linear_schedule_with_warmup({WARM})": CLOSED,
    f"get_cosine_schedule_with_warmup({WARM})": CLOSED,
    f"get_cosine_schedule_with_warmup({WARM}, num_cycles=1.5)": 6 * CLOSED,  # of an angle of several turns
    f"get_cosine_with_hard_restarts_schedule_with_warmup({WARM})": CLOSED,
    f"get_cosine_with_hard_restarts_schedule_with_warmup({WARM}, num_cycles=4)": 6 * CLOSED,
    f"get_cosine_with_min_lr_schedule_with_warmup({WARM}, min_lr_rate=0.1)": CLOSED,
    f"get_cosine_with_min_lr_schedule_with_warmup({WARM}, min_lr=0.01)": CLOSED,
    f"get_polynomial_decay_schedule_with_warmup({WARM})": CLOSED,
    f"get_polynomial_decay_schedule_with_warmup({WARM}, lr_end=0.01, power=2.0)": CLOSED,
    "get_inverse_sqrt_schedule(num_warmup_steps=100)": CLOSED,
    "get_inverse_sqrt_schedule(num_warmup_steps=100, timescale=300)": CLOSED,
    "get_inverse_sqrt_schedule(num_warmup_steps=0)": CLOSED,
    "get_wsd_schedule(num_warmup_steps=100, num_stable_steps=900, num_decay_steps=300)": CLOSED,
    "get_wsd_schedule(num_warmup_steps=100, num_training_steps=1800, num_decay_steps=300, decay_type='linear')": CLOSED,
    "get_wsd_schedule(num_warmup_steps=100, num_training_steps=1800, num_decay_steps=300, warmup_type='cosine', "
    "decay_type='1-sqrt', min_lr_ratio=0.1)": CLOSED,
    "get_wsd_schedule(num_warmup_steps=100, num_stable_steps=0, num_decay_steps=300, warmup_type='1-sqrt', "
    "num_cycles=1.5, min_lr_ratio=0.2)": 6 * CLOSED,
    f"get_scheduler(name='linear', {WARM})": CLOSED,
    f"get_scheduler(name='cosine', {WARM})": CLOSED,
    f"get_scheduler(name='cosine_with_restarts', {WARM})": CLOSED,
    f"get_scheduler(name='polynomial', {WARM})": CLOSED,
    "get_scheduler(name='constant')": CLOSED,
    "get_scheduler(name='constant_with_warmup', num_warmup_steps=9)": CLOSED,
    "get_scheduler(name='inverse_sqrt', num_warmup_steps=9)": CLOSED,
}


@pytest.mark.parametrize(("text", "roundings"), [*TORCH_TABLE.items(), *TRANSFORMERS_TABLE.items()])
def test_torchs_schedulers(text, roundings):
    call = call_of(text)
    check_schedule(TORCH, call)
    rates, moments = really(call)
    schedule = TORCH.schedules.read(call, LR)
    ours = np.array([rate_at(schedule, k) for k in range(STEPS)])
    assert np.abs(rates - ours).max() <= roundings * EPSILON * max(LR, base_rate(schedule))
    led = momentum(call)
    if led is not None:
        assert np.abs(moments - [rate_at(led, k) for k in range(STEPS)]).max() <= roundings * EPSILON
    else:
        assert set(moments) == {0.9}


# Keras computes in the dtype of its first argument, so they are given as np.float64.
KERAS_TABLE = {
    "ExponentialDecay(initial_learning_rate=0.3, decay_steps=100, decay_rate=0.9)": CLOSED,
    "ExponentialDecay(initial_learning_rate=0.3, decay_steps=7, decay_rate=0.9, staircase=True)": CLOSED,
    "ExponentialDecay(initial_learning_rate=0.3, decay_steps=2.5, decay_rate=0.99, staircase=True)": CLOSED,
    "InverseTimeDecay(initial_learning_rate=0.3, decay_steps=10, decay_rate=0.5)": CLOSED,
    "InverseTimeDecay(initial_learning_rate=0.3, decay_steps=10, decay_rate=0.5, staircase=True)": CLOSED,
    "PolynomialDecay(initial_learning_rate=0.3, decay_steps=1000, end_learning_rate=0.0001)": CLOSED,
    "PolynomialDecay(initial_learning_rate=0.0, decay_steps=100, end_learning_rate=0.3)": CLOSED,
    "PolynomialDecay(initial_learning_rate=0.3, decay_steps=1000, end_learning_rate=0.01, power=2.5)": CLOSED,
    "PolynomialDecay(initial_learning_rate=0.3, decay_steps=300, end_learning_rate=0.0, power=0.5, cycle=True)": CLOSED,
    "PiecewiseConstantDecay(boundaries=[30, 700], values=[0.3, 0.2, 0.01])": CLOSED,
    "PiecewiseConstantDecay(boundaries=[0], values=[0.3, 0.2])": CLOSED,
    "CosineDecay(initial_learning_rate=0.3, decay_steps=1000)": CLOSED,
    "CosineDecay(initial_learning_rate=0.3, decay_steps=1000, alpha=0.1)": CLOSED,
    "CosineDecay(initial_learning_rate=0.0, decay_steps=900, warmup_target=0.3, warmup_steps=100)": CLOSED,
    "CosineDecay(initial_learning_rate=0.1, decay_steps=900, warmup_target=0.3, warmup_steps=100, alpha=0.5)": CLOSED,
    "CosineDecay(initial_learning_rate=0.1, decay_steps=900, warmup_target=0.3)": CLOSED,
    "CosineDecay(initial_learning_rate=0.3, decay_steps=900, warmup_steps=100)": CLOSED,
    # the cycle is found by a logarithm, and what is done of it by a difference
    "CosineDecayRestarts(initial_learning_rate=0.3, first_decay_steps=100)": 8 * CLOSED,
    "CosineDecayRestarts(initial_learning_rate=0.3, first_decay_steps=97, t_mul=1.0, m_mul=0.8, alpha=0.1)": 8 * CLOSED,
    "CosineDecayRestarts(initial_learning_rate=0.3, first_decay_steps=60, t_mul=1.5, m_mul=0.9)": 8 * CLOSED,
}


def keras_object(call):
    """What the call makes in Keras, its numbers as np.float64 so that it computes in float64."""
    made = getattr(keras.optimizers.schedules, call.name)
    return made(**{name: widened(value) for name, value in call.arguments.items()})


def widened(value):
    match value:
        case tuple():
            return [widened(part) for part in value]
        case float():
            return np.float64(value)
        case _:
            return value


@pytest.mark.every(3)
@pytest.mark.parametrize(("text", "roundings"), KERAS_TABLE.items())
def test_kerass_schedules(text, roundings):
    call = call_of(text)
    check_schedule(KERAS, call)
    theirs = keras_object(call)
    compute = tf.function(lambda: tf.map_fn(theirs, tf.range(STEPS, dtype=tf.int64), fn_output_signature=tf.float64))
    rates = compute().numpy()
    schedule = KERAS.schedules.read(call)
    ours = np.array([rate_at(schedule, k) for k in range(STEPS)])
    parted = np.flatnonzero(np.abs(rates - ours) > roundings * EPSILON * base_rate(schedule))
    late = restarts_that_are_missed(call, schedule)
    assert set(parted) <= late
    if isinstance(schedule, Schedule):
        drop_in = tf.function(
            lambda: tf.map_fn(RuleSchedule(schedule), tf.range(STEPS), fn_output_signature=tf.float64)
        )
        assert np.abs(drop_in().numpy() - ours).max() <= CLOSED * EPSILON * base_rate(schedule)


def restarts_that_are_missed(call, schedule):
    """Steps at which a cycle starts that is longer than the one before: Keras may take them for the last of the old
    one, as it finds the number of the cycle by a logarithm, which may be a rounding too small."""
    if call.name != "CosineDecayRestarts" or call.arguments.get("t_mul") == 1.0:
        return set()
    over, t_mul = call.arguments["first_decay_steps"], call.arguments.get("t_mul", 2.0)
    return {round(over * sum(t_mul**j for j in range(i))) for i in range(1, 9)}


# Schedules in neutral words, written in a dialect and read back: the same, with the base rate of the optimizer.
WRITTEN = [
    StepDecay(initial=0.1, every=30, factor=0.5),
    ExponentialDecay(initial=0.1, rate=0.5, over=20),
    InverseTimeDecay(initial=0.1, rate=0.5, over=20),
    InverseTimeDecay(initial=0.1, rate=1.0, over=20, power=0.5),
    InverseTimeDecay(initial=0.1, rate=0.5, over=20, staircase=True),
    PolynomialDecay(initial=0.1, over=50),
    PolynomialDecay(initial=0.0, final=0.1, over=50),
    PolynomialDecay(initial=0.01, final=0.1, over=50, power=2.0),
    PolynomialDecay(initial=0.1, final=0.01, over=50, power=0.5, share="done"),
    PolynomialDecay(initial=0.1, final=0.01, over=50, cycle=True),
    CosineDecay(initial=0.1, over=50, floor=0.1, rises=True),
    CosineRestarts(initial=0.1, over=20, t_mul=2.0, floor=0.1),
    CosineRestarts(initial=0.1, over=20, t_mul=1.5, m_mul=0.9),
    Cyclic(initial=0.01, peak=0.1, up=10, down=20, factor=0.5),
    Cyclic(initial=0.01, peak=0.1, up=10, down=20, factor=0.99, fades="update"),
    Sequential(pieces=(0.1, 0.01, 0.001), at=(20, 50)),
    Sequential(pieces=(0.1, 0.02, 0.001), at=(20, 50)),
    Sequential(
        pieces=(PolynomialDecay(initial=0.0, final=0.1, over=10), CosineDecay(initial=0.1, over=50, floor=0.1)),
        at=(10,),
    ),
    Sequential(pieces=(PolynomialDecay(initial=0.001, final=0.1, over=10), 0.1, 0.05), at=(10, 50)),
    Product(factors=(ExponentialDecay(initial=0.1, rate=0.99), PolynomialDecay(initial=0.1, final=1.0, over=10))),
    Clock(of=CosineDecay(initial=0.1, over=9), per=7),
    Clock(of=PolynomialDecay(initial=0.1, over=90), times=4, plus=3),
]


@pytest.mark.parametrize("schedule", WRITTEN)
def test_what_is_written_in_torch_is_the_schedule(schedule):
    call = TORCH.schedules.write(schedule)
    check_schedule(TORCH, call)
    base = base_rate(schedule)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
    scheduler = real(call, optimizer)
    read = TORCH.schedules.read(call, base)
    for k in range(200):
        ours = rate_at(schedule, k)
        assert optimizer.param_groups[0]["lr"] == pytest.approx(ours, rel=1e-11, abs=1e-12 * base)
        assert rate_at(read, k) == pytest.approx(ours, rel=1e-12, abs=1e-14 * base)
        optimizer.step()
        scheduler.step()


BY_TYPE = [
    f"'cosine_with_min_lr', o, {WARM}, scheduler_specific_kwargs={{'min_lr_rate': 0.1}}",
    f"'cosine_with_min_lr', optimizer=o, {WARM}, scheduler_specific_kwargs=dict(min_lr=0.01)",
    "name='warmup_stable_decay', optimizer=o, num_warmup_steps=100, num_training_steps=1800, "
    "scheduler_specific_kwargs={'num_decay_steps': 300, 'min_lr_ratio': 0.1}",
    "'polynomial', o, 100, 1500, {'power': 2.0}",
    "'inverse_sqrt', o, num_warmup_steps=9, num_training_steps=90, scheduler_specific_kwargs={'timescale': 300}",
    "'cosine_with_restarts', o, 100, 1500, {}",
]


@pytest.mark.parametrize("given_", BY_TYPE)
def test_get_schedulers_own_arguments(given_):
    o = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    scheduler = eval(f"transformers.get_scheduler({given_})", {"transformers": transformers, "o": o})
    text = f"o = torch.optim.SGD(p, {LR})\nscheduler = get_scheduler({given_})"
    schedule = rule_of(read_source(text).call).learning_rate
    for k in range(STEPS):
        # four roundings of the base rate, as CLOSED
        assert o.param_groups[0]["lr"] == pytest.approx(rate_at(schedule, k), rel=0, abs=CLOSED * EPSILON * LR)
        o.step()
        scheduler.step()


NEEDED = {"cosine_with_min_lr": "min_lr or min_lr_rate", "warmup_stable_decay": "num_decay_steps"}


@pytest.mark.parametrize("kind", NEEDED)
def test_get_scheduler_without_what_it_needs(kind):
    with pytest.raises(BadInput, match=f"{kind} needs scheduler_specific_kwargs with {NEEDED[kind]}"):
        TORCH.schedules.read(call_of(f"get_scheduler(name={kind!r}, {WARM})"), LR)


SWINGS = [
    "OneCycleLR(max_lr=0.5, total_steps=100)",
    "OneCycleLR(max_lr=0.5, total_steps=330, pct_start=0.25, anneal_strategy='linear', div_factor=10.0)",
    "OneCycleLR(max_lr=0.5, total_steps=101, three_phase=True, base_momentum=0.7, max_momentum=0.9)",
    "OneCycleLR(max_lr=0.3, total_steps=70, cycle_momentum=False, final_div_factor=77.0)",
    "CyclicLR(base_lr=0.01, max_lr=0.1, step_size_up=20)",
    "CyclicLR(base_lr=0.01, max_lr=0.1, step_size_up=20, step_size_down=7, mode='triangular2', cycle_momentum=False)",
    "CyclicLR(base_lr=0.01, max_lr=0.1, step_size_up=20, mode='exp_range', gamma=0.999, base_momentum=0.5)",
]


@pytest.mark.parametrize("text", SWINGS)
def test_what_leads_rate_and_momentum_is_written_as_it_was(text):
    call = call_of(text)
    rate, led = TORCH.schedules.read(call, LR), momentum(call)
    assert (TORCH.schedules.write(rate) if led is None else TORCH.schedules.write_both(rate, led)) == call


NO_SWINGS = [
    # lines alone have simpler schedulers, which do not end
    (Sequential(pieces=(PolynomialDecay(initial=0.01, final=0.1, over=9),
                        PolynomialDecay(initial=0.1, final=0.01, over=90)), at=(9,)), None),
    (Cyclic(initial=0.01, peak=0.1, up=10, down=20, factor=0.7), None),
    (Cyclic(initial=0.01, peak=0.1, up=10, down=20), Cyclic(initial=0.9, peak=0.8, up=10, down=21)),
    (Cyclic(initial=0.01, peak=0.1, up=10, down=20), CosineDecay(initial=0.9, over=30)),
    (CosineDecay(initial=0.1, over=9), Cyclic(initial=0.9, peak=0.8, up=10, down=21)),
    (Sequential(pieces=(CosineDecay(initial=0.01, over=9, floor=10.0), CosineDecay(initial=0.1, over=90, floor=0.1)),
                at=(8,)), None),
    (Sequential(pieces=(CosineDecay(initial=0.01, over=9, floor=10.0), CosineDecay(initial=0.1, over=90)),
                at=(9,)), None),
]  # fmt: skip


@pytest.mark.parametrize(("rate", "led"), NO_SWINGS)
def test_what_no_scheduler_leads_is_not_written_as_one(rate, led):
    assert write_swing(rate, led) is None


@pytest.mark.parametrize("schedule", WRITTEN)
def test_what_is_written_in_keras_is_the_schedule(schedule):
    call = KERAS.schedules.write(schedule)
    if call is not None and not getattr(schedule, "rises", False):
        check_schedule(KERAS, call)
        read = KERAS.schedules.read(call)
        ours = [rate_at(schedule, k) for k in range(200)]
        assert [rate_at(read, k) for k in range(200)] == pytest.approx(ours, rel=1e-14, abs=1e-16)
