"""Decoupled decay is multiplied by the learning rate in torch and Keras, and was not in the paper."""

from comparisons.lessons.lesson import Claim, Code, Curves, Left, Lesson, Line, Measured, near

NUMPY = """
rate, decay = 0.01, 0.01
weights, weight = [], 1.0
for _ in range(300):  # Loshchilov and Hutter, Algorithm 2, where the gradient is 0
    weight -= decay * weight
    weights.append(weight)
print(weights[-1])
"""
TORCH = """
import torch

rate, decay = 0.01, 0.01
x = torch.ones(1, dtype=torch.float64)
optimizer = torch.optim.AdamW([x], lr=rate, weight_decay=decay)
weights = []
for _ in range(300):
    x.grad = torch.zeros_like(x)
    optimizer.step()
    weights.append(x.item())
print(weights[-1])
"""
KERAS = """
import keras

rate, decay = 0.01, 0.01
x = keras.Variable([1.0])
optimizer = keras.optimizers.AdamW(learning_rate=rate, weight_decay=decay)
weights = []
for _ in range(300):
    optimizer.apply([keras.ops.zeros(1)], [x])
    weights.append(float(x.numpy()[0]))
print(weights[-1])
"""


def measure(numpy: Left, torch: Left, tf: Left) -> Measured:
    """What is left of a weight without a gradient."""
    return Measured(
        numbers={
            "steps": len(numpy.weights),
            "rate": numpy.rate,
            "paper_left": numpy.weights[-1],
            "torch_left": torch.weights[-1],
            "keras_left": tf.weights[-1],
        },
        picture=Curves(
            title="Times the learning rate, the paper's decay hardly shrinks a weight",
            x="step",
            y="what is left of a weight",
            y_range=(0.0, 1.05),
            lines=(
                Line("the paper", numpy.weights, framework="numpy"),
                Line("torch", torch.weights, framework="torch"),
                Line("Keras", tf.weights, framework="tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Optimizers",
    place=120,
    title="Weight decay, times which rate",
    question="I took the paper's weight decay: why does it do nothing?",
    claims=(
        Claim(
            says="In the paper decay is not multiplied by the rate: after {steps} steps {paper_left:.1%} is left.",
            number="paper_left",
            between=near(0.99**300, relative=1e-9),
            because="by hand (1 - decay)^steps, in float64",
            equal=(("weight -= decay * weight", "weight -= rate * decay * weight"),),
        ),
        Claim(
            says="torch multiplies it by the rate, {rate}: {torch_left:.1%} is left.",
            number="torch_left",
            between=near(0.9999**300, relative=1e-9),
            because="by hand (1 - rate * decay)^steps, in float64",
            equal=(("rate, decay = 0.01", "rate, decay = 1.0"),),
        ),
        Claim(
            says="Keras does the same: {keras_left:.1%}.",
            number="keras_left",
            between=near(0.9999**300, relative=2e-5),
            because="the same; each of 300 steps in float32 rounds 6e-8",
            equal=(("rate, decay = 0.01", "rate, decay = 1.0"),),
        ),
    ),
    code=Code(numpy=NUMPY, torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "Divide a decay of the paper's kind by the learning rate; leave it when porting between torch and Keras.",
        "Whoever halves the rate halves the decay, too: a search over rates is a search over decays.",
        "The defaults differ: AdamW's decay is `0.01` in torch and `0.004` in Keras.",
    ),
    command='triptych port "torch.optim.AdamW(p, lr=1e-3)" --to keras',
)
