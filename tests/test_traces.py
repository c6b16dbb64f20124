"""Traces: the bare form, and what is refused of it."""

import io
import zipfile

import numpy as np
import pytest

from comparisons.names import BadInput
from comparisons.traces.bare import read_bare

START, GRADIENT = np.zeros((3, 2, 4), np.float32), np.ones((2, 2, 4), np.float32)
WHOLE = {"params/w": START, "grads/w": GRADIENT, "loss": np.array([2.0, 1.0])}


def written(path, arrays):
    np.savez(path, **arrays)
    return path


def test_the_bare_form_is_a_trace(tmp_path):
    trace = read_bare(written(tmp_path / "t.npz", WHOLE | {"batch": np.array([3, 4], np.uint64)}))
    assert trace.steps.tolist() == [0, 1]
    assert trace.tensors["w"].shape == (2, 4)
    np.testing.assert_array_equal(trace.tensors["w"].led_by, GRADIENT)
    assert trace.tensors["w"].before.dtype == np.float32
    assert (trace.loss.tolist(), trace.batch.tolist(), trace.learning_rate) == ([2.0, 1.0], [3, 4], None)
    assert trace.tensors["w"].norm("gradient") == pytest.approx([8**0.5] * 2, rel=1e-15)
    assert trace.consecutive == 2


BAD = {
    "no parameters": ({"loss": np.zeros(2)}, "no array is called params/<name>"),
    "one entry": ({"params/w": START[:1]}, "params/w has 1 entries where 2 are expected"),
    "of other steps": (WHOLE | {"params/b": START[:2]}, "params/b has 2 entries where 3 are expected"),
    "a gradient of nothing": (WHOLE | {"grads/b": GRADIENT}, "grads/b has no params/b"),
    "a gradient of another shape": (
        WHOLE | {"grads/w": GRADIENT[:, :1]},
        "grads/w has the shape (2, 1, 4); with params/w it must have (2, 2, 4)",
    ),
    "objects": (WHOLE | {"params/o": np.array([{}, 1, 2], object)}, "params/o holds objects, which are never read"),
    "words": (WHOLE | {"params/o": np.array(["a", "b", "c"])}, "params/o has the dtype <U1"),
    "losses of other steps": (WHOLE | {"loss": np.zeros(3)}, "loss has the shape (3,); it must have (2,)"),
    "hashes that are none": (WHOLE | {"batch": np.zeros(2)}, "batch has the dtype float64; it must be hashes"),
}


@pytest.mark.parametrize(("arrays", "said"), BAD.values(), ids=BAD)
def test_what_is_no_trace_is_refused(arrays, said, tmp_path):
    with pytest.raises(BadInput) as error:
        read_bare(written(tmp_path / "t.npz", arrays))
    assert str(error.value).startswith(f"{tmp_path / 't.npz'}: {said}")
    assert "\n" not in str(error.value)


def of_bytes(content):
    return lambda path: path.write_bytes(content)


def of_header(shape, size):
    """An array that says one shape, and has so many bytes."""

    def write(path):
        stream = io.BytesIO()
        np.lib.format.write_array_header_1_0(stream, {"shape": shape, "fortran_order": False, "descr": "<f4"})
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("params/w.npy", stream.getvalue() + bytes(size))

    return write


def cut(path):
    np.savez(path, **WHOLE)
    path.write_bytes(path.read_bytes()[:200])


HOSTILE = {
    "not there": (lambda path: None, "cannot be read (No such file"),
    "empty": (of_bytes(b""), "is no whole .npz file"),
    "text": (of_bytes(b"step,loss\n1,2\n"), "is no whole .npz file"),
    "cut short": (cut, "is no whole .npz file"),
    "too large a shape": (of_header((1 << 40, 4), 64), "params/w says 17592186044416 bytes and has 64"),
    "too small a shape": (of_header((1,), 1 << 20), "params/w says 4 bytes and has 1048576"),
}


@pytest.mark.parametrize(("write", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_before_it_is_read(write, said, tmp_path):
    write(tmp_path / "t.npz")
    with pytest.raises(BadInput) as error:
        read_bare(tmp_path / "t.npz")
    assert str(error.value).startswith(f"{tmp_path / 't.npz'}: {said}")
