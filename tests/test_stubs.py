"""The stubs are those that `make stubs` writes, and say what the classes take."""

import pytest

from tests.stubs import FILES, NUMPY, numpy_stub, stub


@pytest.mark.parametrize("framework", FILES)
def test_stub_is_up_to_date(framework):
    assert FILES[framework].read_text() == stub(framework), "run `make stubs`"


def test_stub_of_numpy_is_up_to_date():
    assert NUMPY.read_text() == numpy_stub(), "run `make stubs`"
