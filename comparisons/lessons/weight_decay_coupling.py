"""torch's Adam adds weight decay to the gradient; Keras's, and AdamW, shrink the weight by itself."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, below, near

TORCH = """
import torch

decay = 0.01


def steps(optimizer):  # of a weight without a gradient, and of one whose gradient is 1
    weights = torch.ones(2, dtype=torch.float64)
    run = optimizer([weights], lr=0.01, eps=1e-12, weight_decay=decay)
    weights.grad = torch.tensor([0.0, 1.0], dtype=torch.float64)
    run.step()
    return ((1.0 - weights) / 0.01).tolist()


adam, adamw = steps(torch.optim.Adam), steps(torch.optim.AdamW)
print(adam, adamw)
"""
KERAS = """
import keras

decay = 0.01
weights = keras.Variable([1.0, 1.0])
optimizer = keras.optimizers.Adam(learning_rate=0.01, epsilon=1e-12, weight_decay=decay)
optimizer.apply([keras.ops.array([0.0, 1.0])], [weights])
adam = ((1.0 - weights.numpy()) / 0.01).tolist()
print(adam)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The first steps of two weights, in units of the learning rate."""
    return Measured(
        numbers={
            "decay": torch.decay,
            "torch_idle": torch.adam[0],
            "times": torch.adam[0] / tf.adam[0],
            "active": tf.adam[1] - torch.adam[1],
            "adamw": max(abs(a - b) for a, b in zip(torch.adamw, tf.adam, strict=True)),
        },
        picture=Bars(
            title="A weight without a gradient: coupled, its decay becomes a whole step of Adam",
            x="first step / learning rate, of a weight of 1",
            bars=(
                Bar("torch, Adam", torch.adam[0], "torch"),
                Bar("torch, AdamW", torch.adamw[0], "torch"),
                Bar("Keras, Adam", tf.adam[0], "tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Optimizers",
    place=110,
    title="Weight decay, coupled or decoupled",
    question="weight_decay is the same number: why do unused weights vanish in torch only?",
    claims=(
        Claim(
            says="A weight without a gradient moves {torch_idle:.2f} learning rates in torch, {times:.0f} times as far"
            " as in Keras.",
            number="times",
            between=near(1 / 0.01, relative=6e-4),
            because="by hand 1 / decay: Adam divides it by its own size; Keras rounds x twice by 3e-8, of a step of"
            " 1e-4",
        ),
        Claim(
            says="A weight with a gradient feels decay in Keras, by {active:.3f} rates; in torch it does not.",
            number="active",
            between=near(0.01, relative=2e-3),
            because="by hand decay * weight, with the same rounding",
        ),
        Claim(
            says="torch's AdamW does what Keras's Adam does: {adamw:.0e} learning rates apart.",
            number="adamw",
            between=below(2e-5),
            because="Keras rounds x by 6e-8, which is 6e-6 of a rate of 0.01, and beta2 by 7e-6",
            equal=(("steps(torch.optim.AdamW)", "steps(torch.optim.Adam)"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("adam, adamw = steps(torch.optim.Adam)", "adam, adamw = steps(torch.optim.AdamW)"),),
    porting=(
        "In Keras every optimizer's `weight_decay` is decoupled; in torch AdamW's is, and that of a few others.",
        "From torch's Adam to Keras, add the decay to the gradient, as an L2 regularizer of half of it does.",
    ),
    command='triptych port "torch.optim.Adam(p, weight_decay=0.01)" --to keras',
)
