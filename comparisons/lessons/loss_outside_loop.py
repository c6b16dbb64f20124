"""Where the loss is noted: in the loop over batches, after it, or anew after the epoch."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, near

TORCH = """
import torch

size = 1  # of a batch; there are four samples
w = torch.tensor(1.0, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
inside, outside = [], []
for batch in torch.ones(4).split(size):
    loss = ((w * batch) ** 2).mean()
    inside.append(loss.item())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
outside.append(loss.item())  # one indent too few
first, last, after = inside[0], outside[0], (w**2).item()
print(first, last, after)
"""
KERAS = """
import keras
import numpy as np

size = 1  # of a batch; there are four samples
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
told = model.fit(np.ones((4, 1)), np.zeros((4, 1)), batch_size=size, shuffle=False, verbose=0)
mean = told.history["loss"][0]
after = model.evaluate(np.ones((4, 1)), np.zeros((4, 1)), verbose=0)
print(mean, after)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The four numbers that people call the loss of the epoch."""
    return Measured(
        numbers={"last": torch.last, "mean": tf.mean, "after": torch.after, "keras_after": tf.after},
        picture=Bars(
            title="One epoch of one training: what is called its loss depends on where it is noted",
            x="loss of the first epoch",
            bars=(
                Bar("the first batch's (torch, in the loop)", torch.first, "torch"),
                Bar("the mean of the batches (Keras, fit)", tf.mean, "tf"),
                Bar("the last batch's (torch, outside the loop)", torch.last, "torch"),
                Bar("all data, after the epoch (Keras, evaluate)", tf.after, "tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="First steps",
    place=40,
    title="The loss noted outside the loop",
    question="Same model, same data, same optimizer: why is Keras's loss of the epoch higher?",
    claims=(
        Claim(
            says="Keras's `fit` tells the mean over the batches, {mean:.3f}, each before its own update.",
            number="mean",
            between=near((1 + 0.64 + 0.64**2 + 0.64**3) / 4, relative=1e-5),
            because="by hand, each update leaves 0.8^2 of the loss; a sum in float32",
        ),
        Claim(
            says="Noted one indent too far left, torch's loss is the last batch's alone: {last:.3f}.",
            number="last",
            between=near(0.64**3, relative=1e-5),
            because="by hand, three updates before it; float32",
        ),
        Claim(
            says="After the epoch both have the same model, and all data give {keras_after:.3f} in Keras, too.",
            number="keras_after",
            between=near(0.64**4, relative=1e-5),
            because="by hand, four updates; float32",
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("size = 1", "size = 4"),),
    porting=(
        "Before you compare curves, note the same thing: the loss of a batch before its update, in both loops.",
        "In torch, keep a mean over the epoch's batches, weighted by their sizes, to have what `fit` tells.",
    ),
    command="triptych diff torch.csv keras.csv",
)
