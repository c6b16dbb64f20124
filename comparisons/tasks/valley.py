"""f(x) = x0^2 + x1^2 from (-3, 4), with three learning rates: just right, exploding, hardly moving."""

from comparisons.rules.recipe import Recipe
from comparisons.tasks.spec import Given, Point, TaskSpec

valley = TaskSpec(
    name="valley",
    title="f(x) = x0² + x1² from (-3, 4): just right, exploding, hardly moving",
    data=Given(inputs=((),), targets=((0.0, 0.0),)),
    model=Point(start=(-3.0, 4.0)),
    loss="sum-squared-error",
    steps=100,
    recipes=(
        Recipe(optimizer="sgd", learning_rate=0.1),
        Recipe(optimizer="sgd", label="sgd-exploding", learning_rate=10.0),
        Recipe(optimizer="sgd", label="sgd-hardly-moving", learning_rate=1e-10),
        Recipe(optimizer="momentum", learning_rate=0.1, momentum=0.9),
        Recipe(optimizer="nesterov", learning_rate=0.1, momentum=0.9),
        Recipe(optimizer="adadelta", learning_rate=1.0, epsilon=1e-2),
        Recipe(optimizer="adagrad", learning_rate=1.0),
        Recipe(optimizer="adam", learning_rate=0.1),
        Recipe(optimizer="rmsprop", learning_rate=0.1),
        Recipe(optimizer="adamax", learning_rate=0.3),
        Recipe(optimizer="nadam", learning_rate=0.3),
        Recipe(optimizer="rprop", learning_rate=0.1),
    ),
)
