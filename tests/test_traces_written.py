"""Traces as recorders write them: limits, samples, hashes, what a killed process leaves, and what is refused."""

import json
import signal
import subprocess
import sys
from functools import partial
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from comparisons.names import BadInput
from comparisons.traces.hashing import FACTOR, batch_hash, label_hashes, sample_hashes
from comparisons.traces.reading import read_trace
from comparisons.traces.sampling import sample
from comparisons.traces.writing import CHUNK, Limits
from numpy_impl import Recorder

RATE = 0.5


def trained(folder, steps=3, shape=(4, 3), **options):
    """A training by gradient descent of a parameter w, whose gradient is itself, and of a bias."""
    params = {"layer": {"w": np.ones(shape, np.float32), "b": np.zeros(2)}}
    recorder = Recorder(folder, params, **options)
    for k in range(steps):
        gradients = {"layer": {"w": params["layer"]["w"].copy(), "b": np.full(2, float(k))}}
        for name, theta in params["layer"].items():
            theta -= RATE * gradients["layer"][name]
        x = np.arange(6.0).reshape(2, 3) + k
        recorder.step(
            params=params, gradients=gradients, loss=float(k), learning_rate=RATE, batch=(x, np.array([0, 1]))
        )
    recorder.close()
    return read_trace(folder)


def test_what_arrays_did_is_a_trace(tmp_path):
    trace = trained(tmp_path / "t", optimizer={"class": "by hand", "arguments": {"lr": RATE}})
    w, b = trace.tensors["layer/w"], trace.tensors["layer/b"]
    assert w.before[:, 0, 0].tolist() == w.gradient[:, 0, 0].tolist() == [1.0, 0.5, 0.25]
    assert w.after[:, 0, 0].tolist() == [0.5, 0.25, 0.125]
    assert (w.before.dtype, b.before.dtype, w.shape, w.used) == (np.float32, np.float64, (4, 3), None)
    assert trace.loss.tolist() == trace.steps.tolist() == [0, 1, 2]
    assert trace.learning_rate.tolist() == [RATE] * 3
    assert trace.samples[1].tolist() == sample_hashes(np.arange(6.0).reshape(2, 3) + 1).tolist()
    assert trace.batch[1] == batch_hash(trace.samples[1])
    assert trace.labels[1].tolist() == label_hashes([np.array([0, 1])]).tolist()
    np.testing.assert_allclose(trace.inputs, [[2.5 + k, (35 / 12) ** 0.5] for k in range(3)], rtol=1e-15)
    assert trace.about["optimizer"] == {"class": "by hand", "arguments": {"lr": RATE}}
    assert trace.about["versions"]["numpy"] == np.__version__
    assert trace.about["ended"] == "closed"


def test_a_second_recorder_of_a_folder_ends_the_first(tmp_path):
    """Else both would write their chunks into it."""
    first = Recorder(tmp_path / "t", {"w": np.ones(3)})
    first.step(params={"w": np.zeros(3)}, gradients={"w": np.ones(3)})
    with pytest.warns(UserWarning, match="the recording ends here: another recorder was made for this folder"):
        second = Recorder(tmp_path / "x" / ".." / "t", {"v": np.ones(2)})
    for count in range(CHUNK):
        first.step(params={"w": np.full(3, -1.0 - count)}, gradients={"w": np.ones(3)})
        second.step(params={"v": np.full(2, -1.0 - count)}, gradients={"v": np.ones(2)})
    second.close()
    trace = read_trace(tmp_path / "t")
    assert list(trace.tensors) == ["v"]
    assert len(trace.steps) == CHUNK


def test_of_a_large_tensor_there_is_a_sample_with_norms_and_sums(tmp_path):
    whole = trained(tmp_path / "whole", shape=(30, 20)).tensors["layer/w"]
    some = trained(tmp_path / "some", shape=(30, 20), elements=100).tensors["layer/w"]
    assert whole.sample is None
    assert some.sample.shape == (100,)
    for kind in ("before", "after", "gradient"):
        values = getattr(whole, kind).reshape(3, -1)
        np.testing.assert_array_equal(getattr(some, kind), values[:, some.sample])
        np.testing.assert_allclose(some.norm(kind), whole.norm(kind), rtol=1e-6)  # of 600 numbers in float32
        np.testing.assert_array_equal(some.sums[kind], values.sum(axis=1))  # of powers of 2: exact


def test_used_gradients_are_whole_where_only_some_chunks_have_others(tmp_path):
    """Clipped from the second chunk on; of the first the gradients that came are the used ones, and their norms."""
    recorder = Recorder(tmp_path / "t", np.ones(100, np.float32), elements=10)
    for k in range(2 * CHUNK):
        raw = np.full(100, k, np.float32)
        recorder.step(params=np.ones(100, np.float32), gradients=raw, used=np.minimum(raw, CHUNK))
    recorder.close()
    with np.load(tmp_path / "t" / "chunk-0000.npz") as first:
        assert not [name for name in first if "used" in name]
    tensor = read_trace(tmp_path / "t").tensors["params"]
    expected = np.minimum(np.arange(2 * CHUNK), CHUNK)
    assert tensor.used[:, 0].tolist() == expected.tolist()
    np.testing.assert_allclose(tensor.norm("used"), 10 * expected, rtol=1e-6)
    assert tensor.sums["used"].tolist() == (100 * expected).tolist()


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=4).flatmap(
        lambda shape: st.tuples(st.just(tuple(shape)), st.permutations(range(len(shape))))
    ),
    st.integers(1, 500),
    st.integers(0, 3),
)
def test_a_sample_is_of_the_same_elements_in_every_layout(shaped, elements, seed):
    shape, order = shaped
    there = sample(shape, elements, seed)
    turned = sample(tuple(shape[axis] for axis in order), elements, seed)
    if prod(shape) <= elements:
        assert there is None
        assert turned is None
        return
    assert 1 <= len(there) <= elements
    assert (np.diff(there) > 0).all()
    places = np.arange(prod(shape)).reshape(shape).transpose(order).ravel()
    assert sorted(places[turned]) == there.tolist()


def test_a_sample_is_the_same_wherever_it_is_drawn():
    """NumPy promises that RandomState's numbers stay; these are of NumPy 2.4, drawn one by one."""
    assert sample((1000,), 5, 0).tolist() == [301, 537, 576, 582, 624]
    assert sample((1000,), 5, 7).tolist() == [322, 457, 557, 689, 825]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=4).map(tuple), st.integers(1, 400), st.integers(1, 400))
def test_a_smaller_sample_is_a_part_of_a_larger_one(shape, elements, more):
    """As with a net that has more tensors on one side, so that fewer elements of each can be had."""
    smaller, larger = (sample(shape, min(one, prod(shape) - 1) or 1, 0) for one in sorted([elements, more]))
    assume(smaller is not None and larger is not None)
    assert set(smaller) <= set(larger)


# --- hashes


def by_hand(numbers):
    """The hash of a sample, in Python's own integers."""
    bits = [int(np.float32(number).view(np.uint32)) for number in numbers]
    mixed = [(bit * FACTOR) % 2**64 ^ ((bit * FACTOR) % 2**64 >> 33) for bit in bits]
    return (sum(mixed) + FACTOR * len(bits)) % 2**64


def test_a_hash_is_as_it_is_written():
    x = np.array([[1.0, -2.5, 0.0], [3.0, 1e-3, -0.0]])
    assert sample_hashes(x).tolist() == [by_hand([1.0, -2.5, 0.0]), by_hand([3.0, 1e-3, 0.0])]


@pytest.mark.parametrize("dtype", [np.float64, np.float16, np.uint8, np.int64])
def test_the_same_numbers_have_the_same_hash_in_every_dtype_and_layout(dtype):
    x = np.random.default_rng(0).integers(0, 200, (4, 3, 5, 2))
    expected = sample_hashes(x.astype(np.float32))
    np.testing.assert_array_equal(sample_hashes(x.astype(dtype).transpose(0, 2, 3, 1)), expected)
    assert len({batch_hash(expected), batch_hash(expected[::-1])}) == 2
    assert len(set(expected.tolist())) == 4


def test_padding_and_another_part_count():
    x = np.array([[1.0, 2.0]])
    hashes = [sample_hashes(one) for one in (x, np.pad(x, ((0, 0), (0, 1))), [x, x], {"a": x, "b": 2 * x})]
    assert len({int(one[0]) for one in hashes}) == 4
    np.testing.assert_array_equal(hashes[3], sample_hashes([x, 2 * x]))


def test_one_hot_labels_are_as_good_as_indices():
    index = np.array([2, 0, 1])
    np.testing.assert_array_equal(label_hashes(np.eye(3)[index]), label_hashes(index))
    np.testing.assert_array_equal(label_hashes(index[:, None]), label_hashes(index))
    smoothed = np.eye(3)[index] * 0.9 + 0.1 / 3
    assert not set(label_hashes(smoothed).tolist()) & set(label_hashes(index).tolist())


# --- files


def size_of(folder):
    return sum(path.stat().st_size for path in folder.iterdir())


@pytest.mark.parametrize(("limit", "steps"), list(product([0.1, 0.2, 1.0], [40, 400])))
def test_the_limit_is_never_exceeded(limit, steps, tmp_path):
    trace = trained(tmp_path / "t", steps=steps, shape=(50, 40), every=2, limit_mb=limit)
    assert size_of(tmp_path / "t") <= limit * 2**20
    assert trace.steps[:30].tolist() == list(range(30))
    if (limit, steps) == (0.2, 400):
        assert trace.about["ended"].startswith("at 0.2 MiB, before update ")
        assert size_of(tmp_path / "t") > 0.9 * limit * 2**20  # and it is made use of


def test_a_limit_for_nothing_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"limit_mb is 0\.001, and the names and samples of the parameters alone take"):
        Recorder(tmp_path / "t", {"w": np.zeros((100, 100))}, limit_mb=0.001)
    assert not (tmp_path / "t").exists()


def test_a_new_trace_takes_the_place_of_an_old_one(tmp_path):
    trained(tmp_path / "t", steps=40)
    assert trained(tmp_path / "t", steps=2).steps.tolist() == [0, 1]
    assert sorted(path.name for path in (tmp_path / "t").iterdir()) == ["chunk-0000.npz", "samples.npz", "trace.json"]


KILLED = """
import os, signal, sys
import numpy as np
from numpy_impl import Recorder

params = {"w": np.ones(3)}
recorder = Recorder(sys.argv[1], params)
for k in range(20):
    params["w"] -= 1
    recorder.step(params=params, gradients={"w": np.ones(3)})
if sys.argv[2] == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("end", "code", "steps", "ended"),
    [("killed", -signal.SIGKILL, CHUNK, None), ("by itself", 0, 20, "closed")],
)
def test_what_a_process_leaves(end, code, steps, ended, tmp_path):
    """Killed, all whole chunks; ended without close(), all."""
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "t"), end], check=False)
    assert done.returncode == code
    trace = read_trace(tmp_path / "t")
    assert trace.steps.tolist() == list(range(steps))
    assert trace.about["ended"] == ended


def test_what_fails_in_a_step_ends_the_recording_and_not_the_training(tmp_path):
    class Late:
        def __array__(self, *_args, **_kwargs):
            raise RuntimeError("deleted")

    recorder = Recorder(tmp_path / "t", {"w": np.ones(3)})
    recorder.step(params={"w": np.ones(3)}, gradients={"w": np.ones(3)})
    with pytest.warns(UserWarning, match="the recording ends here: RuntimeError: deleted"):
        recorder.step(params={"w": Late()}, gradients={"w": np.ones(3)})
    recorder.step(params={"w": np.ones(3)}, gradients={"w": np.ones(3)})
    assert read_trace(tmp_path / "t").steps.tolist() == [0]


def test_a_full_disk_ends_the_recording_and_not_the_training(tmp_path, monkeypatch):
    recorder = Recorder(tmp_path / "t", {"w": np.ones(3)})

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numpy.savez", full)
    step = partial(recorder.step, params={"w": np.ones(3)}, gradients={"w": np.ones(3)})
    for _ in range(CHUNK - 1):
        step()
    with pytest.warns(UserWarning, match="the recording ends here: it cannot be written: No space left on device"):
        step()
    step()
    recorder.close()


# --- what is refused

UNFIT = {
    "integers": (
        lambda t: Recorder(t, {"w": np.arange(3)}),
        "Recorder: w has the dtype int64; parameters must be floats",
    ),
    "nothing": (lambda t: Recorder(t, {}), "Recorder: there is no parameter to record"),
    "longer floats": (
        lambda t: Recorder(t, {"w": np.ones(3, np.longdouble)}),
        f"Recorder: w has the dtype {np.dtype(np.longdouble)}; parameters of float64, float32, float16 or bfloat16 are "
        "recorded",
    ),
    "no steps": (
        lambda t: Recorder(t, {"w": np.ones(1)}, steps=0),
        "Recorder: steps is 0; it must be a whole number, 1 or above",
    ),
    "a gradient too few": (
        lambda t: Recorder(t, [np.ones(1), np.ones(2)]).step(params=[np.ones(1), np.ones(2)], gradients=[np.ones(1)]),
        "recorder.step: 'gradient' has no 1",
    ),
    "another shape": (
        lambda t: Recorder(t, np.ones(2)).step(params=np.ones(2), gradients=np.ones((2, 1))),
        "recorder.step: 'gradient' has params of the shape (2, 1); that of the parameter is (2,)",
    ),
}


STATES = {
    "no dict": (1, 'recorder.step: state must be a dict, as {"m": m}, with each in the form of the parameters'),
    "a name with a slash": (
        {"adam/m": np.ones(2)},
        "recorder.step: state has 'adam/m'; a '/' parts it from the parameter: drop it",
    ),
    "another shape": (
        {"m": np.ones(3)},
        "recorder.step: 'state/m' has params of the shape (3,); that of the parameter is (2,)",
    ),
}


@pytest.mark.parametrize(("state", "said"), STATES.values(), ids=STATES)
def test_a_state_that_cannot_be_recorded_is_said_at_once(state, said, tmp_path):
    recorder = Recorder(tmp_path / "t", np.ones(2))
    with pytest.raises(BadInput) as error:
        recorder.step(params=np.ones(2), gradients=np.ones(2), state=state)
    assert str(error.value) == said


@pytest.mark.parametrize(("do", "said"), UNFIT.values(), ids=UNFIT)
def test_what_cannot_be_recorded_is_said_at_once(do, said, tmp_path):
    with pytest.raises(BadInput) as error:
        do(tmp_path / "t")
    assert str(error.value) == said


UNFIT_NUMBERS = {
    "half a step": ({"steps": 2.5}, "steps is 2.5; it must be a whole number, 1 or above"),
    "steps below 0": ({"steps": -3}, "steps is -3; it must be a whole number, 1 or above"),
    "a switch": ({"steps": True}, "steps is True; it must be a whole number, 1 or above"),
    "every none": ({"every": 0}, "every is 0; it must be a whole number, 1 or above"),
    "every nothing": ({"every": None}, "every is None; it must be a whole number, 1 or above"),
    "elements without end": ({"elements": np.inf}, "elements is inf; it must be a whole number, 1 or above"),
    "a seed below 0": ({"seed": -1}, "seed is -1; it must be at least 0 and below 4.29497e+09"),
    "a limit in words": ({"limit_mb": "x"}, "limit_mb is 'x'; it must be a finite number above 0"),
    "a limit of nan": ({"limit_mb": np.nan}, "limit_mb is nan; it must be a finite number above 0"),
    "no limit": ({"limit_mb": np.inf}, "limit_mb is inf; it must be a finite number above 0"),
    "a NUL": ({"folder": "a\0b"}, "the folder is 'a\\x00b'; it must be a path, such as 'trace'"),
    "half a letter": ({"folder": "\ud800"}, "the folder is '\\ud800'; it must be a path, such as 'trace'"),
    "an optimizer by name": ({"optimizer": "Adam"}, "optimizer is 'Adam'; it must be a dict, as"),
    "a number for a folder": ({"folder": 5}, "the folder is 5; it must be a path, such as 'trace'"),
}


@pytest.mark.parametrize(("given", "said"), UNFIT_NUMBERS.values(), ids=UNFIT_NUMBERS)
def test_what_a_recorder_is_given_is_checked_at_once(given, said, tmp_path):
    with pytest.raises(BadInput) as error:
        Recorder(**{"folder": tmp_path / "t", "params": {"w": np.ones(3)}, **given})
    assert str(error.value).startswith(f"Recorder: {said}")
    assert not (tmp_path / "t").exists()


def test_numbers_are_taken_in_any_form():
    given = {"steps": np.int64(2), "every": 3.0, "elements": 1e3, "seed": np.uint8(1), "limit_mb": np.float32(1)}
    assert repr(Limits(**given)) == "Limits(steps=2, every=3, elements=1000, seed=1, limit_mb=1.0)"


def test_a_limit_for_not_one_update_is_warned_of_once_and_told_to_who_reads(tmp_path):
    why = r"at 0\.01 MiB, before update 0; one needs limit_mb=0\.02 with elements=2"
    with pytest.warns(UserWarning, match=why) as warned, pytest.raises(BadInput, match=f"no update is in it: .*{why}"):
        trained(tmp_path / "t", limit_mb=0.01, steps=40, shape=(2, 2))
    assert len(warned) == 1
    assert len(trained(tmp_path / "t", limit_mb=0.02, elements=2, shape=(2, 2), steps=1).steps) == 1


def test_a_folder_that_cannot_be_made_is_told_with_the_remedy(tmp_path):
    (tmp_path / "t").touch()
    with pytest.raises(BadInput, match="t: cannot be written: File exists; give the trace another folder"):
        Recorder(tmp_path / "t", {"w": np.ones(3)})


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(BadInput, match=r"has 'thesis.tex' in it, which is of no trace; give the trace a folder"):
        Recorder(tmp_path, {"w": np.ones(3)})
    assert (tmp_path / "thesis.tex").exists()


def edited(change):
    """Change what trace.json says."""

    def edit(folder):
        head = json.loads((folder / "trace.json").read_text())
        change(head)
        (folder / "trace.json").write_text(json.dumps(head))

    return edit


def changed(file, **arrays):
    """Put other arrays into a file; one that is None is taken away."""

    def change(folder):
        with np.load(folder / file) as there:
            kept = {**there, **{key.replace("__", "/"): array for key, array in arrays.items()}}
        np.savez(folder / file, **{key: array for key, array in kept.items() if array is not None})

    return change


def endless(folder):
    (folder / "trace.json").unlink()
    (folder / "trace.json").symlink_to("/dev/zero")


CHUNKS = [f"chunk-{k:04}.npz" for k in range(2)]
BROKEN = {
    "no head": (lambda t: (t / "trace.json").unlink(), "t: is no trace: it has no trace.json"),
    "no JSON": (lambda t: (t / "trace.json").write_text("{"), "t/trace.json: is no JSON: Expecting property name"),
    "deep JSON": (
        lambda t: (t / "trace.json").write_text("[" * 100_000),
        "t/trace.json: is no JSON: maximum recursion",
    ),
    "a list": (lambda t: (t / "trace.json").write_text("[]"), "t/trace.json: its schema is None; this version reads"),
    "schema": (
        edited(lambda head: head.update(schema=9)),
        "t/trace.json: its schema is 9; this version reads schema 1",
    ),
    "tensors": (edited(lambda head: head.update(tensors=[])), "t/trace.json: 'tensors' must give a shape, a dtype and"),
    "no tensors": (edited(lambda head: head.update(tensors={})), "t/trace.json: 'tensors' is empty"),
    "about": (edited(lambda head: head.update(about=1)), "t/trace.json: 'about' must be an object"),
    "shape": (
        edited(lambda head: head["tensors"]["layer/b"].update(shape=[-1])),
        "t/trace.json: 'tensors' must give a shape",
    ),
    "elsewhere": (
        edited(lambda head: head["chunks"][0].update(file="../chunk-0000.npz")),
        "t/trace.json: 'chunks' must be a list of a file",
    ),
    "nothing in it": (
        edited(lambda head: head.update(chunks=[])),
        "t: no update is in it: the recorder ended with 'closed'; record one",
    ),
    "no chunk": (
        edited(lambda head: head.update(chunks=[], ended=None)),
        "t: no update is in it yet; the recorder writes 16 at a",
    ),
    "a chunk too few": (lambda t: (t / CHUNKS[1]).unlink(), f"t/{CHUNKS[1]}: cannot be read (No such file"),
    "a chunk cut short": (lambda t: (t / CHUNKS[1]).write_bytes(b"PK"), f"t/{CHUNKS[1]}: is no whole .npz file"),
    "a chunk twice": (
        edited(lambda head: head["chunks"].append(head["chunks"][0])),
        "t: the numbers of its updates do not rise",
    ),
    "no parameter": (changed(CHUNKS[0], before__layer__b=None), f"t/{CHUNKS[0]}: has no before/layer/b"),
    "another shape": (
        changed(CHUNKS[0], after__layer__b=np.zeros((16, 3))),
        f"t/{CHUNKS[0]}: after/layer/b has the shape (16, 3) and the dtype float64; it must be floats of (16, 2)",
    ),
    "no steps": (changed(CHUNKS[0], steps=None), f"t/{CHUNKS[0]}: 'steps' must be there, as 16 whole numbers"),
    "losses too few": (changed(CHUNKS[0], loss=np.zeros(3)), f"t/{CHUNKS[0]}: loss has the shape (3,) and the dtype"),
    "rates of no group": (
        changed(CHUNKS[0], learning_rate=np.zeros((16, 0))),
        f"t/{CHUNKS[0]}: learning_rate has the shape (16, 0) and the dtype float64; it must be numbers of (16, ...)",
    ),
    "momenta of no group": (
        changed(CHUNKS[0], momentum=np.zeros((16, 0))),
        f"t/{CHUNKS[0]}: momentum has the shape (16, 0) and the dtype",
    ),
    "a dtype of nothing": (
        edited(lambda head: head["tensors"]["layer/b"].update(dtype="what")),
        "t/trace.json: layer/b has the dtype what; it must be one of floats",
    ),
    "longer floats": (
        changed(CHUNKS[0], after__layer__b=np.zeros((16, 2), np.longdouble)),
        f"t/{CHUNKS[0]}: after/layer/b has the shape (16, 2) and the dtype {np.dtype(np.longdouble)}; it must",
    ),
    "sizes that are no counts": (
        changed(CHUNKS[0], samples_sizes=np.full(16, 2.0)),
        f"t/{CHUNKS[0]}: samples_sizes has the shape (16,) and the dtype float64; it must be whole numbers of (16,)",
    ),
    "sizes below 0": (
        changed(CHUNKS[0], samples_sizes=np.array([-2, 4] * 8), samples=np.zeros(16, np.uint64)),
        f"t/{CHUNKS[0]}: samples does not have as many hashes as samples_sizes says",
    ),
    "hashes that are none": (
        changed(CHUNKS[0], batch=np.zeros(16)),
        f"t/{CHUNKS[0]}: batch has the shape (16,) and the dtype float64",
    ),
    "inputs of no pair": (
        changed(CHUNKS[0], inputs=np.zeros((16, 3))),
        f"t/{CHUNKS[0]}: inputs has the shape (16, 3) and the dtype float64; it must be numbers of (16, 2)",
    ),
    "losses in two axes": (
        changed(CHUNKS[0], loss=np.zeros((16, 2))),
        f"t/{CHUNKS[0]}: loss has the shape (16, 2) and the dtype float64",
    ),
    "a head without end": (endless, "t/trace.json: cannot be read: it is a pipe or a device, not a file"),
    "a name of two lines": (
        edited(lambda head: head["tensors"].update({"a\nb": head["tensors"]["layer/b"]})),
        f"t/{CHUNKS[0]}: has no before/a\\nb",
    ),
    "words": (
        changed(CHUNKS[0], loss=np.array(["a"] * 16)),
        f"t/{CHUNKS[0]}: loss has the shape (16,) and the dtype <U1",
    ),
    "hashes too few": (
        changed(CHUNKS[0], samples=np.zeros(3, np.uint64)),
        f"t/{CHUNKS[0]}: samples does not have as many hashes as samples_sizes says",
    ),
    "places beyond": (
        changed("samples.npz", sample__layer__w=np.array([0, 10**6])),
        "t/samples.npz: sample/layer/w must be places in a tensor of 600 elements, rising",
    ),
    "no places": (changed("samples.npz", sample__layer__w=None), "t/samples.npz: has no sample/layer/w"),
}


def test_steps_may_be_of_any_whole_numbers(tmp_path):
    """Unsigned ones wrap around where they are subtracted."""
    trained(tmp_path / "t", steps=20, shape=(3, 2))
    changed(CHUNKS[0], steps=np.arange(16, dtype=np.uint64))(tmp_path / "t")
    steps = read_trace(tmp_path / "t").steps
    assert (steps.dtype, steps.tolist()) == (np.int64, list(range(20)))


@pytest.mark.parametrize(("spoil", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_trace_is_refused_in_one_line(spoil, said, tmp_path):
    trained(tmp_path / "t", steps=20, shape=(30, 20), elements=100)
    spoil(tmp_path / "t")
    with pytest.raises(BadInput) as error:
        read_trace(tmp_path / "t")
    assert str(error.value).startswith(f"{tmp_path}/{said}")
    assert "\n" not in str(error.value)
