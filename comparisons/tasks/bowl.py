"""f(x) = (x0 - 1)^2 + (x1 - 2)^2: a round bowl, walked down from the origin."""

from comparisons.rules.recipe import Recipe
from comparisons.tasks.spec import Given, Point, TaskSpec

bowl = TaskSpec(
    name="bowl",
    title="f(x) = (x0 - 1)² + (x1 - 2)² from (0, 0)",
    data=Given(inputs=((),), targets=((1.0, 2.0),)),
    model=Point(start=(0.0, 0.0)),
    loss="sum-squared-error",
    steps=20,
    recipes=(
        Recipe(optimizer="sgd", learning_rate=0.1),
        Recipe(optimizer="momentum", learning_rate=0.1, momentum=0.5),
        Recipe(optimizer="nesterov", learning_rate=0.1, momentum=0.5),
        Recipe(optimizer="adadelta", learning_rate=1.0, epsilon=1e-2),
        Recipe(optimizer="adagrad", learning_rate=1.0),
        Recipe(optimizer="adam", learning_rate=0.3),
        Recipe(optimizer="rmsprop", learning_rate=0.1),
    ),
)
