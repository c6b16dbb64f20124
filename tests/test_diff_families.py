"""`triptych diff`: what one gradient is of another, tensor by tensor, and what is only near to it by chance."""

from dataclasses import replace

import numpy as np
import pytest

from comparisons.diff.families import families
from comparisons.diff.pairing import Pair, Side
from comparisons.diff.scaling import scales_of
from comparisons.diff.seen import Seen, as_known

STEPS, RNG = 8, np.random.default_rng(0)


def seen(name, *, added, bound, size=20):
    """A tensor whose second gradient has so many times the parameters more."""
    theta, a = RNG.standard_normal((2, STEPS, size))
    b = a + added * theta
    norms = tuple(np.linalg.norm(one, axis=1) for one in (a, b))
    bounds = (np.full(STEPS, bound), np.full(STEPS, bound))
    return Seen(name=name, axes=2, a=a, b=b, theta=theta, bounds=bounds, norms=norms, later=norms)


def test_a_decay_is_in_a_tensor_that_rounding_might_hide_it_in_too():
    """Of two kernels that have it one was named, and what the other has was a loss that is logged otherwise."""
    kernels = seen("w1", added=0.002, bound=1e-6), seen("w2", added=0.002, bound=0.003)
    [found] = families([*kernels, seen("b", added=0.0, bound=1e-6)])
    assert (found.name, found.number, found.tensors) == ("decayed", pytest.approx(0.002), ("w1", "w2"))
    [found] = families([kernels[0], seen("w2", added=0.0, bound=1e-6)])
    assert found.tensors == ("w1",)


def scaled(factors, raw=1.0):
    """A side whose optimizer got so many times its raw gradients (steps,)."""
    gradient = raw * np.random.default_rng(0).standard_normal((STEPS, 10))
    used = gradient * np.reshape(factors, (-1, 1))
    norms = {"gradient": np.linalg.norm(gradient, axis=1), "used": np.linalg.norm(used, axis=1)}
    zeros = np.zeros((STEPS, 10))
    return Side(before=zeros, after=zeros, gradient=gradient, used=used, partly={}, norms=norms)


CLIPPED = np.linspace(0.051, 0.061, STEPS)
FACTORS = {
    "a clip that comes to a power of two once": (np.where(np.arange(STEPS) == 5, 1 / 16, CLIPPED), False),
    "a scale under a clip of some": (np.where(np.arange(STEPS) < 5, 1 / 16, CLIPPED), True),
    "a scale that is halved once": (np.where(np.arange(STEPS) < 5, 1 / 15, 2 / 15), True),
    "a clip of all": (CLIPPED, False),
}


@pytest.mark.parametrize(("factors", "scale"), FACTORS.values(), ids=FACTORS)
def test_a_single_power_of_two_is_no_loss_scale(factors, scale):
    """A sum for a mean, under a clip, was one."""
    sides = {"a": scaled(np.ones(STEPS)), "b": scaled(factors, raw=16.0)}
    pair = Pair(
        name="w", other="w", layout="", shape=(10,), whole=True, epsilon=2.0**-23, dtypes=("float32",) * 2, **sides
    )
    assert (scales_of([pair], (1.0, 16.0)) is not None) == scale


def rounded(one, size):
    """With the rounding of B's gradients."""
    return replace(one, b=one.b + size * RNG.standard_normal(one.b.shape))


@pytest.mark.parametrize("number", [1e-4, -1e-4, 0.02, 1.2345e-4])
@pytest.mark.parametrize("factor", [1.0, 10.5])
def test_a_number_is_said_in_as_few_digits_as_it_is_known_to(number, factor):
    kernels = [seen(name, added=number / factor, bound=1e-5) for name in ("w1", "w2")]
    kernels = [rounded(replace(one, b=factor * one.b), 1e-8) for one in kernels]
    found = {one.name: one.number for one in families(kernels)}
    assert found == ({"decayed": number} if factor == 1 else {"scaled": factor, "decayed": number})


KNOWN = {  # a number, how far it is known, and what is said
    "few digits": (9.99995e-05, 1e-9, 1e-4),
    "no more than it is known to": (9.99995e-05, 1e-12, 9.99995e-05),
    "some digits": (0.12344999, 1e-6, 0.12345),
    "negative": (-0.0999998, 1e-6, -0.1),
    "more digits than are said": (1.23456789, 1e-8, 1.23456789),
    "nothing": (0.0, 0.0, 0.0),
}


@pytest.mark.parametrize(("number", "within", "said"), KNOWN.values(), ids=KNOWN)
def test_digits_that_are_not_known_are_left_out(number, within, said):
    assert as_known(number, within) == said
