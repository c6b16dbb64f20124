"""The last batch is short: the mean of the batches' losses is not the mean over samples."""

from comparisons.lessons.lesson import Bar, Bars, Claim, Code, Left, Lesson, Measured, near

TORCH = """
import torch

batch = 4
errors = torch.tensor(8 * [1.0] + 2 * [3.0])  # of ten samples
loader = torch.utils.data.DataLoader(errors, batch_size=batch)
losses = [(one**2).mean().item() for one in loader]
epoch_loss = sum(losses) / len(losses)
weights = [1 / len(one) for one in loader]  # of a sample in its batch's gradient
print(losses, epoch_loss)
"""
KERAS = """
import keras
import numpy as np

batch = 4
errors = np.array(8 * [1.0] + 2 * [3.0]).reshape(10, 1)
model = keras.Sequential([keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.0), loss="mse")
history = model.fit(errors, np.zeros((10, 1)), batch_size=batch, shuffle=False, verbose=0)
epoch_loss = history.history["loss"][0]
print(epoch_loss)
"""


def measure(torch: Left, tf: Left) -> Measured:
    """The loss of one epoch in which nothing is learned."""
    return Measured(
        numbers={
            "in_torch": torch.epoch_loss,
            "in_keras": tf.epoch_loss,
            "more": torch.epoch_loss - tf.epoch_loss,
            "heavier": torch.weights[-1] / torch.weights[0],
        },
        picture=Bars(
            title="The short last batch counts for more in a mean of batches",
            x="loss of the epoch",
            bars=(
                Bar("mean of the batches (loop in torch)", torch.epoch_loss, "torch"),
                Bar("mean of the samples (fit in Keras)", tf.epoch_loss, "tf"),
            ),
        ),
    )


LESSON = Lesson(
    chapter="Around the step",
    place=90,
    title="The last short batch",
    question="Nothing but the loop differs: why is torch's loss of an epoch larger?",
    claims=(
        Claim(
            says="A loop that averages its batches' losses reports {in_torch:.2f}; Keras's fit weighs by samples:"
            " {in_keras:.2f}.",
            number="more",
            between=near((1 + 1 + 9) / 3 - (8 + 2 * 9) / 10, relative=1e-5),
            because="by hand, mean of three batches less mean of ten samples; float32",
        ),
        Claim(
            says="In the step, too: a sample of the short batch weighs {heavier:.0f} times one of a full batch.",
            number="heavier",
            between=near(2, relative=1e-9),
            because="by hand 4 / 2, the sizes of the batches",
        ),
    ),
    code=Code(torch=TORCH, tf=KERAS),
    measure=measure,
    equal=(("batch = 4", "batch = 5"),),
    porting=(
        "Weigh each batch's loss by its samples when you report it, as Keras does.",
        "Or drop the short batch: `drop_last=True` in torch, `drop_remainder=True` in `tf.data`.",
    ),
    command="triptych lesson mean-sum-half",
)
