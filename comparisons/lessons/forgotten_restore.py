"""A numerical gradient that does not put x back moves x by itself."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

NUMPY = """
import numpy as np

h, rate = 1e-3, 0.1


def numerical_gradient(f, x, restore):
    gradient = np.zeros_like(x)
    for i in range(x.size):
        old = x[i]
        x[i] = old + h
        above = f(x)
        x[i] = old - h
        below = f(x)
        gradient[i] = (above - below) / (2 * h)
        if restore:
            x[i] = old  # the line that is forgotten
    return gradient


def descend(restore):
    x, path = np.array([1.0, -1.0]), []
    for _ in range(60):
        path.append(abs(x[0]))
        x -= rate * numerical_gradient(lambda x: np.sum(x**2), x, restore)
    return path, x[0]


right, end = descend(restore=True)
wrong, wrong_end = descend(restore=False)
x = np.array([1.0, -1.0])
numerical_gradient(lambda x: np.sum(x**2), x, restore=False)
moved = (1.0 - x[0]) / h
print(end, wrong_end)
"""
TORCH = """
import torch

x = torch.tensor([1.0, -1.0], requires_grad=True)
(x**2).sum().backward()  # nothing is moved: autograd asks for no second point
moved = 1.0 - x[0].item()
print(x.grad)
"""


def measure(numpy: Left, torch: Left) -> Measured:
    """Where the two descents end, and how far a call moves x."""
    return Measured(
        numbers={
            "h": numpy.h,
            "end": numpy.end,
            "wrong_end": numpy.wrong_end,
            "moved": numpy.moved,
            "torch_moved": torch.moved,
        },
        picture=Curves(
            title="Without the restore, the descent never comes to the minimum",
            x="step",
            y="|x| (the minimum is at 0)",
            log_y=True,
            lines=(Line("x is put back", numpy.right), Line("x is not put back", numpy.wrong)),
        ),
    )


LESSON = Lesson(
    chapter="First steps",
    place=10,
    title="A numerical gradient that forgets to restore x",
    question="My gradient is right and the loss falls: why does it stop short of the minimum?",
    claims=(
        Claim(
            says="Each call leaves every element of x lower by {moved:.0f} times h.",
            number="moved",
            between=near(1, relative=1e-9),
            because="by hand x - h is what stands there last; float64, divided by h = 1e-3",
        ),
        Claim(
            says="The descent then ends at {wrong_end:.1e}, not at the minimum: drift and gradient balance there.",
            number="wrong_end",
            between=near(-1e-3 / (2 * 0.1), relative=1e-3),  # x - h - rate 2 x = x
            because="by hand -h / (2 rate); after 60 steps 0.8^60, 2e-6 of the start, is left",
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH),
    measure=measure,
    equal=(("restore=False", "restore=True"),),
    porting=(
        "Hold a gradient by differences against autograd at one point, and x against a copy of it.",
        "Take a copy of x inside the function, and there is nothing to forget.",
    ),
    command="triptych gradcheck two-layer-net",
)
