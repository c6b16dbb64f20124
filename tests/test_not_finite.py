"""NaN and infinity in a trace: what is none of the numbers is said, by `triptych identify` and `triptych diff`."""

import numpy as np
import pytest

from comparisons.diff.ladder import compare
from comparisons.identify.identify import identify
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
GRADIENT = "gradient of b is not finite, or not recorded, at step {}; its gradients are not compared"
# What is changed, to how many updates are looked at, what identify says, and what diff says of B.
CASES = {
    "a loss": ({"loss": (5, NAN)}, STEPS, f"The {LOSSES}step 5.", f"B's {LOSSES}step 5"),
    "all losses": (
        {"loss": (slice(None), INF)},
        STEPS,
        f"The {LOSSES}12 steps, first at step 0.",
        f"B's {LOSSES}12 steps, first at step 0",
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


@pytest.mark.parametrize(("changes", "steps", "of_identify", "of_diff"), CASES.values(), ids=CASES)
def test_what_is_not_finite_is_said_in_a_line(changes, steps, of_identify, of_diff, tmp_path):
    trace = written(tmp_path, **changes)
    found = identify(trace)
    assert (found.steps, [one.rule for one in found.found]) == (steps, [RULE] if steps > 1 else [])
    assert found.notes == (of_identify,)
    apart = compare(written(tmp_path), trace)
    assert apart.verdict != "identical"
    assert apart.notes == (of_diff,)
    assert compare(trace, trace).verdict == "identical"


def test_tensors_of_one_shape_are_paired_though_their_first_gradients_are_no_numbers(tmp_path):
    trace = written(tmp_path, **{"grads/a": ((0, 1, 1), NAN), "grads/b": ((0, 1, 1), INF)})
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
