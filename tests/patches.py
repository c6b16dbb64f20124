"""Frameworks as a release might change them: the source of a module is edited as it is imported, in every process."""

import os
import sys

# Run by Python itself when a process starts. What is not found in the source is an error: the patch would do nothing.
HOOK = """
import sys
from importlib.util import find_spec

EDITS = {edits!r}


class Edited:
    def __init__(self, loader, edits):
        self.loader, self.edits = loader, edits

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        source = self.loader.get_source(module.__name__)
        for old, new in self.edits:
            assert old in source, old
            source = source.replace(old, new)
        exec(compile(source, self.loader.path, "exec"), vars(module))


class Finder:
    def find_spec(self, name, path, target=None):
        if name not in EDITS:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        sys.meta_path.insert(0, self)
        spec.loader = Edited(spec.loader, EDITS[name])
        return spec


sys.meta_path.insert(0, Finder())
"""

# Of a class: module and edits (old, new).
EPSILON_OUTSIDE = {
    "keras.src.optimizers.rmsprop": [("ops.sqrt(denominator)", "ops.add(ops.sqrt(velocity), 1000 * self.epsilon)")]
}
OTHER_DEFAULT = {"keras.src.optimizers.rmsprop": [("epsilon=1e-7,", "epsilon=1e-3,")]}
DAMPED = {"torch.optim.sgd": [("add_(grad, alpha=1 - dampening)", "add_(grad, alpha=1 - momentum)")]}
FROM_NOTHING = {
    "keras.src.optimizers.adagrad": [
        ("initializers.Constant(self.initial_accumulator_value)", "initializers.Constant(0.0)")
    ]
}
UNCORRECTED = {"torch.optim.adam": [("bias_correction1 = 1 - beta1**step", "bias_correction1 = 1.0")]}


def patch(monkeypatch, folder, edits):
    """Let all processes that start from now on have the edits, by module; this one has what it has."""
    (folder / "sitecustomize.py").write_text(HOOK.replace("{edits!r}", repr(edits)))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *sys.path]))
