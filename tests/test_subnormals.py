"""Subnormal numbers taken for 0, inside and nowhere else."""

from threading import Thread

import numpy as np
import pytest

from numpy_impl.subnormals import can_flush, flushing

SMALL = {"float32": 1e-40, "float64": 1e-310}


def kept(dtype):
    """Whether a subnormal operand, and a subnormal product of normal numbers, are numbers here."""
    small, root = np.full(7, SMALL[dtype], dtype), np.full((7, 7), SMALL[dtype] ** 0.5, dtype)
    return bool((small * 1 > 0).all()), bool((root * root > 0).all()), bool((root @ root > 0).all())


@pytest.mark.parametrize("dtype", SMALL)
def test_inside_they_are_0_and_afterwards_they_are_numbers_again(dtype):
    assert can_flush()  # these tests run where it works
    elsewhere = []
    with flushing():
        assert kept(dtype) == (False, False, False)
        thread = Thread(target=lambda: elsewhere.append(kept(dtype)))
        with pytest.raises(ZeroDivisionError), flushing():
            raise ZeroDivisionError
        assert kept(dtype) == (False, False, False)
    assert kept(dtype) == (True, True, True)
    thread.start()
    thread.join()
    assert elsewhere == [(True, True, True)]


@pytest.mark.parametrize("dtype", SMALL)
def test_what_is_normal_stays_as_it_is(dtype):
    tiny = np.finfo(dtype).tiny
    with flushing():
        assert np.array([tiny], dtype) * 1 == tiny
        assert np.sqrt(np.array([2.0], dtype)) == np.sqrt(np.array(2.0, dtype))
