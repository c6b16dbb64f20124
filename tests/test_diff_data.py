"""`triptych diff` of batches: what is said of samples that are the same, and where."""

import numpy as np
import pytest
import torch
from torch import nn

from comparisons.diff.aligning import both_of
from comparisons.diff.data import data_causes
from comparisons.diff.ladder import compare
from comparisons.traces.hashing import of_one_value, sample_hashes
from comparisons.traces.reading import read_trace
from comparisons.traces.trace import Tensor, Trace
from torch_impl import Recorder

SAMPLES, BATCH, STEPS = 96, 16, 24


def in_epochs(of, seed=0, steps=STEPS):
    """The numbers of the samples of each batch, shuffled anew in each epoch; `of` is how many there are."""
    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(of) for _ in range(steps * BATCH // of + 1)])
    return order[: steps * BATCH].reshape(steps, BATCH).astype(np.uint64)


def found(a, b):
    """What the data of two traces with these hashes part in."""

    def trace(hashes):
        tensor = Tensor(shape=(1,), before=np.ones((len(hashes), 1)), after=np.ones((len(hashes), 1)))
        return Trace(steps=np.arange(len(hashes)), tensors={"w": tensor}, samples=tuple(hashes))

    [cause] = data_causes(both_of(trace(a), trace(b)))
    return cause


def changed(batches, share, seed=1):
    """Some samples are others, which come no second time."""
    new = np.arange(batches.size, dtype=np.uint64).reshape(batches.shape) + np.uint64(1000)
    return np.where(np.random.default_rng(seed).random(batches.shape) < share, new, batches)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.9, 0.97])
def test_samples_that_one_side_changes_are_no_other_shuffle(share, turned):
    """Over some epochs nearly all are on both sides, in other batches, too: it was "another shuffle"."""
    a = in_epochs(SAMPLES)
    sides = [a, changed(a, share)]
    cause = found(*(sides[::-1] if turned else sides))
    same = (sides[0] == sides[1]).sum(axis=1)
    assert (cause.cause, cause.certain) == ("samples changed", False)
    assert cause.number == pytest.approx(same.mean() / BATCH)
    assert f"a batch's 16 samples only {same.min()} to {same.max()} are the same, each at its place" in cause.says
    assert f"changed on one side ({'A' if turned else 'B'}: A has " in cause.says


def test_samples_that_come_once_do_not_tell_which_side_changes_them():
    a = in_epochs(BATCH * STEPS)
    assert "changed on one side, or on each in its own way" in found(a, changed(a, 0.3)).says


@pytest.mark.parametrize("of", [SAMPLES, 4000])
@pytest.mark.parametrize("padded", [0, 4])
def test_another_shuffle_is_no_change(of, padded):
    """Nor is one in which some places of each batch are filled up with one and the same sample."""
    a, b = in_epochs(of), in_epochs(of, seed=2)
    a[:, BATCH - padded :] = b[:, BATCH - padded :] = 5000
    assert found(a, b).cause == "shuffled otherwise"


def test_an_order_that_is_another_from_some_epoch_on_is_a_shuffle():
    a, b = in_epochs(SAMPLES), in_epochs(SAMPLES, seed=2)
    b[:12] = a[:12]
    assert (found(a, b).cause, found(a, b).step) == ("shuffled otherwise", 12)


@pytest.mark.parametrize(
    ("ours", "theirs", "says"),
    [
        (96, 80, "A has 96 different samples, and B 80; all of B's are among A's, which has 16 more"),
        (80, 96, "A has 80 different samples, and B 96; all of A's are among B's, which has 16 more"),
    ],
)
def test_a_part_that_one_side_leaves_out_is_no_shuffle_alone(ours, theirs, says):
    cause = found(in_epochs(ours), in_epochs(theirs, seed=2))
    assert (cause.cause, cause.number, cause.certain) == ("other samples", theirs / ours, False)
    assert says in cause.says


def test_two_splits_of_one_set_are_told():
    cause = found(in_epochs(96), in_epochs(96, seed=2) + np.uint64(20))
    assert "A has 96 different samples, and B 96; 76 of them are on both sides" in cause.says


def test_of_a_single_epoch_nothing_is_said_of_the_set():
    assert found(in_epochs(400), in_epochs(390, seed=2)).cause == "shuffled otherwise"


IMAGES = np.random.default_rng(3).random((6, BATCH, 3, 4, 4)).astype(np.float32)
ORDERS = {
    "mirrored": lambda x: x[..., ::-1],
    "BGR": lambda x: x[:, ::-1],
    "transposed": lambda x: x.swapaxes(-1, -2),
}
UNORDERED = "The order of the values within a sample (channels, rows, columns) is not compared."


def trained(folder, batches, *, scale=1.0, act=torch.tanh):
    """The trace of a regression of sines."""
    torch.manual_seed(0)
    size = int(np.prod(batches[0].shape[1:]))
    hidden, last = nn.Linear(size, 8), nn.Linear(8, 2)
    optimizer = torch.optim.SGD([*hidden.parameters(), *last.parameters()], 0.1)
    recorder = Recorder(folder, optimizer)
    for x in map(torch.tensor, batches):
        y = torch.stack([torch.sin(30 * x.flatten(1).mean(1)), x.flatten(1).std(1, correction=0)], 1)
        optimizer.zero_grad()
        loss = scale * nn.functional.mse_loss(last(act(hidden(x.flatten(1)))), y)
        loss.backward()
        recorder.batch(x)
        recorder.loss(loss)
        optimizer.step()
    recorder.close()
    return read_trace(folder)


@pytest.mark.parametrize("change", ORDERS.values(), ids=ORDERS)
def test_another_order_within_samples_is_likely_and_said_not_to_be_compared(change, tmp_path):
    """The data were "the same", and a function of the layers was looked for."""
    changed = [np.ascontiguousarray(change(x)) for x in IMAGES]
    diff = compare(trained(tmp_path / "a", IMAGES), trained(tmp_path / "b", changed))
    [data] = [rung for rung in diff.rungs if rung.rung == "data"]
    assert (data.state, data.says.endswith(f"make a difference. {UNORDERED}")) == ("ok", True)
    assert "another order of channels, rows or columns in the inputs" in diff.first_break.says
    assert "Compare the first batch" in diff.first_break.remedy


@pytest.mark.parametrize(
    ("batches", "given"),
    [(IMAGES, {}), (IMAGES, {"scale": 3.0}), (IMAGES[..., :1, 0, 0], {"act": torch.relu})],
    ids=["nothing differs", "a cause that is certain", "samples of one value"],
)
def test_the_order_within_samples_is_no_matter(batches, given, tmp_path):
    diff = compare(trained(tmp_path / "a", batches), trained(tmp_path / "b", batches, **given))
    assert not any(UNORDERED in rung.says or "order of channels" in rung.says for rung in diff.rungs)


@pytest.mark.parametrize("values", [np.float32([0, -0.0, 1, -1, 1e-45, 3e38]), np.arange(6), np.float32([np.nan] * 6)])
def test_a_hash_of_one_value_is_told_from_those_of_several(values):
    assert of_one_value(sample_hashes(values)).all()
    assert not of_one_value(sample_hashes(np.stack([values, values], 1))).any()
