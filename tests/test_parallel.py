"""The three implementations are parallel texts: the same files, the same names in the same order.

What one has and another has not is listed here with its reason, and the list must be true in both directions.
"""

import ast
import difflib
import re
from pathlib import Path
from typing import get_args

import pytest

from comparisons.rules import Rule

ROOT = Path(__file__).parents[1]
IMPLEMENTATIONS = ("numpy_impl", "torch_impl", "tf_impl")
FILES = {one: {str(file.relative_to(ROOT / one)) for file in (ROOT / one).rglob("*.py")} for one in IMPLEMENTATIONS}

# File to the implementations that have it, and why the others do not.
NOT_EVERYWHERE = {
    "defects.py": ("torch_impl tf_impl", "NumPy has no optimizers, and so no defects of them"),
    "drop_ins/batches.py": ("torch_impl", "torch steps tensors of one kind together"),
    "drop_ins/__init__.py": ("torch_impl tf_impl", "NumPy steps by a rule as it is"),
    "drop_ins/base.py": ("torch_impl tf_impl", "what drop-ins share"),
    "drop_ins/classes.py": ("torch_impl tf_impl", "the drop-ins themselves"),
    "drop_ins/of_rule.py": ("torch_impl tf_impl", "the drop-in of any rule"),
    "drop_ins/led.py": ("tf_impl", "in the graph of TensorFlow the number of a step is a tensor"),
    "drop_ins/schedules.py": ("tf_impl", "torch's drop-ins take a rule's schedule as it is"),
    "drop_ins/state.py": ("torch_impl tf_impl", "the state of the frameworks' own classes"),
    "fingerprints.py": ("tf_impl", "model.fit shows its batches in its graph only"),
    "floatx.py": ("torch_impl tf_impl", "the frameworks' default dtype; NumPy has none"),
    "functions.py": ("numpy_impl", "activations and their derivatives by hand: frameworks bring theirs"),
    "groups.py": ("torch_impl tf_impl", "NumPy has no classes of its own beside the rules"),
    "hooks.py": ("torch_impl", "Keras has no hooks"),
    "kept.py": ("tf_impl", "a graph cannot call back: what it has is kept in variables"),
    "layers.py": ("numpy_impl", "the way back by hand: frameworks have autograd and a tape"),
    "lbfgs.py": ("numpy_impl", "torch has its own, and an optimizer of Keras cannot ask for the loss"),
    "native.py": ("torch_impl tf_impl", "the frameworks' own classes; NumPy has none"),
    "optimizer.py": ("numpy_impl", "frameworks have a base class of their own"),
    "taught.py": ("numpy_impl", "recorded steps are held to the reference alone"),
    "tensors.py": ("torch_impl", "many tensors as one: torch steps them together"),
    "textbook.py": ("numpy_impl", "the book's optimizers by name"),
    "tuned.py": ("numpy_impl", "updates in buffers that are used again: the frameworks have kernels"),
    "subnormals.py": ("numpy_impl", "the reference as TensorFlow would have it: there they are 0 anyway"),
}
# Name in a file to its implementations, and why the others do not have it.
NAMES_NOT_EVERYWHERE = {
    ("device.py", "on"): ("torch_impl tf_impl", "NumPy has no device but the CPU"),
    ("device.py", "settings"): ("torch_impl tf_impl", "NumPy has no device but the CPU"),
    ("device.py", "tensor"): ("torch_impl", "TensorFlow puts tensors where it computes"),
    ("bare.py", "sgd"): ("tf_impl", "one step of its own, so that tf.function compiles it"),
    ("forced.py", "gradients_met"): ("numpy_impl", "only the reference is asked for the gradients that it meets"),
    ("gradients.py", "losses_beside"): ("numpy_impl", "a check of the gradients by hand"),
    ("gradients.py", "_active"): ("numpy_impl", "where a ReLU has its kink, for that check"),
    ("gradients.py", "numerical_gradient"): ("numpy_impl", "the book's"),
    ("gradients.py", "gradient_descent"): ("numpy_impl", "the book's"),
    ("models.py", "Parameters"): ("numpy_impl", "frameworks keep their own parameters and gradients"),
    ("models.py", "affine"): ("numpy_impl", "a layer by hand"),
    ("many.py", "train_beside"): ("numpy_impl", "only the reference is trained on problems moved a little"),
    ("many.py", "Samples"): ("numpy_impl", "of such problems, whose samples are their own"),
    ("many.py", "_trained"): ("numpy_impl", "only so many lie in the cache"),
    ("many.py", "Part"): ("numpy_impl", "torch's and TensorFlow's rows have one optimizer object each"),
    ("models.py", "in_groups"): ("numpy_impl", "where parameters lie in memory"),
    ("models.py", "assemble"): ("numpy_impl tf_impl", "where many share one model; torch's parameters are views"),
    ("rules/adafactor.py", "mean_square"): ("torch_impl", "torch's own order of operations"),
    ("train.py", "backward_of"): ("tf_impl", "a trace that all trainings of a task share: the others trace nothing"),
    ("train.py", "accuracy_of"): ("tf_impl", "as well"),
    ("average.py", "averaged_model"): ("torch_impl", "torch's own average; Keras's is a part of its optimizers"),
    ("average.py", "decay_at"): ("tf_impl", "the step is counted in the graph"),
    ("groups.py", "_shared"): ("torch_impl", "a parameter group has a scheduler beside it"),
    ("recorded.py", "_groups"): ("tf_impl", "torch's optimizers have groups; Keras's leave some variables undecayed"),
    ("recorded.py", "_by_name"): ("numpy_impl", "arrays may be nested: the others know their parameters"),
    ("recorded.py", "_leaves"): ("numpy_impl", "arrays may be nested: the others know their parameters"),
    ("recorded.py", "arguments"): ("torch_impl tf_impl", "NumPy has no optimizers to ask"),
    ("recorded.py", "_number_or_nan"): ("torch_impl", "a parameter group may have anything in it"),
    ("recorded.py", "averaged"): (
        "torch_impl",
        "an average of torch's is a model beside; Keras's is a part of its optimizers",
    ),
    ("recorded.py", "begun"): ("torch_impl tf_impl", "NumPy has no optimizers to ask"),
    ("recorded.py", "by_path"): ("tf_impl", "paths of Keras's variables need not be different"),
    ("recorded.py", "added_by_rows"): ("torch_impl", "Keras's SGD adds rows up before"),
    ("recorded.py", "by_rows"): ("tf_impl", "of torch's optimizers SGD alone takes rows one by one"),
    ("recorded.py", "class_of"): ("torch_impl tf_impl", "NumPy has no optimizers to ask"),
    ("recorded.py", "described"): ("torch_impl tf_impl", "NumPy has no optimizers to ask"),
    ("recorded.py", "dtype_of"): ("tf_impl", "a variable is one of Keras's or of TensorFlow's"),
    ("recorded.py", "dtypes"): ("numpy_impl", "the others ask each parameter for its own"),
    ("recorded.py", "inner"): ("tf_impl", "a variable is one of Keras's or of TensorFlow's"),
    ("recorded.py", "is_number"): ("torch_impl tf_impl", "what is not trained may be anything in them"),
    ("recorded.py", "momentum_of"): ("torch_impl", "schedules of torch's cycle the momentum"),
    ("recorded.py", "number"): ("numpy_impl torch_impl", "a loss of Keras's is a number by itself"),
    ("recorded.py", "rate_of"): ("torch_impl", "each parameter group has its own"),
    ("recorded.py", "ref"): ("tf_impl", "a variable is one of Keras's or of TensorFlow's"),
    ("recorded.py", "shown"): ("torch_impl", "what is hashed, or taken out of a tensor, needs no copy of its own"),
    ("recorded.py", "tf32"): ("torch_impl tf_impl", "NumPy computes on a CPU"),
    ("recorded.py", "to_numpy"): ("torch_impl tf_impl", "the frameworks have tensors"),
    ("recorded.py", "uncompiled"): ("torch_impl", "torch.compile follows what is called"),
    ("recorded.py", "untrained"): ("torch_impl tf_impl", "NumPy has no models to ask"),
    ("stepper.py", "clip_of"): ("torch_impl", "torch's own clipping; Keras's is an argument"),
    ("rules/muon.py", "summed"): ("torch_impl", "torch's own kernel, which rounds once"),
    ("rules/muon.py", "bfloat16"): ("numpy_impl tf_impl", "torch computes in it"),
}
# Files whose names are not compared, and why.
OTHERWISE = {
    "defects.py": "each framework has its own",
    "drop_ins/base.py": "each is what its framework's base class asks for",
    "drop_ins/state.py": "names in torch, an order in Keras",
    "rules/clipping.py": "in place in torch, in a graph in Keras",
    "native.py": "torch's parts of a recipe stand beside the class, Keras's are arguments",
    "rules/__init__.py": "NumPy steps by a rule, the others make a drop-in of it",
}
# The modules' own names, and what they are called where the lines of the rules are compared.
RENAMED = (
    (r"import tensorflow as tf", "import torch"),
    (r"(torch|tf)_impl", "impl"),
    (r"tf\.(Variable|Tensor)|Tensors|Scalar", "Tensor"),
    (r"(torch|tf)\.", ""),
)
SHARED = 0.6  # of the lines of the rules, at least


# What each baseline has of its own, and why.
ONLY_IN_BASELINE = {
    "numpy": {"stream": "the limit of memory is measured once", "descent": "the gradients by hand"},
    "torch": {
        "parameters": "gradients are attributes there",
        "parameter": "gradients are attributes there",
        "pair": "torch's drop-ins are stepped on any device, next to its classes",
        "check": "whether there is the device",
        "waiting": "a device steps while Python goes on",
        "recorded_images": "NumPy has no convolutions",
        "_trainings": "two nets are trained alike",
    },
    "tf": {
        "sgd": "Keras's learning rate has the dtype of floatx",
        "step": "a tf.function of its own",
        "recorded_images": "NumPy has no convolutions",
        "_trainings": "two nets are trained alike",
    },
}


def names(folder: str, file: str) -> list[str]:
    """The functions and classes of a file, in order, without the drop-in classes that follow the update."""
    body = ast.parse((ROOT / folder / file).read_text()).body
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


@pytest.mark.parametrize("rule", get_args(Rule), ids=lambda rule: rule.__name__)
def test_every_rule_has_its_file_in_each(rule):
    file = f"rules/{rule.__name__.lower()}.py"
    assert [one for one in IMPLEMENTATIONS if file in FILES[one]] == list(IMPLEMENTATIONS)


def renamed(file: Path) -> list[str]:
    """The lines of a file that are not blank, with the modules' own names renamed."""
    text = file.read_text()
    for old, new in RENAMED:
        text = re.sub(rf"\b(?:{old})", new, text)
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_the_rules_of_torch_and_tensorflow_share_their_lines():
    """Shown by `pytest -s`: of each file, and of all, how many of its lines stand in both, in one order."""
    files = sorted(file for file in FILES["torch_impl"] & FILES["tf_impl"] if file.startswith("rules/"))
    both = all_ = 0
    for file in files:
        ours, theirs = (renamed(ROOT / one / file) for one in ("torch_impl", "tf_impl"))
        blocks = difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
        shared, lines = 2 * sum(block.size for block in blocks), len(ours) + len(theirs)
        both, all_ = both + shared, all_ + lines
        print(f"{file:24} {shared / lines:.0%}")
    print(f"{'all':24} {both / all_:.0%}")
    assert both / all_ >= SHARED


@pytest.mark.parametrize("framework", ONLY_IN_BASELINE)
def test_the_baselines_are_parallel_too(framework):
    found, own = names("tests/baselines", f"{framework}.py"), ONLY_IN_BASELINE[framework]
    assert own.keys() <= set(found)
    assert [name for name in found if name not in own] == ["bare", "whole", "steps", "recorded"]


def test_how_the_frameworks_are_written_as_code_is_parallel_too():
    found = [names(f"comparisons/frameworks/{one}", "code.py") for one in ("numpy", "torch", "keras")]
    public = [[name for name in all_ if not name.startswith("_")] for all_ in found]
    assert public[0]
    assert public == [public[0]] * len(public)
