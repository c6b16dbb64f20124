"""Keras's velocity holds the learning rate, torch's does not: a schedule shows it."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, below, largest_gap, near

TORCH = """
import torch

drop, dropped_at = 10.0, 60


def train(scale):
    x = torch.zeros(1, dtype=torch.float64)
    optimizer = torch.optim.SGD([x], lr=1.0, momentum=0.9)
    steps = []
    for t in range(100):
        if t == dropped_at:
            optimizer.param_groups[0]["lr"] /= drop
            optimizer.state[x]["momentum_buffer"].mul_(scale)
        before = x.item()
        x.grad = torch.ones_like(x)
        optimizer.step()
        steps.append(before - x.item())
    return steps


steps, scaled = train(scale=1.0), train(scale=drop)
print(steps[dropped_at], scaled[dropped_at])
"""
KERAS = """
import keras

drop, dropped_at = 10.0, 60
x = keras.Variable([0.0])
optimizer = keras.optimizers.SGD(learning_rate=1.0, momentum=0.9)
steps = []
for t in range(100):
    if t == dropped_at:
        optimizer.learning_rate = 1.0 / drop
    before = float(x.numpy()[0])
    optimizer.apply([keras.ops.ones(1)], [x])
    steps.append(before - float(x.numpy()[0]))
print(steps[dropped_at])
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The steps before and after the drop of the rate, the gradient being 1 throughout."""
    at = torch.dropped_at
    return Measured(
        numbers={
            "drop": torch.drop,
            "torch_after": torch.steps[at],
            "keras_after": tf.steps[at],
            "larger": tf.steps[at] / torch.steps[at],
            "scaled": largest_gap(torch.scaled, tf.steps) / max(tf.steps),
        },
        picture=Curves(
            title="When the rate drops, torch slows down at once and Keras coasts",
            x="step",
            y="size of the step",
            lines=(Line("torch", torch.steps, framework="torch"), Line("Keras", tf.steps, framework="tf")),
        ),
    )


LESSON = Lesson(
    chapter="Optimizers",
    place=60,
    title="Momentum under a schedule",
    question="The curves agree until the learning rate drops: what happens there?",
    claims=(
        Claim(
            says="After a drop by {drop:.0f}, torch's next step is {torch_after:.2f}, Keras's {keras_after:.2f}:"
            " {larger:.1f} times as large.",
            number="larger",
            between=near(9.1, relative=1e-3),
            because="by hand momentum * drop + 1 - momentum, but for 0.9^60 = 2e-3 of a tenth of it",
        ),
        Claim(
            says="With torch's buffer multiplied by old rate / new rate, the two are {scaled:.0e} apart.",
            number="scaled",
            between=below(7e-6),
            because="Keras's x nears 600, where it is rounded by 3e-5, twice for a step; the largest is 10",
            equal=(("mul_(scale)", "mul_(1.0)"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("drop, dropped_at = 10.0, 60", "drop, dropped_at = 1.0, 60"),),
    porting=(
        "With a constant rate the two are one rule, and nothing is to be done.",
        "Under a schedule, multiply torch's buffer by old rate / new rate at each change, or take a drop-in.",
        "RMSprop with momentum has the same difference.",
    ),
    command='triptych port "torch.optim.SGD(p, lr=0.1, momentum=0.9)" --to keras',
)
