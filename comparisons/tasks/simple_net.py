"""Softmax cross-entropy of a single 2 by 3 matrix: small enough to check by hand."""

from comparisons.rules.recipe import Recipe
from comparisons.tasks.spec import Given, Loss, Network, TaskSpec, Values


def simple_net(*, loss: Loss = "softmax-cross-entropy") -> TaskSpec:
    """The task with the stable loss, or with "textbook-cross-entropy", -log(p + 1e-7)."""
    return TaskSpec(
        name="simple-net",
        title="softmax cross-entropy of one 2 → 3 matrix",
        data=Given(inputs=((0.6, 0.9),), targets=((0.0, 0.0, 1.0),)),
        model=Network(
            weights=Values(weight=((0.27069928, 0.86517063, -2.07902179), (0.98218132, -1.55279111, -0.46975444))),
            biases="none",
        ),
        loss=loss,
        steps=50,
        recipes=(
            Recipe(optimizer="sgd", learning_rate=0.5),
            Recipe(optimizer="momentum", learning_rate=0.1, momentum=0.9),
            Recipe(optimizer="nesterov", learning_rate=0.1, momentum=0.9),
            Recipe(optimizer="adadelta", learning_rate=1.0, epsilon=1e-3),
            Recipe(optimizer="adagrad", learning_rate=0.5),
            Recipe(optimizer="adam", learning_rate=0.1),
            Recipe(optimizer="rmsprop", learning_rate=0.1),
        ),
    )
