"""Tasks whose truth is known before anything is trained, and what is then to be said of each row of the gaps.

A truth is known by an argument, written beside each task, or from arithmetic in hundreds of digits (`tests/exact.py`):
whether errors grow, and how far two formulas are apart. Where the argument leaves a choice (whether two frameworks add
up in the same order, and so agree to the bit, is no matter of truth) a row may have one of several verdicts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import product

import exact

from comparisons.names import DTYPES
from comparisons.rules.recipe import Recipe
from comparisons.tasks.spec import Given, LinearTarget, Network, Normal, Point, TaskSpec, Values

EQUAL = frozenset({"identical"})
ROUNDED = EQUAL | {"rounding"}  # nobody promises the same order of additions
CHAOTIC = EQUAL | {"chaotic"}
UNSTABLE = ROUNDED | {"chaotic"}  # errors grow, but how far depends on where the first of them falls
UNDERFLOW = EQUAL | {"underflow"}
LOST = ROUNDED | {"underflow"}  # the digits that are lost need not be felt
RULE = frozenset({"rule"})
NUMBERS = frozenset({"numbers"})
DIVERGED = frozenset({"diverged"})
NEVER = frozenset({"unfaithful", "unexplained"})  # of any row here: the frameworks follow their rules


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is to be said of the rows of one curve: of all its seeds, in each dtype.

    Args:
        verdicts: dtype to those that are true. cause: a word of the leading cause; "" where there is none to name.
    """

    task: TaskSpec
    label: str
    level: str
    framework: str
    verdicts: dict[str, frozenset[str]]
    cause: str = ""

    def __str__(self) -> str:
        return f"{self.task.name}-{self.label}-{self.level}-{self.framework}"


@dataclass(frozen=True, kw_only=True)
class Group:
    """What is trained in one run, and the truth about it.

    Args:
        growth: task, label and its update, whose errors are to grow (True) or to shrink (False), by seed 0.
        apart: task, label and its updates in Keras and in torch, which are to be felt apart in float64 (True) or not.
    """

    cases: list[Case] = field(default_factory=list)
    source: str = "torch"
    seeds: int = 1
    growth: list[tuple[TaskSpec, str, Callable, bool]] = field(default_factory=list)
    apart: list[tuple[TaskSpec, str, Callable, Callable, bool]] = field(default_factory=list)

    def tell(self, task, labels, levels, truth, truth64=None, *, of=("numpy", "tf"), cause=""):
        """The same truth for all of these."""
        verdicts = dict(zip(DTYPES, (truth, truth64 or truth), strict=True))
        for label, level, framework in product(labels.split(), levels.split(), of):
            if framework != self.source:
                self.cases.append(
                    Case(task=task, label=label, level=level, framework=framework, verdicts=verdicts, cause=cause)
                )


LEVELS = "as-written same-numbers same-rule"


def recipe(optimizer, label="", **given):
    return Recipe(optimizer=optimizer, label=label or optimizer, **given)


def linear(name, *recipes, steps=60, batch=None, **data):
    """y = coefficients . x from 64 points, one layer with zero biases."""
    drawn = {"coefficients": (3.0, 2.0), "low": -1.0, "samples": 64} | data
    return TaskSpec(
        name=name,
        title=name,
        data=LinearTarget(**drawn),
        model=Network(),
        loss="mean-squared-error",
        steps=steps,
        batch=batch,
        recipes=recipes,
    )


def product_of_weights(name, *recipes, steps=200, hidden=(1,), samples=1, scale=0.5):
    """A product of weights is to be 1: a map that is as good as any to be chaotic where its steps are large."""
    data = LinearTarget(coefficients=(1.0,), low=0.9, high=1.1, samples=samples)
    model = Network(hidden=hidden, activation="identity", weights=Normal(scale=scale), biases="none")
    return replace(linear(name, *recipes, steps=steps), data=data, model=model)


# --- chaos: one rule, and what separates the curves is how errors grow; calm neighbours of the same kind

one_rule = Group()


def sgds(*rates):
    return [recipe("sgd", f"sgd-{rate}", learning_rate=rate) for rate in rates]


NETS = {
    "net": ({0.3: False, 0.65: True, 0.7: True, 0.8: True}, {}),
    "deep": ({0.1: False, 0.5: True}, {"hidden": (1, 1), "scale": 1.0}),
    "wide": ({0.5: False, 0.8: True}, {"hidden": (2,), "samples": 2}),
}
for name, (rates, shape) in NETS.items():
    net = product_of_weights(name, *sgds(*rates), **shape)
    for rate, grows in rates.items():
        one_rule.tell(net, f"sgd-{rate}", "same-rule", CHAOTIC if grows else ROUNDED)
        one_rule.growth.append((net, f"sgd-{rate}", exact.sgd(rate), grows))

# label: recipe, the update in many digits, whether errors grow
KINDS = {
    "nesterov-0.6": (recipe("nesterov", learning_rate=0.6, momentum=0.2), exact.momentum(0.6, 0.2, True), True),
    "nesterov-0.1": (recipe("nesterov", learning_rate=0.1, momentum=0.9), exact.momentum(0.1, 0.9, True), False),
    "adam-1": (
        recipe("adam", learning_rate=1.0, beta1=0.0, beta2=0.9, epsilon=1e-8),
        exact.adam(1, 0, 0.9, 1e-8, corrected=True),
        True,
    ),
    "adam-half": (
        recipe("adam", learning_rate=1.0, beta1=0.5, beta2=0.5, epsilon=1e-8),
        exact.adam(1, 0.5, 0.5, 1e-8, corrected=True),
        True,
    ),
    "adam-0.01": (
        recipe("adam", learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8),
        exact.adam(0.01, 0.9, 0.999, 1e-8, corrected=True),
        False,
    ),
    "rmsprop-1": (
        recipe("rmsprop", learning_rate=1.0, rho=0.5, epsilon=1e-8),
        exact.rmsprop(1, 0.5, 1e-8, inside=False),
        True,
    ),
    "adagrad-1": (
        recipe("adagrad", learning_rate=1.0, initial_accumulator=0.0, epsilon=1e-8),
        exact.adagrad(1, 0, 1e-8, inside=False),
        False,
    ),
}
kinds = product_of_weights("kinds", *(replace(one, label=label) for label, (one, _, _) in KINDS.items()))
for label, (_, update, grows) in KINDS.items():
    one_rule.tell(kinds, label, "same-rule", CHAOTIC if grows else ROUNDED)
    one_rule.growth.append((kinds, label, update, grows))

# After 40 steps errors have doubled some 24 times: 2^24 epsilons are all there is in float32, and 4e-9 in float64.
early = product_of_weights("early", *sgds(0.7), steps=40)
one_rule.tell(early, "sgd-0.7", "same-rule", UNSTABLE)

# --- one rule for all, on data of every condition: whatever separates the curves, it is no formula

GIVEN = {
    "sgd": recipe("sgd", learning_rate=0.1),
    "momentum": recipe("momentum", learning_rate=0.05, momentum=0.9),
    "adagrad": recipe("adagrad", learning_rate=0.1),
    "adam": recipe("adam", learning_rate=0.01),
    "rmsprop": recipe("rmsprop", learning_rate=0.01),
    "nesterov": recipe("nesterov", learning_rate=0.05, momentum=0.9),
    "adadelta": recipe("adadelta", learning_rate=1.0),
    "adamw": recipe("adamw", learning_rate=0.01),
    "adamax": recipe("adamax", learning_rate=0.01),
    "nadam": recipe("nadam", learning_rate=0.01),
    "ftrl": recipe("ftrl", learning_rate=0.1),
    "lamb": recipe("lamb", learning_rate=0.01),
    "adafactor": recipe("adafactor", learning_rate=0.01),
    "radam": recipe("radam", learning_rate=0.01),
    "asgd": recipe("asgd", learning_rate=0.1),
    "adabelief": recipe("adabelief", learning_rate=0.01),
}
# Their steps are signs of numbers that may be nearly 0.
SIGNS = {"lion": recipe("lion", learning_rate=0.01), "rprop": recipe("rprop", learning_rate=0.01)}


def some(names):
    return [GIVEN[name] for name in names.split()]


plain = linear("plain", *GIVEN.values(), *SIGNS.values())
one_rule.tell(plain, " ".join(GIVEN), "same-rule", ROUNDED)
one_rule.tell(plain, " ".join(SIGNS), "same-rule", UNSTABLE)
ROUNDED_THROUGHOUT = {
    "sgd momentum adam": linear("single", *some("sgd momentum adam"), samples=1),
    "sgd adam adagrad": linear("large", *some("sgd adam adagrad"), coefficients=(1e15, -1e15)),
    "sgd adam": linear("small", *some("sgd adam"), coefficients=(1e-15, 1e-15)),
    "sgd": linear("drawn", *some("sgd"), batch=1),
    # All weights are 0: behind the ReLUs nothing moves but the last bias.
    "sgd adam rmsprop": replace(
        linear("dead", *some("sgd adam rmsprop")), model=Network(hidden=(3,), weights=Normal(scale=0.0))
    ),
    # One direction of the data is a million times longer than the other: a condition number of 1e13.
    "sgd-1e-13 adam": linear(
        "offset",
        recipe("sgd", "sgd-1e-13", learning_rate=1e-13),
        *some("adam"),
        coefficients=(1.0, 1.0),
        low=1e6,
        high=1e6 + 1,
    ),
}
for labels, task in ROUNDED_THROUGHOUT.items():
    one_rule.tell(task, labels, "same-rule", ROUNDED)
# The mean square falls by a hundredth at each step, the gradient faster, until it is all rounding: then steps are too
# long for the slope, and what was rounding grows by ten powers of ten until the mean square has grown, too.
burst = linear("burst", *some("rmsprop"), coefficients=(1e-15, 1e-15), steps=200)
one_rule.tell(burst, "rmsprop", "same-rule", UNSTABLE)

# --- what IEEE arithmetic does at its ends

# From (0, 0) to (1, 2): half of the way at each step, or all of it, is exact until nothing is left of the way.
exactly = TaskSpec(
    name="exactly",
    title="exactly",
    data=Given(inputs=((),), targets=((1.0, 2.0),)),
    model=Point(start=(0.0, 0.0)),
    loss="sum-squared-error",
    steps=100,
    recipes=(
        recipe("sgd", "all", learning_rate=0.5),
        recipe("sgd", "half", learning_rate=0.25),
        recipe("sgd", "mirror", learning_rate=1.0),
        recipe("sgd", "away", learning_rate=1.5),
    ),
)
one_rule.tell(exactly, "all half mirror", "same-rule", EQUAL)
# Away: the distance doubles at each step and its square overflows float32 at the 63rd.
one_rule.tell(exactly, "away", "same-rule", DIVERGED, ROUNDED)
explosion = linear("explosion", recipe("sgd", learning_rate=30.0), steps=120)
one_rule.tell(explosion, "sgd", "same-rule", DIVERGED)
# The loss grows a hundredfold or so at each step; an error in it grows as much, and so remains the same part of it.
growing = linear("growing", recipe("sgd", learning_rate=10.0), steps=12)
one_rule.tell(growing, "sgd", "same-rule", ROUNDED)
# 1e-300 is 0 in float32, and where no gradient is, Adam divides by it.
nothing = replace(
    linear("nothing", recipe("adam", learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-300), steps=20),
    model=Network(hidden=(3,), weights=Normal(scale=0.0)),
)
one_rule.tell(nothing, "adam", "same-rule", DIVERGED, ROUNDED)


def from_zero(name, size, *recipes):
    """Targets of that size, and a start at 0."""
    task = linear(name, *recipes, coefficients=(size, size))
    return replace(task, model=Network(weights=Normal(scale=0.0), biases="none"))


# Losses of 1e-40 and squares of gradients of 1e-40: under float32's smallest normal number, 1.2e-38. NumPy and torch
# keep some of their digits, TensorFlow none; in float64 they are numbers like others.
tiny = from_zero(
    "tiny",
    1e-20,
    recipe("sgd", learning_rate=0.1),
    recipe("adam", learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-30),
    recipe("adagrad", learning_rate=0.1, initial_accumulator=0.0, epsilon=1e-30),
    recipe("rmsprop", learning_rate=0.01, rho=0.9, epsilon=1e-8),
    recipe("adafactor", learning_rate=0.01),
)
one_rule.tell(tiny, "sgd adam adagrad", "same-rule", UNDERFLOW, ROUNDED, of=("tf",))
one_rule.tell(tiny, "sgd adam adagrad", "same-rule", LOST, ROUNDED, of=("numpy",))
# Beside an epsilon of 1e-8 the squares are nothing anyway.
one_rule.tell(tiny, "rmsprop", "same-rule", LOST, ROUNDED)
one_rule.tell(tiny, "adafactor", "same-rule", UNSTABLE | UNDERFLOW, UNSTABLE)
# Losses of 1e+40 do not fit into float32.
vast = from_zero("vast", 1e20, *some("sgd adam"))
one_rule.tell(vast, "sgd adam", "same-rule", DIVERGED, ROUNDED)

# --- small epsilons: the formulas differ by as much as the epsilon is felt, to the last digit

two_rules = Group()
SMALL = {1e-8: True, 1e-12: True, 1e-13: True, 1e-300: False}
BESIDE = {1e-3: True, 1e-10: True, 1e-300: False}


def adams(name):
    given = {"learning_rate": 0.01, "beta1": 0.9, "beta2": 0.999}
    return linear(name, *(recipe("adam", f"adam-{e:g}", **given, epsilon=e) for e in SMALL))


adam = adams("adam")
rmsprop = linear(
    "rmsprop", *(recipe("rmsprop", f"rmsprop-{e:g}", learning_rate=0.01, rho=0.99, epsilon=e) for e in BESIDE)
)
adagrad = linear(
    "adagrad",
    *(recipe("adagrad", f"adagrad-{e:g}", learning_rate=0.1, initial_accumulator=0.0, epsilon=e) for e in BESIDE),
)
for e, felt in SMALL.items():
    two_rules.tell(adam, f"adam-{e:g}", "as-written same-numbers", RULE if felt else ROUNDED, cause="epsilon" * felt)
    two_rules.tell(adam, f"adam-{e:g}", "same-rule", ROUNDED)
    updates = (exact.adam(0.01, 0.9, 0.999, e, corrected) for corrected in (False, True))
    two_rules.apart.append((adam, f"adam-{e:g}", *updates, felt))
for e, felt in BESIDE.items():
    for task, one, other in (
        (rmsprop, exact.rmsprop(0.01, 0.99, e, inside=True), exact.rmsprop(0.01, 0.99, e, inside=False)),
        (adagrad, exact.adagrad(0.1, 0, e, inside=True), exact.adagrad(0.1, 0, e, inside=False)),
    ):
        truth, cause = (RULE, "epsilon") if felt else (ROUNDED, "")
        two_rules.tell(task, f"{task.name}-{e:g}", "same-numbers", truth, of=("tf",), cause=cause)
        two_rules.tell(task, f"{task.name}-{e:g}", "same-numbers", ROUNDED, of=("numpy",))
        two_rules.tell(task, f"{task.name}-{e:g}", "same-rule", ROUNDED)
        two_rules.apart.append((task, f"{task.name}-{e:g}", one, other, felt))

# --- numbers: only where nobody has made them equal, and only where they are felt

own = linear(
    "own", *(recipe(name, learning_rate=0.01) for name in ("adam", "rmsprop", "adagrad")), *some("sgd momentum")
)
two_rules.tell(own, "adam rmsprop adagrad", "as-written", NUMBERS, of=("tf",))
two_rules.tell(own, "adam rmsprop", "as-written", NUMBERS, of=("numpy",))
two_rules.tell(own, "adam", "same-numbers", RULE, cause="epsilon")
two_rules.tell(own, "rmsprop adagrad", "same-numbers", RULE, of=("tf",), cause="epsilon")
two_rules.tell(own, "rmsprop adagrad", "same-numbers", ROUNDED, of=("numpy",))
two_rules.tell(own, "sgd momentum", LEVELS, ROUNDED)
two_rules.tell(own, "adam rmsprop adagrad", "same-rule", ROUNDED)
# Beside gradients of 1e15, epsilons of 1e-8 and 1e-7 are nothing, and so is a start of 0.1 beside their squares.
unfelt = linear("unfelt", *some("adam adagrad"), coefficients=(1e15, -1e15))
two_rules.tell(unfelt, "adam adagrad", LEVELS, ROUNDED)
# A start at the optimum, in whole numbers: every loss and every gradient is 0, and nothing moves, whatever the rule.
still = TaskSpec(
    name="still",
    title="still",
    data=Given(inputs=((1.0, 2.0), (-3.0, 4.0)), targets=((7.0,), (-1.0,))),
    model=Network(weights=Values(weight=((3.0,), (2.0,)))),
    loss="mean-squared-error",
    steps=20,
    recipes=tuple(some("adam rmsprop adagrad nadam")),
)
two_rules.tell(still, "adam rmsprop adagrad nadam", LEVELS, EQUAL)

# A start at the optimum in numbers that are not whole: the losses are rounding and nothing else, and beside an epsilon
# of 1e-300 so is each step.
floor = replace(
    linear(
        "floor",
        recipe("adam", learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-300),
        recipe("rmsprop", learning_rate=0.01, rho=0.9, epsilon=1e-300),
        *some("sgd"),
    ),
    model=Network(weights=Values(weight=((3.0,), (2.0,)))),
)
two_rules.tell(floor, "adam rmsprop sgd", "same-numbers same-rule", UNSTABLE)

# --- Keras for a source: NumPy's Adam has epsilon where Keras has it, and not where torch has it

keras = Group(source="tf", seeds=6)
beside = adams("beside-keras")
keras.tell(beside, "adam-1e-08 adam-1e-12 adam-1e-13", "same-numbers", RULE, of=("torch",), cause="epsilon")
keras.tell(beside, "adam-1e-08 adam-1e-12 adam-1e-13", "same-numbers", ROUNDED, of=("numpy",))
keras.tell(beside, "adam-1e-300", "same-numbers", ROUNDED, of=("numpy", "torch"))
# A unit that is dead from the start has no gradient at the first step: it stays where it is.
unit = replace(linear("unit", recipe("adafactor", learning_rate=0.01), steps=100, batch=1), model=Network(hidden=(1,)))
keras.tell(unit, "adafactor", "same-rule", ROUNDED, of=("numpy", "torch"))
# Of several units one is dead: beside the others 1e-30 of 1e-30 is 0 in float32, and Keras divides by it.
units = replace(unit, name="units", model=Network(hidden=(3, 3)))
keras.tell(units, "adafactor", "same-rule", ROUNDED | DIVERGED, ROUNDED, of=("numpy", "torch"))

GROUPS = {"one rule": one_rule, "two rules": two_rules, "keras": keras}
CASES = {str(case): (name, case) for name, group in GROUPS.items() for case in group.cases}
