"""A whole training in NumPy, as lines to paste: the record, and the steps by it."""

from collections.abc import Mapping

from comparisons.frameworks.block import Block, Made
from comparisons.frameworks.call import Code
from comparisons.frameworks.code import format_call, rules_import, written
from comparisons.rules import Rule
from comparisons.rules.training import ALL, Selector


def lines(block: Block) -> list[str]:
    """The record of the training, and the loop that steps by it."""
    training = block.training
    around = {"clip": training.clip, "accumulation": training.accumulation, "average": training.average}
    given = {name: part for name, part in around.items() if part is not None}
    words = {"Group", "Training", *(type(part).__name__ for name, part in given.items() if name != "clip")}
    words |= {"Selector"} if block.split else set()
    groups = [f"    {_group(block, i)},".replace("\n", "\n    ") for i in range(len(block.made))]
    made = format_call("Training", [], {"groups": Code("\n".join(["(", *groups, ")"])), **given})
    average = training.average
    kept = ["averages = stepper.evaluated_average()"] if average is not None and average.evaluated else []
    return [
        *block.imports(rules_import(training.clip)),
        f"from comparisons.rules.training import {', '.join(sorted(words))}",
        "from numpy_impl.models import Parameters",
        "from numpy_impl.stepper import Stepper",
        "",
        f"training = {made}",
        "parameters = Parameters(tensors)  # name to array",
        "stepper = Stepper(training, parameters)",
        "for x, y in batches:",
        "    for name, gradient in gradients_of(parameters.values, x, y).items():",
        "        parameters.gradients[name][...] = gradient",
        "    stepper.step()",
        *kept,
    ]


def made(rule: Rule, arguments: Mapping[str, object]) -> Made:
    """The rule itself, with its clip."""
    given = {**arguments, "clip": rule.clip} if rule.clip is not None else arguments
    imports = tuple(rules_import(rule, rule.learning_rate, rule.clip))
    return Made(name=type(rule).__name__, arguments=given, said=frozenset(given), imports=imports)


def _group(block: Block, i: int) -> str:
    """A group, its rule with all its fields."""
    made, tensors = block.made[i], block.selectors[i]
    rule = Code(
        format_call(made.name, [], {name: value for name, value in made.arguments.items() if name in made.said})
    )
    selector = {} if tensors == ALL else {"tensors": Code(_selector(tensors))}
    return format_call("Group", [], {**selector, "optimizer": rule})


def _selector(tensors: Selector) -> str:
    own = {name: value for name, value in vars(tensors).items() if value != getattr(ALL, name)}
    said = {name: Code(repr(value)) if isinstance(value, tuple) else value for name, value in own.items()}
    return f"Selector({', '.join(f'{name}={written(value)}' for name, value in said.items())})"
