"""NAdam's momentum warms up fast in Keras, and for torch's default hardly at all."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, below, largest_gap, near

TORCH = """
import torch

gradients = 100 * [1.0] + 20 * [-1.0]  # a turn after a hundred steps


def train(momentum_decay):
    x = torch.zeros(1, dtype=torch.float64)
    optimizer = torch.optim.NAdam([x], lr=1.0, eps=1e-7, momentum_decay=momentum_decay)
    steps = []
    for gradient in gradients:
        before = x.item()
        x.grad = torch.full_like(x, gradient)
        optimizer.step()
        steps.append(before - x.item())
    return steps


default = train(momentum_decay=4e-3)
like_keras = train(momentum_decay=1.0)
print(default[100], like_keras[100])
"""
KERAS = """
import keras

gradients = 100 * [1.0] + 20 * [-1.0]
x = keras.Variable([0.0])
optimizer = keras.optimizers.Nadam(learning_rate=1.0, epsilon=1e-7)
steps = []
for gradient in gradients:
    before = float(x.numpy()[0])
    optimizer.apply([keras.ops.array([gradient])], [x])
    steps.append(before - float(x.numpy()[0]))
print(steps[100])
"""


def measure(torch: Left, tf: Left) -> Measured:
    """How soon each turns when the gradient does."""
    return Measured(
        numbers={
            "torch_turns": _turn(torch.default),
            "later": _turn(tf.steps) - _turn(torch.default),
            "apart": largest_gap(torch.like_keras, tf.steps),
        },
        picture=Curves(
            title="When the gradient turns, torch's NAdam turns at once and Keras's later",
            x="step",
            y="step / learning rate",
            lines=(
                Line("torch, its default", torch.default[90:], x=list(range(91, 121)), framework="torch"),
                Line("Keras", tf.steps[90:], x=list(range(91, 121)), framework="tf"),
            ),
        ),
    )


def _turn(steps: list[float]) -> int:
    """At which step after the turn of the gradient the parameter goes back."""
    return next(i for i, step in enumerate(steps[100:], start=1) if step < 0)


LESSON = Lesson(
    chapter="Optimizers",
    place=100,
    title="Nadam's momentum decay",
    question="Same NAdam, same betas: why is torch's so much nimbler?",
    claims=(
        Claim(
            says="NAdam's momentum starts at half of beta1 and grows. The gradient turns, and torch goes back at step"
            " {torch_turns}.",
            number="torch_turns",
            between=near(1),
            because="by hand: its momentum is 0.46 then, so the new gradient outweighs the average",
        ),
        Claim(
            says="Keras goes back {later} steps later: its momentum has grown to beta1, torch's default hardly.",
            number="later",
            between=near(5),
            because="by hand the first k with 0.9^k < 1 / (2 * 0.892), 0.892 being the momentum then, is 6",
        ),
        Claim(
            says="With `momentum_decay=1.0` torch is {apart:.0e} of a learning rate away from Keras at most.",
            number="apart",
            between=below(3e-5),
            because="x nears 100, where float32 rounds by 4e-6, twice for a step; Keras's beta2 is off by 7e-6",
            equal=(("train(momentum_decay=1.0)", "train(momentum_decay=4e-3)"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("train(momentum_decay=4e-3)", "train(momentum_decay=1.0)"),),
    porting=(
        "To torch, write `momentum_decay=1.0`: that is what Keras has built in.",
        "From torch's default there is no way to Keras's class; take a drop-in.",
    ),
    command='triptych port "keras.optimizers.Nadam(1e-3)" --to torch',
)
