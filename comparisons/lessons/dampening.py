"""torch's dampening spares the first gradient; Keras has none."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

TORCH = """
import torch

dampening = 0.9
x = torch.zeros(1, dtype=torch.float64)
optimizer = torch.optim.SGD([x], lr=1.0, momentum=0.9, dampening=dampening)
steps = []
for _ in range(80):
    before = x.item()
    x.grad = torch.ones_like(x)
    optimizer.step()
    steps.append(before - x.item())
print(steps[0], steps[-1])
"""
KERAS = """
import keras

dampening = 0.9


def train(rate):
    x = keras.Variable([0.0])
    optimizer = keras.optimizers.SGD(learning_rate=rate, momentum=0.9)
    steps = []
    for _ in range(80):
        before = float(x.numpy()[0])
        optimizer.apply([keras.ops.ones(1)], [x])
        steps.append(before - float(x.numpy()[0]))
    return steps


same_rate, scaled_rate = train(1.0), train(1.0 - dampening)
print(same_rate[-1], scaled_rate[0])
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The steps with a gradient of 1: with dampening, without, and without at a rate made for it."""
    return Measured(
        numbers={
            "dampening": torch.dampening,
            "larger": tf.same_rate[-1] / torch.steps[-1],
            "first": torch.steps[0] / tf.scaled_rate[0],
            "ahead": sum(torch.steps) - sum(tf.scaled_rate),
        },
        picture=Curves(
            title="A smaller rate in place of dampening misses torch's first steps only",
            x="step",
            y="size of the step",
            lines=(
                Line("torch, dampened", torch.steps, framework="torch"),
                Line("Keras, rate times 1 - dampening", tf.scaled_rate, framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Optimizers",
    place=80,
    title="Dampening",
    question="torch's SGD has a dampening: what do I write in Keras?",
    claims=(
        Claim(
            says="Dampening weakens a gradient before momentum adds it. With both {dampening}, Keras's undampened"
            " steps end {larger:.1f} times as large.",
            number="larger",
            between=near(10, relative=5e-3),
            because="by hand 1 / (1 - dampening), once the velocity has settled to 0.9^80 = 2e-4",
        ),
        Claim(
            says="Multiply Keras's learning rate by one minus dampening, and torch's first step is {first:.1f} times"
            " Keras's.",
            number="first",
            between=near(10, relative=1e-5),
            because="by hand 1 / (1 - dampening): torch does not dampen the first gradient; float32 rounds 6e-8",
        ),
        Claim(
            says="From then on the gap closes: in all, torch has gone {ahead:.1f} rates further.",
            number="ahead",
            between=near(9.0, relative=1e-3),
            because="by hand dampening / (1 - momentum), but for 0.9^80 = 2e-4 of it",
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("dampening = 0.9", "dampening = 0.0"),),
    porting=(
        "A rate times one minus dampening is close after the first steps; a drop-in is exact.",
        "Weight decay in torch is dampened, too, as it is part of the gradient there.",
    ),
    command='triptych port "torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.9)" --to keras',
)
