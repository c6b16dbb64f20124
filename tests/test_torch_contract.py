"""torch.optim's contract: each drop-in beside the class that it replaces, on the configurations torch tests it by.

The same bits are asked for: torch's default on a CPU is a loop of tensor operations, and the drop-ins take their order.
"""

import copy
import inspect
import io
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
import pytest
import torch
import torch.distributed.checkpoint as checkpoints
from torch._dynamo.testing import CompileCounter
from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict, set_optimizer_state_dict
from torch.optim import lr_scheduler
from torch.optim.swa_utils import SWALR, AveragedModel, get_ema_multi_avg_fn

from torch_impl import optimizers as drop_ins

OTHERS = {"Optimizer", "LBFGS", "Muon", "SparseAdam"}  # the base, and classes that take no gradients of any shape
CLASSES = [name for name in torch.optim.__all__ if isinstance(getattr(torch.optim, name), type) and name not in OTHERS]
# Muon moves matrices alone, and is trained by them in `test_muon`.
ONLY_OURS = [name for name in drop_ins.classes.__all__ if name not in CLASSES and name != "Muon"]
HOW = ("foreach", "fused", "differentiable")  # to compute: as torch defines them; a drop-in may have some of them
DECOUPLED = {True: "decoupled", False: "coupled"}

full = pytest.mark.full
every_class = pytest.mark.parametrize("name", CLASSES)
every_drop_in = pytest.mark.parametrize("name", [*CLASSES, *ONLY_OURS])
in_full = [pytest.param(name, marks=() if name in {"SGD", "Adam"} else full) for name in CLASSES]


def ours(name, parameters, **arguments):
    """The drop-in for a call of torch's class."""
    given = dict(arguments)
    if "decoupled_weight_decay" in given:
        given["weight_decay_coupling"] = DECOUPLED[given.pop("decoupled_weight_decay")]
    return RENAMED.get(name, getattr(drop_ins, name, None))(parameters, **given)


RENAMED = {"AdamW": partial(drop_ins.Adam, weight_decay=1e-2, weight_decay_coupling="decoupled")}


def theirs(name, parameters, **arguments):
    return getattr(torch.optim, name)(parameters, **arguments)


# --- a training: parameters of several shapes, one of which often has no gradient, and an optimizer

SHAPES = ((), (7,), (5, 3), (2, 3, 4))
STEPS = 20
DTYPES = ("float32", "float64")


@pytest.fixture(params=[pytest.param("float32"), pytest.param("float64", marks=full)])
def dtype(request):
    """Of the parameters, and torch's default, in which its classes keep their scalars."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, request.param))
    yield torch.get_default_dtype()
    torch.set_default_dtype(before)


def drawn(seed=0):
    """A start, and the gradients of each step."""
    rng = np.random.default_rng(seed)
    start = [torch.tensor(rng.normal(size=shape)).to(torch.get_default_dtype()) for shape in SHAPES]
    steps = [[torch.tensor(rng.normal(size=shape)).to(start[0].dtype) for shape in SHAPES] for _ in range(STEPS)]
    for step in steps[::3]:
        step[1] = None
    return start, steps


class Training:
    """Parameters at their start, and the optimizer that `make` makes of them."""

    def __init__(self, make, seed=0):
        start, self.gradients = drawn(seed)
        self.parameters = [torch.nn.Parameter(tensor) for tensor in start]
        self.optimizer = make(self.parameters)

    def run(self, first=0, last=STEPS):
        for step in self.gradients[first:last]:
            self.lead(step)
            self.optimizer.step()
        return self

    def lead(self, step):
        for parameter, gradient in zip(self.parameters, step, strict=True):
            parameter.grad = None if gradient is None else gradient.clone()


def assert_same(one, other):
    """The same bits of all parameters; NaN is equal to NaN."""
    for ours, theirs in zip(one.parameters, other.parameters, strict=True):
        torch.testing.assert_close(ours.detach(), theirs.detach(), rtol=0, atol=0, equal_nan=True)


def pair(name, **arguments):
    return (Training(partial(make, name, **arguments)) for make in (ours, theirs))


# --- the configurations of torch's own tests

# More than the defaults: every switch of the class that bears on its state.
TELLING = {
    "SGD": {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    "Adam": {"lr": 0.1, "amsgrad": True, "weight_decay": 0.1},
    "AdamW": {"lr": 0.1, "amsgrad": True},
    "RMSprop": {"lr": 0.1, "momentum": 0.9, "centered": True},
    "Adagrad": {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.1},
    "NAdam": {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True},
    "RAdam": {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True},
    "ASGD": {"lr": 0.1, "t0": 5.0, "lambd": 0.01},
}


def told(name):
    return TELLING.get(name, {"lr": 0.1})


def read_database():
    """Class to description to arguments, and class to the arguments that it refuses with the error's type."""
    from torch.testing._internal.common_optimizers import optim_db

    taken, refused = {}, {}
    for info in optim_db:
        name = info.optim_cls.__name__
        taken[name] = {each.desc: each.kwargs for each in info.optim_inputs_func(device="cpu")}
        cases = info.optim_error_inputs_func(device="cpu", dtype=torch.float32)
        inputs = [(case.optimizer_error_input, case.error_type) for case in cases]
        refused[name] = [
            (each.kwargs, error)
            for each, error in inputs
            if each.params is None and not has_tensors(each.kwargs.get("betas"))
        ]
    return taken, refused


def has_tensors(pair):
    """Torch takes two tensors of a pair or none; a drop-in takes each by itself, where it takes tensors."""
    return any(isinstance(value, torch.Tensor) for value in pair or ())


@pytest.fixture(scope="session")
def database():
    """Read in a process of its own: on import, torch's testing modules change settings of the whole process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(read_database).result()


@pytest.fixture(params=["telling", pytest.param("of torch", marks=full)])
def configurations(request):
    """Class to description to arguments."""
    if request.param == "telling":
        return {name: {"telling": told(name)} for name in CLASSES}
    return request.getfixturevalue("database")[0]


@every_class
def test_takes_the_steps_of_torch(name, configurations, dtype, subtests):
    for description, arguments in configurations[name].items():
        with subtests.test(description):
            own, torchs = pair(name, **arguments)
            assert_same(own.run(), torchs.run())


@every_class
def test_keeps_the_state_of_torch(name, configurations, subtests):
    """By torch's names, with its values: what reads torch's state reads the drop-in's."""
    for description, arguments in configurations[name].items():
        with subtests.test(description):
            own, torchs = (training.run().optimizer.state_dict()["state"] for training in pair(name, **arguments))
            for index, expected in torchs.items():
                found = {key: own[index][key] for key in expected}
                torch.testing.assert_close(found, expected, rtol=0, atol=0, equal_nan=True)


@every_class
def test_takes_over_from_torch_and_hands_back(name, configurations, dtype, subtests):
    for description, arguments in configurations[name].items():
        with subtests.test(description):
            own, torchs = pair(name, **arguments)
            torchs.run(0, 7)
            for old, new, steps in ((torchs, own, (7, 14)), (own, torchs, (14, 20))):
                new.optimizer.load_state_dict(old.optimizer.state_dict())
                for target, source in zip(new.parameters, old.parameters, strict=True):
                    target.data.copy_(source.data)
                new.run(*steps)
            _, expected = pair(name, **arguments)
            assert_same(torchs, expected.run())


@full
@every_class
def test_refuses_what_torch_refuses(name, database, subtests):
    for arguments, error in database[1][name]:
        with subtests.test(str(arguments)), pytest.raises((error, TypeError)):  # a TypeError: it has no such argument
            Training(partial(ours, name, **arguments)).run()


@every_class
def test_has_the_defaults_of_torch(name):
    own, torchs = (training.optimizer.defaults for training in pair(name))
    shared = own.keys() & torchs.keys()
    assert {"lr", "maximize"} <= shared
    assert {key: own[key] for key in shared} == {key: torchs[key] for key in shared}


@every_class
def test_ways_to_compute_are_those_of_the_signature(name, subtests):
    """A way that the drop-in has gives what torch's class gives by it; one that it lacks is no argument."""
    has = inspect.signature(RENAMED[name].func if name in RENAMED else getattr(drop_ins, name)).parameters
    lacks = [way for way in inspect.signature(getattr(torch.optim, name)).parameters if way in HOW and way not in has]
    for way in lacks:
        with subtests.test(way), pytest.raises(TypeError, match=way):
            Training(partial(ours, name, **{way: True}))
    for way in set(HOW) & set(has):
        with subtests.test(way):
            own, torchs = pair(name, **told(name), **{way: True})
            assert_same(own.run(), torchs.run())


@pytest.mark.parametrize("name", [name for name in CLASSES if name not in {"SGD", "Adagrad", "Adafactor"}])
def test_is_not_capturable_on_a_cpu(name):
    """As torch, which says so at the first step at the latest."""
    for make in (ours, theirs):
        with pytest.raises((AssertionError, RuntimeError, ValueError), match="capturable"):
            Training(partial(make, name, capturable=True)).run()


# --- groups and learning rates


@every_class
def test_groups_have_their_own_numbers(name):
    def groups(make, parameters):
        optimizer = make(name, [{"params": parameters[:1]}, {"params": parameters[1:2], "lr": 0.3}], **told(name))
        optimizer.add_param_group({"params": parameters[2:], "lr": 0.01, "maximize": True})
        return optimizer

    own, torchs = (Training(partial(groups, make)) for make in (ours, theirs))
    own.run(0, 10), torchs.run(0, 10)
    for training in (own, torchs):
        training.optimizer.param_groups[0]["lr"] = 0.02
    assert_same(own.run(10), torchs.run(10))


@every_class
def test_refuses_a_group_twice(name):
    training = Training(partial(ours, name))
    with pytest.raises(ValueError, match="more than one parameter group"):
        training.optimizer.add_param_group({"params": training.parameters[:1]})
    with pytest.raises(TypeError):
        training.optimizer.add_param_group(training.parameters[:1])


@every_class
def test_a_learning_rate_may_be_a_tensor(name):
    """A scheduler writes into it, as with torch's classes."""
    rate = torch.tensor(2.0**-5)  # the same in any dtype
    tensor = Training(partial(ours, name, **{**told(name), "lr": rate}))
    number = Training(partial(ours, name, **{**told(name), "lr": 2.0**-5}))
    for training in (tensor, number):
        scheduler = lr_scheduler.StepLR(training.optimizer, 5, gamma=0.5)
        for k in range(STEPS):
            training.run(k, k + 1)
            scheduler.step()
    assert_same(tensor, number)
    assert isinstance(tensor.optimizer.param_groups[0]["lr"], torch.Tensor)


def two(optimizer):
    return [lr_scheduler.ConstantLR(optimizer, 0.5, 3), lr_scheduler.ExponentialLR(optimizer, 0.9)]


def has_momentum(optimizer):
    """What torch asks for before it lets a schedule of the momentum be made."""
    return not {"momentum", "betas"}.isdisjoint(optimizer.defaults)


SCHEDULERS = {
    "LambdaLR": lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda k: 0.9**k),
    "MultiplicativeLR": lambda optimizer: lr_scheduler.MultiplicativeLR(optimizer, lambda k: 0.95),
    "StepLR": lambda optimizer: lr_scheduler.StepLR(optimizer, 5),
    "MultiStepLR": lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [3, 12]),
    "ConstantLR": lambda optimizer: lr_scheduler.ConstantLR(optimizer, 0.5, 7),
    "LinearLR": lambda optimizer: lr_scheduler.LinearLR(optimizer, 0.1, total_iters=7),
    "ExponentialLR": lambda optimizer: lr_scheduler.ExponentialLR(optimizer, 0.9),
    "SequentialLR": lambda optimizer: lr_scheduler.SequentialLR(optimizer, two(optimizer), [5]),
    "CosineAnnealingLR": lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, STEPS - 1),
    "ChainedScheduler": lambda optimizer: lr_scheduler.ChainedScheduler(two(optimizer)),
    "ReduceLROnPlateau": lambda optimizer: lr_scheduler.ReduceLROnPlateau(optimizer, patience=2),
    "CyclicLR": lambda optimizer: lr_scheduler.CyclicLR(
        optimizer, 0.01, 0.1, step_size_up=4, cycle_momentum=has_momentum(optimizer)
    ),
    "CosineAnnealingWarmRestarts": lambda optimizer: lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 6),
    "OneCycleLR": lambda optimizer: lr_scheduler.OneCycleLR(
        optimizer, 0.1, total_steps=STEPS + 1, cycle_momentum=has_momentum(optimizer)
    ),
    "PolynomialLR": lambda optimizer: lr_scheduler.PolynomialLR(optimizer, STEPS - 1),
    "SWALR": lambda optimizer: SWALR(optimizer, swa_lr=0.01),
}
WATCHES = {"ReduceLROnPlateau": (1.0,)}  # a loss, here one that stays


def test_the_schedulers_are_all_of_torch():
    assert {*SCHEDULERS} - {"SWALR"} == {*lr_scheduler.__all__} - {"LRScheduler"}  # the base


def scheduled(training, scheduler):
    schedule = SCHEDULERS[scheduler](training.optimizer)
    groups = []
    for k in range(STEPS):
        training.run(k, k + 1)
        schedule.step(*WATCHES.get(scheduler, ()))
        (group,) = training.optimizer.param_groups
        groups.append({key: group[key] for key in ("lr", "momentum", "betas") if key in group})
    return groups


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("name", in_full)
def test_schedulers_set_it_as_they_set_torch(name, scheduler):
    own, torchs = pair(name, **told(name))
    assert scheduled(own, scheduler) == scheduled(torchs, scheduler)
    assert_same(own, torchs)


# --- copies and checkpoints


def by_deepcopy(training):
    return copy.deepcopy(training)


def by_pickle(training):
    return pickle.loads(pickle.dumps(training))


def by_state_dict(training):
    return restored(training, copy.deepcopy(training.optimizer.state_dict()))  # torch loads the tensors themselves


def by_file(training):
    file = io.BytesIO()
    torch.save(training.optimizer.state_dict(), file)
    file.seek(0)
    return restored(training, torch.load(file, weights_only=True))


def restored(training, state_dict):
    """Copies of the parameters, and an optimizer of the same class that has loaded the state."""
    other = copy.copy(training)
    other.parameters = [torch.nn.Parameter(parameter.detach().clone()) for parameter in training.parameters]
    other.optimizer = type(training.optimizer)(other.parameters)
    other.optimizer.load_state_dict(state_dict)
    return other


COPIES = {"deepcopy": by_deepcopy, "pickle": by_pickle, "state_dict": by_state_dict, "torch.save": by_file}


@pytest.mark.parametrize("how", COPIES)
@every_drop_in
def test_a_copy_goes_on_bit_for_bit(name, how):
    training = Training(partial(ours, name, **told(name))).run(0, 8)
    other = COPIES[how](training)
    assert_same(training.run(8), other.run(8))


@every_drop_in
def test_loading_adds_no_key(name):
    training = Training(partial(ours, name, **told(name))).run(0, 3)
    before = keys(training.optimizer)
    training.optimizer.load_state_dict(training.optimizer.state_dict())
    assert keys(training.optimizer) == before


def keys(optimizer):
    return [set(group) for group in optimizer.param_groups], [set(state) for state in optimizer.state.values()]


@every_class
def test_what_is_there_on_construction_is_as_in_torch(name):
    own, torchs = (training.optimizer for training in pair(name))
    assert len(own.state) == len(torchs.state)
    assert hasattr(own, "share_memory") == hasattr(torchs, "share_memory")


def test_adagrad_shares_its_memory():
    training = Training(partial(ours, "Adagrad"))
    training.optimizer.share_memory()
    assert all(state["sum"].is_shared() for state in training.optimizer.state.values())
    assert_same(training.run(), Training(partial(theirs, "Adagrad")).run())


@pytest.mark.filterwarnings("ignore:torch.distributed is disabled")  # as it is meant to be: one process
@every_drop_in
def test_distributed_checkpoints_restore_it(name, tmp_path):
    """On reading, torch fills the state by a step at learning rate 0, before it loads what was saved."""

    def model():
        torch.manual_seed(0)
        return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 1))

    def train(model, optimizer, steps):
        for k in range(steps):
            optimizer.zero_grad()
            (model(torch.ones(2, 3)) - k).square().mean().backward()
            optimizer.step()

    first = model()
    optimizer = ours(name, first.parameters(), **told(name))
    train(first, optimizer, 3)
    checkpoints.save(get_optimizer_state_dict(first, optimizer), checkpoint_id=tmp_path, no_dist=True)
    second = copy.deepcopy(first)
    other = ours(name, second.parameters(), **told(name))
    state = get_optimizer_state_dict(second, other)
    checkpoints.load(state, checkpoint_id=tmp_path, no_dist=True)
    set_optimizer_state_dict(second, other, state)
    assert all(map(torch.equal, second.parameters(), first.parameters()))
    train(first, optimizer, 3)
    train(second, other, 3)
    assert all(map(torch.equal, second.parameters(), first.parameters()))


# --- what surrounds a step


HOOKS = (
    "step_pre",
    "step_post",
    "state_dict_pre",
    "state_dict_post",
    "load_state_dict_pre",
    "load_state_dict_post",
)


def hooked(name, make):
    """What the hooks saw, in order."""
    training, seen = Training(partial(make, name)), []
    optimizer = training.optimizer
    for kind in HOOKS:
        getattr(optimizer, f"register_{kind}_hook")(lambda *_, kind=kind: seen.append(kind))

    def closure():
        seen.append(torch.is_grad_enabled())
        return torch.tensor(3.0)

    training.lead(training.gradients[0])
    seen.append(optimizer.step(closure).item())
    optimizer.load_state_dict(optimizer.state_dict())
    return seen


@every_class
def test_hooks_and_closures_come_in_the_order_of_torch(name):
    assert hooked(name, ours) == hooked(name, theirs)


@every_drop_in
def test_zeroes_gradients(name):
    training = Training(partial(ours, name)).run(1, 2)
    training.optimizer.zero_grad(set_to_none=False)
    assert all(torch.equal(parameter.grad, torch.zeros_like(parameter)) for parameter in training.parameters)
    training.optimizer.zero_grad()
    assert all(parameter.grad is None for parameter in training.parameters)


@every_class
def test_a_scaler_skips_what_is_not_finite(name):
    def run(training):
        scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=3)
        for k in range(STEPS):
            training.optimizer.zero_grad()
            factor = torch.inf if k % 4 == 1 else 1.0
            losses = [(factor * (k + 1) * parameter**2).sum() for parameter in training.parameters]
            scaler.scale(sum(losses)).backward()
            scaler.unscale_(training.optimizer)
            torch.nn.utils.clip_grad_norm_(training.parameters, 1.0)
            scaler.step(training.optimizer)
            scaler.update()
        return training

    assert_same(*map(run, pair(name, **told(name))))


@every_class
def test_averages_are_of_the_same_weights(name):
    def averages(make):
        torch.manual_seed(0)
        model = torch.nn.Linear(3, 2)
        averaged = [AveragedModel(model), AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))]
        optimizer = make(name, model.parameters(), **told(name))
        for k in range(STEPS):
            optimizer.zero_grad()
            model(torch.full((1, 3), k - 3.0)).square().sum().backward()
            optimizer.step()
            for each in averaged:
                each.update_parameters(model)
        return [*averaged[0].parameters(), *averaged[1].parameters()]

    assert all(map(torch.equal, averages(ours), averages(theirs)))


SPOILED = {
    "complex parameters": (torch.complex64, lambda: torch.ones(2, dtype=torch.complex64)),
    "sparse gradients": (torch.float32, lambda: torch.eye(2)[0].to_sparse()),
}


@pytest.mark.parametrize("what", SPOILED)
@every_drop_in
def test_refuses_what_no_rule_speaks_of(name, what):
    kind, gradient = SPOILED[what]
    parameter = torch.nn.Parameter(torch.ones(2, dtype=kind))
    parameter.grad = gradient()
    with pytest.raises((RuntimeError, ValueError), match="support"):
        ours(name, [parameter]).step()
    assert torch.equal(parameter.detach(), torch.ones(2, dtype=kind))


# --- compiled

# Compiled, step counts and bias corrections are float32 tensors: a few roundings of theirs.
COMPILED = 1e-5


@full
@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")  # of the compiler's own imports
@every_class
def test_compiles_into_no_more_graphs_than_torch(name):
    """Not one for each parameter, nor for each step; a learning rate that changes is a number like another."""
    graphs = []
    for make in (ours, theirs):
        torch.compiler.reset()
        counter = CompileCounter()
        eager, compiled = (Training(partial(make, name, **{**told(name), "lr": torch.tensor(0.1)})) for _ in range(2))
        step = torch.compile(compiled.optimizer.step, backend=counter)
        for _ in range(5):
            eager.run(2, 3)
            compiled.lead(compiled.gradients[2])
            step()
            for training in (eager, compiled):
                training.optimizer.param_groups[0]["lr"].mul_(0.9)
        for one, other in zip(compiled.parameters, eager.parameters, strict=True):
            torch.testing.assert_close(one.detach(), other.detach(), rtol=COMPILED, atol=COMPILED)
        graphs.append(counter.frame_count)
    assert 0 < graphs[0] <= max(graphs[1], 1)  # of its Adafactor, torch compiles nothing


# --- calls at random


def log_uniform(low, high):
    return lambda rng: float(10 ** rng.uniform(low, high))


def uniform(low, high):
    return lambda rng: float(rng.uniform(low, high))


def constant(value):
    return lambda rng: value


def one_of(*draws):
    return lambda rng: draws[rng.integers(len(draws))](rng)


def both(first, second):
    return lambda rng: (first(rng), second(rng))


FLAG = one_of(constant(False), constant(True))
FRACTION = one_of(constant(0.0), uniform(0, 1), lambda rng: 1 - float(10 ** rng.uniform(-4, -1)))
SMALL = one_of(constant(0.0), log_uniform(-12, -1))
# Argument to what it may be, its bounds among it: what is allowed to a drop-in and to torch's class.
DRAWN = {
    "lr": one_of(log_uniform(-4, 0), constant(0.0)),
    "betas": both(FRACTION, FRACTION),
    "eps": SMALL,
    "weight_decay": SMALL,
    "momentum": FRACTION,
    "dampening": FRACTION,
    "nesterov": FLAG,
    "amsgrad": FLAG,
    "centered": FLAG,
    "maximize": FLAG,
    "decoupled_weight_decay": FLAG,
    "rho": FRACTION,
    "alpha": FRACTION,
    "lr_decay": SMALL,
    "initial_accumulator_value": SMALL,
    "momentum_decay": SMALL,
    "etas": both(uniform(0.1, 0.9), uniform(1.1, 3)),
    "step_sizes": both(log_uniform(-6, -3), log_uniform(-2, 2)),
    "lambd": SMALL,
    "t0": one_of(constant(0.0), constant(3.0), constant(1e6)),
    "beta2_decay": uniform(-2, 0),
    "d": uniform(1, 3),
}
DRAWN_FOR = {"Adafactor": {"eps": both(one_of(constant(None), log_uniform(-12, -3)), log_uniform(-6, -1))}}
SIZES = (1e-12, 1e-3, 1.0, 1e4)  # of the gradients of a call


def call(name, rng):
    """Each argument left out, or drawn."""
    known = inspect.signature(getattr(torch.optim, name)).parameters.keys() - {"params", "capturable", *HOW}
    drawn = DRAWN | DRAWN_FOR.get(name, {})
    arguments = {argument: drawn[argument](rng) for argument in sorted(known) if rng.random() < 0.6}
    if arguments.get("nesterov"):  # both ask for this
        arguments |= {"momentum": 0.9, "dampening": 0.0}
    return arguments


CALLS = [pytest.param(range(4), id="some"), pytest.param(range(4, 120), id="many", marks=full)]


@pytest.mark.parametrize("calls", CALLS)
@every_class
def test_any_call_takes_the_steps_of_torch(name, calls, dtype):
    apart = []
    for seed in calls:
        rng = np.random.default_rng(seed)
        arguments, size = call(name, rng), rng.choice(SIZES)
        try:
            own, torchs = pair(name, **arguments)
            for training in (own, torchs):
                training.gradients = [[g if g is None else size * g for g in step] for step in training.gradients]
                training.run(0, 8)
            assert_same(own, torchs)
        except (AssertionError, ValueError) as error:
            apart.append((arguments, size, str(error).splitlines()[-2:]))
    assert not apart, f"{len(apart)} of {len(calls)}, the first: {apart[0]}"
