"""A golden test as optimizers usually have it: five steps of a vector, and a tolerance of half a thousandth.

Of a rule for matrices it is a row.

The start, the gradients and the tolerance are those of `test_correctness_with_golden` in Keras's own tests
(keras/src/optimizers/*_test.py).
"""

import numpy as np

from comparisons.rules import of_matrices
from comparisons.tasks.streams import Array
from tests.mutants.mutant import Mutant
from tests.mutants.parts import TRUE, Parts, walk

TOLERANCE = 5e-4  # relative and absolute
START = np.ones(10)
GRADIENTS = np.stack([np.full(10, 0.01)] + 4 * [np.arange(1, 11) / 10])


def paths(mutant: Mutant) -> tuple[Array, Array]:
    """The rule's five steps and the mutant's, (5, 10) each."""

    def path(parts: Parts) -> Array:
        start, gradients = (START[None], GRADIENTS[:, None]) if of_matrices(mutant.rule) else (START, GRADIENTS)
        return np.stack(list(walk(parts, mutant.rule, [start], [gradients])))

    return path(TRUE), path(mutant.parts)


def catches(mutant: Mutant) -> bool:
    """Whether the last values give the mutant away."""
    golden, got = paths(mutant)
    return not np.allclose(got[-1], golden[-1], rtol=TOLERANCE, atol=TOLERANCE)
