"""Whole trainings in another framework: what is printed is pasted and run, and moves parameters as the reference."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from pasting import BATCHES, GRADIENTS, SHAPES, START, pasted_in_keras, pasted_in_numpy, pasted_in_torch

from comparisons.faithful.held import Deviation, Held
from comparisons.frameworks import of, rule_of, rules_of
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.express_training import express_training
from comparisons.frameworks.keras.schedules import read as read_schedule
from comparisons.frameworks.keras.stretching import stretched
from comparisons.frameworks.tensors import renamed
from comparisons.porting import read
from comparisons.porting.answer import closest_code, exact_code
from comparisons.porting.files import calls_in
from comparisons.porting.proof import NoProof
from comparisons.porting.reading.source import Gap, Source
from comparisons.porting.translate import port
from comparisons.porting.wholes.answer import whole_answer
from comparisons.porting.wholes.claims import judged
from comparisons.porting.wholes.leading import dealt
from comparisons.porting.wholes.proof import parts_at, prove_whole
from comparisons.porting.wholes.show import lines
from comparisons.porting.wholes.written import as_data, closest_block, exact_block
from comparisons.porting.writing.whole import identifier
from comparisons.rules import ClipGlobalNorm, ClipNorm, ClipValue
from comparisons.rules.schedules import rate_at
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import ALL, Accumulation, Average, Group, Selector, Training, whole
from comparisons.tasks import find
from numpy_impl.models import Parameters
from numpy_impl.stepper import Stepper

NO_DECAY = Selector(names=("*bias", "*norm*"))
SCHEDULER = NativeCall(
    framework="torch", name="ExponentialLR", module="torch.optim.lr_scheduler", arguments={"gamma": 0.9}
)
CLIPS = [
    None,
    ClipGlobalNorm(limit=4.5, formula="padded"),
    ClipGlobalNorm(limit=4.5, formula="exact"),
    ClipNorm(limit=2.0, formula="padded"),
    ClipNorm(limit=2.0, formula="exact"),
    ClipValue(limit=1.0),
]
ACCUMULATIONS = [
    None,
    Accumulation(batches=3),
    Accumulation(batches=2, combine="sum"),
    Accumulation(batches=2, clip="each"),
    Accumulation(batches=4, combine="samples"),
]
AVERAGES = [
    None,
    Average(decay=0.9),
    Average(decay=0.9, clock="batch", every=2, after=3, overwrite=4),
    Average(decay=None, evaluated=False, overwrite=5),
    Average(decay=None, start="initial", after=2),
    Average(decay=0.95, start="debiased"),
    Average(decay=0.9, warmup=9, warmup_from=1, start="initial", overwrite=3),
    Average(decay=0.99, warmup=2.0, warmup_power=0.75),
]
AROUND = list(product(CLIPS, ACCUMULATIONS, AVERAGES))
# As far apart from each other as they come, every value of each part once at least.
SAMPLED = [(CLIPS[i % 6], ACCUMULATIONS[(2 * i + 1) % 5], AVERAGES[i]) for i in range(len(AVERAGES))]
PASTED = {"torch": pasted_in_torch, "tf": pasted_in_keras}
# 24 steps of Adam at rates of 0.05: in float64 1e-14 was seen, in float32 2e-6. torch takes 1 / (n + 1), by which the
# mean of all weights is stepped, in float32: 6e-8 of it.
ROUNDING = {"torch": 1e-8, "tf": 2e-5}


def adamw(weight_decay, *, scheduled, lr=0.05):
    arguments = {"lr": lr, "betas": (0.9, 0.95), "weight_decay": weight_decay}
    call = NativeCall(framework="torch", name="AdamW", module="torch.optim", arguments=arguments)
    return replace(call, schedule=SCHEDULER) if scheduled else call


def two_groups(parts, *, scheduled, lr=0.05):
    clip, accumulation, average = parts
    undecayed = Group(tensors=NO_DECAY, optimizer=adamw(0.0, scheduled=scheduled))
    decayed = Group(optimizer=adamw(0.1, scheduled=scheduled, lr=lr))
    return Training(groups=(undecayed, decayed), clip=clip, accumulation=accumulation, average=average)


def reference(rules):
    """What the NumPy reference makes of the parameters, or of their average where that is evaluated."""
    parameters = Parameters({name: array.copy() for name, array in START.items()})
    stepper = Stepper(rules, parameters)
    for i in range(BATCHES):
        for name in START:
            parameters.gradients[name][...] = GRADIENTS[name][i]
        stepper.step()
    return stepper.evaluated_average() or parameters.values


def apart(framework, code, training):
    """How far the pasted code ends from the reference by the training, whose tensors have the names of the models'."""
    average = training.average
    moved = PASTED[framework](code, averaged=average is not None and average.evaluated)
    named = Selector(names=("*bias", "norm*"))
    groups = tuple(replace(group, tensors=named if group.tensors.names else group.tensors) for group in training.groups)
    wanted = reference(rule_of(replace(training, groups=groups)))
    return max(np.abs(moved[name] - wanted[name]).max() for name in SHAPES)


def answers(training, framework):
    """The codes of an answer, each with the training that it is."""
    found = whole_answer(Source(training=training), framework)
    return [(closest_block(found), found.native.training), (exact_block(found), found.exact)]


@pytest.mark.parametrize("scheduled", [True, False])
@pytest.mark.parametrize("parts", SAMPLED, ids=range(len(SAMPLED)))
def test_what_is_pasted_in_torch_is_the_training(parts, scheduled):
    for code, training in answers(two_groups(parts, scheduled=scheduled), "torch"):
        assert apart("torch", code, training) <= ROUNDING["torch"]


# Traced functions: what there is the most of.
@pytest.mark.parametrize("parts", SAMPLED[1:3], ids=range(1, 3))
def test_what_is_pasted_in_keras_is_the_training(parts):
    for code, training in answers(two_groups(parts, scheduled=True), "tf"):
        assert apart("tf", code, training) <= ROUNDING["tf"]


@pytest.mark.parametrize("parts", AROUND, ids=range(len(AROUND)))
def test_what_is_pasted_in_numpy_is_the_training(parts):
    training = two_groups(parts, scheduled=True)
    found = whole_answer(Source(training=training), "numpy")
    average = training.average
    moved = pasted_in_numpy(exact_block(found), averaged=average is not None and average.evaluated)
    wanted = reference(rule_of(training))  # which it is, to the bit
    assert all((moved[name] == wanted[name]).all() for name in SHAPES)


PLAIN = [
    "o = torch.optim.SGD(p, 0.1, 0.9)\nStepLR(o, 7, 0.3)\ntorch.nn.utils.clip_grad_norm_(p, 2.0)",
    "o = torch.optim.Adam(p, 0.05)\nfor q in p:\n    torch.nn.utils.clip_grad_norm_(q, 1.0)",
    "o = optim.AdamW(p, 0.05)\nCosineAnnealingLR(o, 20, 0.01)",
    "o = optim.SGD(p, 0.1, 0.9)\nOneCycleLR(o, 0.1, total_steps=30)",
    "o = optim.Adam(p, 0.1)\nCyclicLR(o, 0.01, 0.1, step_size_up=9)",
    "momentum = optax.linear_schedule(0.8, 0.95, 20)\n"
    "tx = optax.inject_hyperparams(optax.sgd)(optax.cosine_decay_schedule(0.1, 15), momentum=momentum)",
    "o = keras.optimizers.RMSprop(0.05)\ngradients, _ = tf.clip_by_global_norm(gradients, 2.0)",
]


@pytest.mark.every(3)
@pytest.mark.parametrize("framework", ["torch", "tf", "numpy"])
@pytest.mark.parametrize("text", PLAIN)
def test_an_optimizer_with_what_goes_with_it_is_one_block(text, framework):
    found = port(text, framework)
    paste = {**PASTED, "numpy": pasted_in_numpy}[framework]
    for code, optimizer in ((closest_code(found), found.native.call), (exact_code(found), found.exact.optimizer)):
        if framework == "numpy" and code != exact_code(found):  # a textbook's class, which is no training
            continue
        moved, wanted = paste(code, averaged=False), reference(whole(rule_of(optimizer)))
        assert max(np.abs(moved[name] - wanted[name]).max() for name in SHAPES) <= ROUNDING.get(framework, 0.0)
        assert not code_alone(code)


FILE = """import torch
optimizer = torch.optim.Adam(model.parameters())
for x, y in loader:
    loss_fn(model(x), y).backward()
    {clip}
    optimizer.step()
    optimizer.zero_grad()
"""


@pytest.mark.parametrize(
    ("clip", "alone"), [("pass", True), ("torch.nn.utils.clip_grad_value_(model.parameters(), 1.0)", False)]
)
def test_of_a_file_what_goes_with_an_optimizer_is_in_its_block(tmp_path, clip, alone):
    (tmp_path / "train.py").write_text(FILE.format(clip=clip))
    [found] = calls_in(tmp_path / "train.py", "tf")
    assert code_alone(found.translation["native"]["code"]) == alone


def code_alone(code):
    """Whether it has no steps."""
    return not any(word in code for word in (".step()", ".fit(", "train_step("))


def test_a_call_alone_is_answered_with_a_call():
    assert code_alone(closest_code(port("from torch import optim\noptim.Adam(p)", "tf")))


# What Keras's class does with one call: matrices by Muon, the rest and the head by AdamW.
MUON = (
    "keras.optimizers.Muon(0.02, adam_beta_1=0.8, adam_weight_decay=0.1, exclude_layers=['head'], global_clipnorm=4.5)"
)


@pytest.mark.parametrize("framework", ["torch", "numpy"])
def test_a_muon_of_keras_is_two_groups(framework):
    found = port(MUON, framework)
    rules = rules_of(found.source)
    moved = {"torch": pasted_in_torch, "numpy": pasted_in_numpy}[framework](exact_block(found), averaged=False)
    wanted = reference(rules)
    assert [type(group.optimizer).__name__ for group in rules.groups] == ["Muon", "Adam"]
    assert max(np.abs(moved[name] - wanted[name]).max() for name in SHAPES) <= 1e-12
    assert found.names == ("matrices", "others")
    code = closest_block(found) or exact_block(found)
    assert "beta1=0.8" in code or "betas=(0.8, 0.999)" in code
    assert "'head' in name" in code or "*head*" in code


def test_a_muon_of_keras_is_itself_in_keras():
    code = "learning_rate=0.02, adam_beta_1=0.8, adam_weight_decay=0.1, weight_decay=0.004, global_clipnorm=4.5"
    assert (
        " ".join(closest_code(port(MUON, "tf")).split()).replace("( ", "(").startswith(f"keras.optimizers.Muon({code}")
    )
    averaged = closest_block(port(MUON.replace(")", ", use_ema=True)"), "tf"))
    assert "adam_beta_1=0.8" in averaged
    assert "exclude_layers=('head',)" in averaged


def test_two_groups_of_muon_and_adamw_are_an_optimizer_each_in_keras():
    muon = NativeCall(framework="torch", name="Muon", module="torch.optim", arguments={"lr": 0.02})
    matrices = Group(tensors=Selector(least_axes=2, most_axes=2, without=("*embed*",)), optimizer=muon)
    rest = Group(optimizer=adamw(0.1, scheduled=False))
    found = whole_answer(Source(training=Training(groups=(matrices, rest))), "tf")
    code = closest_block(found)
    moved = pasted_in_keras(code, averaged=False)
    wanted = reference(rule_of(found.native.training))
    assert max(np.abs(moved[name] - wanted[name]).max() for name in SHAPES) <= ROUNDING["tf"]
    assert "exclude_embeddings=False" in code
    assert "MultiOptimizer" in code


@pytest.mark.full
@pytest.mark.parametrize("framework", PASTED)
@pytest.mark.parametrize("scheduled", [True, False])
@pytest.mark.parametrize("parts", AROUND, ids=range(len(AROUND)))
def test_what_is_pasted_is_the_training(parts, scheduled, framework):
    for code, training in answers(two_groups(parts, scheduled=scheduled), framework):
        assert apart(framework, code, training) <= ROUNDING[framework]


@pytest.mark.parametrize("framework", PASTED)
def test_groups_of_different_rates_have_an_optimizer_each_in_keras_and_one_in_torch(framework):
    training = two_groups((None, None, None), scheduled=False, lr=0.02)
    for code, native in answers(training, framework):
        assert apart(framework, code, native) <= ROUNDING[framework]
    code = answers(training, framework)[0][0]
    assert ("MultiOptimizer" in code) == (framework == "tf")
    assert code.count("AdamW(") == (2 if framework == "tf" else 1)


# --- what is said


def test_a_clip_over_all_groups_is_said_with_its_size():
    found = whole_answer(Source(training=two_groups((CLIPS[1], None, None), scheduled=False)), "tf")
    [clip] = [one for one in found.mismatches if one.field == "clip"]
    assert "2.2e-07 of itself at most" in clip.message  # 1e-6 / 4.5
    assert found.route == "drop-in"
    assert found.native.training.clip == CLIPS[2]


def test_a_training_of_torch_is_exact_in_torch():
    found = whole_answer(Source(training=two_groups(SAMPLED[1], scheduled=True)), "torch")
    assert (found.native.fidelity, found.mismatches, found.route) == ("exact", (), "native")


def test_groups_have_one_class_where_that_is_as_close():
    rules = rule_of(two_groups((None, None, None), scheduled=False))
    found = express_training(of("torch"), rules)
    assert len({one.call.name for one in found.groups}) == 1


@pytest.mark.parametrize(
    ("names", "source", "target", "theirs", "without"),
    [
        (("*bias",), "torch", "tf", ("*bias", "*beta"), ()),
        (("*bias", "*LayerNorm.weight"), "torch", "tf", ("*bias", "*beta", "*gamma"), ()),
        (("*norm*",), "torch", "tf", ("*gamma", "*beta"), ()),
        (("*subnet.*",), "torch", "tf", ("*subnet.*",), ()),
        (("*bias",), "tf", "torch", ("*bias",), ("*norm*bias", "*ln_*bias", "*bn*bias")),
        (("*bias", "*gamma", "*beta"), "tf", "torch", ("*bias", "*norm*weight", "*ln_*weight", "*bn*weight"), ()),
        (("*kernel",), "tf", "numpy", ("*kernel",), ()),
    ],
)
def test_tensors_have_the_names_of_the_framework(names, source, target, theirs, without):
    changed, said = renamed(Selector(names=names), of(source), of(target))
    assert (changed.names, changed.without) == (theirs, without)
    assert len(said) == (0 if target == "numpy" else len(names))


@pytest.mark.parametrize(
    ("label", "word"),
    [("model.head.parameters()", "model_head"), ("decay", "decay"), ("", ""), ("[p for p in x]", "p_for_p_in_x"),
     ("class", ""), ("1", "")],
)  # fmt: skip
def test_a_label_is_a_word(label, word):
    assert identifier(label) == word


def test_tensors_that_only_the_source_knows_are_a_name_without_a_value():
    head = Selector(label="model.head.parameters()", known=False)
    groups = (
        Group(tensors=head, optimizer=adamw(0.0, scheduled=False, lr=0.01)),
        Group(optimizer=adamw(0.1, scheduled=False)),
    )
    for framework in PASTED:
        found = whole_answer(Source(training=Training(groups=groups)), framework)
        code = closest_block(found)
        assert "# model_head: which tensors `model.head.parameters()` holds is not in the source" in code
        with pytest.raises(NameError, match="model_head"):
            PASTED[framework](code, averaged=False)


def test_gaps_are_data():
    gap = Gap(line=3, text="f(x)", message="it is not known")
    found = whole_answer(Source(training=two_groups(SAMPLED[1], scheduled=True), gaps=(gap,)), "tf")
    data = as_data(found)
    assert data["gaps"] == [{"line": 3, "text": "f(x)", "says": "it is not known"}]
    assert [group["name"] for group in data["groups"]] == ["no_decay", "decay"]
    assert data["surroundings"]["average"]["decay"] == 0.9
    assert data["surroundings"]["clip"]["kind"] == "ClipGlobalNorm"


def test_lessons_on_the_parts_are_named():
    training = two_groups((CLIPS[1], ACCUMULATIONS[1], AVERAGES[1]), scheduled=True)
    [named] = [line for line in lines(whole_answer(Source(training=training), "tf")) if "shown by itself" in line]
    of_parts = ("clipping", "accumulation-normalised", "ema-micro-batch", "epochs-or-steps", "weight-decay-rate")
    assert [lesson for lesson in ("adam-epsilon", *of_parts) if lesson not in named] == []
    assert not any("shown by itself" in line for line in lines(whole_answer(Source(training=training), "torch")))


def test_one_group_of_all_is_clipped_and_accumulated():
    training = Training(
        groups=(Group(tensors=ALL, optimizer=adamw(0.1, scheduled=True)),), accumulation=ACCUMULATIONS[1]
    )
    for framework in PASTED:
        for code, native in answers(training, framework):
            assert apart(framework, code, native) <= ROUNDING[framework]


# --- from text to the answer

RECIPE = """
import torch
no_decay = ["bias", "LayerNorm.weight"]
groups = [
    {"params": [p for n, p in model.named_parameters() if not any(nd in n for nd in no_decay)], "weight_decay": 0.01},
    {"params": [p for n, p in model.named_parameters() if any(nd in n for nd in no_decay)], "weight_decay": 0.0},
]
optimizer = torch.optim.AdamW(groups, lr=5e-5)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30)
for i, batch in enumerate(loader):
    loss = model(**batch).loss / 4
    loss.backward()
    if (i + 1) % 4 == 0:
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
"""


def test_a_recipe_of_several_statements_is_one_block():
    found = port(RECIPE, "tf")
    code = closest_block(found)
    assert [group.optimizer.arguments["weight_decay"] for group in found.source.groups] == [0.01, 0.0]
    assert "weight_decay=0.01" in code
    assert "optimizer.exclude_from_weight_decay(var_list=no_decay)" in code
    assert "global_clipnorm=1.0" in code
    assert "gradient_accumulation_steps=4" in code  # of which the schedule counts all micro-batches
    assert "# the schedule counts micro-batches, 4 of them an update" in code
    assert "decay_steps=120" in code


def test_a_schedule_that_cannot_count_micro_batches_has_a_loop():
    code = closest_block(port(RECIPE.replace("StepLR(optimizer, 30)", "CosineAnnealingLR(optimizer, 30)"), "tf"))
    assert "gradient_accumulation_steps" not in code
    assert code.index("optimizer.apply") < code.index("if (i + 1) % 4 == 0:")


def test_a_fit_that_accumulates_steps_at_the_rates_of_the_updates():
    training = two_groups((None, Accumulation(batches=3), None), scheduled=True)
    [(code, native), _] = answers(training, "tf")
    assert "gradient_accumulation_steps=3" in code
    assert "model.fit(" in code
    assert apart("tf", code, native) <= ROUNDING["tf"]


STRETCHED = [
    "ExponentialDecay(0.1, 30, 0.5, staircase=True)",
    "ExponentialDecay(0.1, 30, 0.5)",
    "InverseTimeDecay(0.1, 30, 0.5, staircase=True)",
    "InverseTimeDecay(0.1, 30, 0.5)",
    "PolynomialDecay(0.1, 30, 0.01)",
    "PiecewiseConstantDecay([9, 29], [0.1, 0.02, 0.01])",
]


@pytest.mark.parametrize("batches", [2, 3, 8])
@pytest.mark.parametrize("text", STRETCHED)
def test_a_stretched_schedule_is_at_the_last_micro_batch_what_it_was_at_the_update(text, batches):
    call = read(f"keras.optimizers.SGD(keras.optimizers.schedules.{text})").arguments["learning_rate"]
    longer = read_schedule(stretched(call, batches))
    for k in range(80):  # by quotients of the same numbers: some roundings
        wanted = rate_at(read_schedule(call), k)
        assert rate_at(longer, batches * k + batches - 1) == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize(
    "text",
    [
        "CosineDecay(0.1, 30)",
        "PolynomialDecay(0.1, 30, power=2.0)",
        "PolynomialDecay(0.0, 30, 0.1)",  # it would start below 0
        "InverseTimeDecay(0.1, 1, 1.5)",
        "CosineDecayRestarts(0.1, 30)",
    ],
)
def test_what_no_class_is_when_it_is_stretched(text):
    call = read(f"keras.optimizers.SGD(keras.optimizers.schedules.{text})").arguments["learning_rate"]
    assert stretched(call, 4) is None


@pytest.mark.parametrize(
    "arguments",
    [
        "use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=7",
        pytest.param("gradient_accumulation_steps=4, use_ema=True, ema_momentum=0.9", marks=pytest.mark.full),
    ],
)
def test_what_keras_does_around_its_updates_is_done_elsewhere(arguments):
    schedule = "keras.optimizers.schedules.ExponentialDecay(0.1, 7, 0.3)"
    found = port(f"keras.optimizers.SGD({schedule}, {arguments})", "torch")
    proof = prove_whole(found, find("regression-20"), ("float64",))
    assert proof.exact["float64"].step <= proof.exact["float64"].rounding
    assert not proof.not_exercised


@pytest.fixture(scope="module")
def proved():
    found = port(RECIPE, "numpy")
    return found, prove_whole(found, find("regression-20"), ("float64",))


def test_a_proof_goes_past_the_turning_points_and_clips_now_and_then(proved):
    found, proof = proved
    assert proof.updates == 100  # StepLR(30) turns at 30, 60 and 90
    assert proof.exact["float64"].step <= proof.exact["float64"].rounding < 1e-12
    assert proof.exact["float64"].curve <= 64 * 2.0**-52  # 20 steps of rates of 5e-5
    assert proof.not_exercised == ("which tensors each group holds",)
    assert judged(found, proof)[0].holds is True


def test_a_proof_holds_the_calls_to_their_rules(proved):
    found, proof = proved
    calls = [group.optimizer for group in found.source.groups]
    assert [replace(call, schedule=None) for call in proof.held.faithful] == [replace(c, schedule=None) for c in calls]
    one = Deviation(framework="torch", call=proof.held.faithful[0], version="torch 9", step=3, gap=0.1, fits="no rule")
    judgement, failures = judged(found, replace(proof, held=Held(deviations=(one,))))
    assert (judgement.holds, failures) == (False, (one.sentence,))


def test_a_proof_refutes_what_is_not_so(proved):
    found, proof = proved
    off = replace(proof.exact["float64"], step=1e-6)
    judgement, failures = judged(found, replace(proof, exact={"float64": off}))
    assert (judgement.holds, len(failures)) == (False, 1)
    assert "1.0e-06 apart in float64" in failures[0]


def test_a_proof_measures_what_is_not_so():
    found = port(RECIPE, "numpy")
    [first, second] = found.exact.groups
    wrong = replace(found, exact=replace(found.exact, groups=(first, replace(second, optimizer=first.optimizer))))
    judgement, failures = judged(wrong, prove_whole(wrong, find("regression-20"), ("float64",)))
    assert (judgement.holds, len(failures)) == (False, 1)


@pytest.mark.parametrize(
    ("scheduler", "at"), [("CosineAnnealingLR(optimizer, 60)", 61), ("StepLR(optimizer, 30)", None)]
)
def test_the_update_from_which_rates_part_is_known(scheduler, at):
    assert parts_at(port(RECIPE.replace("StepLR(optimizer, 30)", scheduler), "tf"), 100) == at


def test_tensors_of_a_task_go_to_the_rules_that_move_them():
    found = port(MUON, "torch")
    tensors = {"weight1": np.zeros((1, 3, 3)), "bias1": np.zeros((1, 1, 3)), "weight2": np.zeros((1, 3, 2))}
    assert dealt(found.rules, found.origins, tensors) == [("weight1", "weight2"), ("bias1",)]
    more = {**tensors, "weight3": np.zeros((1, 2, 2))}  # two rules of two calls, the second of which takes all
    assert dealt(found.rules, (0, 1), more) == [("weight1", "weight2"), ("bias1", "weight3")]


def test_a_name_for_a_number_is_not_trained():
    found = port(RECIPE, "numpy")
    groups = tuple(
        replace(group, optimizer=replace(group.optimizer, arguments={**group.optimizer.arguments, "lr": Symbol("lr")}))
        for group in found.source.groups
    )
    with pytest.raises(NoProof, match="lr is a name for a number"):
        prove_whole(replace(found, source=replace(found.source, groups=groups)), find("regression-20"), ("float64",))
