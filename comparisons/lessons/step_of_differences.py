"""The step h of a difference: too large cuts the curve off, too small leaves rounding."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

NUMPY = """
import numpy as np

steps = [10.0 ** (-k / 2) for k in range(2, 25)]
errors = {}
for dtype in ("float32", "float64"):
    x, errors[dtype] = np.array(1.0, dtype), []
    for h in steps:
        h = np.array(h, dtype)
        difference = (np.exp(x + h) - np.exp(x - h)) / (2 * h)
        errors[dtype].append(abs(float(difference) - np.e))
best32 = steps[int(np.argmin(errors["float32"]))]
best64 = steps[int(np.argmin(errors["float64"]))]
print(best32, best64)
"""
TORCH = """
import torch

x = torch.tensor(1.0, requires_grad=True)
torch.exp(x).backward()  # no h at all
error = abs(x.grad.item() - 2.718281828459045)
print(error)
"""


def measure(numpy: Left, torch: Left) -> Measured:
    """The best steps, and how the error falls with a large one."""
    errors = numpy.errors["float64"]
    return Measured(
        numbers={
            "best32": numpy.best32,
            "best64": numpy.best64,
            "ratio": errors[0] / errors[2] if errors[2] else 0.0,
            "autograd": torch.error,
        },
        picture=Curves(
            title="The error falls with h, and rises again: the best step depends on the dtype",
            x="h",
            y="error of the gradient",
            log_x=True,
            log_y=True,
            lines=(
                Line("float32", numpy.errors["float32"], x=numpy.steps),
                Line("float64", errors, x=numpy.steps),
            ),
        ),
    )


LESSON = Lesson(
    chapter="First steps",
    place=20,
    title="The step of a numerical gradient",
    question="A smaller h must be more exact: why does my gradient check fail?",
    claims=(
        Claim(
            says="While h is large, a tenth of it makes {ratio:.0f} times less error: the error goes with its square.",
            number="ratio",
            between=near(100, relative=0.01),
            because="the next term of the series is h^2 / 20 of the first, 5e-4 at h = 0.1",
        ),
        Claim(
            says="In float64 the best of the steps tried is {best64:.0e}; below it, rounding takes over.",
            number="best64",
            between=(1e-6, 1e-4),
            because="theory says (3 ulp)^(1/3), 9e-6; the minimum is flat, and luck moves it by a step or two",
        ),
        Claim(
            says="In float32 it is {best32:.0e}: what is right in the one dtype is wrong in the other.",
            number="best32",
            between=(1e-3, 4e-2),
            because="theory says (3 ulp)^(1/3), 7e-3, with the same luck",
            equal=(('("float32", "float64")', '("float64", "float32")'), ("np.array(1.0, dtype)", "np.array(1.0)")),
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH),
    measure=measure,
    equal=(("(np.exp(x + h) - np.exp(x - h)) / (2 * h)", "np.e"),),
    porting=(
        "Check gradients in float64, whatever the training has, with central differences.",
        "A check that fails in float32 and holds in float64 says nothing against the gradient.",
    ),
    command="triptych gradcheck two-layer-net",
)
