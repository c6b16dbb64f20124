"""`triptych identify` beside what the script says: its groups, schedules that cycle the momentum, steps uphill."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import CyclicLR, LambdaLR, OneCycleLR

from comparisons.diff.ladder import compare
from comparisons.identify import trying
from comparisons.identify.calls import calls_of
from comparisons.identify.evidence import pieces_of
from comparisons.identify.found import Found, Identified
from comparisons.identify.groups import Group
from comparisons.identify.holding import nearly
from comparisons.identify.identify import identify
from comparisons.identify.notes import of_begun, of_defects
from comparisons.identify.script import added_by_rows, without_rule, written_rule
from comparisons.identify.signs import TYPED
from comparisons.identify.slips import UPHILL
from comparisons.identify.words import sentences
from comparisons.rules import SGD, Adam, CosineDecay, ExponentialDecay, Muon, RMSprop
from comparisons.traces.reading import read_trace
from comparisons.traces.trace import Tensor, Trace
from comparisons.training.implementations import led, taught, taught_alone
from torch_impl import Recorder
from torch_impl.recorded import begun

STEPS, TOTAL = 32, 40
RNG = np.random.default_rng(0)
X = torch.tensor(RNG.standard_normal((256, 12)), dtype=torch.float32)
Y = torch.tensor(RNG.integers(0, 4, 256))


def trained(folder, optimizer_of, schedule_of=None, *, uphill=False, clip=None):
    """The trace of a small net's training."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 16), nn.Tanh(), nn.Linear(16, 4))
    optimizer = optimizer_of(model)
    recorder = Recorder(folder, optimizer, model)
    schedule = None if schedule_of is None else schedule_of(optimizer)
    for step in range(STEPS):
        at = slice(8 * step % 256, 8 * step % 256 + 8)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X[at]), Y[at])
        (-loss if uphill else loss).backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        if schedule is not None:
            schedule.step()
    recorder.close()
    return read_trace(folder)


def said(trace):
    found = identify(trace)
    return found, " ".join(sentences(found, trace.about))


def weights_decayed(model, decay=0.1):
    """Groups as most people have them: no decay of what is one-dimensional."""
    named = dict(model.named_parameters())
    return [
        {"params": [p for p in named.values() if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in named.values() if p.ndim == 1], "weight_decay": 0.0},
    ]


@pytest.mark.parametrize("clip", [None, 0.5])
def test_groups_are_found_as_the_script_has_them(clip, tmp_path):
    trace = trained(tmp_path / "t", lambda m: torch.optim.AdamW(weights_decayed(m), 3e-3), clip=clip)
    found, words = said(trace)
    assert [one.tensors for one in found.found] == [("0.weight", "2.weight"), ("0.bias", "2.bias")]
    weights, biases = (one.rule for one in found.found)
    assert (weights.learning_rate, weights.weight_decay, weights.weight_decay_coupling) == (3e-3, 0.1, "decoupled")
    assert (biases.learning_rate, biases.weight_decay) == (3e-3, 0.0)
    assert "It is what the script says of 0.weight, 2.weight: `torch.optim.AdamW(lr=0.003, weight_decay=0.1)`." in words
    assert "It is what the script says of 0.bias, 2.bias: `torch.optim.AdamW(lr=0.003, weight_decay=0.0)`." in words


@pytest.mark.full  # 5 seconds
def test_groups_that_differ_in_name_only_are_one_rule(tmp_path):
    """Of biases that are 0 at the start, and stay small, a decay of 1e-12 is felt by nobody."""
    found, _ = said(trained(tmp_path / "t", lambda m: torch.optim.SGD(weights_decayed(m, 1e-12), 0.1, momentum=0.9)))
    assert [sorted(one.tensors) for one in found.found] == [["0.bias", "0.weight", "2.bias", "2.weight"]]


@pytest.mark.full  # 6 seconds
def test_groups_that_the_script_does_not_have_are_not_believed(tmp_path):
    """What it says is looked at first; what the steps say counts."""
    trace = trained(tmp_path / "t", lambda m: torch.optim.SGD(m.parameters(), 0.1, momentum=0.9))
    [group] = trace.about["optimizer"]["groups"]
    first, rest = group["parameters"][:1], group["parameters"][1:]
    other = {**group["arguments"], "momentum": 0.5}
    trace.about["optimizer"]["groups"] = [
        {"parameters": first, "arguments": other}, {"parameters": rest, "arguments": group["arguments"]},
    ]  # fmt: skip
    found, words = said(trace)
    assert [len(one.tensors) for one in found.found] == [4]
    assert found.found[0].rule.momentum == 0.9
    assert "It is what the script says: `torch.optim.SGD(lr=0.1, momentum=0.9)`." in words


@pytest.mark.full  # 15 s
def test_groups_whose_rates_go_otherwise_are_told_each_with_its_own(tmp_path):
    def optimizer_of(model):
        model[1].register_parameter("beside", nn.Parameter(torch.zeros(3)))  # without a gradient
        return torch.optim.SGD(
            [
                {"params": model[0].parameters(), "lr": 0.01}, {"params": model[2].parameters(), "lr": 0.1},
                {"params": model[1].parameters(), "lr": 0.0},
            ],
            momentum=0.9,
        )  # fmt: skip

    goes = [lambda step: 0.9**step, lambda step: 1.0 + step**2 / 100, lambda step: 1.0]
    found, words = said(trained(tmp_path / "t", optimizer_of, lambda o: LambdaLR(o, goes)))
    body, head = found.found
    assert (body.tensors, body.rule.momentum) == (("0.weight", "0.bias"), 0.9)
    assert isinstance(body.rule.learning_rate, ExponentialDecay)
    assert (head.tensors, head.rule.momentum) == (("2.weight", "2.bias"), 0.9)
    assert head.rule.learning_rate == pytest.approx(0.1 * (1 + 31**2 / 100), rel=1e-6)
    assert "The learning rate of 2.weight, 2.bias goes by step, from 0.1 to 1.06: no schedule of ours." in words


@pytest.mark.full  # 20 s
def test_a_slip_of_one_group_is_no_rule_of_all(tmp_path):
    """Of two groups with schedules of their own, one goes up its gradient."""

    def optimizer_of(model):
        head = {"params": model[2].parameters(), "maximize": True}
        return torch.optim.SGD([{"params": model[0].parameters()}, head], lr=0.01)

    goes = [lambda step: 0.9**step, lambda step: 1.0]
    found, words = said(trained(tmp_path / "t", optimizer_of, lambda o: LambdaLR(o, goes)))
    assert [one.tensors for one in found.found] == [("0.weight", "0.bias")]
    assert found.unknown == ("2.weight", "2.bias")
    assert "Of 2.weight, 2.bias it is a rule of ours but for a slip: it goes up the gradient;" in words


CYCLES = {
    "OneCycleLR of AdamW": (
        lambda m: torch.optim.AdamW(m.parameters(), 1e-3),
        lambda o: OneCycleLR(o, 1e-2, total_steps=TOTAL), "AdamW(lr=0.01, betas=(0.95, 0.999))",
        "OneCycleLR(max_lr=0.01, total_steps=40)", "beta1", (0.85, 0.95),
    ),
    "OneCycleLR of SGD": (
        lambda m: torch.optim.SGD(m.parameters(), 1e-2, momentum=0.9),
        lambda o: OneCycleLR(o, 0.1, total_steps=TOTAL), "SGD(lr=0.1, momentum=0.95)",
        "OneCycleLR(max_lr=0.1, total_steps=40)", "momentum", (0.85, 0.95),
    ),
    "CyclicLR of RMSprop": (
        lambda m: torch.optim.RMSprop(m.parameters(), 1e-4, momentum=0.9),
        lambda o: CyclicLR(o, 1e-4, 1e-3, step_size_up=8), "RMSprop(lr=0.0001, momentum=0.9)",
        "CyclicLR(base_lr=0.0001, max_lr=0.001, step_size_up=8)", "momentum", (0.8, 0.9),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("optimizer", "schedule", "call", "scheduler", "field", "ends"), CYCLES.values(), ids=CYCLES)
def test_a_momentum_that_a_schedule_cycles_is_known_by_step(
    optimizer, schedule, call, scheduler, field, ends, tmp_path
):
    """The scheduler has its name too: it was "no schedule of ours"."""
    trace = trained(tmp_path / "t", optimizer, schedule)
    found, words = said(trace)
    [one] = found.found
    assert one.calls["torch"] == f"torch.optim.{call}\ntorch.optim.lr_scheduler.{scheduler}"
    assert (min(found.momenta), max(found.momenta)) == pytest.approx(ends, abs=0.01)
    assert getattr(one.rule, field) == max(ends)
    assert f"that a schedule sets: `torch.optim.{type(optimizer(nn.Linear(1, 1))).__name__}(" in words
    assert "The momentum goes by step, too, from 0.8" in words


def test_a_velocity_that_holds_the_rate_is_told_from_one_that_does_not_where_rates_change(tmp_path):
    trace = trained(
        tmp_path / "t", lambda m: torch.optim.SGD(m.parameters(), 1e-2, momentum=0.9),
        lambda o: OneCycleLR(o, 0.1, total_steps=TOTAL, cycle_momentum=False),
    )  # fmt: skip
    found, _ = said(trace)
    assert not found.found[0].rule.learning_rate_in_velocity
    assert not any(other.rule.learning_rate_in_velocity for other in found.equally_good if not other.unfelt)


@pytest.mark.full  # 15 s
def test_steps_uphill_that_the_script_means_are_no_slip(tmp_path):
    _, words = said(trained(tmp_path / "t", lambda m: torch.optim.SGD(m.parameters(), 0.1, maximize=True), uphill=True))
    assert "up the gradient: `torch.optim.SGD(lr=0.1)` with maximize=True" in words
    assert "slip" not in words


@pytest.mark.full  # 6 seconds
def test_cycled_momenta_have_an_account(tmp_path):
    def of(name, **options):
        return trained(
            tmp_path / name, lambda m: torch.optim.SGD(m.parameters(), 1e-2, momentum=0.9),
            lambda o: OneCycleLR(o, 0.1, total_steps=TOTAL, **options),
        )  # fmt: skip

    found = compare(of("a"), of("b", cycle_momentum=False), by_rules=True)
    assert found.first_break.cause == "momentum"
    assert set(found.account) == {"momentum", "gradients at other parameters", "rounding"}
    assert sum(found.account.values()) == pytest.approx(1)
    assert abs(found.account["rounding"]) < 1e-3
    assert found.notes[0] == "A's momentum goes by step, from 0.85 to 0.95, as schedules do that cycle it"


# Torch's own optimizers, with their numbers set before each step, in float64.
RULES = {
    "SGD": (SGD(learning_rate=0.1, momentum=0.9), lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
    "Adam": (
        Adam(learning_rate=0.1, beta1=0.9, beta2=0.999, epsilon=1e-8, epsilon_position="corrected-root"),
        lambda p: torch.optim.Adam(p, 0.1),
    ),
    "RMSprop": (
        RMSprop(learning_rate=0.1, rho=0.99, momentum=0.9, epsilon=1e-8, epsilon_position="outside-root"),
        lambda p: torch.optim.RMSprop(p, 0.1, momentum=0.9),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "optimizer_of"), RULES.values(), ids=RULES)
def test_rules_are_taught_with_a_momentum_of_each_step(rule, optimizer_of):
    rng, steps = np.random.default_rng(1), 12
    gradients, rates, momenta = rng.standard_normal((steps, 5)), rng.uniform(0.5, 1, steps), rng.uniform(0.8, 1, steps)
    theta = torch.tensor(rng.standard_normal(5), requires_grad=True)
    optimizer, path = optimizer_of([theta]), [theta.detach().numpy().copy()]
    [group] = optimizer.param_groups
    for k in range(steps):
        group["lr"] = 0.1 * rates[k]
        if "betas" in group:
            group["betas"] = 0.9 * momenta[k], group["betas"][1]
        else:
            group["momentum"] = 0.9 * momenta[k]
        theta.grad = torch.tensor(gradients[k])
        optimizer.step()
        path.append(theta.detach().numpy().copy())
    path = np.stack(path)
    # a few roundings of float64 a step
    np.testing.assert_allclose(taught_alone(rule, path[:-1], gradients, rates, momenta), path[1:], rtol=1e-13)
    many = taught(rule, {"learning_rate": np.array([0.1, 0.2])}, path[:-1], gradients, rates, momenta)
    np.testing.assert_allclose(many[0], path[1:], rtol=1e-13)
    np.testing.assert_allclose(led(rule, path[0], gradients, 0.1 * rates, momenta), path[-1], rtol=1e-12)


def test_ranges_have_as_many_digits_as_tell_their_ends_apart():
    from comparisons.identify.words import _between

    assert _between(0.0999, 0.1003) == "from 0.0999 to 0.1"
    assert _between(0.09997, 0.1001) == "from 0.09997 to 0.1001"
    assert _between(0.0, 1e-9) == "from 0 to 1e-09"


@pytest.mark.full  # 15 seconds
def test_what_has_no_momentum_has_none_recorded(tmp_path):
    trace = trained(tmp_path / "t", lambda m: torch.optim.Adagrad(m.parameters(), 0.1))
    assert all(math.isnan(one) for one in trace.momentum)
    assert identify(trace).momenta is None


def test_of_bfloat16_nothing_is_told(tmp_path):
    """Its steps are rounded to 8 bits: no rule is sold for what they leave, nor called none."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 4)).to(torch.bfloat16)
    optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
    recorder = Recorder(tmp_path / "t", optimizer, model)
    for _ in range(8):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(X[:8].to(torch.bfloat16)), Y[:8]).backward()
        optimizer.step()
    recorder.close()
    found, words = said(read_trace(tmp_path / "t"))
    assert (found.found, found.closest, found.coarse) == ((), None, ("0.weight", "0.bias"))
    assert words.startswith("Of 0.weight, 0.bias nothing is told: a step in bfloat16 has 8 bits")


def test_of_float16_no_more_is_tried_than_one_rule_for_all(tmp_path, monkeypatch):
    """Its means of squares have 11 bits: rates, clips and groups took minutes, and nothing was found."""
    monkeypatch.setattr(trying, "with_rates", lambda pieces: pytest.fail("more is tried"))
    monkeypatch.setattr(trying, "together", lambda pieces, *_: Group(names=tuple(pieces), candidates=[]))
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 4)).half()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01)
    recorder = Recorder(tmp_path / "trace", optimizer, model)
    for _ in range(6):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(X[:8].half()).float(), Y[:8]).backward()
        optimizer.step()
    recorder.close()
    found = identify(read_trace(tmp_path / "trace"))
    assert (found.found, found.unknown) == ((), ("0.weight", "0.bias"))
    assert found.notes[-1].startswith("Of 0.weight, 0.bias no more is told: in float16")


@pytest.mark.full  # 7 seconds
def test_a_layer_that_is_frozen_at_first_hides_not_what_the_others_follow(tmp_path):
    """All was refused: its gradients were "not finite at update 0"."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 4))
    model[0].requires_grad_(False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    recorder = Recorder(tmp_path / "trace", optimizer, model)
    for step in range(12):
        model[0].requires_grad_(step >= 6)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(X[:8]), Y[:8]).backward()
        optimizer.step()
    recorder.close()
    found, words = said(read_trace(tmp_path / "trace"))
    assert [(one.tensors, one.rule.learning_rate) for one in found.found] == [(("2.weight", "2.bias"), 0.1)]
    assert words.endswith(
        "Of 0.weight, 0.bias nothing is told: no finite gradient was recorded at update 0, and what an optimizer "
        "remembers by a later one is not known."
    )


def test_a_training_that_goes_on_is_told_from_one_without_a_rule(tmp_path):
    torch.manual_seed(0)
    model = nn.Linear(12, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for step in range(8):
        if step == 4:
            recorder = Recorder(tmp_path / "trace", optimizer, model)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(X[:8]), Y[:8]).backward()
        optimizer.step()
    recorder.close()
    trace = read_trace(tmp_path / "trace")
    assert trace.about["begun"] is True
    assert list(of_begun(False, trace)) == [
        "The optimizer had taken steps when its recorder was made, or was read from a file, and what it remembered by "
        "then is not known: record from its first step on."
    ]
    assert list(of_begun(True, trace)) == []
    for made in (torch.optim.Adam, torch.optim.Adagrad):
        assert not begun(made(model.parameters()))


def test_a_defect_of_a_class_that_hides_its_rule_is_said():
    """Keras's ScheduleFreeAdamW was "none of our rules" in model.fit, where its first update replaces the weights."""
    about = {"framework": "tf", "optimizer": {"class": "keras.optimizers.ScheduleFreeAdamW", "arguments": {}}}
    trace = Trace(steps=np.arange(1), tensors={}, about=about)
    [words] = of_defects(False, trace)
    assert words.startswith("A known defect, last seen in keras 3.15.1: ScheduleFreeAdamW that is first built in a")
    assert list(of_defects(True, trace)) == []
    assert list(of_defects(False, replace(trace, about={}))) == []


def test_a_training_that_goes_on_from_a_file_that_was_read_later_is_told_too(tmp_path):
    model = nn.Linear(12, 4)
    kept = torch.optim.AdamW(model.parameters())
    nn.functional.cross_entropy(model(X[:8]), Y[:8]).backward()
    kept.step()
    optimizer = torch.optim.AdamW(model.parameters())
    recorder = Recorder(tmp_path / "trace", optimizer, model)
    optimizer.load_state_dict(kept.state_dict())
    optimizer.step()
    recorder.close()
    assert read_trace(tmp_path / "trace").about["begun"] is True


@pytest.mark.full  # 7 s
def test_the_scripts_rule_comes_first_where_others_make_the_same_steps(tmp_path):
    """SGD at the rate that ASGD has by default was ASGD, and Adam by a gradient that stays was RMSprop."""
    sgd = said(trained(tmp_path / "a", lambda m: torch.optim.SGD(m.parameters(), 0.01)))[1]
    assert sgd.startswith("This is SGD: `torch.optim.SGD(lr=0.01)`")
    weights = nn.Parameter(torch.linspace(1, 2, 6))
    optimizer = torch.optim.Adam([weights], 0.01)
    recorder = Recorder(tmp_path / "b", optimizer)
    for _ in range(STEPS):
        optimizer.zero_grad()
        (weights * torch.linspace(-1, 1, 6)).sum().backward()
        optimizer.step()
    recorder.close()
    found, adam = said(read_trace(tmp_path / "b"))
    assert adam.startswith("This is Adam with epsilon on the corrected root: `torch.optim.Adam(lr=0.01)`")
    assert any(isinstance(other.rule, RMSprop) for other in found.equally_good)


LITTLE = 1e-6  # a decay that no step feels


def halved(optimizer):
    return LambdaLR(optimizer, lambda update: 0.5 ** (update // 8))


def in_head(model):
    rates = zip((model[0], model[2]), (0.05, 0.5), strict=True)
    return [{"params": layer.parameters(), "lr": rate} for layer, rate in rates]


WRITTEN = {
    "at the rates of a schedule": (lambda model: model.parameters(), halved, ", but for the rate that a schedule sets"),
    "in groups": (in_head, None, ""),
}


@pytest.mark.full  # 10 and 25 s
@pytest.mark.parametrize(("groups", "schedule", "changed"), WRITTEN.values(), ids=WRITTEN)
def test_numbers_of_the_script_that_are_not_felt_are_what_the_script_says(groups, schedule, changed, tmp_path):
    """It was "not what the script says", beside that such a decay would not have been felt."""
    made = lambda model: torch.optim.SGD(groups(model), lr=0.05, weight_decay=LITTLE)  # noqa: E731
    found, words = said(trained(tmp_path / "trace", made, schedule))
    assert "It is not what the script says" not in words
    assert all(one.as_written for one in found.found)
    assert f"makes the steps as well, within rounding{changed}: `torch.optim.SGD(lr=0." in words


def test_steps_uphill_have_a_call_at_the_rates_of_a_schedule():
    rule = SGD(learning_rate=CosineDecay(initial=0.1, over=40), momentum=0.9)
    one = Found(tensors=("w",), rule=rule, ulp=1.0, calls=dict.fromkeys(("numpy", "torch", "tf")), ranges={})
    about = {"framework": "torch", "optimizer": {"class": "torch.optim.SGD", "arguments": {"maximize": True}}}
    words = next(sentences(Identified(found=(one,), slip=UPHILL, steps=32), about))
    schedule = "`torch.optim.lr_scheduler.CosineAnnealingLR(T_max=40, eta_min=0.0)`"
    call = f"`torch.optim.SGD(lr=0.1, momentum=0.9)` with {schedule}"
    assert words == f"This is SGD, up the gradient: {call} with maximize=True, to 1.0 ulp over 32 steps."


NUMBERS = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon_position": "corrected-root"}
PLAIN = {
    "of numpy_impl and the others": (
        Adam(epsilon=1e-8, **NUMBERS),
        "This is Adam with epsilon on the corrected root: in torch `torch.optim.Adam()`, to 1.0 ulp over 32 steps.",
    ),
    "of none": (
        Adam(epsilon=0.0, root_epsilon=1e-8, **NUMBERS),
        "This is Adam (epsilon position corrected-root, bias correction, learning rate 0.001, beta1 0.9, beta2 0.999, "
        "root epsilon 1e-08): which is no class of torch or Keras, to 1.0 ulp over 32 steps.",
    ),
}


@pytest.mark.parametrize(("rule", "words"), PLAIN.values(), ids=PLAIN)
def test_of_plain_arrays_no_call_is_said_that_nobody_has(rule, words):
    """It was the rule as it is recorded here, with fields that no optimizer takes."""
    one = Found(tensors=("w",), rule=rule, ulp=1.0, calls=calls_of(rule), ranges={})
    assert next(sentences(Identified(found=(one,), steps=32), {"framework": "numpy"})) == words


def test_that_nothing_is_corrected_is_said_with_what_the_paper_has():
    rule = Adam(epsilon=1e-8, bias_correction=False, **NUMBERS)
    one = Found(tensors=("w",), rule=rule, ulp=1.0, calls=calls_of(rule), ranges={})
    words = " ".join(sentences(Identified(found=(one,), steps=32), {"framework": "numpy"}))
    assert "Neither mean is corrected for its start at 0; the paper divides m by 1 - beta1^t" in words


def embedded(folder, optimizer_of, *, coalesced=False):
    """A net over the mean of an embedding's rows, of which a batch looks up many twice."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.EmbeddingBag(20, 8, sparse=True, mode="mean"), nn.Linear(8, 3))
    optimizer, rng = optimizer_of(model.parameters()), np.random.default_rng(0)
    recorder = Recorder(folder, optimizer, model)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(
            model(torch.tensor(rng.integers(0, 20, (16, 10)))), torch.tensor(rng.integers(0, 3, 16))
        )
        loss.backward()
        if coalesced:
            model[0].weight.grad = model[0].weight.grad.coalesce()
        optimizer.step()
    recorder.close()
    return read_trace(folder)


def test_rows_that_sgd_adds_one_by_one_are_said_beside_what_the_others_follow(tmp_path):
    """Each rounds: no rule was found, in two minutes."""
    trace = embedded(tmp_path / "trace", lambda parameters: torch.optim.SGD(parameters, lr=0.1))
    assert trace.about["added_by_rows"] == ["0.weight"]
    found, words = said(trace)
    assert [(one.tensors, one.rule.learning_rate) for one in found.found] == [(("1.weight", "1.bias", "0.weight"), 0.1)]
    assert re.search(r"Of 0\.weight that is so to [2-9] ulp, for the gradients came in rows", words)
    assert "torch's SGD adds each to the parameter, and each rounds" in words


def in_rows(rate, about):
    """The trace of an embedding whose rows SGD adds one by one, at a rate."""
    rng = np.random.default_rng(0)
    theta, rows = (rng.normal(size=(12, 8)) / 10).astype(np.float32), []
    for _ in range(16):
        after, total = theta.copy(), np.zeros_like(theta)
        for token in rng.integers(0, 12, 512):
            gradient = (rng.normal(size=8) / 512).astype(np.float32)
            total[token] += gradient
            after[token] -= np.float32(rate) * gradient
        rows.append((theta, after, total))
        theta = after
    before, after, gradient = map(np.stack, zip(*rows, strict=True))
    tensor = Tensor(shape=(12, 8), before=before, after=after, gradient=gradient)
    return Trace(steps=np.arange(16), tensors={"table": tensor}, about=about)


def of_keras(**arguments):
    optimizer = {"class": "keras.optimizers.SGD", "arguments": arguments}
    return {"framework": "tf", "by_rows": ["table"], "optimizer": optimizer}


def test_where_all_come_in_rows_the_script_says_the_rule():
    """AdaBelief was found by chance in the roundings, for certain."""
    words = said(in_rows(0.5, of_keras(learning_rate=0.5)))[1]
    assert words.startswith("This is SGD: `keras.optimizers.SGD(learning_rate=0.5)`, to ")
    assert "Of table that is so to" in words
    assert "Keras's SGD adds each to the parameter" in words


def test_where_all_come_in_rows_and_are_squared_no_rule_is_found():
    """Nor one of no tensor."""
    about = of_keras(learning_rate=0.5)
    about["optimizer"]["class"] = "keras.optimizers.Adagrad"
    found, words = said(in_rows(0.5, about))
    assert (found.found, found.unknown) == ((), ("table",))
    assert words.startswith("None of our rules makes these steps. Adagrad, which the script has, misses table by ")
    assert "Keras squares each and not their sum" in words


def test_a_momentum_of_keras_adds_the_rows_up():
    assert added_by_rows(of_keras(learning_rate=0.5, momentum=0.0)) == ("table",)
    assert added_by_rows(of_keras(learning_rate=0.5, momentum=0.9)) == ()


def test_a_rate_that_is_not_the_scripts_is_no_rounding():
    about = {"framework": "tf", "by_rows": ["table"]}
    trace = in_rows(0.5001, about)
    [piece] = pieces_of(trace, ["table"], {"table": trace.tensors["table"].gradient}, 16)
    assert nearly(SGD(learning_rate=0.5001), piece, None)
    assert not nearly(SGD(learning_rate=0.5), piece, None)


@pytest.mark.full  # 7 s each
@pytest.mark.filterwarnings("ignore:Sparse invariant checks")  # of torch's Adagrad
@pytest.mark.parametrize(
    ("optimizer_of", "coalesced"),
    [
        (lambda parameters: torch.optim.SGD(parameters, lr=0.1), True),
        (lambda parameters: torch.optim.Adagrad(parameters, lr=0.1), False),
    ],
    ids=["SGD", "Adagrad, which adds them up"],
)
def test_rows_that_are_added_up_before_follow_the_rule(optimizer_of, coalesced, tmp_path):
    found = identify(embedded(tmp_path / "trace", optimizer_of, coalesced=coalesced))
    assert [one.tensors for one in found.found] == [("0.weight", "1.weight", "1.bias")]
    assert found.unknown == ()


# --- classes without a rule

QUASI = "of which there is no rule here: a quasi-Newton method, which asks a closure for the loss many times a step"


def test_of_a_class_without_a_rule_the_answer_says_so(tmp_path, monkeypatch):
    """L-BFGS's first step is along the gradient; clips and groups, which it has not, are not looked for then."""
    torch.manual_seed(0)
    model = nn.Linear(12, 4)
    optimizer = torch.optim.LBFGS(model.parameters(), lr=1.0, max_iter=1)
    recorder = Recorder(tmp_path / "t", optimizer, model)

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(X), Y)
        loss.backward()
        return loss

    for _ in range(12):
        optimizer.step(closure)
    recorder.close()
    monkeypatch.setattr(trying, "_grouped", None)
    found, words = said(read_trace(tmp_path / "t"))
    assert not found.found
    assert f"The trace names torch.optim.LBFGS, {QUASI}" in words
    assert "a rule of all was looked for, and neither clips nor groups of tensors." in words


def renamed(trace, name):
    return replace(trace, about={**trace.about, "optimizer": {**trace.about["optimizer"], "class": name}})


def noise(trace):
    """The trace with gradients of chance."""
    rng = np.random.default_rng(0)
    tensors = {
        name: replace(one, gradient=rng.normal(size=one.before.shape).astype("float32"), used=None)
        for name, one in trace.tensors.items()
    }
    return replace(trace, tensors=tensors)


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("torch.optim.LBFGS", f"{QUASI}; others are given a gradient."),
        pytest.param("pytorch_optimizer.Adan", "of which there is no rule here.", marks=pytest.mark.full),
    ],
)
def test_a_name_is_not_believed_where_the_steps_are_of_a_rule(name, ending, tmp_path):
    trace = renamed(trained(tmp_path / "t", lambda m: torch.optim.SGD(m.parameters(), 0.1, momentum=0.9)), name)
    found, words = said(trace)
    assert [(one.rule.learning_rate, one.rule.momentum) for one in found.found] == [(0.1, 0.9)]
    assert "no rule here" not in words
    assert f"The trace names {name}, {ending}" in said(noise(trace))[1]


@pytest.mark.parametrize("name", ["torch.optim.Adam", "torch_impl.drop_ins.classes.Lion", "", "Adan"])
def test_a_class_that_may_have_a_rule_is_not_named(name, tmp_path):
    trace = renamed(trained(tmp_path / "t", lambda m: torch.optim.SGD(m.parameters(), 0.1)), name)
    assert without_rule(trace.about) is None


@pytest.mark.full  # 5 s
def test_bounds_of_rprops_steps_are_those_that_the_script_has(tmp_path):
    """They are never fitted: no rule was found, after 20 s."""
    words = said(trained(tmp_path / "t", lambda m: torch.optim.Rprop(m.parameters(), 1e-3, step_sizes=(1e-7, 0.01))))[1]
    assert words.startswith("This is Rprop: `torch.optim.Rprop(lr=0.001, step_sizes=(1e-07, 0.01))`, to 0.0 ulp")
    assert words.endswith("It is what the script says: `torch.optim.Rprop(lr=0.001, step_sizes=(1e-07, 0.01))`.")


def test_of_two_parameters_the_numbers_are_those_of_the_script(tmp_path):
    """An epsilon that nothing is felt of was 1e-7, which missed by 5 ulp, and so Keras's place of it came first."""
    torch.manual_seed(0)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.RMSprop(model.parameters(), 0.01)
    recorder = Recorder(tmp_path / "t", optimizer, model)
    for _ in range(STEPS):
        x = torch.randn(10, 1)
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x), 2 * x + 1).backward()
        optimizer.step()
    recorder.close()
    found, words = said(read_trace(tmp_path / "t"))
    assert words.startswith("This is RMSprop with epsilon outside the root: `torch.optim.RMSprop()`, to 0.")
    assert words.endswith("It is what the script says: `torch.optim.RMSprop()`.")
    low, high = found.found[0].ranges["epsilon"]
    assert low == 0 < 1e-7 < high


def test_keras_muon_steps_vectors_by_adam():
    """Of biases it was "not what the script says"."""
    given = {"learning_rate": 0.01, "adam_beta_1": 0.8, "adam_weight_decay": 0.1, "exclude_layers": []}
    about = {"framework": "tf", "optimizer": {"class": "keras.optimizers.Muon", "arguments": given}}
    call = "`keras.optimizers.Muon(learning_rate=0.01, adam_beta_1=0.8, adam_weight_decay=0.1)`"
    assert written_rule(about, Muon)[1] == written_rule(about)[1] == call
    rule, words = written_rule(about, Adam)
    assert (rule.learning_rate, rule.beta1, rule.weight_decay, rule.weight_decay_coupling) == (
        0.01,
        0.8,
        0.1,
        "decoupled",
    )
    assert words == f"{call}, which steps such tensors by Adam"


# --- rules that step by a sign


@pytest.mark.parametrize("betas", [(0.9, 0.99), (0.85, 0.99), (0.95, 0.995), (0.891, 0.99)], ids=str)
def test_the_betas_of_signs_are_those_that_people_write_or_in_a_range(betas):
    """The search stayed where a few signs are wrong: the tensors had betas of their own, or followed no rule."""
    rng, tensors = np.random.default_rng(0), {}
    for name, size in {"w": 96, "b": 6}.items():
        theta, m, rows = rng.normal(size=size) / 3, np.zeros(size), []
        gradients = rng.normal(size=(32, size)) + rng.normal(size=size) / 2
        for g in gradients:
            after = theta - 1e-3 * np.sign(betas[0] * m + (1 - betas[0]) * g)
            m = betas[1] * m + (1 - betas[1]) * g
            rows.append((theta, after))
            theta = after
        before, after = map(np.stack, zip(*rows, strict=True))
        tensors[name] = Tensor(shape=(size,), before=before, after=after, gradient=gradients)
    [found] = identify(Trace(steps=np.arange(32), tensors=tensors)).found
    assert found.tensors == ("w", "b")
    for field, beta in zip(("beta1", "beta2"), betas, strict=True):
        low, high = found.ranges[field]
        assert low <= beta <= high
        assert getattr(found.rule, field) == pytest.approx(beta, rel=1e-9 if set(betas) <= set(TYPED) else 0.01)
