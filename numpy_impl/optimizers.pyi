# Written by `make stubs` from comparisons/frameworks/numpy/classes.py.
from collections.abc import Sequence

from comparisons.tasks.streams import Array
from numpy_impl.optimizer import Optimizer as Optimizer
from numpy_impl.optimizer import update as update
from numpy_impl.rules import start as start
from numpy_impl.rules.clipping import clipped as clipped

def SGD(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.01,
) -> Optimizer: ...
def Momentum(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.01,
    momentum: float = 0.9,
) -> Optimizer: ...
def Nesterov(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.01,
    momentum: float = 0.9,
) -> Optimizer: ...
def AdaDelta(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 1.0,
    rho: float = 0.95,
    epsilon: float = 1e-06,
) -> Optimizer: ...
def AdaGrad(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.01,
    initial_accumulator: float = 0.0,
    epsilon: float = 1e-07,
) -> Optimizer: ...
def Adam(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-07,
) -> Optimizer: ...
def RMSprop(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.01,
    rho: float = 0.99,
    epsilon: float = 1e-07,
) -> Optimizer: ...
def AdamW(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-07,
    weight_decay: float = 0.01,
) -> Optimizer: ...
def AdaMax(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.002,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-07,
) -> Optimizer: ...
def NAdam(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.002,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-07,
) -> Optimizer: ...
def RAdam(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-07,
) -> Optimizer: ...
def ASGD(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.01,
) -> Optimizer: ...
def Rprop(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.1,
) -> Optimizer: ...
def Ftrl(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.01,
    initial_accumulator: float = 0.0,
    l1: float = 0.0,
    l2: float = 0.0,
) -> Optimizer: ...
def Lion(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.0001,
    beta1: float = 0.9,
    beta2: float = 0.99,
) -> Optimizer: ...
def Lamb(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-07,
) -> Optimizer: ...
def Adafactor(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.01,
    clip_threshold: float = 1.0,
) -> Optimizer: ...
def ScheduleFreeAdamW(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.0025,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-08,
) -> Optimizer: ...
def ScheduleFreeSGD(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 1.0,
    momentum: float = 0.9,
) -> Optimizer: ...
def Muon(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.02,
    momentum: float = 0.95,
) -> Optimizer: ...
def AdaBelief(
    tensors: Sequence[Array],
    *,
    learning_rate: float = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-16,
) -> Optimizer: ...
