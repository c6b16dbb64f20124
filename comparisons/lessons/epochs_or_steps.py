"""A schedule that is stepped once an epoch in torch counts batches in Keras."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, below, largest_gap, near

TORCH = """
import torch

batches = 5  # of an epoch
x = torch.zeros(1)
optimizer = torch.optim.SGD([x], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)
rates = []
for _ in range(30):  # epochs
    for _ in range(batches):
        optimizer.step()
        rates.append(scheduler.get_last_lr()[0])
    scheduler.step()
print(rates[-1])
"""
KERAS = """
import keras

batches = 5
copied = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5, staircase=True)
translated = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=10 * batches, decay_rate=0.5, staircase=True)
rates = [float(copied(step)) for step in range(30 * batches)]
right = [float(translated(step)) for step in range(30 * batches)]
print(rates[-1], right[-1])
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The rate at each step of thirty epochs."""
    return Measured(
        numbers={
            "batches": torch.batches,
            "in_torch": torch.rates[-1],
            "in_keras": tf.rates[-1],
            "smaller": torch.rates[-1] / tf.rates[-1],
            "apart": largest_gap(torch.rates, tf.right),
        },
        picture=Curves(
            title="The copied schedule counts batches, and is through long before",
            x="step",
            y="learning rate",
            log_y=True,
            lines=(
                Line("torch, stepped once an epoch", torch.rates, framework="torch"),
                Line("Keras, numbers copied", tf.rates, framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Around the step",
    place=100,
    title="Epochs or steps in a schedule",
    question="I copied the schedule's numbers: why does Keras stop learning?",
    claims=(
        Claim(
            says="With {batches} batches to an epoch, Keras ends at a rate of {in_keras:.1e}, {smaller:.0f} times below"
            " torch's.",
            number="smaller",
            between=near(2.0**12, relative=1e-5),
            because="by hand 0.5^14 for 0.5^2; Keras's schedules are float32",
            equal=(("batches = 5", "batches = 1"),),
        ),
        Claim(
            says="With the number of steps multiplied by {batches}, the rates are {apart:.0e} apart.",
            number="apart",
            between=below(1e-8),
            because="float32 rounds a rate of 0.1 by 4e-9 at most",
            equal=(("decay_steps=10 * batches", "decay_steps=10"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "A schedule of Keras counts updates; multiply by the batches of an epoch what torch counts in epochs.",
        "With accumulation Keras counts micro-batches, so multiply by these, too.",
    ),
    command='triptych port "torch.optim.SGD(p, lr=0.1)" --schedule "StepLR(optimizer, 10, 0.5)" --to keras',
)
