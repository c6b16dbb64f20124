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
    "losses in words": (WHOLE | {"loss": np.array(["a", "b"])}, "loss has the dtype <U1; it must be real numbers"),
    "complex losses": (WHOLE | {"loss": np.ones(2, complex)}, "loss has the dtype complex128; it must be real numbers"),
    "rates that are dates": (
        WHOLE | {"learning_rate": np.zeros(2, "M8[s]")},
        "learning_rate has the dtype datetime64[s]; it must be real numbers",
    ),
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


def of_entry(content, name="params/w.npy"):
    """A zip whose one entry has these bytes."""

    def write(path):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)

    return write


def of_header(shape, size):
    """An array that says one shape, and has so many bytes."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"shape": shape, "fortran_order": False, "descr": "<f4"})
    return of_entry(stream.getvalue() + bytes(size))


def of_text(header):
    """An array whose header is this text."""
    return of_entry(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())


def cut(path):
    np.savez(path, **WHOLE)
    path.write_bytes(path.read_bytes()[:200])


NO_ARRAY = "is no array of NumPy's: its .npy header cannot be read; write the file anew with np.savez"
HOSTILE = {
    "not there": (lambda path: None, "cannot be read (No such file"),
    "empty": (of_bytes(b""), "is no whole .npz file"),
    "text": (of_bytes(b"step,loss\n1,2\n"), "is no whole .npz file"),
    "cut short": (cut, "is no whole .npz file"),
    "a header that calls": (of_text("{'descr': print(), }"), f"params/w {NO_ARRAY}"),
    "a header that is cut": (of_text("{'descr':"), f"params/w {NO_ARRAY}"),
    "a header of no bytes": (of_entry(b""), f"params/w {NO_ARRAY}"),
    "a later version": (of_entry(b"\x93NUMPY\x09\x00"), f"params/w {NO_ARRAY}"),
    "a header that is long": (of_text(" " * 60_000), f"params/w {NO_ARRAY}"),
    "a text beside": (of_entry(b"hello", "read\nme"), f"read\\nme {NO_ARRAY}"),
    "too many axes": (of_header((1,) * 100, 4), "params/w says a shape that no array has; write the file anew"),
    "too long an axis": (of_header((0, 10**30), 0), "params/w says a shape that no array has; write the file anew"),
    "too large a shape": (of_header((1 << 40, 4), 64), "params/w says 17592186044416 bytes and has 64"),
    "too small a shape": (of_header((1,), 1 << 20), "params/w says 4 bytes and has 1048576"),
}


@pytest.mark.parametrize(("write", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_before_it_is_read(write, said, tmp_path):
    write(tmp_path / "t.npz")
    with pytest.raises(BadInput) as error:
        read_bare(tmp_path / "t.npz")
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(f"{tmp_path / 't.npz'}: {said}")
