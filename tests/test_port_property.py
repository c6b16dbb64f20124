"""Scripts made at random: no number that a script says is answered with another, nor with a default in its place."""

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from comparisons.frameworks import rule_of
from comparisons.porting.files.links import links_of
from comparisons.porting.files.resolver import resolver_of
from comparisons.porting.files.trainings import training_at
from comparisons.porting.translate import answered
from comparisons.porting.wholes.answer import Whole
from comparisons.rules import ClipGlobalNorm, ClipValue, rate_at

HEADER = (
    "import torch\nfrom torch import nn, optim\nfrom torch.optim import *\nfrom torch.optim.lr_scheduler import *\n"
    "from torch.nn.utils import clip_grad_norm_, clip_grad_value_\n"
)
NUMBER = st.sampled_from([0.5, 0.25, 3e-4, 1e-3, 0.0625, 0.03])  # none of which is a default
# Of each class: the arguments that a script may give, to the fields that they set.
CLASSES = {
    "SGD": {"lr": "learning_rate", "momentum": "momentum", "weight_decay": "weight_decay"},
    "AdamW": {"lr": "learning_rate", "eps": "epsilon", "weight_decay": "weight_decay"},
    "RMSprop": {"lr": "learning_rate", "alpha": "rho", "eps": "epsilon", "weight_decay": "weight_decay"},
}
CONDITIONS = ("p.ndim >= 2", "p.dim() > 1", 'not n.endswith("bias")', '"norm" not in n')
CLIPS = {
    "": lambda limit: None,
    "clip_grad_norm_(net.parameters(), {})": lambda limit: ClipGlobalNorm(limit=limit, formula="padded"),
    "clip_grad_value_(net.parameters(), {})": lambda limit: ClipValue(limit=limit),
}
SCHEDULES = {  # to the factor after two updates
    "": 1.0,
    "StepLR(opt, 2, gamma=0.5)": 0.5,
    "ExponentialLR(opt, 0.5)": 0.25,
    "LambdaLR(opt, lambda k: 0.5 ** k)": 0.25,
    "LinearLR(opt, 0.5, total_iters=4)": 0.75,
    "MultiStepLR(opt, [1, 2], gamma=0.5)": 0.25,
}


@st.composite
def arguments(draw, name, *, all_of=()):
    """Some of the arguments of a class, with numbers."""
    given_names = draw(st.sets(st.sampled_from(sorted(CLASSES[name])))) | {*all_of}
    return {one: draw(NUMBER) for one in sorted(given_names)}


def spelled(values, bound, *, quoted):
    """The arguments as text, some of them by names that are bound above."""
    parts = []
    for i, (name, value) in enumerate(values.items()):
        text = f"C{len(bound)}" if i % 2 else repr(value)
        if i % 2:
            bound.append(f"{text} = {value!r}")
        parts.append(f'"{name}": {text}' if quoted else f"{name}={text}")
    return parts


@st.composite
def scripts(draw):
    """A script, and what it says."""
    name, bound = draw(st.sampled_from(sorted(CLASSES))), []
    base = draw(arguments(name, all_of=("lr",)))
    several, condition = draw(st.booleans()), draw(st.sampled_from(CONDITIONS))
    own = [draw(arguments(name)), draw(arguments(name))] if several else [{}]
    style = draw(st.sampled_from(["inline", "names", "function", "append"]))
    clip, limit = draw(st.sampled_from(sorted(CLIPS))), draw(NUMBER)
    schedule, steps = draw(st.sampled_from(sorted(SCHEDULES))), draw(st.sampled_from([1, 2, 4]))
    lines = []
    if several:
        chosen = [f"[p for n, p in net.named_parameters() if {test}]" for test in (condition, f"not ({condition})")]
        dicts = [
            "{" + ", ".join([f'"params": {tensors}', *spelled(values, bound, quoted=True)]) + "}"
            for tensors, values in zip(chosen, own, strict=True)
        ]
        match style:
            case "inline":
                over = f"[{', '.join(dicts)}]"
            case "names":
                lines += [f"first = {dicts[0]}", f"groups = [first, {dicts[1]}]"]
                over = "groups"
            case "function":
                lines += ["def split(net):", f"    return [{', '.join(dicts)}]"]
                over = "split(net)"
            case _:
                lines += ["groups = []", *(f"groups.append({one})" for one in dicts)]
                over = "groups"
    else:
        over = "net.parameters()"
    lines.append(f"opt = {name}({', '.join([over, *spelled(base, bound, quoted=False)])})")
    lines += [f"sched = {schedule}"] if schedule else []
    inner = [f"loss = f(x) / {steps}", "loss.backward()"]
    update = [*([clip.format(limit)] if clip else []), "opt.step()", *(["sched.step()"] if schedule else [])]
    update.append("opt.zero_grad()")
    if steps > 1:
        inner += [f"if (i + 1) % {steps} == 0:", *(f"    {line}" for line in update)]
    else:
        inner += update
    lines += ["for i, x in enumerate(data):", *(f"    {line}" for line in inner)]
    truth = {
        "groups": [{CLASSES[name][key]: value for key, value in (base | one).items()} for one in own],
        "clip": CLIPS[clip](limit),
        "factor": SCHEDULES[schedule],
        "steps": steps,
    }
    return HEADER + "\n".join([*bound, *lines]), truth


def training_of(text):
    """The training that a script says."""
    links = links_of(resolver_of(ast.parse(text)))
    [one] = [one for one in links.call_sites if one.kind == "optimizer"]
    return training_at(one, links).source


@settings(max_examples=150, deadline=None)
@given(scripts())
def test_no_number_is_read_as_another(made):
    text, truth = made
    source = training_of(text)
    assert source.gaps == ()
    training = rule_of(source.training)
    rules = [group.optimizer for group in training.groups]
    assert len(rules) == len(truth["groups"])
    for rule, said in zip(rules, truth["groups"], strict=True):
        found = {field: getattr(rule, field) for field in said if field != "learning_rate"}
        assert found == {field: value for field, value in said.items() if field != "learning_rate"}
        # 1e-12: torch's recursive rates, followed in float64 for two steps
        assert abs(rate_at(rule.learning_rate, 2) / (said["learning_rate"] * truth["factor"]) - 1) < 1e-12
    clips = {training.clip, *(rule.clip for rule in rules)} - {None}
    assert clips == ({truth["clip"]} - {None})
    assert (training.accumulation.batches if training.accumulation else 1) == truth["steps"]
    assert all(group.tensors.known for group in training.groups)


@settings(max_examples=60, deadline=None)
@given(scripts())
def test_no_number_is_answered_with_another(made):
    """A field that is another in Keras has a mismatch; what the epsilon of the closest call is, its own tests say."""
    text, truth = made
    found = answered(training_of(text), "tf")
    expressions = found.native.groups if isinstance(found, Whole) else [found.native]
    for one, said in zip(expressions, truth["groups"], strict=True):
        told = {mismatch.field for mismatch in one.mismatches} | {"epsilon", "learning_rate"}
        if "weight_decay_coupling" in told or one.call is None:
            continue
        rule = rule_of(one.call)
        assert {field: getattr(rule, field) for field in said if field not in told} == {
            field: value for field, value in said.items() if field not in told
        }
        if not {"learning_rate", "schedule"} & {mismatch.field for mismatch in one.mismatches}:
            # 1e-12: torch's recursive rates, followed in float64 for two steps
            assert abs(rate_at(rule.learning_rate, 2) / (said["learning_rate"] * truth["factor"]) - 1) < 1e-12
