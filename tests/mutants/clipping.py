"""Wrong clipping before a right rule."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from comparisons.rules import SGD, ClipGlobalNorm, ClipNorm, ClipValue
from comparisons.tasks.streams import Array
from tests.mutants.adam import ADAM_OF_TORCH
from tests.mutants.mutant import IN_KERAS, mutants_of
from tests.mutants.parts import Parts, fields


def _scaled_by(norm: Callable[[Array], Any]) -> Parts:
    """Each tensor by what is taken for its norm."""

    def clip(rule: Any, tensors: Sequence[Array], gradients: Sequence[Array]) -> Sequence[Array]:
        return [g * (rule.clip.limit / max(float(norm(g)), rule.clip.limit)) for g in gradients]

    return Parts(clip=clip)


def _always(rule: Any, tensors: Sequence[Array], gradients: Sequence[Array]) -> Sequence[Array]:
    norms = [float(np.sqrt((g * g).sum())) for g in gradients]
    return [g * (rule.clip.limit / norm if norm else 1.0) for g, norm in zip(gradients, norms, strict=True)]


def _from_above(rule: Any, tensors: Sequence[Array], gradients: Sequence[Array]) -> Sequence[Array]:
    return [np.minimum(g, rule.clip.limit) for g in gradients]


MUTANTS = (
    *mutants_of(
        "torch Adam",
        ADAM_OF_TORCH,
        {"left to the caller": Parts(clip=lambda rule, tensors, gradients: gradients)},
        "clipping",
    ),
    *mutants_of(
        "keras SGD clipvalue",
        SGD(learning_rate=0.01, clip=ClipValue(limit=0.5), **IN_KERAS),
        {
            "none": fields(clip=None),
            "from above only": Parts(clip=_from_above),
            "norms in place of values": fields(clip=ClipNorm(limit=0.5, formula="exact")),
            "limit 0.501": fields(clip=ClipValue(limit=0.501)),
        },
        "clipping",
    ),
    *mutants_of(
        "keras SGD clipnorm",
        SGD(learning_rate=0.01, clip=ClipNorm(limit=1.0, formula="exact"), **IN_KERAS),
        {
            "none": fields(clip=None),
            "by the global norm": fields(clip=ClipGlobalNorm(limit=1.0, formula="exact")),
            "padded, as in torch": fields(clip=ClipNorm(limit=1.0, formula="padded")),
            "by the root of the mean square": _scaled_by(lambda g: np.sqrt((g * g).mean())),
            "by the square of the norm": _scaled_by(lambda g: (g * g).sum()),
            "by the largest element": _scaled_by(lambda g: np.abs(g).max()),
            "of small gradients too": Parts(clip=_always),
        },
        "clipping",
    ),
    *mutants_of(
        "torch SGD clip_grad_norm_",
        SGD(learning_rate=0.001, clip=ClipGlobalNorm(limit=1.0, formula="padded")),
        {
            "by the norm of each tensor": fields(clip=ClipNorm(limit=1.0, formula="padded")),
            "not padded, as in Keras": fields(clip=ClipGlobalNorm(limit=1.0, formula="exact")),
            "limit 1.01": fields(clip=ClipGlobalNorm(limit=1.01, formula="padded")),
        },
        "clipping",
    ),
)
