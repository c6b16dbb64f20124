"""A gap in float32 and in float64: rounding shrinks by nine digits, another formula stays."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

TORCH = """
import torch


def train(optimizer, dtype):
    x, path = torch.linspace(0.1, 1, 10, dtype=dtype), []
    optimizer = optimizer([x])
    for _ in range(30):
        x.grad = x.clone()  # of x^2 / 2
        optimizer.step()
        path.append(x.clone())
    return torch.stack(path)


def momentum(parameters):
    return torch.optim.SGD(parameters, lr=0.1, momentum=0.9)


def rmsprop(parameters):
    return torch.optim.RMSprop(parameters, lr=0.01, alpha=0.9, eps=1e-3)


momentum32, momentum64 = train(momentum, torch.float32), train(momentum, torch.float64)
rmsprop32, rmsprop64 = train(rmsprop, torch.float32), train(rmsprop, torch.float64)
print(momentum32[-1])
"""
KERAS = """
import keras
import numpy as np

f = np.float64  # else Keras's float64 has the numbers of float32


def train(optimizer, dtype):
    keras.config.set_floatx(dtype)
    x, path = keras.Variable(np.linspace(0.1, 1, 10)), []
    optimizer = optimizer()
    for _ in range(30):
        optimizer.apply([keras.ops.copy(x)], [x])
        path.append(x.numpy().copy())
    keras.config.set_floatx("float32")
    return np.stack(path)


def momentum():
    return keras.optimizers.SGD(f(0.1), momentum=f(0.9))


def rmsprop():
    return keras.optimizers.RMSprop(f(0.01), rho=f(0.9), epsilon=f(1e-3))


momentum32, momentum64 = train(momentum, "float32"), train(momentum, "float64")
rmsprop32, rmsprop64 = train(rmsprop, "float32"), train(rmsprop, "float64")
print(momentum32[-1])
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The gaps between the frameworks, in each dtype, and how they stand to each other."""
    names = ("momentum32", "momentum64", "rmsprop32", "rmsprop64")
    gaps = {name: abs(vars(torch)[name] - vars(tf)[name]).max(axis=1) for name in names}
    largest = {name: float(gap.max()) for name, gap in gaps.items()}
    labels = ("momentum, float32", "momentum, float64", "RMSprop, float32", "RMSprop, float64")
    return Measured(
        numbers={
            **largest,
            "rounding": largest["momentum32"] / (largest["momentum64"] or 1e-300),
            "formula": largest["rmsprop32"] / (largest["rmsprop64"] or 1e-300),
        },
        picture=Curves(
            title="Torch to Keras: momentum's gap falls with the dtype, RMSprop's stays",
            x="step",
            y="gap",
            log_y=True,
            lines=tuple(
                Line(label, [max(float(one), 1e-18) for one in gaps[name]])
                for label, name in zip(labels, names, strict=True)
            ),
        ),
    )


LESSON = Lesson(
    chapter="Arithmetic",
    place=70,
    title="What float32 and float64 together prove",
    question="There is a gap of a millionth: is it rounding, or another formula?",
    claims=(
        Claim(
            says="The gap of SGD with momentum is {rounding:.0e} times smaller in float64: it is rounding.",
            number="rounding",
            between=(1e7, 1e11),
            because="the machine epsilons are 5e8 apart; which roundings meet is luck, a factor of ten or so",
            equal=(("momentum=f(0.9)", "momentum=f(0.8)"),),
        ),
        Claim(
            says="The gap of RMSprop is {formula:.3f} times as large in float32 as in float64: it is the formula.",
            number="formula",
            between=near(1, relative=0.01),
            because="rounding in float32 is 1e-6 here, against a gap of hundredths",
            equal=(("eps=1e-3", "eps=1e-30"), ("epsilon=f(1e-3)", "epsilon=f(1e-30)")),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "Whatever you compare, compare it in both: one dtype alone cannot tell the two apart.",
        "A gap that falls only a little is a formula's, felt less; look for epsilon first.",
    ),
    command="triptych explain regression-20 rmsprop --level same-numbers",
)
