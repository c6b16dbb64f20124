"""The two-layer net of the textbooks, on real handwritten digits."""

from comparisons.rules.loop import Loop, Tensors
from comparisons.rules.recipe import Recipe
from comparisons.tasks.spec import Bundled, Network, Normal, NpzFile, TaskSpec

# As most scripts have been since 2023. 300 batches make 150 updates, of which the last 10 are beyond the schedule.
MODERN = Loop(
    tensors=(Tensors(names="bias*", weight_decay=0.0),),
    warmup=15,
    fall="cosine",
    updates=140,
    clip_norm=1.0,
    accumulate=2,
    average=0.9,
)


def two_layer_net(*, npz: str | None = None) -> TaskSpec:
    """The task on scikit-learn's digits, or on the file `npz` in the layout of Keras's mnist.npz."""
    return TaskSpec(
        name="two-layer-net",
        title="handwritten digits, 50 sigmoid units, softmax cross-entropy, batches of 100",
        data=Bundled(name="digits") if npz is None else NpzFile(path=npz),
        model=Network(hidden=(50,), activation="sigmoid", weights=Normal(scale=0.01), biases="zeros"),
        loss="softmax-cross-entropy",
        steps=300,
        batch=100,
        evaluate_every=15,
        recipes=(
            Recipe(optimizer="sgd", learning_rate=1.0),
            Recipe(optimizer="momentum", learning_rate=0.1, momentum=0.9),
            Recipe(optimizer="nesterov", learning_rate=0.1, momentum=0.9),
            Recipe(optimizer="adadelta", learning_rate=1.0),
            Recipe(optimizer="adagrad", learning_rate=0.1),
            Recipe(optimizer="adam", learning_rate=0.01),
            Recipe(optimizer="rmsprop", learning_rate=0.01),
            Recipe(optimizer="adamw", learning_rate=0.01),
            Recipe(optimizer="radam", learning_rate=0.03),
            Recipe(optimizer="lion", learning_rate=0.003),
            Recipe(optimizer="lamb", learning_rate=0.02),
            Recipe(optimizer="adafactor", learning_rate=0.05),
            Recipe(optimizer="adamw", label="modern", learning_rate=0.01, weight_decay=0.1, loop=MODERN),
        ),
    )
