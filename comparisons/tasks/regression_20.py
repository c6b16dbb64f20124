"""The 20-step regression loop: one row of ten numbers, one linear layer 10 to 10, mean squared error."""

from comparisons.rules.recipe import Recipe
from comparisons.tasks.spec import FanIn, Network, NormalLine, TaskSpec

regression_20 = TaskSpec(
    name="regression-20",
    title="the 20-step regression loop: y = w x + 2, one linear layer 10 → 10",
    data=NormalLine(size=10, intercept=2.0),
    model=Network(weights=FanIn(), biases="as-weights"),
    loss="mean-squared-error",
    steps=20,
    recipes=(
        Recipe(optimizer="sgd", learning_rate=0.1),
        Recipe(optimizer="momentum", learning_rate=0.1, momentum=0.9),
        Recipe(optimizer="nesterov", learning_rate=0.1, momentum=0.9),
        Recipe(optimizer="adadelta", rho=0.95, epsilon=1e-4),
        Recipe(optimizer="adagrad"),
        Recipe(optimizer="adam", learning_rate=0.1, beta1=0.9, beta2=0.99, epsilon=1e-9),
        Recipe(optimizer="rmsprop"),
    ),
)
