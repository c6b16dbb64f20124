"""`triptych diff` of initial parameters: tensors that begin with 0 on one side."""

import numpy as np
import pytest

from comparisons.diff.aligning import both_of
from comparisons.diff.start import start_rung
from comparisons.traces.trace import Tensor, Trace

RNG = np.random.default_rng(0)
W, BIAS = RNG.standard_normal((6, 4)), RNG.standard_normal(4)


def found(ours, theirs):
    """The rung of two nets that begin with these tensors."""

    def trace(tensors):
        steps = np.arange(2)
        of = {name: np.repeat(np.asarray(value)[None], 2, axis=0) for name, value in tensors.items()}
        return Trace(
            steps=steps, tensors={name: Tensor(shape=one.shape[1:], before=one, after=one) for name, one in of.items()}
        )

    return start_rung(both_of(trace(ours), trace(theirs)))


ZEROS = {  # of one side and of the other, the tensors that are said, whether they are said to be biases
    "a bias": ({"w": W, "b": BIAS}, {"w": W, "b": 0 * BIAS}, ("b",), True),
    "scales, as of the last normalisation of a block": ({"w": W, "n": 0 * BIAS + 1}, {"w": W, "n": 0 * BIAS}, ("n",),
                                                        False),
    "the last layer": ({"w": W, "b": BIAS}, {"w": 0 * W, "b": BIAS}, ("w",), False),
}  # fmt: skip


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("ours", "theirs", "names", "biases"), ZEROS.values(), ids=ZEROS)
def test_tensors_that_begin_with_0_on_one_side_are_no_multiple(ours, theirs, names, biases, turned):
    """All of B's were "0 times A's"."""
    [cause] = (found(theirs, ours) if turned else found(ours, theirs)).causes
    side, other = "AB" if turned else "BA"
    assert (cause.cause, cause.number, cause.tensors) == ("zeros", 0, names)
    assert cause.says.endswith(f"of {names[0]}: {side} begins with 0 there, and {other} does not.")
    assert ("begin biases with 0" in cause.remedy) is biases
