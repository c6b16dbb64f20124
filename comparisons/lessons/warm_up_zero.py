"""A warm-up from rate 0 spends its first step on nothing."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

TORCH = """
import torch


def train(first):
    x = torch.zeros(1, dtype=torch.float64)
    optimizer = torch.optim.Adam([x], lr=1.0, eps=1e-12)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: min((t + first) / 4, 1.0))
    steps = []
    for _ in range(8):
        before = x.item()
        x.grad = torch.ones_like(x)
        optimizer.step()
        scheduler.step()
        steps.append(before - x.item())
    return steps


from_zero = train(first=0)
from_one = train(first=1)
print(from_zero, from_one)
"""
KERAS = """
import keras

schedule = keras.optimizers.schedules.CosineDecay(0.0, decay_steps=1000, warmup_target=1.0, warmup_steps=4)
x = keras.Variable([0.0])
optimizer = keras.optimizers.Adam(learning_rate=schedule, epsilon=1e-12)
steps = []
for _ in range(8):
    before = float(x.numpy()[0])
    optimizer.apply([keras.ops.ones(1)], [x])
    steps.append(before - float(x.numpy()[0]))
print(steps)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The steps of a warm-up over four."""
    return Measured(
        numbers={
            "torch_first": torch.from_zero[0],
            "keras_first": tf.steps[0],
            "other_first": torch.from_one[0],
            "behind": sum(torch.from_one) - sum(torch.from_zero),
        },
        picture=Curves(
            title="Counted from zero, the first step of a warm-up moves nothing",
            x="step",
            y="size of the step",
            lines=(
                Line("torch, t / n", torch.from_zero, framework="torch"),
                Line("torch, (t + 1) / n", torch.from_one),
                Line("Keras, warmup_steps", tf.steps, framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Around the step",
    place=110,
    title="Warm-up's first step at rate zero",
    question="The rate grows over the first steps, and the first batch changes nothing: is the loop broken?",
    claims=(
        Claim(
            says="A warm-up of `t / n` starts with a step of {torch_first:.0f}; one of `(t + 1) / n` with"
            " {other_first:.2f}.",
            number="torch_first",
            between=near(0.0),
            because="times a rate of 0",
            equal=(("train(first=0)", "train(first=1)"),),
        ),
        Claim(
            says="Keras's warm-up starts at the rate that it is given first, here zero: its step is {keras_first:.0f}.",
            number="keras_first",
            between=near(0.0),
            because="times a rate of 0",
            equal=(("CosineDecay(0.0,", "CosineDecay(0.25,"),),
        ),
        Claim(
            says="The way lost is never made up: {behind:.2f} learning rates, with Adam.",
            number="behind",
            between=near(1.0, absolute=1e-9),
            because="by hand: the same rates, a step later; float64",
            equal=(("train(first=0)", "train(first=1)"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "Ask of every warm-up what it gives at its first step; transformers' begins at rate zero.",
        "torch's `LinearLR` begins at a third of the rate, unless `start_factor` says otherwise.",
    ),
    command='triptych port "torch.optim.SGD(p, lr=0.1)" --schedule "LinearLR(optimizer)" --to keras',
)
