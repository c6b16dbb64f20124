# Written by `make stubs` from comparisons/frameworks/drop_ins.py.
from typing import Literal

from torch import Tensor
from torch.optim.optimizer import ParamsT

from comparisons import rules
from torch_impl.drop_ins.base import DropIn, Rate

__all__ = [
    "ASGD",
    "SGD",
    "AdaBelief",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "Muon",
    "NAdam",
    "RAdam",
    "RMSprop",
    "Rprop",
    "ScheduleFreeAdamW",
    "ScheduleFreeSGD",
]

class SGD(DropIn, follows=rules.SGD):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.001,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        learning_rate_in_velocity: bool = False,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "coupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class Adagrad(DropIn, follows=rules.Adagrad):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.01,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        epsilon_position: Literal["outside-root", "inside-root"] = "outside-root",
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "coupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...
    def share_memory(self) -> None: ...

class Adadelta(DropIn, follows=rules.Adadelta):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1.0,
        rho: float = 0.9,
        eps: float = 1e-06,
        weight_decay: float = 0.0,
        *,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "coupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class RMSprop(DropIn, follows=rules.RMSprop):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-08,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        epsilon_position: Literal["outside-root", "inside-root"] = "outside-root",
        learning_rate_in_velocity: bool = False,
        nesterov: bool = False,
        initial_accumulator: float = 0.0,
        bias_correction: bool = False,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "coupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class Adam(DropIn, follows=rules.Adam):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-08,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        epsilon_position: Literal["corrected-root", "uncorrected-root"] = "corrected-root",
        bias_correction: bool = True,
        root_epsilon: float = 0.0,
        nesterov: bool = False,
        lazy: bool = False,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "coupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class Adamax(DropIn, follows=rules.Adamax):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.002,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-08,
        weight_decay: float = 0.0,
        *,
        epsilon_position: Literal["in-maximum", "added"] = "in-maximum",
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "coupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class NAdam(DropIn, follows=rules.NAdam):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.002,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-08,
        weight_decay: float = 0.0,
        momentum_decay: float = 0.004,
        *,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "coupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class RAdam(DropIn, follows=rules.RAdam):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-08,
        weight_decay: float = 0.0,
        *,
        epsilon_position: Literal["corrected-root", "uncorrected-root"] = "uncorrected-root",
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "coupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class ASGD(DropIn, follows=rules.ASGD):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.01,
        lambd: float = 0.0001,
        alpha: float = 0.75,
        t0: float = 1000000.0,
        weight_decay: float = 0.0,
        *,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "coupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class Rprop(DropIn, follows=rules.Rprop):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.01,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-06, 50.0),
        *,
        weight_decay: float = 0.0,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "coupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class Ftrl(DropIn, follows=rules.Ftrl):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.001,
        lr_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1: float = 0.0,
        l2: float = 0.0,
        l2_shrinkage: float = 0.0,
        beta: float = 0.0,
        weight_decay: float = 0.0,
        *,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "decoupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class Lion(DropIn, follows=rules.Lion):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.001,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "decoupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class Lamb(DropIn, follows=rules.Lamb):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-07,
        weight_decay: float = 0.0,
        *,
        decay_in_step: bool = False,
        bias_correction: bool = True,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "decoupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class Adafactor(DropIn, follows=rules.Adafactor):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.01,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 0.001),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        epsilon1_position: Literal["floor", "added"] = "floor",
        scale_after_decay: bool = False,
        scale_parameter: bool = True,
        relative_step: bool = True,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "decoupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class AdaBelief(DropIn, follows=rules.AdaBelief):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-16,
        *,
        weight_decay: float = 0.0,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "coupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class Muon(DropIn, follows=rules.Muon):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.001,
        weight_decay: float = 0.0,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-07,
        ns_steps: float = 5,
        *,
        velocity: Literal["mean", "sum"] = "mean",
        iteration_dtype: Literal["bfloat16", "parameter"] = "bfloat16",
        epsilon_position: Literal["floor", "added"] = "floor",
        rms_rate: float = 0.2,
        scale: Literal["aspect", "rms", "none"] = "aspect",
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "decoupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...

class ScheduleFreeAdamW(DropIn, follows=rules.ScheduleFreeAdamW):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 0.0025,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-08,
        warmup_steps: float = 0,
        weight_decay: float = 0.0,
        *,
        rate_power: float = 0.0,
        step_power: float = 0.0,
        aliased: bool = True,
        decay_in_step: bool = False,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "decoupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...
    def averages(self) -> list[Tensor]: ...

class ScheduleFreeSGD(DropIn, follows=rules.ScheduleFreeSGD):
    def __init__(
        self,
        params: ParamsT,
        lr: Rate = 1.0,
        momentum: float = 0.9,
        *,
        warmup_steps: float = 0,
        rate_power: float = 2.0,
        step_power: float = 0.0,
        weight_decay: float = 0.0,
        weight_decay_coupling: Literal["coupled", "decoupled", "decoupled-last"] = "coupled",
        maximize: bool = False,
        capturable: bool = False,
    ) -> None: ...
    def averages(self) -> list[Tensor]: ...
