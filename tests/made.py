"""The parts of the pages that are made from the tables: `make readme`."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.drop_ins import SIDES, Side
from comparisons.frameworks.framework import Framework
from comparisons.rules import Rule
from comparisons.rules.recipe import HYPERPARAMETERS, OPTIMIZERS
from tests.mutants import page

ROOT = Path(__file__).parents[1]
# Of which a table is made, and what makes it.
PART = re.compile(r"(<!-- ([\w -]+), by `make readme` -->\n).*?(<!-- end -->)", re.DOTALL)


def optimizers() -> str:
    """Which optimizers can be written, and which framework has a class for each."""
    columns = list(FRAMEWORKS.values())
    rows = [[f"`{optimizer}`", *(written(one, optimizer) for one in columns)] for optimizer in OPTIMIZERS]
    head = [f"{len(OPTIMIZERS)} optimizers", *(one.title for one in columns)]
    return table(head, rows)


def written(framework: Framework, optimizer: str) -> str:
    """The class that a recipe of the optimizer is written with."""
    if not framework.has(optimizer):
        return "–"
    spelled = framework.recipe_classes[optimizer]
    fixed = ", ".join(f"{name}={value!r}" for name, value in spelled.fixed.items())
    return f"`{spelled.name}{f'({fixed})' if fixed else ''}`"


def hyperparameters() -> str:
    """What a recipe of each optimizer may be given."""
    return table(
        ["`optimizer`", "hyperparameters"],
        ([f"`{one}`", ", ".join(f"`{name}`" for name in names)] for one, names in HYPERPARAMETERS.items()),
    )


def foreign(framework: Side) -> str:
    """The drop-ins for which the framework has no class, by whose defaults each is."""
    (other,) = SIDES.keys() - {framework}
    own, others = ({native.rule for native in SIDES[side].classes.values()} for side in (framework, other))
    names = {whose: [] for whose in (f"{SIDES[other].name}'s", "the paper's")}
    for rule in get_args(Rule):
        if rule not in own:
            names[f"{SIDES[other].name}'s" if rule in others else "the paper's"].append(f"`{rule.__name__}`")
    given = "; ".join(f"{', '.join(some)}, by {whose} defaults" for whose, some in names.items() if some)
    return f"What {SIDES[framework].name} has no class for: {given}.\n"


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """A table of Markdown."""
    return "".join(f"| {' | '.join(row)} |\n" for row in [head, ["---"] * len(head), *rows])


PARTS = {
    "optimizers": optimizers,
    "hyperparameters": hyperparameters,
    "drop-ins beyond torch": lambda: foreign("torch"),
    "drop-ins beyond Keras": lambda: foreign("tf"),
    "the score": page.score,
    "the probes": lambda: table(*page.probes()),
    "the families": lambda: table(*page.families()),
}
PAGES = {
    ROOT / "README.md": ["optimizers"],
    ROOT / "docs/tasks.md": ["hyperparameters"],
    ROOT / "docs/drop-ins-torch.md": ["drop-ins beyond torch"],
    ROOT / "docs/drop-ins-keras.md": ["drop-ins beyond Keras"],
    ROOT / "docs/mutants.md": ["the score", "the probes", "the families"],
}


def made(text: str) -> str:
    """The text with its parts made anew."""
    return PART.sub(lambda found: found[1] + PARTS[found[2]]() + found[3], text)


if __name__ == "__main__":
    for file in PAGES:
        file.write_text(made(file.read_text()))
