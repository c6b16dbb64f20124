"""The parts of the README that are made from the tables: `make readme`."""

import re
from pathlib import Path

from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.framework import Framework
from comparisons.rules.recipe import OPTIMIZERS

README = Path(__file__).parents[1] / "README.md"
# Of which a table is made, and what makes it.
PART = re.compile(r"(<!-- (\w+), by `make readme` -->\n).*?(<!-- end -->)", re.DOTALL)


def optimizers() -> str:
    """Which optimizers can be written, and which framework has a class for each."""
    columns = list(FRAMEWORKS.values())
    rows = [[f"`{optimizer}`", *(written(one, optimizer) for one in columns)] for optimizer in OPTIMIZERS]
    head = [f"{len(OPTIMIZERS)} optimizers", *(one.title for one in columns)]
    return "".join(f"| {' | '.join(row)} |\n" for row in [head, ["---"] * len(head), *rows])


def written(framework: Framework, optimizer: str) -> str:
    """The class that a recipe of the optimizer is written with."""
    if not framework.has(optimizer):
        return "–"
    spelled = framework.recipe_classes[optimizer]
    fixed = ", ".join(f"{name}={value!r}" for name, value in spelled.fixed.items())
    return f"`{spelled.name}{f'({fixed})' if fixed else ''}`"


PARTS = {"optimizers": optimizers}


def made(text: str) -> str:
    """The text with its parts made anew."""
    return PART.sub(lambda found: found[1] + PARTS[found[2]]() + found[3], text)


if __name__ == "__main__":
    README.write_text(made(README.read_text()))
