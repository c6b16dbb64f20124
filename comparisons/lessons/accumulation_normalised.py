"""Accumulated micro-batches are one large batch only if the loss is divided by what is in all of them."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, below, near

TORCH = """
import torch

targets = [[8.0], [1.0, 1.0, 2.0]]  # a micro-batch of one token, one of three
count = sum(len(one) for one in targets)


def gradient(batches, divisor):
    x = torch.zeros(1, requires_grad=True)
    for one in batches:
        loss = ((x - torch.tensor(one)) ** 2).sum() / divisor(one)
        loss.backward()  # adds to x.grad
    return x.grad.item()


whole = gradient([targets[0] + targets[1]], len)
of_means = gradient(targets, lambda one: len(one) * len(targets))
of_all = gradient(targets, lambda one: count)
print(whole, of_means, of_all)
"""
KERAS = """
import keras
import tensorflow as tf

targets = [[8.0], [1.0, 1.0, 2.0]]
x = tf.Variable([0.0])
optimizer = keras.optimizers.SGD(learning_rate=1.0, gradient_accumulation_steps=2)
for one in targets:
    with tf.GradientTape() as tape:
        loss = keras.ops.mean((x - tf.constant(one)) ** 2)
    optimizer.apply([tape.gradient(loss, x)], [x])
gradient = -float(x[0])
print(gradient)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The gradient of four tokens, together and in two parts."""
    return Measured(
        numbers={
            "times": torch.of_means / torch.whole,
            "keras_times": tf.gradient / torch.whole,
            "apart": abs(torch.of_all / torch.whole - 1),
        },
        picture=Bars(
            title="The mean of means is not the mean: the short micro-batch weighs too much",
            x="size of the gradient",
            bars=(
                Bar("one batch of all (torch)", -torch.whole, "torch"),
                Bar("divided by the count of all (torch)", -torch.of_all, "torch"),
                Bar("mean of means (torch)", -torch.of_means, "torch"),
                Bar("mean of means (Keras)", -tf.gradient, "tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Around the step",
    place=30,
    title="Accumulation is not a larger batch",
    question="I accumulate small batches into one large one: why is the loss another?",
    claims=(
        Claim(
            says="Where micro-batches differ in length, the mean of their means has {times:.2f} times the gradient.",
            number="times",
            between=near(((8 + 4 / 3) / 2) / 3, relative=1e-6),
            because="by hand, mean of means over mean; float32 rounds 6e-8",
            equal=(("[8.0], [1.0, 1.0, 2.0]", "[8.0, 1.0], [1.0, 2.0]"),),
        ),
        Claim(
            says="Keras's `gradient_accumulation_steps` takes the mean of what it is given: {keras_times:.2f} times,"
            " too.",
            number="keras_times",
            between=near(((8 + 4 / 3) / 2) / 3, relative=1e-6),
            because="the same by hand",
            equal=(("[8.0], [1.0, 1.0, 2.0]", "[8.0, 1.0], [1.0, 2.0]"),),
        ),
        Claim(
            says="Divide each sum by the count of all micro-batches, and the gap is {apart:.1g}.",
            number="apart",
            between=below(1e-6),
            because="sums in another order, in float32",
            equal=(("lambda one: count", "lambda one: len(one) * len(targets)"),),
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    porting=(
        "Count tokens or samples over all micro-batches first; then divide each sum of losses by that count.",
        "In Keras, whose accumulation divides by the number of micro-batches, multiply the loss by it before.",
    ),
    command='triptych port "keras.optimizers.Adam(1e-3, gradient_accumulation_steps=4)" --to torch',
)
