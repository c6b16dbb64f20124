"""A parameter whose first gradient comes late: torch counts its own steps, Keras those of the optimizer."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, below, largest_gap, near

TORCH = """
import torch

late = [1, 2, 5, 10, 20, 50, 200]  # the step at which the first gradient comes


def first_step(at, waiting):
    x = torch.zeros(1)
    optimizer = torch.optim.Adam([x], lr=1.0, eps=1e-12)
    for _ in range(at - 1):
        x.grad = waiting
        optimizer.step()
    x.grad = torch.ones(1)
    optimizer.step()
    return -x.item()


steps = [first_step(at, None) for at in late]
zeros = [first_step(at, torch.zeros(1)) for at in late]
print(steps, zeros)
"""
KERAS = """
import keras

late = [1, 2, 5, 10, 20, 50, 200]


def first_step(at):
    x, other, one = keras.Variable([0.0]), keras.Variable([0.0]), keras.ops.ones(1)
    optimizer = keras.optimizers.Adam(learning_rate=1.0, epsilon=1e-12)
    optimizer.build([x, other])
    for _ in range(at - 1):
        optimizer.apply([one], [other])  # x has no gradient yet
    optimizer.apply([one, one], [x, other])
    return -float(x.numpy()[0])


steps = [first_step(at) for at in late]
print(steps)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The first step that the parameter makes, by when its first gradient comes."""
    return Measured(
        numbers={
            "early": tf.late[2],
            "keras_early": tf.steps[2] / torch.steps[2],
            "last": tf.late[-1],
            "keras_last": tf.steps[-1] / torch.steps[-1],
            "apart": largest_gap(torch.zeros, tf.steps),
        },
        picture=Curves(
            title="In Keras the first step depends on when the first gradient comes",
            x="step at which the first gradient comes",
            y="first step / learning rate",
            log_x=True,
            lines=(
                Line("torch", torch.steps, x=torch.late, framework="torch"),
                Line("Keras", tf.steps, x=tf.late, framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Around the step",
    place=40,
    title="Late gradients and step counts",
    question="A layer was frozen at first: why do the two part when it is let go?",
    claims=(
        Claim(
            says="First gradient at step {early}: Adam moves {keras_early:.3f} times as far in Keras as in torch.",
            number="keras_early",
            between=near((1 - 0.999**5) ** 0.5 / (1 - 0.9**5) * 0.1 / 0.001**0.5, relative=3e-5),
            because="by hand with t = 5 in Keras's bias correction, t = 1 in torch's; Keras's beta2 is off by 7e-6",
        ),
        Claim(
            says="At step {last} it is {keras_last:.2f} times as far.",
            number="keras_last",
            between=near((1 - 0.999**200) ** 0.5 / (1 - 0.9**200) * 0.1 / 0.001**0.5, relative=3e-5),
            because="the same by hand with t = 200",
        ),
        Claim(
            says="Given zeros in place of no gradient, torch counts as Keras does: {apart:.0e} apart.",
            number="apart",
            between=below(3e-5),
            because="Keras's beta2 is off by 7e-6 in float32",
            equal=(("first_step(at, torch.zeros(1))", "first_step(at, None)"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("first_step(at) for at in late", "first_step(1) for at in late"),),
    porting=(
        "Where a part trains later, give it zeros with `zero_grad(set_to_none=False)`, or an optimizer of its own.",
        "With momentum or decay, zeros are not the same as none: they move the parameter.",
    ),
    command='triptych port "keras.optimizers.Adam(1e-3)" --to torch',
)
