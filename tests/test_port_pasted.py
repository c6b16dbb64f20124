"""Calls as people paste them: which arguments they have, what is beside them, and what is refused."""

import importlib
import inspect
import json

import pytest
import torch

from comparisons.faithful.held import Held
from comparisons.frameworks import rule_of
from comparisons.names import BadInput
from comparisons.porting import read
from comparisons.porting.answer import as_data
from comparisons.porting.proof import Gaps, Proof
from comparisons.porting.reading.configs import GROUPS_OUTSIDE
from comparisons.porting.reading.names import (
    OPTIMIZERS,
    OTHER_SCHEDULES,
    PARTS,
    NoRule,
    classes_of,
    positional,
    takes_parameters,
)
from comparisons.porting.reading.pasted import read_source
from comparisons.porting.show import proof_lines
from comparisons.porting.translate import port
from comparisons.porting.wholes.written import as_data as whole_as_data
from comparisons.rules import rate_at
from comparisons.rules.training import Accumulation, Average
from torch_impl.hooks import rate_in_velocity


def refused(text, schedule=""):
    with pytest.raises(BadInput) as error:
        read(text, schedule)
    return str(error.value)


# --- arguments without names

MODULES = [
    "torch.optim",
    "keras.optimizers",
    "torch.optim.lr_scheduler",
    "keras.optimizers.schedules",
    "torch.nn.utils",
]
CLASSES = [
    (module, name) for module in MODULES for name in (classes_of(module) if module in OPTIMIZERS else PARTS[module][1])
]


@pytest.mark.parametrize(("module", "name"), CLASSES)
def test_arguments_without_names_are_those_of_the_installed_framework(module, name):
    parameters = inspect.signature(getattr(importlib.import_module(module), name)).parameters
    by_place = [one for one, parameter in parameters.items() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    own = by_place[takes_parameters(module, name) :]
    assert positional(module, name) == [one for one in own if one != "optimizer"]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("torch.optim.RMSprop(p, 1e-2, 0.99, 1e-8, 0, 0.9, True, False, None)", "centered=True, momentum=0.9"),
        ("torch.optim.RMSprop(p, 1, 0.99, 1e-8, 0, 0.9, False, False, None, False, False)", "lr=1, momentum=0.9"),
        ("torch.optim.ASGD(p, 0.1, 1e-4, 0.75, 1e6, 0.5, None, False, False, False)", "lr=0.1, weight_decay=0.5"),
        ("torch.optim.Adagrad(p, 0.1, 0, 0, 0, 1e-10, False)", "lr=0.1"),
        ("torch.optim.Adamax(p, 0.1, (0.9, 0.999), 1e-8, 0, None)", "lr=0.1"),
    ],
)  # fmt: skip
def test_those_that_bear_on_no_update_are_read_too(text, same):
    name = text.partition("(")[0]
    assert rule_of(read(text)) == rule_of(read(f"{name}(p, {same})"))


TOO_MANY = {
    "torch.optim.RMSprop(p, 1e-2, 0.99, 1e-8, 0, 0.9, True, False, None, False, False, 1)":
        "torch.optim.RMSprop: 11 arguments without a name, and it takes 10; name them",
    "torch.optim.Adam(p, 0.1, (0.9, 0.999), 1e-8, 0, False, None)":
        "torch.optim.Adam: 6 arguments without a name, and it takes 5; name them",
    "torch.optim.Adam(p, params=q)": "torch.optim.Adam: params is given twice",
    "torch.optim.SGD(p, 0.1, params=[q])": "torch.optim.SGD: params is given twice",
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), TOO_MANY.items())
def test_arguments_that_are_too_many(text, message):
    assert refused(text) == message


# --- lines as they stand in a file

PLAIN = "torch.optim.SGD(lr=0.1, momentum=0.9)"
LINES = {
    "self.optimizer = torch.optim.SGD(self.parameters(), 0.1, 0.9)": PLAIN,
    "opt: torch.optim.Optimizer = torch.optim.SGD(model.parameters(), 0.1, 0.9)": PLAIN,
    "self.opt: Optimizer = torch.optim.SGD(model.parameters(), 0.1, 0.9)": PLAIN,
    "a = b = torch.optim.SGD(model.parameters(), 0.1, 0.9)": PLAIN,
    "import torch\noptimizer = torch.optim.SGD(model.parameters(), 0.1, 0.9)": PLAIN,
    "from torch import optim\noptimizer = optim.SGD(model.parameters(), 0.1, 0.9)": PLAIN,
    "from torch.optim import SGD\nSGD(model.parameters(), 0.1, 0.9)": PLAIN,
    "from torch.optim import SGD as Descent\nDescent(model.parameters(), 0.1, 0.9)": PLAIN,
    "import torch.optim as o\no.SGD(model.parameters(), 0.1, 0.9)": PLAIN,
    "from keras.optimizers import Adam\nAdam(0.1)": "keras.optimizers.Adam(0.1)",
    "from tensorflow import keras\nimport keras.optimizers.schedules as s\nkeras.optimizers.SGD(s.CosineDecay(0.1, 9))":
        "keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 9))",
    "opt = keras.optimizers.SGD(0.1)\ngrads, _ = tf.clip_by_global_norm(grads, 1.0)":
        "keras.optimizers.SGD(0.1, global_clipnorm=1.0)",
}  # fmt: skip


@pytest.mark.parametrize(("text", "same"), LINES.items())
def test_lines_as_they_stand_in_a_file(text, same):
    assert rule_of(read(text)) == rule_of(read(same))


NOT_LINES = {
    "import torch": "there must be one optimizer, and there is no optimizer",
    "from optax import Adam\nAdam(p, lr=0.1)": "optax: unknown optimizer 'Adam'; did you mean 'adam'?",
    "from . import optim\noptim.Adam(p)": "is not a call",
}


@pytest.mark.parametrize(("text", "message"), NOT_LINES.items())
def test_lines_that_say_no_optimizer(text, message):
    assert message in refused(text)


# --- clipping

CLIP = "torch.nn.utils.clip_grad_norm_"
LOOPS = {
    f"for p in model.parameters():\n    {CLIP}(p, 1.0)": "clipnorm",
    f"for p in model.parameters():\n    {CLIP}([p], 1.0)": "clipnorm",
    f"for p in model.parameters():\n    if p.grad is not None:\n        {CLIP}(p, 1.0)": "clipnorm",
    f"for name, p in model.named_parameters():\n    {CLIP}(p, 1.0)": "clipnorm",
    f"for batch in loader:\n    {CLIP}(model.parameters(), 1.0)": "global_clipnorm",
    f"for i, batch in enumerate(loader):\n    {CLIP}(model.parameters(), 1.0)": "global_clipnorm",
    f"for batch in loader:\n    {CLIP}(params, 1.0)": "global_clipnorm",
}


@pytest.mark.parametrize(("loop", "argument"), LOOPS.items())
def test_a_loop_clips_each_parameter_only_where_it_goes_over_them(loop, argument):
    code = as_data(port(f"torch.optim.SGD(params, 0.1, 0.9)\n{loop}", "tf"))["native"]["code"]
    assert f"optimizer = keras.optimizers.SGD(learning_rate=0.1, momentum=0.9, {argument}=1.0)\n" in code


TWICE = {
    "keras.optimizers.Adam(1e-3, clipnorm=1.0)\ntf.clip_by_norm(grads, 2.0)": (2, "not seen to belong"),
    f"torch.optim.SGD(p, 0.1)\n{CLIP}(p, 1.0)\n{CLIP}(p, 2.0)": (2, "lines 2, 3 may each clip its gradients"),
    "torch.optim.SGD(p, 0.1)\nkeras.optimizers.schedules.CosineDecay(0.1, 10)": (2, "not seen to belong"),
}


@pytest.mark.parametrize(("text", "told"), TWICE.items())
def test_what_does_not_go_with_it_is_a_gap(text, told):
    gap = read_source(text).gaps[0]
    assert (gap.line, told[1] in gap.message) == (told[0], True)


def test_a_second_schedule_is_refused():
    message = refused("keras.optimizers.SGD(CosineDecay(0.1, 9))", "ExponentialDecay(0.1, 9, 0.5)")
    assert message.endswith("ExponentialDecay: there is another schedule already; an optimizer takes one")


# --- schedules

UNREAD = {
    "LambdaLR(o, lambda k: 1 / (1 + e(k)))": "no rule has this schedule; known are such as lambda k: 0.95 ** k",
    "LambdaLR(o, lambda k: 1 / (1 + 1e999 * k))": "no rule has this schedule",
    "LambdaLR(o, lambda k: e + (2 - e) * (1 + math.sin(math.pi * min(k, 9) / 9)) / 2)": "no rule has this schedule",
    "LambdaLR(o, lambda k: 0.1 + (1 - 0.1) * (1 + math.cos(math.pi * min(k, 0) / 0)) / 2)": "no rule has this schedule",
    "LambdaLR(o, lambda k, n=1: 0.9 ** n)": "no rule has this schedule",
    "LambdaLR(o, lambda epoch: 0.9 ** k)": "no rule has this schedule",
    "LambdaLR(o, lambda: 0.9)": "no rule has this schedule",
    "LambdaLR(o, lambda epoch: epoch ** 0.9)": "no rule has this schedule",
    "OneCycleLR(o, 0.1)": "torch.optim.lr_scheduler.OneCycleLR: total_steps is missing; give it, or epochs",
    "ReduceLROnPlateau(o)": "torch.optim.lr_scheduler.ReduceLROnPlateau: no rule has this schedule",
}


@pytest.mark.parametrize(("schedule", "message"), UNREAD.items())
def test_schedules_that_no_rule_has(schedule, message):
    assert message in refused("torch.optim.SGD(p, 0.1)", schedule)


# (The schedules of optax are functions: tests/test_optax_schedules.py.)
@pytest.mark.parametrize("module", sorted(set(OTHER_SCHEDULES) - {"optax.schedules"}))
def test_every_schedule_of_a_framework_is_known_or_known_to_have_no_rule(module):
    things = vars(importlib.import_module(module)).items()
    ends = ("LR", "Scheduler", "Schedule", "Decay", "Restarts", "Plateau")
    names = {name for name, thing in things if isinstance(thing, type) and name[0] != "_" and name.endswith(ends)}
    assert names == {*OTHER_SCHEDULES[module], *PARTS[module][1]}


SAME_LAMBDA = {
    "LambdaLR(o, lambda epoch: 0.95 ** epoch)": "ExponentialLR(o, 0.95)",
    "LambdaLR(o, lr_lambda=lambda step: 1 / (1 + 5e-05 * step))": "LambdaLR(o, lambda k: 1 / (1 + 0.00005 * k))",
    "LambdaLR(o, lambda it: 1e-3 + (1 - 1e-3) * (1 + math.cos(math.pi * min(it, 9) / 9)) / 2)":
        "LambdaLR(o, lambda k: 0.001 + (1 - 0.001) * (1 + math.cos(math.pi * min(k, 9) / 9)) / 2)",
}  # fmt: skip


@pytest.mark.parametrize(("schedule", "same"), SAME_LAMBDA.items())
def test_the_variable_of_a_lambda_may_be_called_as_one_likes(schedule, same):
    assert rule_of(read("torch.optim.SGD(p, 0.1)", schedule)) == rule_of(read("torch.optim.SGD(p, 0.1)", same))


# --- what no rule has a word for

REFUSED_UNSUPPORTED = {
    "keras.optimizers.Adam(gradient_accumulation_steps=1)":
        "gradient_accumulation_steps is 1; it must be a whole number, 2 or above",
    "keras.optimizers.Adam(gradient_accumulation_steps='a')":
        "gradient_accumulation_steps is 'a'; it must be a whole number, 2 or above",
    "keras.optimizers.Adam(loss_scale_factor=0)": "loss_scale_factor is 0; it must be a finite number above 0",
    "keras.optimizers.Adam(use_ema='yes')": "use_ema is 'yes'; it must be True or False",
    "keras.optimizers.Adam(use_ema=True, ema_momentum=1.5)": "ema_momentum is 1.5; it must be at least 0 and at most 1",
    "keras.optimizers.Adam(use_ema=True, ema_overwrite_frequency=0)":
        "ema_overwrite_frequency is 0; it must be a whole number, 1 or above",
    "torch.optim.Adam(p, maximize='no')": "maximize is 'no'; it must be True or False",
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED_UNSUPPORTED.items())
def test_values_that_the_framework_refuses(text, message):
    assert refused(text).endswith(message)


UNSUPPORTED = {
    "keras.optimizers.SGD(learning_rate=0.01, loss_scale_factor=4.0)": ["loss_scale_factor"],
    "torch.optim.SGD(model.parameters(), lr=0.1, maximize=True)": ["maximize"],
}  # fmt: skip


def in_one_line(code):
    return " ".join(code.split()).replace("( ", "(").replace(", )", ")")


@pytest.mark.parametrize("text", UNSUPPORTED)
@pytest.mark.parametrize("to", ["numpy", "torch", "tf"])
def test_the_source_s_code_has_every_argument_and_the_same_framework_s_too(text, to):
    data = as_data(port(text, to))
    same = data["source"]["framework"] == to
    assert in_one_line(data["source"]["code"]) == text
    assert (in_one_line(data["native"]["code"]) == text) == (in_one_line(data["exact"]["code"]) == text) == same
    assert (data["native"]["fidelity"], data["native"]["mismatches"] == []) == (
        ("exact", True) if same else ("exact-with-hook", False)
    )
    assert f"proof: what is measured is without {', '.join(UNSUPPORTED[text])}, on both sides" in data["also"]


def test_the_proof_says_what_it_is_without():
    nothing = {"float64": Gaps(curve=0.0, step=0.0, probes={"a dead row": 0.0}, rounding={"a dead row": 1e-14})}
    proof = Proof(task="bowl", native=nothing, exact=nothing, held=Held())
    for text, said in [("torch.optim.SGD(p, maximize=True)", True), ("torch.optim.SGD(p)", False)]:
        assert ("    on both sides without maximize" in proof_lines(port(text, "tf"), proof, "")) == said


OWN = {
    "keras.optimizers.SGD(learning_rate=0.01, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=10)":
        (None, Average(decay=0.9, overwrite=10)),
    # until the first update is made the average is the weights: keras/src/optimizers/base_optimizer.py
    "keras.optimizers.SGD(learning_rate=0.01, gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.99)":
        (Accumulation(batches=2), Average(decay=0.99, clock="batch", after=1)),
    "keras.optimizers.SGD(learning_rate=0.01, loss_scale_factor=4.0, gradient_accumulation_steps=2)":
        (Accumulation(batches=2), None),
}  # fmt: skip


@pytest.mark.parametrize("text", OWN)
def test_what_an_optimizer_does_around_its_updates_is_read_and_prints_back(text):
    training = read_source(text).training
    assert (training.accumulation, training.average) == OWN[text]
    data = whole_as_data(port(text, "tf"))
    codes = [data["source"]["code"], data["native"]["code"], data["exact"]["code"]]
    assert [text in in_one_line(code) for code in codes] == [True] * 3
    assert (data["native"]["fidelity"], data["native"]["mismatches"]) == ("exact", [])


def test_a_schedule_counts_the_micro_batches():
    text = (
        "SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 40, 0.5, staircase=True), gradient_accumulation_steps=4)"
    )
    [group] = rule_of(read_source(f"keras.optimizers.{text}").training).groups
    # update 9 sees the micro-batch 39, and 10 sees 43
    assert [rate_at(group.optimizer.learning_rate, k) for k in (0, 9, 10, 20)] == [0.1, 0.1, 0.05, 0.025]


# --- optimizers as data


def groups(*wrapped):
    """The state_dict() of an optimizer over a parameter, after what is done to it."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], 0.1, 0.9)
    for wrap in wrapped:
        wrap(optimizer)
    return optimizer.state_dict()


def stepped(optimizer):
    optimizer.param_groups[0]["params"][0].grad = torch.ones(2)
    optimizer.step()


SCHEDULED = [
    lambda optimizer: torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, 10),
    lambda optimizer: torch.optim.lr_scheduler.CyclicLR(optimizer, 0.1, 1.0),
    lambda optimizer: torch.optim.swa_utils.SWALR(optimizer, 0.1),
    rate_in_velocity(),
]


@pytest.mark.parametrize("wrap", SCHEDULED)
def test_what_schedulers_and_hooks_put_into_a_group_is_left_out(wrap):
    [group] = groups(wrap)["param_groups"]
    assert len(group) > len(groups()["param_groups"][0])
    assert read(repr(group)).name == "SGD"


def test_a_whole_state_dict_is_its_only_group():
    state = groups(stepped)
    assert rule_of(read(repr(state))) == rule_of(read(PLAIN))
    two = {"state": {}, "param_groups": [*state["param_groups"], *state["param_groups"]]}
    assert "give one dict at a time, a config or a parameter group" in refused(json.dumps(two))


@pytest.mark.parametrize("name", GROUPS_OUTSIDE)
def test_a_group_of_a_class_without_a_rule_is_that_class_s(name):
    optimizer = getattr(torch.optim, name)([torch.nn.Parameter(torch.ones(2, 2))], 0.1)
    with pytest.raises(NoRule) as error:
        read(repr(optimizer.state_dict()["param_groups"]))
    assert error.value.name == f"torch.optim.{name}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{'name': 'SGD', 'learning_rate': 0.5, 'use_ema': False, 'ema_momentum': 0.99, 'loss_scale_factor': None}",
         "keras.optimizers.SGD(learning_rate=0.5)"),
        (repr(groups()["param_groups"]), "torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)"),
        ("torch.optim.SGD(p, 0.1, fused=True)", "torch.optim.SGD(model.parameters(), lr=0.1, fused=True)"),
    ],
)  # fmt: skip
def test_the_source_s_code_is_without_what_is_so_by_default(text, code):
    assert as_data(port(text, "numpy"))["source"]["code"] == code


def test_weight_decay_as_a_regularizer_is_told_to_the_last_digit():
    also = as_data(port("torch.optim.Adam(p, weight_decay=0.0123456789)", "tf"))["also"]
    assert sum("kernel_regularizer=L2(0.0123456789 / 2)" in sentence for sentence in also) == 1
