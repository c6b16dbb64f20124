"""`triptych diff` of two traces: which tensor is which, two causes at once, the account, and what is refused."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from comparisons.cli import triptych
from comparisons.diff.aligning import both_of
from comparisons.diff.ladder import broken_by, compare
from comparisons.diff.names_file import read_names
from comparisons.diff.pairing import pair
from comparisons.diff.rates import rates_cause
from comparisons.diff.record import Cause, Rung
from comparisons.diff.show import as_json, is_said, show
from comparisons.diff.traces import diff_traces
from comparisons.names import BadInput
from comparisons.traces.trace import Tensor, Trace
from tests.planted import torch_port
from tests.planted.causes import ADAM, PLANTS, SGD
from tests.planted.ports import Plan

RNG = np.random.default_rng(0)
AT = np.arange(3)


def a_trace(tensors, steps=3, **series):
    """Steps of SGD with gradients of chance, from given starts, in float32."""
    made = {}
    for name, start in tensors.items():
        rng = np.random.default_rng(start.size)
        gradient = rng.standard_normal((steps, *start.shape)).astype(np.float32)
        path = start - 0.1 * np.concatenate([np.zeros((1, *start.shape)), np.cumsum(gradient, axis=0)])
        before, after = path[:-1].astype(np.float32), path[1:].astype(np.float32)
        made[name] = Tensor(shape=start.shape, before=before, after=after, gradient=gradient)
    return Trace(steps=np.arange(steps), tensors=made, **series)


def laid_out(trace, change, names=None):
    """The same trace in another layout: each array of each step changed, and renamed."""

    def of(tensor):
        kinds = {
            kind: np.stack([change(one) for one in getattr(tensor, kind)]) for kind in ("before", "after", "gradient")
        }
        return Tensor(shape=kinds["before"].shape[1:], **kinds)

    tensors = {(names or {}).get(name, name): of(tensor) for name, tensor in trace.tensors.items()}
    return replace(trace, tensors=tensors)


# --- which tensor is which


LAYOUTS = {
    "transposed": ((6, 4), lambda w: w.T, "transposed"),
    "a square one": ((5, 5), lambda w: w.T, "transposed"),
    "a convolution": ((8, 3, 5, 5), lambda w: w.transpose(2, 3, 1, 0), "axes (2, 3, 1, 0)"),
    "a convolution in a line": ((8, 3, 5), lambda w: w.transpose(2, 1, 0), "axes (2, 1, 0)"),
    "gates of an LSTM": ((12, 5), lambda w: w.reshape(4, 3, 5)[[0, 1, 3, 2]].reshape(12, 5).T, "gates (0, 1, 3, 2)"),
    "gates of a GRU": ((9, 5), lambda w: w.reshape(3, 3, 5)[[1, 0, 2]].reshape(9, 5), "gates (1, 0, 2)"),
    "an axis of one": ((1, 7), lambda w: w[0], ""),
}


@pytest.mark.parametrize(("shape", "change", "said"), LAYOUTS.values(), ids=LAYOUTS)
def test_a_layout_is_found_by_the_values(shape, change, said):
    one = a_trace({"w": RNG.standard_normal(shape)})
    [found] = pair(one, laid_out(one, change), (AT, AT)).pairs
    assert said in found.layout
    np.testing.assert_array_equal(found.a.gradient, found.b.gradient)
    assert compare(one, laid_out(one, change)).verdict == "identical"


def in_gates(order):
    """A change of layout: the gates in an order, and matrices transposed."""
    return lambda w: w.reshape(len(order), -1, *w.shape[1:])[list(order)].reshape(w.shape).T


KEPT = {"gradients": (), "no gradients": ("gradient",)}  # what is not recorded


@pytest.mark.parametrize("without", KEPT.values(), ids=KEPT)
@pytest.mark.parametrize("order", [(1, 0, 2), (0, 1, 3, 2)], ids=["GRU", "LSTM"])
def test_a_bias_that_begins_with_0_has_the_gates_of_its_layer(order, without):
    """An equal pair was said to differ in it."""
    length = 12 * len(order)
    starts = {"r.weight": RNG.standard_normal((length, 5)), "r.bias": np.zeros(length), "o.bias": np.zeros(length)}
    one, change = a_trace(starts), in_gates(order)
    names = {"r.weight": "gru/kernel", "r.bias": "gru/bias", "o.bias": "dense/bias"}
    other = laid_out(one, change, names)
    other.tensors["dense/bias"] = one.tensors["o.bias"]
    sides = [
        replace(
            side, tensors={name: replace(tensor, **dict.fromkeys(without)) for name, tensor in side.tensors.items()}
        )
        for side in (one, other)
    ]
    found = {one.name: (one.other, one.layout) for one in pair(*sides, (AT, AT)).pairs}
    assert found["r.bias"] == ("gru/bias", f"gates {order}")
    assert found["o.bias"] == ("dense/bias", "")
    assert compare(*sides).verdict == "identical"


def test_a_bias_of_another_order_than_its_layer_has_keeps_it():
    """What its gradients say counts."""
    one = a_trace({"r.weight": RNG.standard_normal((12, 5)), "r.bias": np.zeros(12)})
    other = laid_out(one, in_gates((1, 0, 2)))
    other.tensors["r.bias"] = one.tensors["r.bias"]
    assert [found.layout for found in pair(one, other, (AT, AT)).pairs] == ["transposed, gates (1, 0, 2)", ""]


def test_a_bias_of_which_too_little_is_recorded_to_tell_keeps_its_order():
    """Of each gate another part is recorded than of the one that it may be."""
    one = a_trace({"r.weight": RNG.standard_normal((60, 5)), "r.bias": np.zeros(60)})
    other, at = laid_out(one, in_gates((1, 0, 2))), np.r_[0:10, 30:40]

    def sampled(trace):
        bias = trace.tensors["r.bias"]
        kinds = {kind: getattr(bias, kind)[:, at] for kind in ("before", "after", "gradient")}
        norms = {kind: bias.norm(kind) for kind in kinds}
        return replace(trace, tensors={**trace.tensors, "r.bias": replace(bias, sample=at, norms=norms, **kinds)})

    found = {one.name: one.layout for one in pair(sampled(one), sampled(other), (AT, AT)).pairs}
    assert found == {"r.weight": "transposed, gates (1, 0, 2)", "r.bias": ""}


def test_the_rows_after_a_flatten_are_found():
    one = a_trace({"conv": RNG.standard_normal((4, 1, 3, 3)), "head": RNG.standard_normal((10, 36))})

    def change(w):
        return w.transpose(2, 3, 1, 0) if w.ndim == 4 else w.reshape(10, 4, 9).transpose(2, 1, 0).reshape(36, 10)

    found = {one.name: one.layout for one in pair(one, laid_out(one, change), (AT, AT)).pairs}
    assert found["head"] == "transposed, rows of a flatten, channels first to last"


def test_tensors_of_one_shape_are_told_by_their_values_and_constants_by_name():
    starts = {f"{i}.weight": RNG.standard_normal((4, 4)) for i in range(3)} | {
        f"{i}.bias": np.zeros(4) for i in range(3)
    }
    names = {
        f"{i}.{kind}": f"dense_{i}/{keras}"
        for i in range(3)
        for kind, keras in (("weight", "kernel"), ("bias", "bias"))
    }
    one = a_trace(starts)
    shuffled = {name: one.tensors[name] for name in reversed(starts)}
    found = pair(one, laid_out(replace(one, tensors=shuffled), np.transpose, names), (AT, AT)).pairs
    assert {p.name: p.other for p in found} == names


def test_a_sample_of_each_tensor_is_compared_where_both_have_it():
    one = a_trace({"w": RNG.standard_normal((30, 20))})

    def sampled(trace, at):
        tensor = trace.tensors["w"]
        kinds = {kind: getattr(tensor, kind).reshape(3, -1)[:, at] for kind in ("before", "after", "gradient")}
        norms = {kind: tensor.norm(kind) for kind in kinds}
        return replace(trace, tensors={"w": Tensor(shape=tensor.shape, sample=at, norms=norms, **kinds)})

    other = sampled(laid_out(one, np.transpose), np.arange(0, 600, 3))
    [found] = pair(sampled(one, np.arange(0, 600, 2)), other, (AT, AT)).pairs
    assert (found.layout, found.whole, found.a.before.shape) == ("transposed", False, (3, 100))
    np.testing.assert_array_equal(found.a.gradient, found.b.gradient)


def test_names_can_be_given(tmp_path):
    one = a_trace({"a": np.zeros(4), "b": np.zeros(4)})
    (tmp_path / "names.json").write_text(json.dumps({"a": "b", "b": "a"}))
    found = pair(one, one, (AT, AT), read_names(tmp_path / "names.json")).pairs
    assert [(p.name, p.other) for p in found] == [("a", "b"), ("b", "a")]


BAD_NAMES = {
    "no JSON": ("{", "is no JSON"),
    "a list": ("[1]", "must be an object of names"),
    "a number": ('{"a": 1}', 'must be an object of names; write {"dense.weight": "dense/kernel", ...}'),
    "one for two": ('{"a": "b", "b": "b"}', "gives 'b' of B to two tensors of A's; leave one of them out"),
}


@pytest.mark.parametrize(("text", "said"), BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_bad_file_of_names_is_refused(text, said, tmp_path):
    (tmp_path / "names.json").write_text(text)
    with pytest.raises(BadInput, match=said):
        read_names(tmp_path / "names.json")


@pytest.mark.parametrize("wrong", ["wieght", "wei\nght"])
def test_a_name_that_is_not_there_is_refused(wrong):
    one = a_trace({"weight": np.zeros(4)})
    shown = re.escape(repr(wrong))
    with pytest.raises(BadInput, match=rf"--names: unknown tensor of B {shown}; did you mean 'weight'\?"):
        compare(one, one, {"weight": wrong})


# --- two causes at once


TWO = {
    "the start and the data": (
        {"scale": 16.0, "start": PLANTS["another seed"].plans()[0].start}, ["other initial values", "inputs scaled"],
    ),
    "L2 and a sum": ({"l2": 0.01, "loss": 4.0}, ["scaled", "L2"]),
    "a clip, and a learning rate": (
        {"clip": ("value", 0.01), "numbers": SGD | {"learning_rate": 0.1}}, ["clipped by value", "learning rate"],
    ),
    "a loss logged otherwise, and a momentum of statistics": (
        {"reported": 3.0, "batch_norm": (0.9, 1e-3, False)}, ["loss reported otherwise", "momentum of the statistics"],
    ),
    "L2, and an average": ({"l2": 0.01, "ema": 0.99}, ["L2", "decay of the average"]),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "causes"), TWO.values(), ids=TWO)
def test_two_causes_are_both_found(changes, causes):
    plan = Plan(net="conv" if "batch_norm" in changes else "two-layer", ema=0.9 if "ema" in changes else None)
    found = compare(torch_port.train(plan), torch_port.train(replace(plan, **changes)))
    assert [cause.cause for rung in found.rungs for cause in rung.causes] == causes


@pytest.mark.full  # each side's rule is looked for
def test_a_sum_and_another_rule_are_both_found_and_the_shares_add_up():
    plan = Plan(net="two-layer")
    other = replace(plan, loss=4.0, numbers=SGD | {"momentum": 0.8})
    found = compare(torch_port.train(plan), torch_port.train(other), by_rules=True)
    assert [cause.cause for rung in found.rungs for cause in rung.causes] == ["scaled", "momentum"]
    assert set(found.account) == {"scaled", "momentum", "gradients at other parameters", "rounding"}
    assert sum(found.account.values()) == pytest.approx(1, abs=1e-12)
    assert abs(found.account["rounding"]) < 1e-4  # a replay in float64 of steps in float32


def momentum_path(gradient, rate, momentum):
    """(steps + 1, k): where SGD goes from 1."""
    velocity, path = 0.0, [np.ones(gradient.shape[1])]
    for one in gradient:
        velocity = momentum * velocity + one
        path.append(path[-1] - rate * velocity)
    return np.array(path)


def test_each_field_in_which_two_rules_differ_has_its_share():
    gradient = np.random.default_rng(3).standard_normal((12, 40))
    a, b, rate, momentum = (momentum_path(gradient, *both) for both in ((0.1, 0.9), (0.2, 0.5), (0.2, 0.9), (0.1, 0.5)))
    ours, theirs = (
        Trace(
            steps=np.arange(12),
            tensors={"w": Tensor(shape=(40,), before=path[:-1], after=path[1:], gradient=gradient)},
        )
        for path in (a, b)
    )
    drift = b[-1] - a[-1]
    worth = {
        "": 0.0,
        "rate": (rate[-1] - a[-1]) @ drift,
        "momentum": (momentum[-1] - a[-1]) @ drift,
        "both": drift @ drift,
    }
    of_rate = (worth["rate"] + worth["both"] - worth["momentum"]) / 2 / worth["both"]
    found = compare(ours, theirs, by_rules=True)
    assert [one.cause for one in found.breaks] == ["learning rate", "momentum"]
    assert found.account["learning rate"] == pytest.approx(of_rate, rel=1e-6)
    assert found.account["momentum"] == pytest.approx(1 - of_rate, rel=1e-6)
    assert found.account["gradients at other parameters"] == pytest.approx(0, abs=1e-9)


def test_fields_that_the_first_sentence_lists_are_said_once_and_are_not_said_to_be_mended(tmp_path, capsys):
    gradient = np.random.default_rng(3).standard_normal((12, 40))
    for name, numbers in (("a", (0.1, 0.9)), ("b", (0.2, 0.5))):
        np.savez(tmp_path / f"{name}.npz", **{"params/w": momentum_path(gradient, *numbers), "grads/w": gradient})
    found = diff_traces(tmp_path / "a.npz", tmp_path / "b.npz")
    show(found)
    said, *_ = " ".join(capsys.readouterr().out.split()).partition("state what was found")
    listed = "learning rate is 0.1 in A and 0.2 in B, and momentum is 0.9 in A and 0.5 in B. Of A's, "
    assert f"They part at step 0 in the update: {listed}" in said
    assert said.count("momentum is 0.9 in A and 0.5 in B") == 1
    assert "Mended" not in said
    assert [one["cause"] for one in json.loads(as_json(found))["breaks"]] == ["learning rate", "momentum"]


def a_cause(says, *tensors):
    return Cause(rung="update", step=0, cause="", says=says, tensors=tensors)


SAID = {  # what is said before, what stands beside it, and whether it says the same
    "listed": (a_cause("They part: a is 1, and b is 2."), a_cause("They part, too: b is 2."), True),
    "another number": (a_cause("They part: a is 1, and b is 2."), a_cause("They part, too: b is 3."), False),
    "the end of another": (a_cause("They part: weight decay is 1."), a_cause("They part, too: decay is 1."), False),
    "of other tensors": (a_cause("They part: b is 2.", "v"), a_cause("They part, too: b is 2.", "w"), False),
    "of some of them": (a_cause("They part: b is 2.", "v", "w"), a_cause("They part, too: b is 2.", "w"), True),
    "of all": (a_cause("They part: b is 2.", "v"), a_cause("They part, too: b is 2."), False),
    "after it": (a_cause("They part: b is 2."), a_cause("They part: b is 2."), False),
}


@pytest.mark.parametrize(("before", "cause", "said"), SAID.values(), ids=SAID)
def test_what_stands_beside_another_cause_is_said_unless_that_says_it(before, cause, said):
    assert is_said(cause, [before]) == said


def test_a_second_field_is_said_to_part_at_the_step_at_which_the_update_does():
    """Adam's first step is the same with any beta."""
    plan = Plan(net="two-layer", optimizer="Adam", numbers=ADAM)
    found = compare(
        torch_port.train(plan),
        torch_port.train(replace(plan, numbers=ADAM | {"beta1": 0.8, "beta2": 0.99})),
        by_rules=True,
    )
    assert [(one.cause, one.step) for one in found.breaks] == [("beta1", 1), ("beta2", 1)]
    assert set(found.account) == {"beta1", "beta2", "gradients at other parameters", "rounding"}


def adam_trace(gradient, rate=0.01, *, corrected):
    """A trace of where Adam goes from 1, with the correction of m or without."""
    m = v = np.float32(0)
    path = [np.ones(gradient.shape[1], np.float32)]
    for t, one in enumerate(gradient, start=1):
        m, v = 0.9 * m + 0.1 * one, 0.99 * v + 0.01 * one**2
        path.append(path[-1] - rate * (m / (1 - 0.9**t) if corrected else m) / (np.sqrt(v / (1 - 0.99**t)) + 1e-8))
    path = np.array(path, np.float32)
    tensor = Tensor(shape=gradient.shape[1:], before=path[:-1], after=path[1:], gradient=gradient)
    return Trace(steps=np.arange(len(gradient)), tensors={"w": tensor})


@pytest.mark.full
def test_a_slip_on_one_side_is_the_cause_and_no_learning_rate():
    """A step without the correction is a tenth of the other at first: one step alone would be a learning rate."""
    gradient = np.random.default_rng(3).standard_normal((16, 40)).astype(np.float32)
    wrong, right = (adam_trace(gradient, corrected=corrected) for corrected in (False, True))
    for traces, side in (((wrong, right), "A"), ((right, wrong), "B")):
        found = compare(*traces, by_rules=True)
        assert [one.cause for one in found.breaks] == ["slip in the rule"]
        said = f"They part at step 0 in the update: in {side}, m is not corrected for its start at 0."
        assert (found.breaks[0].says, found.breaks[0].remedy) == (said, "Divide it by 1 - beta1^t.")
    faster = compare(wrong, adam_trace(gradient, 0.02, corrected=False), by_rules=True)
    assert [(one.cause, one.number) for one in faster.breaks] == [("learning rate", 0.02)]


@pytest.mark.full
def test_a_sign_is_a_slip_and_no_learning_rate():
    down = a_trace({"w": RNG.standard_normal((6, 5)).astype(np.float32)}, steps=8)
    tensor = down.tensors["w"]
    path = tensor.before[0] - (np.concatenate([tensor.before, tensor.after[-1:]]) - tensor.before[0])
    up = replace(down, tensors={"w": replace(tensor, before=path[:-1], after=path[1:])})
    found = compare(down, up, by_rules=True)
    assert [(one.cause, one.step) for one in found.breaks] == [("slip in the rule", 0)]
    assert found.breaks[0].says == "They part at step 0 in the update: in B, it goes up the gradient."


def decayed(steps, rate, decay, *, in_loss):
    """A trace of SGD with a decay: in the loss, and so in the gradients, or in the optimizer."""
    rng, path, gradients = np.random.default_rng(3), [np.ones(40)], []
    for _ in range(steps):
        plain = rng.standard_normal(40)
        with_it = plain + decay * path[-1]
        gradients.append(with_it if in_loss else plain)
        path.append(path[-1] - rate * with_it)
    path, gradients = np.array(path, np.float32), np.array(gradients, np.float32)
    tensor = Tensor(shape=(40,), before=path[:-1], after=path[1:], gradient=gradients)
    return Trace(steps=np.arange(steps), tensors={"w": tensor}, learning_rate=np.full(steps, rate))


def test_a_row_is_broken_by_what_is_found_after_others_are_mended():
    second = a_cause("They part, too: b is 2.")
    fine, own = (Rung(rung="update", state=state, says="", causes=()) for state in ("ok", "broken"))
    assert broken_by(fine, [second]) == Rung(rung="update", state="broken", says=second.says, causes=(second,))
    assert broken_by(fine, [replace(second, rung="side state")]) == fine
    assert broken_by(own, [second]) == own


@pytest.mark.full  # each side's rule is looked for
def test_the_row_of_the_update_is_broken_where_a_second_cause_is_in_it():
    found = compare(*(decayed(12, 0.1, 1e-3, in_loss=in_loss) for in_loss in (False, True)), by_rules=True)
    assert [one.cause for one in found.breaks] == ["L2", "weight decay"]
    assert found.first_break.cause == "L2"
    [update] = [rung for rung in found.rungs if rung.rung == "update"]
    assert (update.state, update.says, update.causes) == ("broken", found.breaks[1].says, found.breaks[1:])
    assert "They part at step 0 in the update, too: weight decay is 0.001 (coupled) in A and 0 in B." in update.says
    [told] = [rung for rung in json.loads(as_json(found))["rungs"] if rung["rung"] == "update"]
    assert (told["state"], [one["cause"] for one in told["causes"]]) == ("broken", ["weight decay"])


NEAR = {  # from which step on one tensor's gradient is another by little, and what is said of the updates
    0: "At no step are all gradients the same: those within 1 % of each other make the same updates, but for that.",
    1: "The same gradients make the same updates, at the one step at which all of them are the same.",
    2: "The same gradients make the same updates, at the 2 steps at which all of them are the same.",
    3: "The same gradients make the same updates, at the 3 steps at which they are the same.",
}


@pytest.mark.parametrize("since", NEAR)
def test_gradients_that_are_near_are_not_said_to_be_the_same(since):
    one = a_trace({"v": RNG.standard_normal((5, 4)), "w": RNG.standard_normal((4, 3))})
    tensor = one.tensors["w"]
    off = np.where(np.arange(3) < since, 0, 1e-3)[:, None, None] * np.abs(tensor.gradient)
    path = np.cumsum(np.concatenate([np.zeros((1, 4, 3)), off]), axis=0) * -0.1
    moved = {"before": tensor.before + path[:-1], "after": tensor.after + path[1:], "gradient": tensor.gradient + off}
    moved = {kind: values.astype(np.float32) for kind, values in moved.items()}
    found = compare(one, replace(one, tensors={**one.tensors, "w": replace(tensor, **moved)}))
    states = {rung.rung: (rung.state, rung.says) for rung in found.rungs}
    assert states["raw gradient"][0] == ("ok" if since == 3 else "broken")
    assert states["update"] == ("ok", NEAR[since])


# --- noise that a number is fitted to


def noisy(values, size, seed=0):
    """An array with noise of a size relative to its own."""
    noise = np.random.default_rng((seed, 1)).standard_normal(values.shape)  # seed 0 alone draws the first tensor
    return (values + size * np.linalg.norm(values) / np.linalg.norm(noise) * noise).astype(values.dtype)


def changed(trace, **kinds):
    """The first step alone of a trace, with arrays of each tensor changed."""
    tensors = {
        name: Tensor(
            shape=tensor.shape,
            **{
                kind: kinds.get(kind, lambda values: values)(getattr(tensor, kind)[:1])
                for kind in ("before", "after", "gradient")
            },
        )
        for name, tensor in trace.tensors.items()
    }
    return replace(trace, steps=trace.steps[:1], tensors=tensors)


TWO_TENSORS = {"w": RNG.standard_normal((40, 30)), "v": RNG.standard_normal((10, 40))}


@pytest.mark.parametrize("size", [10.0**-k for k in range(2, 7)])
@pytest.mark.parametrize("kind", ["gradient", "after", "before"])
@pytest.mark.parametrize("seed", range(3))
def test_noise_of_any_size_is_explained_by_no_number(kind, size, seed):
    """Little more than rounding, it is within what rounding may leave over of any fit: a factor of 1.00001."""
    one = a_trace(TWO_TENSORS)
    found = compare(changed(one), changed(one, **{kind: lambda values: noisy(values, size, seed)}))
    named = [cause for rung in found.rungs for cause in rung.causes]
    assert [cause.cause for cause in named if cause.certain] == ["other initial values"] * (kind == "before")


@pytest.mark.parametrize(("side", "names"), [("B", ()), ("A", ()), ("B", ("a", "c"))])
def test_absolute_values_in_the_loss_are_named_with_their_number(side, names):
    rng = np.random.default_rng(3)
    shapes = {"a": (6, 4), "b": (4,), "c": (4, 3)}
    plain = a_trace({name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}, steps=1)
    plain = replace(plain, loss=np.array([2.0]))
    tensors, loss = dict(plain.tensors), 2.0
    for name in names or shapes:
        one = tensors[name]
        tensors[name] = replace(one, gradient=one.gradient + np.float32(0.01) * np.sign(one.before))
        loss += 0.01 * float(np.abs(one.before).sum())
    with_it = replace(plain, tensors=tensors, loss=np.array([loss]))
    found = compare(plain, with_it) if side == "B" else compare(with_it, plain)
    [cause] = [one for one in found.breaks if one.rung != "update"]
    assert (cause.cause, cause.tensors, cause.certain) == ("L1", names, True)
    assert cause.number == pytest.approx(0.01 if side == "B" else -0.01, rel=1e-4)
    assert f"{side}'s has {abs(cause.number):.6g} times the signs of the parameters more" in cause.says


FACTORS = {  # of a loss: whether it is said for certain after one step, and in what words
    2.0: (True, "which is a whole number"),
    32.0: (True, "which is the batch size"),
    32 / 29: (False, "B takes the mean over 29 of the batch's 32 samples and A over all (ignore_index, a mask)"),
    0.7: (False, "a weight of 0.7 of the loss; or weights of samples or classes"),
    1.2345: (False, "a weight of the loss; or weights of samples or classes"),
}


@pytest.mark.parametrize("factor", FACTORS)
def test_a_factor_of_one_step_is_certain_only_where_it_has_a_meaning(factor):
    """Parameters are apart after the first step, and the factor may differ by batch as the labels do."""
    certain, said = FACTORS[factor]
    a, b = (torch_port.train(Plan(net="two-layer", loss=loss)) for loss in (1.0, factor))
    cause = compare(a, b).first_break
    assert (cause.certain, cause.number) == (certain, pytest.approx(factor, rel=1e-5))
    assert said in cause.says
    assert ("no other step can be compared. Likely: " in cause.says) != certain


def test_weights_of_zero_before_the_outputs_are_no_targets_in_another_order():
    """The outputs are the bias then, and so its gradient is the same whatever comes before it."""
    start = {"w": RNG.standard_normal((4, 3)), "v": np.zeros((3, 2)), "bias": RNG.standard_normal(2)}
    one = a_trace(start)
    tensors = {
        name: tensor if name == "bias" else replace(tensor, gradient=tensor.gradient[..., ::-1])
        for name, tensor in one.tensors.items()
    }
    found = compare(changed(one), changed(replace(one, tensors=tensors)))
    assert not found.first_break.certain


def test_what_a_file_is_called_is_shown_visibly(tmp_path):
    one = bare(tmp_path / "a\x1b[31m.npz", **whole())
    found = diff_traces(one, one)
    assert "\x1b" not in "".join(found.names)


# --- what is refused


WITHOUT = {
    "the same": (np.ones(6), "not recorded", None, "No gradients were recorded on both sides."),
    "another rate from a step on": (
        np.array([1, 1, 1, 2, 2, 2]),
        "broken",
        2.0,
        "They part in the update of step 3: B's is 2 times A's. Likely: another learning rate, or loss; which, "
        "gradients would say.",
    ),
    "an update that one side leaves out": (
        np.array([1, 0, 1, 1, 1, 1]),
        "broken",
        0.0,
        "They part in the update of step 1: B's is 0 times A's. Likely: another learning rate, or loss; which, "
        "gradients would say.",
    ),
    "what rounding makes of small ones": (1 + 1e-4 * RNG.standard_normal(6), "not recorded", None, "No gradients were"),
    "another order": (
        np.array([1, 1, 1, -1, 1, 1]) * np.where(np.arange(40) % 2, 1, -1)[:, None],
        "broken",
        None,
        "They part in the update of step 0; no gradients were recorded that would say whether it is theirs.",
    ),
}


@pytest.mark.parametrize(("factors", "state", "number", "said"), WITHOUT.values(), ids=WITHOUT)
def test_updates_without_gradients_part_at_any_step(factors, state, number, said):
    """After the first they were not compared, and it was "rounding only"."""
    moves = RNG.standard_normal((6, 40))
    sides = []
    for by in (np.ones((40, 6)), np.broadcast_to(factors, (40, 6))):
        path = np.cumsum([np.ones(40), *(by.T * moves)], axis=0)
        sides.append(Trace(steps=np.arange(6), tensors={"w": Tensor(shape=(40,), before=path[:-1], after=path[1:])}))
    [rung] = [one for one in compare(*sides).rungs if one.rung == "update"]
    assert rung.state == state
    assert [one.number for one in rung.causes] == [pytest.approx(number)] * (state == "broken")
    assert rung.says.startswith(said)


def test_updates_of_tensors_without_gradients_are_compared_beside_others():
    """A tensor that is not reached at some steps was not compared at any, and it was "rounding only"."""
    moves = RNG.standard_normal((6, 40))
    reached = np.where(np.arange(6)[:, None] == 3, np.nan, -moves)
    sides = []
    for factor in (1, 1, 2):
        known, other = (np.cumsum([np.ones(40), *of], axis=0) for of in (moves, factor * moves))
        of_known = Tensor(shape=(40,), before=known[:-1], after=known[1:], gradient=-moves)
        of_other = Tensor(shape=(40,), before=other[:-1], after=other[1:], gradient=reached)
        sides.append(Trace(steps=np.arange(6), tensors={"w": of_known, "b": of_other}))
    assert compare(*sides[:2]).verdict == "identical"
    first = compare(*sides[1:]).first_break
    assert (first.rung, first.step, first.tensors, first.certain) == ("update", 0, ("b",), False)
    assert first.number == pytest.approx(2)
    assert first.says.startswith("They part in the update of b of step 0: B's is 2 times A's. Likely: ")


def bare(path, **arrays):
    np.savez(path, **arrays)
    return path


def whole(**changes):
    start = np.zeros((4, 2, 3), np.float32)
    return {"params/w": start, "grads/w": np.ones((3, 2, 3), np.float32), "loss": np.ones(3)} | changes


REFUSED = {
    "other shapes": (
        whole(**{"params/w": np.zeros((4, 5), np.float32), "grads/w": np.ones((3, 5), np.float32)}),
        "no tensor of A has the shape of one of B's",
    ),
    "objects": (whole(loss=np.array([{}, 1, 2], object)), "loss holds objects, which are never read"),
    "parameters that are not finite": (
        whole(**{"params/w": np.full((4, 2, 3), np.nan, np.float32)}),
        "B: its parameters are not finite from the first step on",
    ),
    "no parameters": ({"loss": np.ones(3)}, "no array is called params/<name>"),
}  # fmt: skip


@pytest.mark.parametrize(("arrays", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_compared_is_refused_in_a_line(arrays, said, tmp_path):
    sides = [str(bare(tmp_path / "a.npz", **whole())), str(bare(tmp_path / "b.npz", **arrays))]
    ended = CliRunner().invoke(triptych, ["diff", *sides])
    assert (ended.exit_code, ended.stderr.count("\n")) == (2, 1)
    assert said in ended.stderr


def test_a_truncated_file_is_refused(tmp_path):
    one = bare(tmp_path / "a.npz", **whole())
    (tmp_path / "b.npz").write_bytes(one.read_bytes()[:-40])
    with pytest.raises(BadInput, match=r"is no whole \.npz file"):
        diff_traces(one, tmp_path / "b.npz")


def test_no_common_step_is_refused():
    one = a_trace({"w": np.zeros(4)})
    with pytest.raises(BadInput, match="have no step in common: A has steps 0 to 2, B has steps 5 to 7"):
        compare(one, replace(one, steps=np.arange(5, 8)))


def test_steps_and_losses_that_were_not_compared_are_said():
    one = a_trace({"w": RNG.standard_normal(40)}, steps=6, loss=np.array([3.0, 2.0, 1.0, np.nan, 1.0, 1.0]))
    other = a_trace({"w": one.tensors["w"].before[0]}, steps=6, loss=one.loss)
    cut = {kind: getattr(other.tensors["w"], kind)[:4] for kind in ("before", "after", "gradient")}
    other = replace(other, steps=other.steps[:4], loss=other.loss[:4], tensors={"w": Tensor(shape=(40,), **cut)})
    found = compare(one, other)
    assert found.first_break is None
    assert "2 of A's steps are not in B, and not compared" in found.notes
    assert "A's loss is not finite, or not recorded, at step 3" in found.notes


@pytest.mark.parametrize("moves", [False, True])
def test_numbers_of_other_names_that_never_move_are_not_compared(moves):
    """As the deviation of inputs that one side divides by, and the variance that the other takes the root of."""
    deviation = np.tile(np.array([0.5, 2.0, 3.0], np.float32), (3, 1))
    variance = np.square(deviation + 0.1 * moves * AT[:, None])
    one = a_trace({"w": RNG.standard_normal((3, 2))})
    sides = [replace(one, buffers={f"layer.{name}": at}) for name, at in (("std", deviation), ("variance", variance))]
    assert compare(*sides).verdict == ("different" if moves else "identical")


def test_losses_of_no_step_are_not_recorded():
    one = a_trace({"w": RNG.standard_normal(40)}, loss=np.full(3, np.nan))
    states = {rung.rung: rung.state for rung in compare(one, one).rungs}
    assert states["loss at equal parameters"] == "not recorded"
    assert states["data"] == "not recorded"
    assert states["raw gradient"] == "ok"


@pytest.mark.parametrize(("size", "frozen"), [(1e-9, False), (1.0, True)])
def test_a_tensor_that_gets_rounding_alone_is_not_called_frozen(size, frozen):
    """A bias before a normalisation: Adam moves it by a whole step, and SGD by nothing."""
    both = a_trace({"w": RNG.standard_normal((4, 3)), "bias": RNG.standard_normal(3)})
    bias = both.tensors["bias"]
    moved = replace(bias, gradient=np.float32(size) * bias.gradient)
    still = replace(moved, after=bias.before[:1].repeat(3, axis=0), before=bias.before[:1].repeat(3, axis=0))
    first, second = (replace(both, tensors={**both.tensors, "bias": one}) for one in (moved, still))
    rungs = {rung.rung: rung for rung in compare(first, second).rungs}
    assert [cause.cause for cause in rungs["names and layout"].causes] == ["frozen"] * frozen


def test_inputs_that_are_scaled_are_not_taken_for_shuffled_targets():
    """Of all gradients the last bias alone is the same; but the labels are known to be."""
    start = {"w": RNG.standard_normal((4, 3)), "v": RNG.standard_normal((3, 2)), "bias": RNG.standard_normal(2)}
    labels, hashes = (np.arange(4, dtype=np.uint64),) * 3, np.arange(12, dtype=np.uint64).reshape(3, 4)
    first = replace(a_trace(start), samples=tuple(hashes), labels=labels)
    tensors = {
        name: tensor if name == "bias" else replace(tensor, gradient=tensor.gradient[..., ::-1])
        for name, tensor in first.tensors.items()
    }
    second = replace(first, tensors=tensors, samples=tuple(hashes + 100))
    rungs = {rung.rung: rung for rung in compare(first, second).rungs}
    assert [cause.cause for cause in rungs["data"].causes] == ["no sample in common"]


def test_inputs_in_another_order_and_scale_are_told_by_their_mean_and_deviation():
    """Of two batches each: those of A are 0, 2 and 4, 6, and B's are ten times that, exchanged."""
    first = a_trace({"w": RNG.standard_normal((4, 3))}, steps=2)
    inputs, hashes = np.array([[1.0, 1.0], [5.0, 1.0]]), np.arange(4, dtype=np.uint64).reshape(2, 2)
    first = replace(first, inputs=inputs, samples=tuple(hashes))
    others = {"w": replace(first.tensors["w"], gradient=-first.tensors["w"].gradient)}
    second = replace(first, tensors=others, inputs=10 * inputs[::-1], samples=tuple(hashes + 100))
    [cause] = compare(first, second).rungs[2].causes
    assert cause.cause == "no sample in common"
    assert "A's numbers have a mean of 3 and a standard deviation of 2.24, and B's 30 and 22.4." in cause.says


# --- learning rates


CONSTANT = np.full(16, 0.05)
COSINE = 0.025 * (1 + np.cos(np.pi * np.arange(16) / 16))
LONG = 0.025 * (1 + np.cos(np.pi * np.arange(48) / 16))
STEPPED = 0.05 * 0.1 ** (np.arange(32) // 7)
RATES = {
    "a cosine for a constant": (CONSTANT, COSINE, 1, ("learning rate schedule", COSINE[1] / 0.05)),
    "a drop near the end": (CONSTANT, np.where(np.arange(16) < 12, 0.05, 0.005), 12, ("learning rate schedule", 0.1)),
    "one step late": (COSINE, COSINE[[0, *range(15)]], 1, ("learning rate lags", 1)),
    "one step late in A": (COSINE[[0, *range(15)]], COSINE, 1, ("learning rate lags", -1)),
    "by epochs of ten": (COSINE, COSINE[np.arange(16) // 10], 1, ("schedule by epochs", 10)),
    "by micro-batches of three": (COSINE, LONG[2::3], 0, ("schedule by micro-batches", 3)),
    "by the first of three in A": (LONG[::3], COSINE, 1, ("schedule by micro-batches", 1 / 3)),
    "two drops in 16 steps, each at half the step": (STEPPED[:16], STEPPED[1::2], 3, ("learning rate schedule", 0.1)),
    "half": (COSINE, COSINE / 2, 0, ("learning rate", 0.5)),
}


@pytest.mark.parametrize(("a", "b", "step", "named"), RATES.values(), ids=RATES)
def test_rates_are_named_by_what_they_are_of_the_others(a, b, step, named):
    both = both_of(a_trace({"w": np.ones((4, 3))}, steps=16), a_trace({"w": np.ones((4, 3))}, steps=16), None)
    [cause] = rates_cause(both, a, b, "They part at step {step}")
    assert (cause.step, cause.cause, cause.number) == (step, named[0], pytest.approx(named[1]))


def test_equal_rates_are_no_cause():
    both = both_of(a_trace({"w": np.ones((4, 3))}, steps=16), a_trace({"w": np.ones((4, 3))}, steps=16), None)
    assert list(rates_cause(both, COSINE, COSINE.astype(np.float32), "")) == []
