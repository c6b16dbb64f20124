"""Muon: momentum, made orthogonal by a few Newton-Schulz steps; for matrices."""

from dataclasses import dataclass
from typing import Literal

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class Muon(Surroundings):
    """b = 0 at the start; mu is momentum. A tensor is a matrix, rows by columns; of a stack, each matrix by itself.

        b     <- mu b + (1 - mu) g;  u = mu b + (1 - mu) g if nesterov, else b     velocity: mean (torch)
        b     <- mu b + g;           u = mu b + g          if nesterov, else b     velocity: sum (Keras)
        X     =  u / max(|u|, epsilon)                                             epsilon_position: floor (torch)
        X     =  u / (|u| + epsilon)                                               epsilon_position: added (Keras)
        X     <- a X + (b A + c A A) X, where A = X X^T, `iterations` times        ns_a, ns_b, ns_c are a, b and c
        theta <- theta - learning_rate s X

    |u| is of all elements. Where there are more rows than columns, the steps are taken on the transpose.
    iteration_dtype: X and all products are rounded to bfloat16 in torch; in Keras they have the parameter's dtype.
    scale:
        aspect (torch's "original"):                    s = sqrt(max(1, rows / columns))
        rms (torch's "match_rms_adamw", Keras):         s = rms_rate sqrt(max(rows, columns))
        none (Keras's rms_rate=None):                   s = 1
    A Linear of torch has its outputs in rows, a Dense of Keras in columns: for the aspect it matters.

    Papers: Jordan et al. 2024 (https://kellerjordan.github.io/posts/muon/); Liu et al. 2025 (the scale rms).
    Sources: torch/optim/_muon.py, keras/src/optimizers/muon.py, which steps by Adam what is no matrix.
    """

    momentum: float
    nesterov: bool
    velocity: Literal["mean", "sum"]
    ns_a: float = 3.4445
    ns_b: float = -4.775
    ns_c: float = 2.0315
    iterations: int = 5
    iteration_dtype: Literal["bfloat16", "parameter"]
    epsilon: float
    epsilon_position: Literal["floor", "added"]
    scale: Literal["aspect", "rms", "none"]
    rms_rate: float = 0.2
