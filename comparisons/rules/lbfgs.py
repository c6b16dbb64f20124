"""L-BFGS: a quasi-Newton direction from the last steps. It evaluates the loss itself, so it is no `Rule`."""

from dataclasses import dataclass

from comparisons.names import BadInput
from comparisons.rules.ranges import NOT_NEGATIVE, POSITIVE, Range, check_number

COUNT = Range(ge=1, integer=True)
RANGES = {
    "learning_rate": POSITIVE,
    "iterations": COUNT,
    "evaluations": COUNT,
    "history": COUNT,
    "tolerance_gradient": NOT_NEGATIVE,
    "tolerance_change": NOT_NEGATIVE,
}


@dataclass(frozen=True, kw_only=True)
class LBFGS:
    """All parameters are one vector theta; g is the gradient there, s and y the last steps and changes of gradient.

    An update is up to `iterations` of these, or as many as `evaluations` of the loss allow:
        keep s and y, the last `history` of them, where y.s > 1e-10;  h = y.s / y.y of the newest, at first 1
        d     =  -H g, by the two loops of Nocedal 1980 over them from h g on
        a     =  learning_rate; in the very first min(1, 1 / |g|_1) times that
        a     <- where strong_wolfe, a step with |g(theta + a d).d| <= 0.9 |g.d| and a loss below loss + 1e-4 a g.d
        theta <- theta + a d
    It ends where the largest |g| is at most tolerance_gradient, g.d > -tolerance_change, or neither theta nor the loss
    change by more than tolerance_change.

    The textbook's (Nocedal and Wright, algorithm 7.4) always searches a step, from 1 on, and keeps every pair; torch's,
    unless told strong_wolfe, takes a = learning_rate, though it leads uphill. torch keeps its memory between updates.

    Paper: Nocedal 1980; Liu and Nocedal 1989. Source: torch/optim/lbfgs.py. Keras has none: its optimizers are given
    gradients, and cannot ask for the loss elsewhere.
    """

    learning_rate: float = 1.0
    iterations: int = 20
    evaluations: int = 25
    history: int = 100
    tolerance_gradient: float = 1e-7
    tolerance_change: float = 1e-9
    strong_wolfe: bool = False

    def __post_init__(self) -> None:
        for name, allowed in RANGES.items():
            object.__setattr__(self, name, check_number("LBFGS", name, getattr(self, name), allowed))
        if not isinstance(self.strong_wolfe, bool):
            raise BadInput(f"LBFGS: strong_wolfe is {self.strong_wolfe!r}; it must be True or False")
