"""Calls to rules and back, and through another framework, on generated hyperparameters."""

import ast
import random
from dataclasses import fields, replace
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from spoken import spoken

from comparisons import frameworks
from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.call import Code, NativeCall
from comparisons.frameworks.express import differing, express
from comparisons.names import BadInput
from comparisons.porting.reading.source import with_arguments
from comparisons.rules import (
    Adam,
    ClipGlobalNorm,
    ClipNorm,
    ClipValue,
    CosineDecay,
    ExponentialDecay,
    InverseTimeDecay,
    Muon,
    Rule,
    StepDecay,
    of_matrices,
)
from comparisons.rules.canonical import canonical
from comparisons.rules.ranges import RANGES
from numpy_impl.optimizers import Optimizer

# --- hyperparameters

LARGEST = 1e100  # so that squares are numbers too


def anywhere(field, allowed):
    """Every number of a field's range; 0 and whole numbers often."""
    if allowed.integer:
        return st.integers(int(allowed.ge), 99 if allowed.lt is None else int(allowed.lt) - 1)
    low, high = allowed.ge, allowed.le
    low, high = (allowed.gt if low is None else low), (allowed.lt if high is None else high)
    floats = st.floats(
        -LARGEST if low is None else low,
        LARGEST if high is None else high,
        exclude_min=allowed.gt is not None,
        exclude_max=allowed.lt is not None,
    )
    ends = [end for end in (0.0, 1.0, allowed.ge, allowed.le) if end is not None and allowed.contains(end)]
    numbers = st.sampled_from(ends) | floats if ends else floats
    return st.none() | numbers if allowed.none else numbers


# Numbers that people train with, and that are felt in a few steps: (smallest, largest, and another one).
FELT = {
    "learning_rate": (1e-3, 0.3),
    "weight_decay": (0.01, 0.3, 0.0),
    "momentum": (0.3, 0.95, 0.0),
    "dampening": (0.1, 0.9, 0.0),
    "rho": (0.3, 0.999),
    "beta1": (0.3, 0.95, 0.0),
    "beta2": (0.5, 0.999),
    "epsilon": (1e-7, 1e-2, 0.0),
    "root_epsilon": (1e-7, 1e-2, 0.0),
    "initial_accumulator": (0.01, 1.0, 0.0),
    "learning_rate_decay": (0.01, 1.0, 0.0),
    "momentum_decay": (0.003, 0.9, 1.0),
    "decay": (1e-4, 0.1),
    "power": (0.5, 1.0),
    "average_from": (0.0, 100.0),
    "shrinkage": (0.3, 0.9),
    "growth": (1.1, 1.5),
    "smallest": (1e-6, 1e-3),
    "largest": (1.0, 50.0),
    "learning_rate_power": (-0.9, -0.3),
    "l1": (0.0, 0.1),
    "l2": (0.0, 0.1),
    "l2_shrinkage": (0.0, 0.1),
    "beta": (0.0, 1.0),
    "beta2_decay": (-0.9, -0.5),
    "epsilon1": (1e-8, 1e-2),
    "epsilon2": (1e-3, 1e-2),
    "clip_threshold": (0.5, 2.0, 1.0),
    "ns_a": (3.0, 3.5),
    "ns_b": (-5.0, -4.5),
    "ns_c": (2.0, 2.1),
    "iterations": (1, 5),
    "rms_rate": (0.1, 0.5),
    "warmup_steps": (0, 9),
    "rate_power": (0.5, 2.0, 0.0),
    "step_power": (0.5, 2.0, 0.0),
    "clip_norm": (0.1, 1.0),
    "clip_value": (0.1, 1.0),
    "clip_global_norm": (0.1, 1.0),
}


def felt(field, allowed):
    low, high, *other = FELT[field]
    if allowed.integer:
        return st.integers(low, high)
    numbers = st.floats(max(low, allowed.ge or low), high)
    return st.one_of([st.sampled_from(other), numbers]) if other and allowed.contains(*other) else numbers


def translatable(field, allowed):
    """As felt, but mostly without what another framework cannot say."""
    other = {"epsilon": 0.0, "dampening": 0.0, "momentum_decay": 1.0, "weight_decay": 0.0}
    said = field in other and allowed.contains(other[field])
    return st.sampled_from([other[field]] * 9) | felt(field, allowed) if said else felt(field, allowed)


# --- calls, from the tables of the dialects


def argument(native_argument, numbers):
    match native_argument.field:
        case tuple(parts):
            return st.tuples(*(numbers(part, RANGES[part]) for part in parts))
        case _ if native_argument.words and str in map(type, native_argument.words):
            return st.sampled_from([word for word in native_argument.words if word is not None])
        case field if native_argument.range is not None:
            return numbers(field, native_argument.range)
        case _:
            return st.booleans()


CLIPS = ("clipnorm", "clipvalue", "global_clipnorm")
SELDOM = st.integers(0, 3).map(lambda number: number == 0)
STEPS = st.integers(2, 30)
SHARES = st.integers(0, 9).map(lambda tenths: tenths / 10)
# With few digits, so that it and its share of the initial rate are each other's, to the last bit.
LOWEST = st.integers(0, 99).map(lambda thousandths: thousandths / 1000)
FACTORS = st.floats(0.5, 0.99)

KERAS_SCHEDULES = st.one_of(
    st.builds(
        lambda initial, steps, rate, stairs: schedule(
            "tf", "ExponentialDecay",
            initial_learning_rate=initial, decay_steps=steps, decay_rate=rate, staircase=stairs,
        ),
        st.floats(1e-3, 0.3), STEPS, FACTORS, st.booleans(),
    ),
    st.builds(
        lambda initial, steps, rate: schedule(
            "tf", "InverseTimeDecay", initial_learning_rate=initial, decay_steps=steps, decay_rate=rate
        ),
        st.floats(1e-3, 0.3), STEPS, FACTORS,
    ),
    st.builds(
        lambda initial, steps, alpha: schedule(
            "tf", "CosineDecay", initial_learning_rate=initial, decay_steps=steps, alpha=alpha
        ),
        st.floats(1e-3, 0.3), STEPS, SHARES,
    ),
)  # fmt: skip
TORCH_SCHEDULERS = st.one_of(
    st.builds(lambda steps, gamma: schedule("torch", "StepLR", step_size=steps, gamma=gamma), STEPS, FACTORS),
    st.builds(lambda gamma: schedule("torch", "ExponentialLR", gamma=gamma), FACTORS),
    st.builds(lambda rate: schedule("torch", "LambdaLR", lr_lambda=Code(f"lambda k: 1 / (1 + {rate!r} * k)")), FACTORS),
    st.builds(lambda steps, low: schedule("torch", "CosineAnnealingLR", T_max=steps, eta_min=low), STEPS, LOWEST),
)
LIMITS = st.floats(0.1, 1.0)
TORCH_CLIPS = st.one_of(
    st.builds(lambda limit: clipping("clip_grad_value_", clip_value=limit), LIMITS),
    st.builds(lambda limit: clipping("clip_grad_norm_", max_norm=limit), LIMITS),
    st.builds(lambda limit: replace(clipping("clip_grad_norm_", max_norm=limit), per_tensor=True), LIMITS),
)


def schedule(framework, name, **arguments):
    module = {"torch": "torch.optim.lr_scheduler", "tf": "keras.optimizers.schedules"}[framework]
    return NativeCall(framework=framework, name=name, module=module, arguments=arguments)


def clipping(name, **arguments):
    return NativeCall(framework="torch", name=name, module="torch.nn.utils", arguments=arguments)


def shared(framework, other):
    """The classes whose rules the other framework has too."""
    families = {native.rule for native in frameworks.of(other).classes.values()}
    return [name for name, native in frameworks.of(framework).classes.items() if native.rule in families]


@st.composite
def calls(draw, framework, numbers, names=(), complete=False):
    """A call that the framework takes: some arguments given, each in its range, the others left out."""
    given = st.just(True) if complete else st.booleans()
    native_classes = frameworks.of(framework).classes
    name = draw(st.sampled_from(names or sorted(native_classes)))
    arguments = {
        one: draw(argument(native, numbers))
        for one, native in native_classes[name].arguments.items()
        if native.field and (draw(st.integers(0, 9)) == 0 if one in CLIPS else draw(given))
    }
    if numbers is not anywhere and name.lower() == "adadelta":
        arguments |= {one: 1e-3 for one in ("eps", "epsilon") if one in arguments}  # with 0 it would never move
    match framework:
        case "torch":
            return draw(completed_in_torch(frameworks.of(framework).call(name, arguments)))
        case "tf":
            return draw(completed_in_keras(frameworks.of(framework).call(name, arguments)))
        case _:
            return frameworks.of(framework).call(name, arguments)


@st.composite
def completed_in_torch(draw, call):
    """What may go together, and what may go with it."""
    given = dict(call.arguments)
    if not given.get("momentum") or given.get("dampening"):
        given.pop("nesterov", None)
    if not given.get("weight_decay"):
        given.pop("decoupled_weight_decay", None)  # with no decay to decouple, it is left out
    if "step_sizes" in given:
        given["step_sizes"] = tuple(sorted(given["step_sizes"]))
    scheduler = draw(TORCH_SCHEDULERS) if draw(SELDOM) and not given.get("lr_decay") else None
    match scheduler:
        case NativeCall(name="CosineAnnealingLR"):
            given["lr"] = draw(st.integers(1, 9)) / 10
        case NativeCall(name="LambdaLR") if call.name == "Adagrad":
            scheduler = None  # that is what lr_decay says
    return replace(call, arguments=given, clipping=draw(TORCH_CLIPS) if draw(SELDOM) else None, schedule=scheduler)


@st.composite
def completed_in_keras(draw, call):
    given = dict(call.arguments)
    for one in [one for one in CLIPS if one in given][1:]:
        del given[one]
    if draw(SELDOM):
        given["learning_rate"] = draw(KERAS_SCHEDULES)
    return replace(call, arguments=given)


# --- one dialect


@pytest.mark.parametrize("framework", FRAMEWORKS)
@settings(max_examples=500)
@given(data=st.data())
def test_a_rule_is_expressed_by_the_call_it_came_from(framework, data):
    dialect, call = frameworks.of(framework), data.draw(calls(framework, anywhere))
    found = express(dialect, frameworks.rule_of(call), prefer=call.name)
    complete = frameworks.complete(call)
    rest = dialect.classes[call.name].rest
    rule_s = complete if rest is None else with_arguments(complete, rest.alone)  # which knows nothing of a second rule
    assert (found.call, found.fidelity, found.mismatches) == (rule_s, "exact", ())
    assert found.call.code() == rule_s.code()
    assert frameworks.complete(complete) == complete
    assert frameworks.rule_of(complete) == frameworks.rule_of(call)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@given(data=st.data())
def test_code_is_python_that_says_the_call(framework, data):
    call = data.draw(calls(framework, anywhere))
    call = frameworks.complete(call)
    ast.parse(call.code())
    lines = [
        f"each {line.partition('  #')[0]}" if line.endswith("# for each parameter apart") else line
        for line in call.code().split("\n")
    ]
    assert spoken("; ".join(lines)) == call


@pytest.mark.parametrize("framework", FRAMEWORKS)
@given(data=st.data())
def test_equal_calls_give_equal_code(framework, data):
    call = data.draw(calls(framework, anywhere))
    shuffled = list(call.arguments.items())
    random.Random(0).shuffle(shuffled)
    other = replace(call, arguments={name: otherwise(value) for name, value in shuffled})
    assert other.arguments == call.arguments
    assert frameworks.complete(other).code() == frameworks.complete(call).code()


def otherwise(value):
    """An equal value of another type."""
    match value:
        case float() if value.is_integer():
            return int(value) or -0.0
        case float():
            return np.float64(value)
        case tuple(parts):
            return tuple(map(otherwise, parts))
        case _:
            return value


# --- canonical forms


@st.composite
def rules(draw, numbers):
    """Any rule, of any family, with any switches."""
    kind = draw(st.sampled_from(get_args(Rule)))
    hints = get_type_hints(kind)
    given = {field.name: draw(of_field(field.name, hints[field.name], numbers)) for field in fields(kind)}
    if kind is Adam and (given["epsilon_position"] == "uncorrected-root" or not given["bias_correction"]):
        given |= {"root_epsilon": 0.0, "nesterov": False}
    if given.get("centered"):
        given["bias_correction"] = False
    if given.get("nesterov") or given.get("learning_rate_in_velocity"):
        given.pop("dampening", None)
    if given.get("epsilon1_position") == "added":
        given["epsilon1"] = given["epsilon1"] or 0.0
    if "smallest" in given:
        given["smallest"], given["largest"] = sorted((given["smallest"], given["largest"]))
    try:
        return kind(**given)
    except BadInput:  # switches that do not go together
        assume(False)


RATES = st.one_of(
    st.builds(StepDecay, initial=LIMITS, every=st.integers(1, 9), factor=FACTORS | st.just(1)),
    st.builds(ExponentialDecay, initial=LIMITS, rate=FACTORS | st.just(1), over=st.just(1.0) | st.floats(1, 99)),
    st.builds(InverseTimeDecay, initial=LIMITS, rate=FACTORS | st.just(0), over=st.just(1.0) | st.floats(1, 99)),
    st.builds(CosineDecay, initial=LIMITS, over=STEPS, floor=SHARES | st.just(1), rises=st.booleans()),
)
NORMS = [
    st.builds(kind, limit=LIMITS, formula=st.sampled_from(["padded", "exact"])) for kind in (ClipNorm, ClipGlobalNorm)
]


def of_field(name, hint, numbers):
    if name == "learning_rate":
        return numbers(name, RANGES[name]) | RATES
    if name == "clip":
        return st.one_of(st.none(), st.builds(ClipValue, limit=LIMITS), *NORMS)
    if name in RANGES:
        return numbers(name, RANGES[name])
    return st.sampled_from(get_args(hint)) if get_origin(hint) is Literal else st.booleans()


@settings(max_examples=500)
@given(rule=rules(anywhere))
def test_a_canonical_form_is_its_own(rule):
    once = canonical(rule)
    assert canonical(once) == once
    assert type(once) is type(rule)
    assert differing(rule, once) == []


# --- through another framework

PAIRS = [(one, other) for one in FRAMEWORKS for other in FRAMEWORKS if one != other]
EXACT = ("exact", "exact-at-constant-learning-rate")


@pytest.mark.parametrize(("framework", "other"), PAIRS)
@settings(  # little of torch is exact in NumPy
    max_examples=60, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(data=st.data())
def test_there_and_back_is_the_same_rule_where_both_ways_are_exact(framework, other, data):
    dialect, abroad = frameworks.of(framework), frameworks.of(other)
    names = shared(framework, other)
    rule = frameworks.rule_of(data.draw(calls(framework, translatable, names, complete=True)))
    there = express(abroad, rule)
    assume(there.fidelity in EXACT)
    back = express(dialect, frameworks.rule_of(there.call))
    assume(back.fidelity in EXACT)
    assert differing(rule, frameworks.rule_of(back.call)) == []


@pytest.mark.parametrize(("framework", "other"), PAIRS)
@given(data=st.data())
def test_every_rule_is_expressed_somehow(framework, other, data):
    abroad = frameworks.of(other)
    rule = frameworks.rule_of(data.draw(calls(framework, anywhere)))
    found = express(abroad, rule)
    assert (found.call is None) == (type(rule) not in {native.rule for native in abroad.classes.values()})
    assert (found.fidelity == "exact") == (found.mismatches == ())
    if found.call is not None:
        assert frameworks.complete(found.call) == found.call
        fields = differing(rule, frameworks.rule_of(found.call))
        reached = frameworks.rule_of(found.call)
        place = "learning_rate_in_velocity"  # is named beside all else, too, wherever there is a velocity
        apart = getattr(rule, place, None) != getattr(reached, place, None) and bool(rule.momentum)
        assert [one.field for one in found.mismatches] == fields + [place] * (apart and place not in fields)
        assert found.fidelity != "exact-at-constant-learning-rate" or (fields, apart) == ([], True)


# --- what is called exact trains the same, and what is not does not

SHAPES = ((7,), (4, 5))
UPDATES = 50
# Rounding alone: 50 steps of some ten roundings each, at 1e-16, in sums that cancel by a factor of a hundred at most.
SAME = 1e-12


def trained(rule, start, scale):
    """The parameters after every update, on gradients of that scale; all in float64."""
    rng = np.random.default_rng(0)
    shapes = SHAPES[1:] if of_matrices(rule) else SHAPES
    tensors = [start * rng.normal(size=shape) for shape in shapes]
    optimizer, path = Optimizer(rule, tensors), []
    for _ in range(UPDATES):
        gradients = [scale * rng.normal(size=shape) for shape in shapes]
        for g in gradients:
            g[0] *= bool(rng.integers(3))  # a row without a gradient now and then
        optimizer.step(gradients)
        path.append(np.concatenate([theta.ravel() for theta in tensors]))
    return np.array(path)


def gap(one, other, start, scale):
    """The largest difference of two rules' paths, relative to how far they go."""
    with np.errstate(all="ignore"):
        a, b = trained(one, start, scale), trained(other, start, scale)
    finite = np.isfinite(a)
    if not finite.any():  # without an epsilon AdaBelief divides 0 by 0 at once
        return 0.0 if (np.isfinite(b) == finite).all() else np.inf
    with np.errstate(all="ignore"):
        return np.nanmax(np.abs(a - b)) / np.nanmax(np.abs(a))


@settings(max_examples=150)
@given(rule=rules(felt))
def test_a_canonical_form_trains_the_same(rule):
    if isinstance(rule, Muon):  # in bfloat16 a mean is not as its sum
        rule = replace(rule, iteration_dtype="parameter")
    assert gap(rule, canonical(rule), 1.0, 1.0) <= SAME


# (scale of the parameters at the start, scale of the gradients)
PROBES = [(1.0, 1.0), (0.0, 1e-3), (0.0, 1.0), (0.0, 1e-6), (1.0, 1e-9), (0.0, 1e-9), (1.0, 1e3)]


@pytest.mark.every(2)
@pytest.mark.parametrize(("framework", "other"), PAIRS)
@settings(max_examples=60)
@given(data=st.data())
def test_exact_calls_train_the_same_and_others_do_not(framework, other, data):
    abroad = frameworks.of(other)
    numbers = data.draw(st.sampled_from([felt, translatable]))
    call = data.draw(calls(framework, numbers, shared(framework, other), complete=True))
    rule = frameworks.rule_of(call)
    found = express(abroad, rule)
    reached = frameworks.rule_of(found.call)
    if found.fidelity in EXACT:
        assert gap(rule, reached, 1.0, 1.0) <= SAME
    else:
        assert any(gap(rule, reached, start, scale) > SAME for start, scale in PROBES)
