"""Keras's average of the weights forgets at every micro-batch, not at every update."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

TORCH = """
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

model = torch.nn.Linear(1, 1, bias=False)
torch.nn.init.zeros_(model.weight)
averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9))
averaged.update_parameters(model)
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
lags = []
for _ in range(60):
    model.weight.grad = -torch.ones(1, 1)  # what four micro-batches come to
    optimizer.step()
    averaged.update_parameters(model)
    lags.append((model.weight - averaged.module.weight).item())
print(lags[-1])
"""
KERAS = """
import keras


def train(momentum):
    x = keras.Variable([0.0])
    optimizer = keras.optimizers.SGD(1.0, use_ema=True, ema_momentum=momentum, gradient_accumulation_steps=4)
    optimizer.build([x])
    average = next(one for one in optimizer.variables if "average" in one.path)
    lags = []
    for _ in range(60):
        for _ in range(4):
            optimizer.apply([-keras.ops.ones(1)], [x])
        lags.append(float((x - average).numpy()[0]))
    return lags


lags = train(momentum=0.9)
rooted = train(momentum=0.9**0.25)
print(lags[-1], rooted[-1])
"""


def measure(torch: Left, tf: Left) -> Measured:
    """How far the average lags behind a weight that moves by 1 at each update."""
    return Measured(
        numbers={
            "in_torch": torch.lags[-1],
            "in_keras": tf.lags[-1],
            "rooted": tf.rooted[-1],
        },
        picture=Curves(
            title="With accumulation, Keras's average is far younger than torch's",
            x="update",
            y="how far the average lags",
            lines=(
                Line("torch", torch.lags, framework="torch"),
                Line("Keras", tf.lags, framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Around the step",
    place=120,
    title="An average of weights stepped per micro-batch",
    question="I average the weights and accumulate: why is Keras's average so close to the weights?",
    claims=(
        Claim(
            says="The weight moves by one each update: torch's average lags {in_torch:.1f}, Keras's {in_keras:.1f}.",
            number="in_keras",
            between=near(0.9 / (1 - 0.9**4), relative=1e-4),
            because="by hand d / (1 - d^4), as it forgets at each of four micro-batches; torch's is d / (1 - d);"
            " float32",
            equal=(
                (", gradient_accumulation_steps=4)", ")"),
                ("for _ in range(4):", "for _ in range(1):"),
            ),
        ),
        Claim(
            says="With the fourth root of the momentum it lags by {rooted:.1f}: close, and not the same.",
            number="rooted",
            between=near(0.9**0.25 / (1 - 0.9), relative=3e-3),
            because="by hand d^(1/4) / (1 - d), but for 0.9^60 = 2e-3 of it",
            equal=(("momentum=0.9**0.25", "momentum=0.9"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "With accumulation, give Keras the root of the momentum, of as many as there are micro-batches.",
        "To be exact, average in a callback of your own, once an update.",
    ),
    command='triptych port "keras.optimizers.SGD(0.1, use_ema=True, gradient_accumulation_steps=4)" --to torch',
)
