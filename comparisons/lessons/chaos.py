"""A training that doubles errors: one ulp at the start is another curve in the end, and no formula is wrong."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured

NUMPY = """
import numpy as np

rate = 1.7  # far too large for this valley of two minima


def train(start):
    x, path = start, []
    for _ in range(200):
        path.append(float(x))
        x = x - type(x)(rate) * (x**3 - x)  # the gradient of (x^2 - 1)^2 / 4
    return np.array(path)


gaps = {}
for dtype in (np.float32, np.float64):
    start = dtype(1.2)
    gaps[dtype.__name__] = abs(train(start) - train(np.nextafter(start, dtype(2))))
parts_at = {name: int(np.argmax(gap > 0.01)) for name, gap in gaps.items()}
path = train(np.float32(1.2))
print(parts_at)
"""
TORCH = """
import torch

rate = 1.7
x, path = torch.tensor(1.2, requires_grad=True), []
optimizer = torch.optim.SGD([x], lr=rate)
for _ in range(200):
    path.append(x.item())
    optimizer.zero_grad()
    ((x**2 - 1) ** 2 / 4).backward()
    optimizer.step()
print(path[-1])
"""


def measure(numpy: Left, torch: Left) -> Measured:
    """When two trainings part that start one ulp apart, in each dtype, and when torch parts from NumPy."""
    parts = numpy.parts_at
    between = [abs(a - b) for a, b in zip(numpy.path, torch.path, strict=True)]
    gaps = {name: [max(float(one), 1e-17) for one in gap] for name, gap in numpy.gaps.items()}
    return Measured(
        numbers={
            "parts32": parts["float32"],
            "parts64": parts["float64"],
            "doubling": (parts["float64"] - parts["float32"]) / 29,  # bits that float64 has more
            "torch_parts": next((step for step, gap in enumerate(between) if gap > 0.01), 0),
            "torch_early": max(between[:5]),
        },
        picture=Curves(
            title="Two starts one ulp apart: the gap doubles until nothing is left in common",
            x="step",
            y="gap",
            log_y=True,
            lines=(Line("float32", gaps["float32"]), Line("float64", gaps["float64"])),
        ),
    )


LESSON = Lesson(
    chapter="Arithmetic",
    place=60,
    title="Chaos: one ulp becomes everything",
    question="The curves agree for a while and then go their own ways: which formula is wrong?",
    claims=(
        Claim(
            says="In float32, two starts one ulp apart have nothing in common after {parts32} steps.",
            number="parts32",
            between=(10, 100),
            because="16 doublings from an ulp of 1.2 to 0.01, of one to some steps each",
        ),
        Claim(
            says="In float64 that comes later, at step {parts64}: the gap doubles in {doubling:.1f} steps, in both.",
            number="doubling",
            between=(0.7, 5.0),
            because="float64 begins 29 doublings lower; a formula's gap would begin at the same size",
        ),
        Claim(
            says="torch has the same formula, and leaves NumPy at step {torch_parts}: it rounds otherwise.",
            number="torch_parts",
            between=(5, 100),
            because="as for one ulp, for that is what a rounding is",
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH),
    measure=measure,
    equal=(("rate = 1.7", "rate = 0.1"),),
    porting=(
        "Look at the first steps: rounding begins at an ulp, another formula at what it changes.",
        "Train again in float64: chaos comes later there, a formula does not.",
        "Compare one step at a time, teacher-forced: an error then cannot grow.",
    ),
    command="triptych diff torch-trace keras-trace",
)
