"""Adam: momentum and RMSprop together, both corrected for their start at zero."""

from dataclasses import dataclass
from typing import Literal

from comparisons.names import BadInput
from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class Adam(Surroundings):
    """m = v = 0 at the start; c1 = 1 - beta1^t, c2 = 1 - beta2^t.

        m     <- beta1 m + (1 - beta1) g
        v     <- beta2 v + (1 - beta2) g^2;  with amsgrad, w <- max(w, v) takes the place of v below
        n     =  m / c1;  with nesterov, beta1 m / (1 - beta1^(t+1)) + (1 - beta1) g / c1
        theta <- theta - learning_rate n / (sqrt(v / c2 + root_epsilon) + epsilon)   corrected-root: torch
        theta <- theta - learning_rate sqrt(c2) n / (sqrt(v) + epsilon)              uncorrected-root: Keras, textbooks

    The second is the paper's "epsilon hat" form: the same epsilon is there worth epsilon / sqrt(c2) of the first.
    Without bias_correction c1 and c2 are 1 (BERT's AdamWeightDecay, transformers' correct_bias=False).
    A lazy one (torch's SparseAdam, for embeddings) leaves a row alone, theta, m, v and w, where its gradient is 0
    throughout: the elements along the last axis are a row, and each of a vector is.
    root_epsilon and nesterov are optax's (eps_root; nadam), and only with the corrected root.
    With decoupled weight decay this is AdamW.

    Paper: Kingma and Ba 2015, algorithm 1 and section 2; Reddi et al. 2018 (amsgrad, there without correction).
    Sources: torch/optim/adam.py, torch/optim/sparse_adam.py, keras/src/optimizers/adam.py, optax/_src/transform.py.

    Raises:
        BadInput: root_epsilon or nesterov with the uncorrected root, or without bias correction.
    """

    beta1: float
    beta2: float
    epsilon: float
    epsilon_position: Literal["corrected-root", "uncorrected-root"]
    amsgrad: bool = False
    bias_correction: bool = True
    root_epsilon: float = 0.0
    nesterov: bool = False
    lazy: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        corrected = self.bias_correction and self.epsilon_position == "corrected-root"
        for name in ("root_epsilon", "nesterov"):
            if getattr(self, name) and not corrected:
                value = getattr(self, name)
                raise BadInput(
                    f"Adam: {name} is {value}; without the corrected root and bias correction it must be off"
                )
