"""The three implementations are parallel texts: the same files, the same names in the same order.

What one has and another has not is listed here with its reason, and the list must be true in both directions.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
IMPLEMENTATIONS = ("numpy_impl", "torch_impl", "tf_impl")
FILES = {one: {str(file.relative_to(ROOT / one)) for file in (ROOT / one).rglob("*.py")} for one in IMPLEMENTATIONS}

# File to the implementations that have it, and why the others do not.
NOT_EVERYWHERE = {
    "drop_ins/__init__.py": ("torch_impl tf_impl", "NumPy steps by a rule as it is"),
    "drop_ins/arguments.py": ("torch_impl", "how drop-ins spell the fields of a rule"),
    "drop_ins/base.py": ("torch_impl tf_impl", "what drop-ins share"),
    "drop_ins/classes.py": ("tf_impl", "the drop-ins themselves"),
    "drop_ins/of_rule.py": ("tf_impl", "the drop-in of any rule"),
    "drop_ins/rules.py": ("torch_impl", "the drop-in of any rule"),
    "drop_ins/schedules.py": ("tf_impl", "torch's drop-ins take a rule's schedule as it is"),
    "drop_ins/state.py": ("tf_impl", "the state of the frameworks' own classes"),
    "floatx.py": ("torch_impl tf_impl", "the frameworks' default dtype; NumPy has none"),
    "functions.py": ("numpy_impl", "activations and their derivatives by hand: frameworks bring theirs"),
    "hooks.py": ("torch_impl", "Keras has no hooks"),
    "layers.py": ("numpy_impl", "the way back by hand: frameworks have autograd and a tape"),
    "many.py": ("numpy_impl", "only the reference trains by many rules at once, to explain gaps"),
    "native.py": ("torch_impl tf_impl", "the frameworks' own classes; NumPy has none"),
    "optimizer.py": ("numpy_impl", "frameworks have a base class of their own"),
    "rules/scratch.py": ("numpy_impl", "temporaries that are used again"),
    "rules/weight_decay.py": ("tf_impl", "the other two have it where they step"),
    "textbook.py": ("numpy_impl", "the book's optimizers by name"),
}
# Name in a file to its implementations, and why the others do not have it.
NAMES_NOT_EVERYWHERE = {
    ("bare.py", "sgd"): ("tf_impl", "one step of its own, so that tf.function compiles it"),
    ("forced.py", "gradients_met"): ("numpy_impl", "only the reference is asked for the gradients that it meets"),
    ("gradients.py", "central_differences"): ("numpy_impl", "a check of the gradients by hand"),
    ("gradients.py", "numerical_gradient"): ("numpy_impl", "the book's"),
    ("gradients.py", "gradient_descent"): ("numpy_impl", "the book's"),
    ("models.py", "Parameters"): ("numpy_impl", "frameworks keep their own parameters and gradients"),
    ("models.py", "affine"): ("numpy_impl", "a layer by hand"),
    ("models.py", "assemble"): ("numpy_impl", "many rules share one model"),
    ("rules/adafactor.py", "_advance_moments"): ("numpy_impl torch_impl", "Keras's text has it in line"),
    ("rules/asgd.py", "advance"): ("tf_impl", "state that all parameters share"),
    ("rules/nadam.py", "advance"): ("tf_impl", "state that all parameters share"),
    ("rules/nadam.py", "_momentum"): ("tf_impl", "used in two places"),
    ("train.py", "stepper_of"): ("torch_impl tf_impl", "NumPy has no classes of its own beside the rules"),
}
# Files whose names are not compared, and why.
OTHERWISE = {
    "drop_ins/base.py": "each is what its framework's base class asks for",
    "rules/clipping.py": "in place in torch, in a graph in Keras",
    "native.py": "torch's parts of a recipe stand beside the class, Keras's are arguments",
    "drop_ins/rules.py": "the arguments of clipping are Keras's",
    "rules/__init__.py": "NumPy steps by a rule, the others make a drop-in of it",
    "steps.py": "each framework has its own variants of a step",
}


def names(implementation: str, file: str) -> list[str]:
    """The functions and classes of a file, in order, without the drop-in classes that follow the update."""
    body = ast.parse((ROOT / implementation / file).read_text()).body
    return [
        node.name
        for node in body
        if isinstance(node, ast.FunctionDef)
        or (isinstance(node, ast.ClassDef) and not any(getattr(base, "id", "") == "DropIn" for base in node.bases))
    ]


def test_the_same_files():
    there = {file: {one for one in IMPLEMENTATIONS if file in FILES[one]} for file in set.union(*FILES.values())}
    partly = {file: " ".join(sorted(some)) for file, some in there.items() if len(some) < len(IMPLEMENTATIONS)}
    assert partly == {file: " ".join(sorted(some.split())) for file, (some, _) in NOT_EVERYWHERE.items()}


@pytest.mark.parametrize("file", sorted(set.union(*FILES.values()) - OTHERWISE.keys()))
def test_the_same_names_in_the_same_order(file):
    found = {one: names(one, file) for one in IMPLEMENTATIONS if file in FILES[one]}
    listed = {name: some.split() for (place, name), (some, _) in NAMES_NOT_EVERYWHERE.items() if place == file}
    for name, some in listed.items():
        assert {one for one, all_ in found.items() if name in all_} == set(some), f"{file}: {name} is listed wrongly"
    common = [[name for name in all_ if name not in listed] for all_ in found.values()]
    assert all(one == common[0] for one in common), f"{file}: {found}"
