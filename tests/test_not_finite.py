"""NaN and infinity in a trace: what is none of the numbers is said, by `triptych identify` and `triptych diff`."""

from dataclasses import replace

import numpy as np
import pytest

from comparisons.diff.ladder import compare
from comparisons.identify.identify import identify
from comparisons.names import BadInput
from comparisons.rules import SGD
from comparisons.traces.reading import read_trace
from numpy_impl import Recorder
from numpy_impl.optimizer import Optimizer

STEPS, NAN, INF = 12, float("nan"), float("inf")
RULE = SGD(learning_rate=0.1, momentum=0.9)
SHAPES = {"a": (5, 4), "b": (5, 4), "c": (3,)}  # two of one shape: which is which is told by their numbers


def written(folder, **changes):
    """A bare trace, with numbers in the place of some: the array's name to (index, number)."""
    rng = np.random.default_rng(0)
    theta = {name: rng.normal(size=shape).astype("float32") for name, shape in SHAPES.items()}
    met = {name: rng.normal(size=(STEPS, *shape)).astype("float32") for name, shape in SHAPES.items()}
    tensors, path = list(theta.values()), {name: [value.copy()] for name, value in theta.items()}
    optimizer = Optimizer(RULE, tensors)
    for k in range(STEPS):
        optimizer.step([gradients[k] for gradients in met.values()])
        for of, value in zip(path.values(), tensors, strict=True):
            of.append(value.copy())
    arrays = {"loss": np.linspace(1, 0.5, STEPS), **{f"params/{name}": np.stack(of) for name, of in path.items()}}
    arrays |= {f"grads/{name}": of for name, of in met.items()}
    for name, (at, number) in changes.items():
        arrays[name][at] = number
    file = folder / f"{len(list(folder.iterdir()))}.npz"
    np.savez(file, **arrays)
    return read_trace(file)


ONLY = "Only the first {} looked at: at update {} the {} are not finite, or not recorded, of {}."
LOSSES = "loss is not finite, or not recorded, at "
GRADIENT = "gradients are not finite at step {}, and A's are: what comes after is not compared."
THE_SAME = "For all that, the parameters are the same but for rounding before each of the 12 updates."
# What is changed, to how many updates are looked at, what identify says, and what diff says of B.
CASES = {
    "a loss": ({"loss": (5, NAN)}, STEPS, f"The {LOSSES}step 5.", f"B's {LOSSES}step 5", THE_SAME),
    "all losses": (
        {"loss": (slice(None), INF)},
        STEPS,
        f"The {LOSSES}12 steps, first at step 0.",
        f"B's {LOSSES}12 steps, first at step 0",
        THE_SAME,
    ),
    "a gradient": (
        {"grads/b": ((4, 1, 1), NAN)},
        4,
        ONLY.format("4 updates were", 4, "gradients", "b"),
        f"B's {GRADIENT.format(4)}",
    ),
    "a gradient of the second step": (
        {"grads/b": ((1, 1, 1), INF)},
        1,
        ONLY.format("update was", 1, "gradients", "b"),
        f"B's {GRADIENT.format(1)}",
    ),
    "parameters": (
        {"params/c": ((4, 1), INF)},
        3,
        ONLY.format("3 updates were", 3, "parameters after it", "c"),
        "B's training diverged: its parameters are not finite from step 3 on; A's are.",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_not_finite_is_said_in_a_line(case, tmp_path):
    changes, steps, of_identify, *of_diff = case
    trace = written(tmp_path, **changes)
    found = identify(trace)
    assert (found.steps, [one.rule for one in found.found]) == (steps, [RULE] if steps > 1 else [])
    assert found.notes == (of_identify,)
    apart = compare(written(tmp_path), trace)
    assert apart.verdict == "different"
    assert apart.notes == tuple(of_diff)
    assert compare(trace, trace).verdict == "identical"


def test_a_loss_that_is_logged_now_and_then_is_no_difference(tmp_path):
    """NaN is also what a step has none of; one that is infinite was logged."""
    seldom = written(tmp_path, loss=([1, 2, 4, 5, 7], NAN))
    assert compare(written(tmp_path), seldom).verdict == "rounding"
    found = compare(written(tmp_path), written(tmp_path, loss=([1, 2, 4, 5, 7], INF))).first_break
    assert (found.rung, found.step, found.number, found.certain) == ("loss at equal parameters", 1, 5, False)
    assert found.says == (
        "They part at step 1 and 4 more in the loss only: B's is not finite, or not recorded, and A's is; what is "
        "known of the gradients is the same."
    )


def skipping(folder, *steps, number=NAN):
    """A training by gradient descent that leaves out updates whose gradients, and loss, are no numbers."""
    rng = np.random.default_rng(0)
    met, losses = rng.normal(size=(STEPS, 3, 4)).astype("float32"), np.linspace(1, 0.5, STEPS)
    met[list(steps)], losses[list(steps)] = number, number
    path = [np.ones((3, 4), np.float32)]
    for gradient in met:
        path.append(path[-1] - np.float32(0.1) * gradient if np.isfinite(gradient).all() else path[-1])
    file = folder / f"{len(list(folder.iterdir()))}.npz"
    np.savez(file, **{"params/w": np.stack(path), "grads/w": met, "loss": losses})
    return read_trace(file)


@pytest.mark.parametrize("number", [NAN, INF])
@pytest.mark.parametrize("step", [1, 7])
def test_an_update_that_one_side_leaves_out_is_where_they_part(number, step, tmp_path):
    """It was "rounding only": a tensor's gradients were not compared at any step, nor were updates after the first."""
    found = compare(skipping(tmp_path), skipping(tmp_path, step, number=number))
    first = found.first_break
    assert (first.cause, first.step, first.certain) == ("not finite on one side", step, False)
    assert first.says.startswith(
        f"They part at step {step}: B's loss and gradients are not finite there, and A's are (B leaves its parameters "
        f"where they are); up to step {step - 1} they are the same but for rounding. Likely: "
    )
    assert f"B's {GRADIENT.format(step)}" in found.notes
    turned = compare(skipping(tmp_path, step, number=number), skipping(tmp_path))
    assert turned.first_break.says.startswith(f"They part at step {step}: A's loss and gradients are not finite there")


def test_an_update_that_both_sides_leave_out_is_not_compared(tmp_path):
    one = skipping(tmp_path, 0, 5)
    gradient = np.where(np.arange(STEPS) == 8, 1 + 1e-3, 1)[:, None, None] * one.tensors["w"].gradient
    found = compare(one, replace(one, tensors={"w": replace(one.tensors["w"], gradient=gradient)}))
    assert "Neither side's gradients are finite at 2 steps, first at step 0: not compared" in found.notes
    assert (found.first_break.rung, found.first_break.step) == ("raw gradient", 8)


def test_of_two_that_leave_out_other_updates_the_first_counts(tmp_path):
    found = compare(skipping(tmp_path, 3, 5), skipping(tmp_path, 3, 4))
    assert found.first_break.says.startswith("They part at step 4: B's loss and gradients are not finite there")


@pytest.mark.parametrize(("ours", "theirs", "who"), [((), (0,), "B: its"), ((0, 1), (0,), "A: its"),
                                                      (range(STEPS), range(STEPS), "A and B: their")])  # fmt: skip
def test_gradients_that_are_no_numbers_from_the_first_step_on_are_refused(ours, theirs, who, tmp_path):
    with pytest.raises(BadInput, match=f"^{who} gradients are not finite from the first step on"):
        compare(skipping(tmp_path, *ours), skipping(tmp_path, *theirs))


def test_tensors_of_one_shape_are_paired_though_their_first_gradients_were_not_recorded(tmp_path):
    trace = written(tmp_path, **{"grads/a": (0, NAN), "grads/b": (0, NAN)})
    assert compare(written(tmp_path), trace).details["names"] == {"a": "a", "b": "b", "c": "c"}


def test_a_recorder_keeps_a_loss_that_is_no_number(tmp_path):
    """Where all of them are, too: none at all is another thing."""
    told = []
    for name, given in (("nan", {"loss": NAN}), ("none", {})):
        recorder = Recorder(tmp_path / name, {"w": np.zeros(3)})
        for k in range(3):
            recorder.step(params={"w": np.full(3, k + 1.0)}, gradients={"w": np.ones(3)}, **given)
        recorder.close()
        told.append(read_trace(tmp_path / name))
    lost, without = told
    assert np.isnan(lost.loss).all()
    assert without.loss is None
    [rung] = [one for one in compare(lost, lost).rungs if one.rung == "loss at equal parameters"]
    assert rung.says == "No step has a finite loss on both sides."
    assert f"A's {LOSSES}3 steps, first at step 0" in compare(lost, lost).notes
    assert not compare(without, without).notes
