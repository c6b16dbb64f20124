"""The torch drop-ins, used as torch optimizers are: what Keras's have too is in test_drop_ins."""

import copy
import inspect
import pickle
import re
from contextlib import contextmanager
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch
from drop_ins import CLIPS, DECAYS, DTYPES, OUTSIDE, InTorch
from rule_cases import RULES, SAMPLED
from torch.optim import lr_scheduler
from torch.optim.swa_utils import SWALR

import numpy_impl.optimizers
from comparisons import rules
from comparisons.rules import ClipGlobalNorm, StepDecay
from torch_impl import optimizers as drop_ins
from torch_impl.drop_ins import base
from torch_impl.optimizers import clip_, from_rule

STEPS = 200
SHAPES = ((), (7,), (5, 3), (2, 3, 4, 5))
# In float64, of the largest difference over the largest parameter: 20 steps give 1e-15, and 200 at most 6e-15.
ROUNDING = 1e-14


def drawn(dtype, shapes, scales, steps=STEPS):
    """For each shape and scale a start, and the gradients of all steps."""
    generator, pairs = np.random.default_rng(0), [(shape, scale) for shape in shapes for scale in scales]
    starts = [generator.standard_normal(shape).astype(dtype) for shape, _ in pairs]
    return starts, [(scale * generator.standard_normal((steps, *shape))).astype(dtype) for shape, scale in pairs]


def parameters_at(starts):
    return [torch.nn.Parameter(torch.tensor(start)) for start in starts]


def walk(optimizer, parameters, gradients, steps=None, scheduler=None):
    """Take steps (all, or a range of them); return the path of each parameter (steps, *shape)."""
    steps = range(len(gradients[0])) if steps is None else steps
    paths = [np.empty((len(steps), *p.shape), g.dtype) for p, g in zip(parameters, gradients, strict=True)]
    tensors = [torch.from_numpy(g) for g in gradients]
    for i, k in enumerate(steps):
        for parameter, tensor in zip(parameters, tensors, strict=True):
            parameter.grad = tensor[k]
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        for path, parameter in zip(paths, parameters, strict=True):
            path[i] = parameter.detach().numpy()
    return paths


def reference(rule, starts, gradients):
    """The paths by NumPy, which steps a scalar as a vector of one."""
    thetas = [np.atleast_1d(start.copy()) for start in starts]
    optimizer, paths = numpy_impl.optimizers.Optimizer(rule, thetas), [np.empty_like(g) for g in gradients]
    for k in range(len(gradients[0])):
        optimizer.step([np.atleast_1d(g[k]) for g in gradients])
        for path, theta in zip(paths, thetas, strict=True):
            path[k] = theta.reshape(path[k].shape)
    return paths


def gap(paths, expected):
    """The largest difference over the largest parameter, of the parameter where that is largest."""
    return max(np.abs(a - b).max() / np.abs(b).max() for a, b in zip(paths, expected, strict=True))


# The class of torch.optim, its arguments, and the drop-in.
MOMENTUM, DECAY = {"momentum": 0.9}, {"weight_decay": 0.01}
NATIVE = {
    "SGD": ("SGD", {}, "SGD"),
    "SGD, momentum": ("SGD", MOMENTUM, "SGD"),
    "SGD, damped": ("SGD", MOMENTUM | {"dampening": 0.5} | DECAY, "SGD"),
    "SGD, nesterov": ("SGD", MOMENTUM | {"nesterov": True}, "SGD"),
    "Adagrad": ("Adagrad", DECAY | {"lr_decay": 0.1}, "Adagrad"),
    "Adadelta": ("Adadelta", DECAY, "Adadelta"),
    "RMSprop": ("RMSprop", DECAY, "RMSprop"),
    "RMSprop, all": ("RMSprop", MOMENTUM | {"centered": True}, "RMSprop"),
    "Adam": ("Adam", DECAY, "Adam"),
    "Adam, amsgrad": ("Adam", {"amsgrad": True}, "Adam"),
    "AdamW": ("AdamW", DECAY, "Adam"),
    "Adamax": ("Adamax", DECAY, "Adamax"),
    "NAdam": ("NAdam", DECAY, "NAdam"),
    "NAdam, decoupled": ("NAdam", DECAY | {"decoupled_weight_decay": True}, "NAdam"),
    "RAdam": ("RAdam", DECAY, "RAdam"),
    "RAdam, decoupled": ("RAdam", DECAY | {"decoupled_weight_decay": True}, "RAdam"),
    "ASGD": ("ASGD", DECAY | {"t0": 20.0}, "ASGD"),
    "Rprop": ("Rprop", {}, "Rprop"),
    "Adafactor": ("Adafactor", DECAY, "Adafactor"),
}


@contextmanager
def default_dtype(dtype):
    """torch keeps some numbers of NAdam and ASGD in its default dtype, whatever the parameters are."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@pytest.mark.parametrize("label", RULES)
def test_maximizes_by_the_gradients_reversed(label):
    starts, gradients = short()
    up, down = parameters_at(starts), parameters_at(starts)
    optimizer = from_rule(RULES[label], [{"params": up, "maximize": True}])
    paths = walk(optimizer, up, gradients)
    expected = walk(from_rule(RULES[label], down), down, [-g for g in gradients])
    for path, other in zip(paths, expected, strict=True):
        np.testing.assert_array_equal(path, other)


# All that torch's own classes can be told, to be followed to the bit.
DECOUPLED = DECAY | {"decoupled_weight_decay": True}
EXACT = {
    **NATIVE,
    "SGD, decayed": ("SGD", DECAY, "SGD"),
    "SGD, nesterov, decayed": ("SGD", MOMENTUM | {"nesterov": True} | DECAY, "SGD"),
    "Adagrad, plain": ("Adagrad", {}, "Adagrad"),
    "Adagrad, started": ("Adagrad", {"initial_accumulator_value": 0.1, "lr": 0.1}, "Adagrad"),
    "Adadelta, plain": ("Adadelta", {"rho": 0.8}, "Adadelta"),
    "RMSprop, centered": ("RMSprop", {"centered": True} | DECAY, "RMSprop"),
    "RMSprop, momentum": ("RMSprop", MOMENTUM | DECAY, "RMSprop"),
    "Adam, plain": ("Adam", {}, "Adam"),
    "Adam, without means": ("Adam", {"betas": (0.0, 0.0)}, "Adam"),
    "AdamW, amsgrad": ("AdamW", DECAY | {"amsgrad": True}, "Adam"),
    "Adamax, decayed": ("Adamax", DECAY | {"betas": (0.8, 0.9)}, "Adamax"),
    "NAdam, plain": ("NAdam", {}, "NAdam"),
    "RAdam, plain": ("RAdam", {}, "RAdam"),
    "RAdam, short": ("RAdam", {"betas": (0.5, 0.6)}, "RAdam"),  # its variance is never known well enough
    "ASGD, plain": ("ASGD", {"lambd": 0.1, "alpha": 0.5}, "ASGD"),
    "Rprop, bounded": ("Rprop", {"step_sizes": (1e-3, 0.1), "etas": (0.4, 1.3)}, "Rprop"),
    "Adafactor, plain": ("Adafactor", {"d": 1.5, "eps": (1e-4, 1e-2)}, "Adafactor"),
}
VECTORS = (*SHAPES, (300,), (33, 65))  # long enough for vector instructions, and with elements left over


@pytest.mark.every(3)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("label", EXACT)
def test_has_the_bits_of_torchs_own_class(label, maximize, dtype):
    """torch keeps some numbers of float64 parameters in its default dtype; ours are float64 then."""
    native, arguments, drop_in = EXACT[label]
    starts, gradients = drawn(dtype, VECTORS, [1.0])
    ours, theirs = parameters_at(starts), parameters_at(starts)
    with default_dtype(dtype):
        torchs = getattr(torch.optim, native)(theirs, **arguments, maximize=maximize)
        optimizer = getattr(drop_ins, drop_in)(ours, maximize=maximize)
        state = torchs.state_dict()
        optimizer.load_state_dict(copy.deepcopy(state))
        paths, expected = walk(optimizer, ours, gradients), walk(torchs, theirs, gradients)
    for path, other in zip(paths, expected, strict=True):
        np.testing.assert_array_equal(path, other)


@pytest.mark.parametrize("label", ["NAdam", "ASGD"])
def test_keeps_in_float64_what_torch_keeps_in_float32(label):
    native, arguments, drop_in = NATIVE[label]
    starts, gradients = drawn("float64", SHAPES, [1.0])
    ours, theirs = parameters_at(starts), parameters_at(starts)
    paths = walk(getattr(drop_ins, drop_in)(ours, **arguments), ours, gradients)
    torchs = walk(getattr(torch.optim, native)(theirs, **arguments), theirs, gradients)
    assert 1e-11 < gap(paths, torchs) < 1e-7  # some units of float32 in a product of momenta, or in a rate


@pytest.mark.parametrize("label", NATIVE)
def test_takes_over_from_torchs_own_class_in_mid_training(label):
    native, arguments, drop_in = NATIVE[label]
    starts, gradients = drawn("float64", SHAPES, [1e-3], 20)
    ours, theirs = parameters_at(starts), parameters_at(starts)
    with default_dtype("float64"):
        optimizer = getattr(torch.optim, native)(theirs, **arguments)
        walk(optimizer, theirs, gradients, range(10))
        with torch.no_grad():
            for our, their in zip(ours, theirs, strict=True):
                our.copy_(their)
        successor = getattr(drop_ins, drop_in)(ours)
        successor.load_state_dict(copy.deepcopy(optimizer.state_dict()))  # torch's own goes on too
        expected = walk(optimizer, theirs, gradients, range(10, 20))
    assert gap(walk(successor, ours, gradients, range(10, 20)), expected) <= ROUNDING


@pytest.mark.parametrize("name", sorted({native for native, _, drop_in in NATIVE.values() if native == drop_in}))
def test_arguments_are_torchs_own(name):
    own = inspect.signature(getattr(drop_ins, name)).parameters
    torchs = inspect.signature(getattr(torch.optim, name)).parameters
    how = {"capturable", "foreach", "differentiable", "fused"}  # a step is computed; decoupled_weight_decay is a switch
    shared = [argument for argument in torchs if argument not in {*how, "decoupled_weight_decay"}]
    positional = [argument for argument, parameter in own.items() if parameter.kind is not parameter.KEYWORD_ONLY]
    assert [argument for argument in shared if argument != "maximize"] == positional
    assert [own[argument].default for argument in shared] == [torchs[argument].default for argument in shared]


# What torch's optimizers can do.


def short(dtype="float64", steps=20):
    """A short training: the starts and gradients of four parameters."""
    return drawn(dtype, SHAPES, [1.0], steps)


def copied(optimizer, parameters):
    """Deep copies, that belong together."""
    return copy.deepcopy((optimizer, parameters))


def pickled(optimizer, parameters):
    return pickle.loads(pickle.dumps((optimizer, parameters)))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("duplicate", [copied, pickled])
@pytest.mark.parametrize("label", SAMPLED)
def test_goes_on_bit_for_bit(label, duplicate, dtype):
    rule = replace(RULES[label], weight_decay=0.01, learning_rate=StepDecay(initial=0.01, every=7, factor=0.5))
    starts, gradients = short(dtype)
    parameters = parameters_at(starts)
    optimizer = from_rule(rule, parameters)
    walk(optimizer, parameters, gradients, range(10))
    successor, inherited = duplicate(optimizer, parameters)
    expected = walk(optimizer, parameters, gradients, range(10, 20))
    for path, other in zip(walk(successor, inherited, gradients, range(10, 20)), expected, strict=True):
        np.testing.assert_array_equal(path, other)


SCHEDULERS = {
    "LambdaLR": lambda o: lr_scheduler.LambdaLR(o, lambda k: 0.9**k),
    "MultiplicativeLR": lambda o: lr_scheduler.MultiplicativeLR(o, lambda k: 0.9),
    "StepLR": lambda o: lr_scheduler.StepLR(o, 5),
    "MultiStepLR": lambda o: lr_scheduler.MultiStepLR(o, [3, 8]),
    "ConstantLR": lr_scheduler.ConstantLR,
    "LinearLR": lambda o: lr_scheduler.LinearLR(o, end_factor=0.0),  # ends a rounding below 0
    "ExponentialLR": lambda o: lr_scheduler.ExponentialLR(o, 0.9),
    "PolynomialLR": lambda o: lr_scheduler.PolynomialLR(o, 10),
    "CosineAnnealingLR": lambda o: lr_scheduler.CosineAnnealingLR(o, 10),
    "CosineAnnealingWarmRestarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 6),
    "CyclicLR": lambda o: lr_scheduler.CyclicLR(o, 0.001, 0.01, step_size_up=4),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, 0.01, total_steps=21),
    "ReduceLROnPlateau": lambda o: OnPlateau(o, patience=3),
    "ChainedScheduler": lambda o: lr_scheduler.ChainedScheduler(
        [lr_scheduler.ConstantLR(o), lr_scheduler.ExponentialLR(o, 0.9)], o
    ),
    "SequentialLR": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.ConstantLR(o), lr_scheduler.ExponentialLR(o, 0.9)], [5]
    ),
    "SWALR": lambda o: SWALR(o, 0.001),
}


def test_a_rate_that_is_set_below_zero_is_refused():
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer = drop_ins.SGD([parameter], lr=0.1)
    lr_scheduler.LambdaLR(optimizer, lambda k: -1e-3)
    parameter.grad = torch.ones(2)
    with pytest.raises(ValueError, match=r"learning_rate is -0\.0001; it must be a finite number, 0 or above"):
        optimizer.step()


class OnPlateau(lr_scheduler.ReduceLROnPlateau):
    """That sees a loss that does not fall."""

    def step(self):
        super().step(1.0)


def test_schedulers_are_all_that_torch_has():
    kinds = {
        name
        for name, kind in vars(lr_scheduler).items()
        if isinstance(kind, type) and issubclass(kind, lr_scheduler.LRScheduler) and not name.startswith("_")
    }
    assert kinds - {"LRScheduler"} == SCHEDULERS.keys() - {"SWALR"}


@pytest.mark.parametrize("kind", ["RMSprop", "Adam"])  # of a momentum, and of betas, which some schedulers cycle too
@pytest.mark.parametrize("label", SCHEDULERS)
def test_scheduler_drives_it_as_torchs_own(label, kind):
    arguments = {"RMSprop": MOMENTUM, "Adam": {}}[kind]
    starts, gradients = short()
    ours, theirs = parameters_at(starts), parameters_at(starts)
    own, torchs = getattr(drop_ins, kind)(ours, **arguments), getattr(torch.optim, kind)(theirs, **arguments)
    paths = walk(own, ours, gradients, scheduler=SCHEDULERS[label](own))
    expected = walk(torchs, theirs, gradients, scheduler=SCHEDULERS[label](torchs))
    assert own.param_groups[0]["lr"] == torchs.param_groups[0]["lr"]
    assert gap(paths, expected) <= ROUNDING


@pytest.mark.parametrize("label", RULES)
def test_groups_go_their_own_ways(label):
    """Each group by its own rate and decay, one of them added in mid-training, as by an optimizer each."""
    starts, gradients = short()
    together, apart = parameters_at(starts), parameters_at(starts)
    rule = replace(RULES[label], learning_rate=0.01)
    slower = {"lr": 0.001, "weight_decay": 0.1, "weight_decay_coupling": "decoupled"}
    optimizer = from_rule(rule, [{"params": together[:1]}, {"params": together[1:2], **slower}])
    paths = walk(optimizer, together[:2], gradients[:2], range(10))
    optimizer.add_param_group({"params": together[2:], "lr": 0.02})
    paths += walk(optimizer, together, gradients, range(10, 20))

    slow = replace(rule, learning_rate=0.001, weight_decay=0.1, weight_decay_coupling="decoupled")
    first, second = from_rule(rule, apart[:1]), from_rule(slow, apart[1:2])
    third = from_rule(replace(rule, learning_rate=0.02), apart[2:])
    expected = walk(first, apart[:1], gradients[:1], range(10)) + walk(second, apart[1:2], gradients[1:2], range(10))
    expected += walk(first, apart[:1], gradients[:1], range(10, 20))
    expected += walk(second, apart[1:2], gradients[1:2], range(10, 20))
    expected += walk(third, apart[2:], gradients[2:], range(10, 20))
    for path, other in zip(paths, expected, strict=True):
        np.testing.assert_array_equal(path, other)


@pytest.mark.parametrize("label", RULES)
def test_parameter_counts_its_own_steps(label):
    """Without a gradient it stays; its first gradient, whenever it comes, finds it at its first step."""
    starts, gradients = short()
    late, punctual = parameters_at(starts), parameters_at(starts)
    optimizer = from_rule(RULES[label], late)
    early = [torch.nn.Parameter(torch.zeros(3, dtype=torch.float64))]
    optimizer.add_param_group({"params": early})
    for _ in range(5):
        early[0].grad = torch.ones(3, dtype=torch.float64)
        optimizer.step()
    assert all(torch.equal(parameter, torch.tensor(start)) for parameter, start in zip(late, starts, strict=True))
    assert [parameter for parameter, state in optimizer.state.items() if state["step"]] == early
    paths = walk(optimizer, late, gradients)
    for path, other in zip(paths, walk(from_rule(RULES[label], punctual), punctual, gradients), strict=True):
        np.testing.assert_array_equal(path, other)


@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("label", RULES)
def test_leaves_the_gradient_and_keeps_to_the_parameter(label, decay):
    (parameter,) = parameters_at([short()[0][2]])
    parameter.data = parameter.data.t().contiguous().t()  # stored by columns
    optimizer = from_rule(replace(RULES[label], **DECAYS[decay]), [parameter])
    for _ in range(2):
        parameter.grad = torch.ones_like(parameter)
        optimizer.step()
    assert torch.equal(parameter.grad, torch.ones_like(parameter))
    assert parameter.requires_grad
    assert parameter.is_leaf
    tensors = [entry for entry in optimizer.state[parameter].values() if isinstance(entry, torch.Tensor)]
    assert {tensor.dtype for tensor in tensors} <= {torch.float64}
    assert {tensor.stride() for tensor in tensors if tensor.shape == parameter.shape} <= {parameter.stride()}
    assert not any(tensor.requires_grad for tensor in tensors)


def test_closure_is_evaluated_with_gradients():
    parameter = torch.nn.Parameter(torch.tensor([3.0]))
    optimizer = drop_ins.SGD([parameter], lr=0.5)

    def closure():
        optimizer.zero_grad()
        loss = (parameter**2).sum()
        loss.backward()
        return loss

    assert [optimizer.step(closure).item() for _ in range(2)] == [9.0, 0.0]
    assert optimizer.step() is None


def test_hooks_see_every_step():
    (parameter,), seen = parameters_at([np.ones(2)]), []
    optimizer = drop_ins.Adam([parameter])
    optimizer.register_step_pre_hook(lambda optimizer, arguments, keywords: seen.append(parameter[0].item()))
    optimizer.register_step_post_hook(lambda optimizer, arguments, keywords: seen.append(parameter[0].item()))
    parameter.grad = torch.ones_like(parameter)
    optimizer.step()
    assert seen == [1.0, pytest.approx(0.999)]


def test_named_parameters_keep_their_names():
    model = torch.nn.Linear(2, 1)
    optimizer = drop_ins.Lion(model.named_parameters())
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["weight", "bias"]


def test_grad_scaler_unscales_and_skips():
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer, scaler = drop_ins.SGD([parameter], lr=0.5, momentum=0.9), torch.amp.GradScaler("cpu", init_scale=8.0)
    for values in ([1.0, 1.0], [1.0, torch.inf], [1.0, 1.0]):
        optimizer.zero_grad()
        scaler.scale((parameter * torch.tensor(values)).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
    assert optimizer.state[parameter]["step"] == 2
    assert parameter.tolist() == pytest.approx([1 - 0.5 * (1 + 1.9)] * 2)


def sparse(parameter):
    parameter.grad = torch.sparse_coo_tensor([[0]], [1.0], (2,), dtype=torch.float64, check_invariants=True)


def foreign(parameter):
    parameter.grad_dtype = None  # else torch refuses it on assignment
    parameter.grad = torch.ones(2, dtype=torch.float32)


def complex_(parameter):
    parameter.data = parameter.data.to(torch.complex128)
    parameter.grad = torch.ones(2, dtype=torch.complex128)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (sparse, "does not support sparse gradients"),
        (foreign, "expected a gradient of torch.float64 but got torch.float32"),
        (complex_, "does not support parameters of torch.complex128"),
    ],
)
@pytest.mark.parametrize("label", RULES)
def test_refuses_foreign_tensors(label, spoil, message):
    (parameter,) = parameters_at([np.ones(2)])
    optimizer = from_rule(RULES[label], [parameter])
    spoil(parameter)
    with pytest.raises(RuntimeError, match=f"{type(optimizer).__name__} {message}"):
        optimizer.step()
    assert not any(state["step"] for state in optimizer.state.values())


def test_momentum_may_be_switched_on_between_steps():
    starts, gradients = short()
    ends = []
    for kind in (drop_ins.SGD, torch.optim.SGD):
        parameters = parameters_at(starts)
        optimizer = kind(parameters, lr=0.1)
        walk(optimizer, parameters, gradients, range(5))
        optimizer.param_groups[0].update(momentum=0.9, dampening=0.5)
        ends.append(walk(optimizer, parameters, gradients, range(5, 15)))
    assert gap(*ends) <= ROUNDING


NOT_NEGATIVE = "it must be a finite number, 0 or above"
SWITCH = "it must be True or False"
RATE = StepDecay(initial=0.1, every=3, factor=0.3)
BAD = [
    ("SGD", {"lr": torch.tensor([0.1])}, f"lr is tensor([0.1000]); {NOT_NEGATIVE}"),
    ("SGD", {"lr": torch.tensor(-0.5)}, f"lr is -0.5; {NOT_NEGATIVE}"),
    (
        "SGD",
        {"weight_decay_coupling": "l2"},
        "unknown weight_decay_coupling 'l2' (known: coupled, decoupled, decoupled-last)",
    ),
    ("SGD", {"nesterov": True}, "momentum is 0.0; with nesterov it must be above 0"),
    ("SGD", {"maximize": None}, f"maximize is None; {SWITCH}"),
    ("SGD", {"capturable": 1}, f"capturable is 1; {SWITCH}"),
    ("SGD", {"capturable": True, "lr": RATE}, f"lr is {RATE!r}; with capturable it must be a number or a tensor"),
    ("Adagrad", {"lr_decay": -1.0}, f"lr_decay is -1.0; {NOT_NEGATIVE}"),
    ("Adagrad", {"lr": RATE, "lr_decay": 0.1}, "lr_decay is 0.1; with a Schedule as lr it must be 0"),
    ("Adagrad", {"epsilon_position": "inside"}, "unknown epsilon_position 'inside'; did you mean 'inside-root'?"),
    ("Adam", {"betas": 0.9}, "betas is 0.9; it must be a pair of numbers"),
    ("Adam", {"betas": (0.9, 0.99, 0.999)}, "betas is (0.9, 0.99, 0.999); it must be a pair of numbers"),
    ("Adam", {"epsilon_position": "outside-root"}, "unknown epsilon_position 'outside-root'"),
    ("Adamax", {"epsilon_position": "outside"}, "unknown epsilon_position 'outside'"),
    ("Rprop", {"step_sizes": (1, 0.5)}, "step_sizes is (1, 0.5); it must be a pair in ascending order"),
    ("Adafactor", {"epsilon1_position": None}, "unknown epsilon1_position 'None' (known: floor, added)"),
]


@pytest.mark.parametrize(("kind", "arguments", "message"), BAD)
def test_refuses_bad_arguments(kind, arguments, message):
    with pytest.raises(ValueError, match="^" + re.escape(f"{kind}: {message}")):
        getattr(drop_ins, kind)(parameters_at([np.ones(2)]), **arguments)


IN_GROUPS = [(kind, InTorch.arguments(kind, given), f"it must be .*{allowed}$") for kind, given, allowed in OUTSIDE]
IN_GROUPS += [(kind, arguments, re.escape(f"{kind}: {message}")) for kind, arguments, message in BAD]


@pytest.mark.parametrize(("kind", "arguments", "message"), IN_GROUPS)
def test_refuses_bad_arguments_of_a_group(kind, arguments, message):
    parameters, make = parameters_at([np.ones(2), np.ones(2)]), getattr(drop_ins, kind)
    with pytest.raises(ValueError, match=message):
        make([{"params": parameters, **arguments}])
    optimizer = make(parameters[:1])
    with pytest.raises(ValueError, match=message):
        optimizer.add_param_group({"params": parameters[1:], **arguments})
    assert len(optimizer.param_groups) == 1


@pytest.mark.parametrize("label", NATIVE)
def test_torchs_own_class_takes_over_in_mid_training(label):
    native, arguments, drop_in = NATIVE[label]
    starts, gradients = drawn("float32", SHAPES, [1e-3], 20)
    ours, theirs = parameters_at(starts), parameters_at(starts)
    torchs = getattr(torch.optim, native)(theirs, **arguments)
    optimizer = getattr(drop_ins, drop_in)(ours)
    optimizer.load_state_dict(copy.deepcopy(torchs.state_dict()))
    walk(optimizer, ours, gradients, range(10))
    expected = walk(torchs, theirs, gradients, range(20))
    inherited = parameters_at([parameter.detach().numpy() for parameter in ours])
    successor = getattr(torch.optim, native)(inherited)
    successor.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    for path, other in zip(walk(successor, inherited, gradients, range(10, 20)), expected, strict=True):
        np.testing.assert_array_equal(path, other[10:])


@pytest.mark.parametrize("kind", sorted({drop_in for _, _, drop_in in NATIVE.values()} - {"SGD"}))
def test_state_is_spelled_as_torchs(kind):
    """But for SGD, whose own class counts no steps."""
    parameters = [parameters_at(short("float32")[0]) for _ in range(2)]
    states = []
    for optimizer in (getattr(drop_ins, kind)(parameters[0]), getattr(torch.optim, kind)(parameters[1])):
        walk(optimizer, optimizer.param_groups[0]["params"], short("float32")[1], range(2))
        states.append([dict(own) for own in optimizer.state.values()])
    for own, torchs in zip(*states, strict=True):
        described = [
            {name: (entry.shape, entry.dtype, entry.device) for name, entry in one.items()} for one in (own, torchs)
        ]
        assert described[0] == described[1]


@pytest.mark.parametrize("kind", sorted(kind.__name__ for kind in get_args(rules.Rule)))
def test_loading_adds_no_entry_to_a_group(kind):
    parameters = parameters_at(short()[0])
    optimizer = getattr(drop_ins, kind)(parameters)
    before = [sorted(group) for group in optimizer.param_groups]
    optimizer.load_state_dict(optimizer.state_dict())
    optimizer = pickle.loads(pickle.dumps(optimizer))
    optimizer.add_param_group({"params": parameters_at([np.ones(2)])})
    assert [sorted(group) for group in optimizer.param_groups] == 2 * before


def test_adagrad_shares_its_memory():
    parameters = parameters_at(short()[0])
    optimizer = drop_ins.Adagrad(parameters, initial_accumulator_value=0.5)
    optimizer.share_memory()
    assert all(optimizer.state[parameter]["sum"].is_shared() for parameter in parameters)
    walk(optimizer, parameters, short()[1], range(1))
    assert all(optimizer.state[parameter]["sum"].is_shared() for parameter in parameters)


def test_adagrad_stays_at_a_rate_of_zero():
    """Where a scheduler ends; lr_decay decays what is not there."""
    starts, gradients = short()
    parameters = parameters_at(starts)
    walk(drop_ins.Adagrad(parameters, lr=0.0, lr_decay=0.1), parameters, gradients)
    assert all(torch.equal(theta, torch.tensor(start)) for theta, start in zip(parameters, starts, strict=True))


def test_a_class_of_ones_own_is_made_of_a_drop_in():
    class Mine(drop_ins.Adam):
        """It steps twice."""

        def step(self, closure=None):
            super().step(closure)
            return super().step(closure)

    starts, gradients = short()
    mine, twice = parameters_at(starts), parameters_at(starts)
    once = [np.repeat(g, 2, axis=0) for g in gradients]
    paths, expected = walk(Mine(mine), mine, gradients), walk(drop_ins.Adam(twice), twice, once)
    for path, other in zip(paths, expected, strict=True):
        np.testing.assert_array_equal(path, other[1::2])


def test_capturable_is_refused_on_the_cpu():
    (parameter,) = parameters_at([np.ones(2)])
    optimizer = drop_ins.Adam([parameter], capturable=True)
    parameter.grad = torch.ones_like(parameter)
    with pytest.raises(RuntimeError, match="Adam is capturable on cuda, xpu, hpu, xla, and a parameter is on cpu"):
        optimizer.step()


@pytest.mark.parametrize("rate", ["number", "tensor"])
@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("label", SAMPLED)
def test_capturable_follows_the_rule_by_tensors(label, decay, rate, monkeypatch):
    """As on an accelerator, where steps and rates are tensors that no step looks into."""
    monkeypatch.setattr(base, "GRAPHS", ("cpu",))
    monkeypatch.setattr("torch_impl.tensors.number", lambda x: x)
    starts, gradients = short()
    rule = replace(RULES[label], learning_rate=0.01, **DECAYS[decay])
    parameters = parameters_at(starts)
    lr = torch.tensor(0.01, dtype=torch.float64) if rate == "tensor" else 0.01
    optimizer = from_rule(rule, [{"params": parameters, "capturable": True, "lr": lr}])
    assert gap(walk(optimizer, parameters, gradients), reference(rule, starts, gradients)) <= ROUNDING


@pytest.mark.every(3)
@pytest.mark.parametrize("label", SAMPLED)
def test_compiles_once_for_all_steps(label):
    """Neither the step nor a schedule's rate is compiled in."""
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    starts, gradients = short(steps=30)
    rule = replace(RULES[label], learning_rate=StepDecay(initial=0.01, every=7, factor=0.5))
    parameters = parameters_at(starts)
    optimizer = from_rule(rule, parameters)
    step = torch.compile(optimizer.step, backend="eager")
    expected = reference(rule, starts, gradients)
    for k in range(30):
        for parameter, g in zip(parameters, gradients, strict=True):
            parameter.grad = torch.tensor(g[k])
        step()
        if k == 3:
            graphs = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == graphs > 0
    assert gap([p.detach().numpy()[None] for p in parameters], [path[-1:] for path in expected]) <= ROUNDING


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("clip", CLIPS, ids=repr)
def test_clips_as_numpy_does(clip, dtype):
    starts, gradients = short(dtype)
    parameters = parameters_at(starts)
    for parameter, g in zip(parameters, gradients, strict=True):
        parameter.grad = torch.tensor(g[0])
    clip_(clip, parameters)
    expected = numpy_impl.optimizers.clipped(clip, [np.atleast_1d(g[0]) for g in gradients])
    for parameter, g in zip(parameters, expected, strict=True):
        # Norms of 120 numbers, summed in another order.
        np.testing.assert_allclose(parameter.grad.reshape(g.shape), g, rtol=8 * np.finfo(dtype).eps)


def test_clipping_passes_over_a_parameter_without_a_gradient():
    parameters = parameters_at([np.zeros(1), np.zeros(2)])
    parameters[0].grad = torch.tensor([8.0], dtype=torch.float64)
    clip_(ClipGlobalNorm(limit=2.0, formula="exact"), parameters)
    assert parameters[0].grad.tolist() == [2.0]
    assert parameters[1].grad is None
