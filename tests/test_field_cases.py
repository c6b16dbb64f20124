"""What real files have that was read wrongly, or not at all: each a kind, with the right value."""

import ast
from dataclasses import dataclass

import pytest

from comparisons.frameworks import rule_of
from comparisons.names import BadInput
from comparisons.porting.command import translate
from comparisons.porting.files import calls_in
from comparisons.porting.files.links import links_of
from comparisons.porting.files.resolver import resolver_of
from comparisons.porting.files.trainings import training_at
from comparisons.porting.reading.pasted import read_source
from comparisons.rules import ClipGlobalNorm, rate_at
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import Accumulation, Average, Training

TORCH = "import torch\nfrom torch import nn, optim\nfrom torch.optim import *\nfrom torch.optim.lr_scheduler import *\n"
KERAS = "import keras\nimport tensorflow as tf\nfrom keras.callbacks import *\nfrom keras.regularizers import l2\n"


@dataclass(frozen=True)
class Read:
    """The trainings of a file, and what is wrong with a call that is none."""

    sources: list
    problems: list

    @property
    def only(self):
        """The source of the only training."""
        [source] = self.sources
        return source

    @property
    def rule(self):
        """The rule of the only group."""
        [group] = self.only.training.groups
        return rule_of(group.optimizer)


def read_file(text):
    """What a file says."""
    links = links_of(resolver_of(ast.parse(text)))
    sources, problems = [], []
    for one in links.call_sites:
        if one.kind == "optimizer":
            try:
                if one.problem:
                    raise BadInput(one.problem)
                sources.append(training_at(one, links).source)
            except BadInput as error:
                problems.append((one.node.lineno, str(error)))
    return Read(sources, problems)


def groups(text, *names):
    """Of each group: what its tensors are called, and those of its numbers."""
    training = read_file(TORCH + text).only.training
    return [(one.tensors.label, *(one.optimizer.arguments[name] for name in names)) for one in training.groups]


def selectors(text):
    """Of each group: patterns, patterns that must not match, least and most axes."""
    training = read_file(TORCH + text).only.training
    return [
        (one.tensors.names, one.tensors.without, one.tensors.least_axes, one.tensors.most_axes)
        for one in training.groups
        if one.tensors.known
    ]


# --- groups

DECAY = 'AdamW([{"params": decay, "weight_decay": 0.05}, {"params": no_decay, "weight_decay": 0.0}], lr=3e-3, betas=B)'
GROUPS = {
    "numbers of their own": (
        f"B = (0.9, 0.95)\n{DECAY}",
        ("weight_decay", "lr", "betas"),
        [("decay", 0.05, 3e-3, (0.9, 0.95)), ("no_decay", 0.0, 3e-3, (0.9, 0.95))],
    ),
    "a name of a dict": (
        'head = {"params": net.head.parameters(), "lr": 1e-4}\nAdamW([head], weight_decay=0.1)',
        ("lr", "weight_decay"),
        [("", 1e-4, 0.1)],
    ),
    "a function that gives them": (
        "def split(net, wd, rate=1e-4):\n"
        '    head = {"params": net.head.parameters(), "lr": rate}\n'
        '    return [head, {"params": net.body.parameters(), "weight_decay": wd}]\n'
        "AdamW(split(net, 0.3), lr=0.5, weight_decay=0.1)",
        ("lr", "weight_decay"),
        [("net.head.parameters()", 1e-4, 0.1), ("net.body.parameters()", 0.5, 0.3)],
    ),
    "one by one": (
        'gs = [{"params": a}]\ngs.append({"params": b, "lr": 0.25})\nSGD(gs, lr=0.5)',
        ("lr",),
        [("a", 0.5), ("b", 0.25)],
    ),
    "added later": (
        'o = SGD([{"params": a}], lr=0.5)\no.add_param_group({"params": b, "lr": 0.25})',
        ("lr",),
        [("a", 0.5), ("b", 0.25)],
    ),
    "set by its name": (
        'one = {"params": a}\none["lr"] = 0.25\nSGD([one, {"params": b}], lr=0.5)',
        ("lr",),
        [("a", 0.25), ("b", 0.5)],
    ),
    "dict()": ("SGD([dict(params=a, lr=0.25), dict(params=b)], lr=0.5)", ("lr",), [("a", 0.25), ("b", 0.5)]),
    "numbers that are not known": (
        'SGD([{"params": a, "lr": args.lr}, {"params": b, "lr": 2 * args.lr}], lr=0.5)',
        ("lr",),
        [("a", Symbol("args.lr")), ("b", Symbol("2 * args.lr"))],
    ),
    "of a loop": (
        'SGD([{"params": m.parameters(), "lr": r * 0.9 ** i} for i, m in enumerate(ms)], lr=0.5)',
        ("lr",),
        [("m.parameters()", Symbol("r * 0.9 ** i"))],
    ),
}


@pytest.mark.parametrize(("text", "names", "expected"), GROUPS.values(), ids=GROUPS)
def test_groups_have_their_own_numbers(text, names, expected):
    found = groups(text, *names)
    if len(expected) == 1:
        expected = [(found[0][0], *expected[0][1:])]  # of one group it does not matter what its tensors are called
    assert found == expected


NO_DECAY = 'no_decay = ["bias", "LayerNorm.weight"]\n'
PAIR = (
    'AdamW([{{"params": [p for n, p in net.named_parameters() if {0}], "weight_decay": 0.1}},'
    ' {{"params": [p for n, p in net.named_parameters() if not ({0})], "weight_decay": 0.0}}])'
)
LOOP = (
    "decay, no_decay = [], []\nfor n, p in net.named_parameters():\n    if not p.requires_grad: continue\n"
    "    if {}: no_decay.append(p)\n    else: decay.append(p)\n"
    'AdamW([{{"params": decay, "weight_decay": 0.1}}, {{"params": no_decay, "weight_decay": 0.0}}])'
)
ANY = ((), (), None, None)
SELECTORS = {
    "axes": (PAIR.format("p.dim() >= 2"), [((), (), 2, None), ((), (), None, 1)]),
    "axes, the other way": (PAIR.format("p.ndim < 2"), [((), (), None, 1), ((), (), 2, None)]),
    "axes by a shape": (PAIR.format("len(p.shape) > 1"), [((), (), 2, None), ((), (), None, 1)]),
    "an end": (PAIR.format('n.endswith("bias")'), [(("*bias",), (), None, None), ((), ("*bias",), None, None)]),
    "ends": (
        PAIR.format('n.endswith((".bias", ".g"))'),
        [(("*.bias", "*.g"), (), None, None), ((), ("*.bias", "*.g"), None, None)],
    ),
    "a part": (PAIR.format('"bias" in n'), [(("*bias*",), (), None, None), ((), ("*bias*",), None, None)]),
    "any of a list": (
        NO_DECAY + PAIR.format("any(nd in n for nd in no_decay)"),
        [(("*bias*", "*LayerNorm.weight*"), (), None, None), ((), ("*bias*", "*LayerNorm.weight*"), None, None)],
    ),
    "a loop": (LOOP.format('n.endswith("bias")'), [((), ("*bias",), None, None), (("*bias",), (), None, None)]),
    "a loop with or: the rest comes last": (
        LOOP.format('p.ndim <= 1 or n.endswith("bias")'),
        [((), ("*bias",), 2, None), ANY],
    ),
    "what is not known": (PAIR.format("is_head(n)"), []),
}


@pytest.mark.parametrize(("text", "expected"), SELECTORS.values(), ids=SELECTORS)
def test_which_tensors_a_group_has(text, expected):
    assert selectors(text) == expected


# --- the schedule, and what it counts

FIT = (
    "def fit(net, data, opt):\n    for x in data:\n        opt.step()\n"
    "o = SGD(p, 0.1)\nsched = StepLR(o, 30)\nfor epoch in range(90):\n    fit(net, data, o)\n    sched.step()\n"
)
NESTED = (
    "def main():\n    o = SGD(p, 0.1)\n    sched = StepLR(o, 30)\n    for e in range(9):\n        for x in data:\n"
    "            o.step()\n        sched.step()\n"
)
LIGHTNING = (
    "class Net:\n    def configure_optimizers(self):\n        o = SGD(self.parameters(), 0.1)\n"
    "        s = StepLR(o, 30)\n        return {}\n"
)
STEPPED = (
    "o = SGD(p, 0.1)\nsched = StepLR(o, 30)\nfor e in range(9):\n    for x in data:\n"
    "        o.step()\n        sched.step()\n"
)
PER_EPOCH = Symbol("steps_per_epoch")
CLOCKS = {
    "across functions": (FIT, PER_EPOCH),
    "nested": (NESTED, PER_EPOCH),
    "lightning": (LIGHTNING.format("[o], [s]"), PER_EPOCH),
    "lightning, by steps": (
        LIGHTNING.format('{"optimizer": o, "lr_scheduler": {"scheduler": s, "interval": "step"}}'),
        None,
    ),
    "lightning, by a dict": (LIGHTNING.format('{"optimizer": o, "lr_scheduler": s}'), PER_EPOCH),
    "every update": (STEPPED, None),
    "not seen": ("o = SGD(p, 0.1)\nsched = StepLR(o, 30)", None),
}


@pytest.mark.parametrize(("text", "clock"), CLOCKS.values(), ids=CLOCKS)
def test_what_a_scheduler_counts(text, clock):
    schedule = read_file(TORCH + text).only.call.schedule
    assert (schedule.name, schedule.arguments, schedule.clock) == ("StepLR", {"step_size": 30}, clock)


def test_steps_of_an_epoch_are_a_name_in_the_translation(tmp_path):
    (tmp_path / "a.py").write_text(TORCH + FIT)
    [found] = calls_in(tmp_path / "a.py", "tf")
    assert "decay_steps=30 * steps_per_epoch," in found.translation["native"]["code"]


SCHEDULES = {  # on an optimizer with lr=0.1, to the rates at some steps
    "MultiStepLR(o, [3, 5])": {0: 0.1, 2: 0.1, 3: 0.01, 5: 0.001},
    "PolynomialLR(o, 10)": {0: 0.1, 5: 0.05, 10: 0.0},
    "LinearLR(o, 0.5, total_iters=4)": {0: 0.05, 2: 0.075, 4: 0.1},
    "CosineAnnealingWarmRestarts(o, 4)": {0: 0.1, 2: 0.05, 4: 0.1},
    "OneCycleLR(o, 1.0, total_steps=100, anneal_strategy='linear', cycle_momentum=False)": {0: 0.04, 29: 1.0},
    "LambdaLR(o, lambda e: 0.1 ** (e // 30))": {0: 0.1, 29: 0.1, 30: 0.01},
    "W = 2; LambdaLR(o, lambda e: min(1.0, (e + 1) / W))": {0: 0.05, 1: 0.1, 9: 0.1},
    "def f(e):\n    return 0.95 ** e\nLambdaLR(o, f)": {0: 0.1, 2: 0.09025},
    "from transformers import *; get_linear_schedule_with_warmup(o, 2, 4)": {0: 0.0, 1: 0.05, 2: 0.1, 3: 0.05, 4: 0.0},
    "from transformers import *; get_cosine_schedule_with_warmup(o, 2, 4)": {0: 0.0, 1: 0.05, 2: 0.1, 3: 0.05, 4: 0.0},
    "A, B = 4, 2; SequentialLR(o, [LinearLR(o, 0.5, total_iters=B), ExponentialLR(o, 0.5)], [B])":
        {0: 0.05, 1: 0.075, 2: 0.1, 3: 0.05},
    "w = LinearLR(o, 0.5, total_iters=2)\nc = CosineAnnealingLR(o, 4 - 2)\n"
    "SequentialLR(o, schedulers=[w, c], milestones=[2])":
        {0: 0.05, 2: 0.1, 3: 0.05},
}  # fmt: skip


@pytest.mark.parametrize(("line", "rates"), SCHEDULES.items())
def test_schedules_are_read(line, rates):
    source = read_file(f"{TORCH}o = SGD(p, 0.1)\n{line}")
    assert source.only.gaps == ()
    # 1e-12: torch's recursive rates, followed in float64 for ten steps
    assert {k: rate_at(source.rule.learning_rate, k) for k in rates} == pytest.approx(rates, abs=1e-12)


KERAS_SCHEDULES = {
    "CosineDecay(0.0, 900, warmup_target=1e-3, warmup_steps=100)": {0: 0.0, 50: 5e-4, 100: 1e-3, 1000: 0.0},
    "PolynomialDecay(5e-5, 1000, 0.0)": {0: 5e-5, 500: 2.5e-5},
}


@pytest.mark.parametrize(("call", "rates"), KERAS_SCHEDULES.items())
def test_schedules_of_keras_are_read(call, rates):
    rule = read_file(f"{KERAS}keras.optimizers.AdamW(keras.optimizers.schedules.{call}, weight_decay=0.01)").rule
    assert {k: rate_at(rule.learning_rate, k) for k in rates} == pytest.approx(rates, abs=1e-12)


# --- clipping, accumulation, averages

ACCUMULATED = (
    "o = SGD(p, 0.1)\nema = optim.swa_utils.AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.99))\n"
    "for i, x in enumerate(data):\n    loss = f(x){}\n    loss.backward()\n    if (i + 1) % 4 == 0:\n"
    "        nn.utils.clip_grad_norm_(p, 1.0)\n        o.step()\n        o.zero_grad()\n"
    "        ema.update_parameters(net)\n"
)
MICRO = (
    "N = 8\no = SGD(p, 0.1)\nfor it in range(9):\n    for micro in range(N):\n        (f(x) / N).backward()\n"
    "    o.step()\n    o.zero_grad()\n"
)


@pytest.mark.parametrize(("divided", "combine"), [(" / 4", "mean"), ("", "sum")])
def test_gradients_are_accumulated(divided, combine):
    source = read_file(TORCH + ACCUMULATED.format(divided)).only
    assert source.training.accumulation == Accumulation(batches=4, combine=combine)
    assert source.training.average == Average(decay=0.99)
    assert rule_of(source.call).clip == ClipGlobalNorm(limit=1.0, formula="padded")
    assert source.gaps == ()


def test_gradients_are_accumulated_in_a_loop_of_their_own():
    assert read_file(TORCH + MICRO).only.training.accumulation == Accumulation(batches=8, combine="mean")


def test_gradients_that_are_set_to_0_are_not_accumulated():
    text = ACCUMULATED.replace("loss.backward()", "o.zero_grad(); loss.backward()").format("")
    source = read_file(TORCH + text).only
    assert source.training.accumulation is None
    assert ["set to 0 before every micro-batch" in gap.message for gap in source.gaps] == [True]


def test_what_is_clipped_before_an_update_is_made_is_told():
    text = "o = SGD(p, 0.1)\nfor i, x in enumerate(data):\n    nn.utils.clip_grad_norm_(p, 1.0)\n"
    text += "    if i % 4 == 0: o.step()\n"
    assert [gap.line for gap in read_file(TORCH + text).only.gaps] == [7]


def test_the_clip_of_groups_is_over_all():
    training = read_file(
        f"{TORCH}B = (0.9, 0.95)\n{DECAY}\nnn.utils.clip_grad_norm_(net.parameters(), 1.0)"
    ).only.training
    assert training.clip == ClipGlobalNorm(limit=1.0, formula="padded")
    assert [rule_of(group.optimizer).clip for group in training.groups] == [None, None]


# --- what is not read is named, with its line

NAMED = {
    "a rate set by hand": ('o = SGD(p, 0.1)\nfor g in o.param_groups:\n    g["lr"] = f(step)', 7),
    "a rate set by hand, in the first group": ('o = SGD(p, 0.1)\no.param_groups[0]["lr"] = 0.5', 6),
    "a rate set in a function": (
        'def adjust(optimizer):\n    for g in optimizer.param_groups: g["lr"] = 1\no = SGD(p, 0.1)\nadjust(o)',
        6,
    ),
    "a wrapper": ("Noam(torch.optim.Adam(p), d)", 5),
    "a wrapper, by a name": ("o = torch.optim.Adam(p)\nLookahead(o)", 6),
    "a scheduler of one's own": ("o = torch.optim.Adam(p)\nWarmupLR(o, 100)", 6),
    "a class that is a default": ("def f(p, made=torch.optim.Adam):\n    return made(p)", 6),
    "a schedule that is not known": ("o = torch.optim.Adam(p)\nLambdaLR(o, lambda k: magic(k))", 6),
    "groups of somebody else": ("SGD(param_groups_of(net), 0.1)", 5),
    "an average of somebody else": ("o = SGD(p, 0.1)\nema = ModelEma(net, decay=0.999)", 6),
    "an entry of a group": ('SGD([{"params": a, "lr_scale": 0.5}, {"params": b}], lr=0.1)', 5),
}
NAMED_OF_KERAS = {
    "a callback": ("model.compile(keras.optimizers.SGD(0.1))\nmodel.fit(x, callbacks=[LearningRateScheduler(f)])", 6),
    "a plateau": ("model.compile(keras.optimizers.SGD(0.1))\nmodel.fit(x, callbacks=[ReduceLROnPlateau()])", 6),
    "a rate set by hand": ("optimizer = keras.optimizers.SGD(0.1)\noptimizer.learning_rate = 0.5", 6),
    "a regularizer": ("keras.layers.Dense(1, kernel_regularizer=l2(1e-4))\nkeras.optimizers.SGD(0.1)", 5),
}


@pytest.mark.parametrize(
    ("header", "text", "line"),
    [(TORCH, *row) for row in NAMED.values()] + [(KERAS, *row) for row in NAMED_OF_KERAS.values()],
    ids=[*NAMED, *(f"Keras: {name}" for name in NAMED_OF_KERAS)],
)
def test_what_is_not_read_is_named(header, text, line):
    assert [gap.line for gap in read_file(header + text).only.gaps] == [line]


def test_a_regularizer_is_twice_its_factor():
    [gap] = read_file(KERAS + NAMED_OF_KERAS["a regularizer"][0]).only.gaps
    assert "weight_decay=0.0002 (the factor 2)" in gap.message


UNKNOWN = {
    "getattr": (TORCH + "getattr(torch.optim, name)(p)", 5),
    "compile": (KERAS + "model.compile(optimizer=args.opt)", 5),
    "a wrapper of classes": (TORCH + "from torch_optimizer import Yogi\nYogi(p)", 6),
}


@pytest.mark.parametrize(("text", "line"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_optimizer_that_is_not_known_has_its_line(text, line):
    assert [where for where, _ in read_file(text).problems] == [line]


@pytest.mark.parametrize("second", ["import torch.utils.data", "import torch.onnx", "import torch.nn.functional as F"])
def test_a_second_import_makes_no_second_call(second):
    lines = "def f(p):\n    o = torch.optim.SGD(p, 0.1)\n    torch.nn.utils.clip_grad_norm_(p, 1.0)\n"
    source = read_file(f"import torch\n{second}\n{lines}").only
    assert rule_of(source.call).clip == ClipGlobalNorm(limit=1.0, formula="padded")


# --- names

OLD = {  # to the arguments that are not today's defaults, and whether the rate falls
    "keras.optimizers.Adam(lr=args.lr)": ("Adam", Symbol("args.lr")),
    "keras.optimizers.rmsprop(lr=1e-4)": ("RMSprop", 1e-4),
    "keras.optimizers.Adam(1e-4, epsilon=None)": ("Adam", 1e-4),
    "keras.optimizers.legacy.Adam(1e-4)": ("Adam", 1e-4),
    "tf.keras.optimizers.legacy.Adam(1e-4)": ("Adam", 1e-4),
    "tf.keras.optimizers.experimental.AdamW(1e-4)": ("AdamW", 1e-4),
    "keras.optimizers.adam_v2.Adam(1e-4)": ("Adam", 1e-4),
    "import tf_keras; tf_keras.optimizers.Adam(1e-4)": ("Adam", 1e-4),
    "from tensorflow.python.keras.optimizers import Adam; Adam(1e-4)": ("Adam", 1e-4),
    "import tensorflow.compat.v2 as tf2; tf2.keras.optimizers.Adam(1e-4)": ("Adam", 1e-4),
    "tf.train.MomentumOptimizer(1e-4, 0.9)": ("MomentumOptimizer", 1e-4),
    "tf.compat.v1.train.AdamOptimizer(1e-4)": ("AdamOptimizer", 1e-4),
    "import tensorflow_addons as tfa; tfa.optimizers.LAMB(1e-4)": ("LAMB", 1e-4),
    "import transformers; transformers.AdamW(p, lr=1e-4, correct_bias=False)": ("AdamW", 1e-4),
    "from timm.optim import RMSpropTF; RMSpropTF(p, lr=1e-4)": ("RMSpropTF", 1e-4),
    "import bitsandbytes as bnb; bnb.optim.AdamW(p, lr=1e-4)": ("AdamW", 1e-4),
    "from apex.optimizers import FusedAdam; FusedAdam(p, lr=1e-4)": ("FusedAdam", 1e-4),
}


@pytest.mark.parametrize(("line", "expected"), OLD.items())
def test_older_names_are_read(line, expected):
    found = read_file(KERAS + line)
    assert (found.only.call.name, rate_at(found.rule.learning_rate, 0)) == expected


def test_a_decay_of_keras_2_is_a_falling_rate():
    rule = read_file(KERAS + "keras.optimizers.SGD(lr=0.1, decay=0.5)").rule
    assert [rate_at(rule.learning_rate, k) for k in (0, 2)] == [0.1, 0.05]


def test_a_config_of_keras_2():
    source = read_source("{'name': 'SGD', 'learning_rate': 0.5, 'decay': 0.0, 'momentum': 0.9, 'nesterov': False}")
    assert (rule_of(source.call).learning_rate, rule_of(source.call).momentum) == (0.5, 0.9)


TF1 = {  # by TensorFlow's kernels: tensorflow/core/kernels/training_ops.cc
    "tf.train.MomentumOptimizer(0.1, 0.9)": {"learning_rate_in_velocity": False},
    "tf.train.RMSPropOptimizer(0.1)": {"initial_accumulator": 1.0, "epsilon": 1e-10, "epsilon_position": "inside-root"},
    "tf.train.AdamOptimizer()": {"epsilon": 1e-8, "epsilon_position": "uncorrected-root"},
    "tf.train.AdagradOptimizer(0.1)": {"epsilon": 0.0},
    "import transformers; transformers.AdamW(p, correct_bias=False)": {"bias_correction": False},
}


@pytest.mark.parametrize(("line", "fields"), TF1.items())
def test_what_is_otherwise_there(line, fields):
    rule = read_file(KERAS + line).rule
    assert {name: getattr(rule, name) for name in fields} == fields


# --- numbers

NUMBERS = {
    "STEPS, WARMUP = 1000, 100\nCosineAnnealingLR(SGD(p, 0.1), STEPS - WARMUP)": ("T_max", 900),
    "E = 3\nN = 2 * E\nStepLR(SGD(p, 0.1), N // 2)": ("step_size", 3),
}


@pytest.mark.parametrize(("text", "expected"), NUMBERS.items())
def test_arithmetic_of_constants(text, expected):
    assert read_file(TORCH + text).only.call.schedule.arguments[expected[0]] == expected[1]


def test_arithmetic_of_others_goes_over_as_it_stands():
    call = read_file(f"{TORCH}SGD(p, lr=args.lr * world_size / 256)").only.call
    assert call.arguments["lr"] == Symbol("args.lr * world_size / 256")


def test_the_last_binding_above_is_meant():
    assert read_file(f"{TORCH}lr = 0.1\nlr = 0.2\nSGD(p, lr)").only.call.arguments["lr"] == 0.2


# --- pasted

BOOK = {
    "Adam(lr=0.01, beta1=0.9)": ("numpy", "Adam", 0.01),
    "RMSprop(lr=0.01, decay_rate=0.99)": ("numpy", "RMSprop", 0.01),
    "Momentum(lr=0.1, momentum=0.9)": ("numpy", "Momentum", 0.1),
}


@pytest.mark.parametrize(("text", "expected"), BOOK.items())
def test_a_book_s_class(text, expected):
    call = read_source(text).call
    assert (call.framework, call.name, call.arguments["learning_rate"]) == expected


@pytest.mark.parametrize("text", ["adam", '"adam"'])
def test_a_name_alone(text):
    with pytest.raises(BadInput, match="'adam' is the name of an optimizer, and says none of its numbers"):
        read_source(text)


RECIPE = f"""\
B = (0.9, 0.95)
optimizer = {DECAY}
scheduler = get_cosine_schedule_with_warmup(optimizer, 100, 1000)
ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.999))
for i, (x, y) in enumerate(loader):
    loss = model(x, y) / 4
    loss.backward()
    if (i + 1) % 4 == 0:
        clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        ema.update_parameters(model)
        optimizer.zero_grad()
"""


def test_a_recipe_is_pasted():
    source = read_source(RECIPE)
    training = rule_of(source.training)
    assert source.gaps == ()
    assert [group.optimizer.weight_decay for group in training.groups] == [0.05, 0.0]
    assert [[rate_at(one.optimizer.learning_rate, k) for k in (0, 50, 100)] for one in training.groups] == [
        pytest.approx([0.0, 1.5e-3, 3e-3], abs=1e-15)
    ] * 2  # a unit in the last place of a rate
    assert Training(
        groups=training.groups[:1], clip=training.clip, accumulation=training.accumulation, average=training.average
    ) == Training(
        groups=training.groups[:1],
        clip=ClipGlobalNorm(limit=1.0, formula="padded"),
        accumulation=Accumulation(batches=4),
        average=Average(decay=0.999),
    )


def test_a_number_that_is_not_in_the_text_is_not_trained():
    printed = translate("lr = cfg.lr\ntorch.optim.SGD(net.parameters(), lr)", "tf", "", "bowl", ("float64",))
    assert "keras.optimizers.SGD(learning_rate=lr)" in printed.text
    assert (printed.troubles, printed.shortfalls) == (
        ("no proof: lr is not in the text; write its value",),
        ("unproved",),
    )
