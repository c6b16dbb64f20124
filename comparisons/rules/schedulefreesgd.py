"""Schedule-Free SGD: an average of the iterates in the place of a schedule."""

from dataclasses import dataclass

from comparisons.rules.surroundings import Surroundings


@dataclass(frozen=True, kw_only=True)
class ScheduleFreeSGD(Surroundings):
    """z = theta, W = L = 0 at the start; rate = learning_rate min(1, t / warmup_steps).

        L     <- max(L, rate);  w = t^step_power L^rate_power;  W <- W + w;  c = w / W, or 0 where W is
        theta <- (1 - c) theta + c z - rate (1 - momentum (1 - c)) g
        z     <- z - rate g

    theta is the point y at which the gradient is taken, and what is trained; what the paper evaluates is the average
    x = (theta - (1 - momentum) z) / momentum. Coupled weight decay is the authors'.

    Paper: Defazio et al. 2024. Source: schedulefree/sgd_schedulefree.py, the authors' own package for torch.
    """

    momentum: float
    warmup_steps: int = 0
    rate_power: float = 2.0
    step_power: float = 0.0
