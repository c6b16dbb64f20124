"""Scripts as the public writes them, each of which was once read wrongly or passed over in silence."""

import pytest

from comparisons.frameworks import rule_of
from comparisons.names import BadInput
from comparisons.porting.files import calls_in
from comparisons.porting.reading.pasted import read_source
from comparisons.rules import ClipGlobalNorm, ClipNorm, ClipValue, Schedule
from comparisons.rules.schedules import rate_at
from comparisons.rules.training import Accumulation
from tests.recipes.reading import with_numbers

# --- when a scheduler is stepped

STEPPED = """
opt = torch.optim.SGD(net.parameters(), 0.1)
sched = torch.optim.lr_scheduler.{}
for epoch in range(30):
    {}
    for i, x in enumerate(loader):
        {}
        opt.step()
        {}
    {}
"""
NOTHING = "pass"
ORDERS = {
    "to a share of an epoch": (
        ("CosineAnnealingWarmRestarts(opt, 10)", "", "", "sched.step(epoch + i / n)", ""),
        2,
        False,
    ),
    "to an epoch, before it": (("StepLR(opt, 10)", "sched.step(epoch)", "", "", ""), None, True),
    "to an epoch, after it": (("StepLR(opt, 10)", "", "", "", "sched.step(epoch)"), 9, True),
    "before an epoch": (("StepLR(opt, 10)", "sched.step()", "", "", ""), 4, True),
    "before an update": (("StepLR(opt, 10)", "", "sched.step()", "", ""), 6, True),
    "after an epoch": (("StepLR(opt, 10)", "", "", "", "sched.step()"), None, True),
    "after an update": (("StepLR(opt, 10)", "", "", "sched.step()", ""), None, True),
}


@pytest.mark.parametrize(("lines", "named", "kept"), ORDERS.values(), ids=ORDERS)
def test_a_step_out_of_order_is_named(lines, named, kept):
    source = read_source(STEPPED.format(*(line or NOTHING for line in lines)))
    assert [gap.line for gap in source.gaps] == ([] if named is None else [named])
    assert (source.call.schedule is not None) == kept


def test_a_step_before_the_function_that_trains_is_named():
    text = """
def train(opt):
    for x in loader:
        opt.step()

opt = torch.optim.SGD(net.parameters(), 0.1)
sched = torch.optim.lr_scheduler.StepLR(opt, 10)
for epoch in range(30):
    sched.step()
    train(opt)
"""
    assert [gap.line for gap in read_source(text).gaps] == [8]


# --- what is done around the loop

ADAM = "opt = torch.optim.Adam(net.parameters(), 1e-3)\n"
AROUND = {
    "Lightning": (
        "trainer = L.Trainer(gradient_clip_val=1.0, accumulate_grad_batches=4)",
        ClipGlobalNorm(limit=1.0, formula="padded"),
        Accumulation(batches=4),
    ),
    "Lightning, by value": (
        "trainer = pl.Trainer(gradient_clip_val=0.5, gradient_clip_algorithm='value')",
        ClipValue(limit=0.5),
        None,
    ),
    "Lightning, neither": ("trainer = Trainer(gradient_clip_val=0, accumulate_grad_batches=1)", None, None),
    "Accelerate": (
        "accelerator = Accelerator(gradient_accumulation_steps=8)\naccelerator.clip_grad_norm_(net.parameters(), 2.0)",
        ClipGlobalNorm(limit=2.0, formula="padded"),
        Accumulation(batches=8),
    ),
}


@pytest.mark.parametrize(("lines", "clip", "accumulation"), AROUND.values(), ids=AROUND)
def test_what_a_wrapper_does_is_read(lines, clip, accumulation):
    source = read_source(ADAM + lines)
    training = rule_of(source.training)
    assert source.gaps == ()
    assert (training.clip or training.groups[0].optimizer.clip) == clip
    assert training.accumulation == accumulation


NAMED = {
    "a number that changes": (ADAM + "trainer = Trainer(accumulate_grad_batches={0: 8, 4: 4})", "that changes"),
    "several clippings": (
        f"{ADAM}a = Accelerator()\na.clip_grad_norm_(net.parameters(), 1.0)\na.clip_grad_value_(net.parameters(), 1.0)",
        "several clippings",
    ),
    "an average in a function": (
        f"{ADAM}def ema(source, target, decay):\n    for key in source:\n"
        "        target[key].data.copy_(target[key].data * decay + source[key].data * (1 - decay))",
        "keeps an average of the weights by hand",
    ),
}


@pytest.mark.parametrize(("text", "words"), NAMED.values(), ids=NAMED)
def test_what_is_not_read_is_named(text, words):
    assert any(words in gap.message for gap in read_source(text).gaps)


# --- TensorFlow 1

CLIPPED = """
opt = tf.train.AdamOptimizer(1e-3)
gradients = opt.compute_gradients(loss)
clipped = [({}, v) for g, v in gradients]
opt.apply_gradients(clipped)
"""
OF_TENSORFLOW = {
    "tf.clip_by_value(g, -1.0, 1.0)": ClipValue(limit=1.0),
    "tf.clip_by_norm(g, 2.0)": ClipNorm(limit=2.0, formula="exact"),
}


@pytest.mark.parametrize(("call", "clip"), OF_TENSORFLOW.items(), ids=OF_TENSORFLOW)
def test_what_tensorflows_functions_clip_is_read(call, clip):
    training = rule_of(read_source(CLIPPED.format(call)).training)
    assert training.clip == clip


def test_a_rate_that_is_decayed_under_its_own_name_is_read():
    text = """
learning_rate = tf.constant(value=init, shape=[], dtype=tf.float32)
learning_rate = tf.train.polynomial_decay(learning_rate, step, 100, end_learning_rate=0.0)
opt = tf.train.AdamOptimizer(learning_rate)
"""
    source = read_source(text)
    assert source.gaps == ()
    assert "polynomial_decay" in source.call.code()


# --- numbers

MULTIPLES = {
    "milestones": ("MultiStepLR(opt, [30, 60])", "0.1 * args.lr"),
    "a floor": ("CosineAnnealingLR(opt, 100, eta_min=args.lr * 0.01)", "alpha=0.01"),
    "a floor, as a share": ("CosineAnnealingLR(opt, 100, eta_min=args.lr / 100)", "alpha=0.01"),
    "a scheduler by its name": (
        "get_scheduler(name='linear', optimizer=opt, num_warmup_steps=0, num_training_steps=10)",
        "args.lr",
    ),
}


@pytest.mark.parametrize(("scheduler", "words"), MULTIPLES.values(), ids=MULTIPLES)
def test_multiples_of_a_rate_that_is_not_known_go_over(tmp_path, scheduler, words):
    path = tmp_path / "train.py"
    header = "import torch\nfrom torch.optim.lr_scheduler import *\nfrom transformers import get_scheduler\n"
    path.write_text(f"{header}opt = torch.optim.SGD(net.parameters(), args.lr)\ns = {scheduler}\n")
    [found] = calls_in(path, "tf")
    assert found.translation is not None
    assert found.translation["gaps"] == []
    assert words in found.translation["native"]["code"]


def test_a_schedule_that_does_not_go_over_is_lacking_in_the_code_too(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(
        "import torch\nopt = torch.optim.SGD(p, args.lr)\ntorch.optim.lr_scheduler.CyclicLR(opt, args.a, args.b / 3)\n"
    )
    [found] = calls_in(path, "tf")
    assert found.translation is not None
    assert [gap["line"] for gap in found.translation["gaps"]] == [3]
    assert "# not in this, line 3" in found.translation["native"]["code"]


def test_a_schedule_is_told_with_its_optimizer_and_not_beside_it(tmp_path):
    path = tmp_path / "train.py"
    path.write_text("import keras\nrate = keras.optimizers.schedules.CosineDecay(0.1, 9)\nkeras.optimizers.SGD(rate)\n")
    assert [one.kind for one in calls_in(path, "torch")] == ["optimizer"]


CALLED = """
def decay(step, initial, each=0.5):
    step += 1
    return initial * each ** step
opt = torch.optim.SGD(net.parameters(), lr=1.0)
sched = LambdaLR(opt, lambda k: decay(k, {}))
"""


def test_a_function_that_a_lambda_calls_is_read():
    rate = rule_of(read_source(CALLED.format("2.0")).call).learning_rate
    assert isinstance(rate, Schedule)
    assert [rate_at(rate, k) for k in range(4)] == [1.0, 0.5, 0.25, 0.125]


@pytest.mark.parametrize("given", ["", "2.0, other=1", "*numbers"])
def test_a_function_that_is_called_otherwise_costs_the_schedule(given):
    [gap] = read_source(CALLED.format(given)).gaps
    assert "no rule has this schedule" in gap.message


@pytest.mark.parametrize("rate", ["lr", "args.lr", "cfg['lr']", "args.lr * 8 / 256", "FLAGS.lr", "-(-args.lr)"])
def test_a_number_that_is_not_in_a_line_goes_over_as_it_stands(rate):
    assert repr(read_source(f"torch.optim.Adam(net.parameters(), lr={rate})").call.arguments["lr"]) == rate.replace(
        "-(-args.lr)", "--args.lr"
    )


@pytest.mark.parametrize("rate", ["nan", "float('nan')", "f(x)", "args.lr if a else b", "args.lr ** 99", "a or b"])
def test_what_is_no_number_is_refused_in_a_line(rate):
    with pytest.raises(BadInput):
        read_source(f"torch.optim.Adam(net.parameters(), lr={rate})")


# --- lambdas of numbers that are not in the file

SYMBOLIC = {
    "lambda e: args.gamma ** e": {0: 1.0, 1: 0.5, 3: 0.125},
    "lambda e: args.gamma ** (e // args.every)": {0: 1.0, 9: 1.0, 10: 0.5, 25: 0.25},
    "lambda k: min(1.0, k / args.warm)": {0: 0.0, 20: 0.5, 40: 1.0, 90: 1.0},
    "lambda x: (1 + math.cos(x * math.pi / args.steps)) / 2 * (1 - hyp['lrf']) + hyp['lrf']": {0: 1.0, 50: 0.6},
    "lambda k: k / warm if k < warm else 0.5 * (1 + math.cos(math.pi * (k - warm) / (total - warm)))": {
        0: 0.0,
        20: 0.5,
        40: 1.0,
        90: 0.5,
        140: 0.0,
    },
}
NUMBERS = {"args.gamma": 0.5, "args.every": 10.0, "args.warm": 40.0, "args.steps": 100.0, "hyp['lrf']": 0.2}
NUMBERS |= {"warm": 40.0, "total": 140.0}


@pytest.mark.parametrize(("function", "rates"), SYMBOLIC.items(), ids=[*SYMBOLIC])
def test_a_lambda_with_numbers_that_are_not_known_is_read(function, rates):
    source = read_source(f"opt = torch.optim.SGD(net.parameters(), lr=1.0)\nsched = LambdaLR(opt, {function})")
    assert source.gaps == ()
    rate = with_numbers(rule_of(source.call).learning_rate, NUMBERS)
    # a factor of some roundings
    assert {k: rate_at(rate, k) for k in rates} == pytest.approx(rates, rel=1e-12, abs=1e-15)


NOT_SYMBOLIC = [
    "lambda e: magic(e) * args.x",
    "lambda e: args.f(e)",
    "lambda e: table[e]",
    "lambda e: args.x if args.flag else 0.5 ** e",
    "lambda e: 1.0 - max(0, e + opt.epoch_count - opt.n_epochs) / float(opt.n_epochs_decay + 1)",
]


@pytest.mark.parametrize("function", NOT_SYMBOLIC)
def test_a_lambda_of_what_is_no_number_costs_the_schedule(function):
    text = f"opt = torch.optim.SGD(net.parameters(), lr=1.0)\nsched = LambdaLR(opt, {function})"
    [gap] = read_source(text).gaps
    assert "no rule has this schedule" in gap.message


def test_the_arguments_of_a_trainer_are_named(tmp_path):
    path = tmp_path / "train.py"
    path.write_text("from transformers import TrainingArguments\nargs = TrainingArguments('out', learning_rate=3e-5)\n")
    [found] = calls_in(path, "tf")
    assert (found.line, found.translation) == (2, None)
    assert "the Trainer makes the optimizer" in found.problem
