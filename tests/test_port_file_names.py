"""`triptych port --file`: what the names in a file mean, and which calls are of an optimizer."""

import pytest
from file_cases import IMPORTS, told

from comparisons.porting.files import calls_in

SGD = "keras.optimizers.SGD(learning_rate={})"
ADAM = "keras.optimizers.Adam("
CONFIG = "which optimizer it is is not in the file; port its config by itself"

# Lines below IMPORTS, which are line 1, to what is said of them on the way to Keras.
NUMBERS = {
    "another function's local": ("def f(p): lr = 0.5\ndef g(p): optim.SGD(p, lr=lr)", {3: SGD.format("lr")}),
    "an import in the function": (
        "def f(): lr = 0.5\ndef g(p):\n    from config import lr\n    optim.SGD(p, lr=lr)",
        {5: SGD.format("lr")},
    ),
    "an import and a value": ("from config import lr\nlr = 0.5\noptim.SGD(p, lr=lr)", {4: SGD.format("0.5")}),
    "an import that may fail": (
        "try: from config import lr\nexcept ImportError: lr = 0.5\noptim.SGD(p, lr=lr)",
        {4: SGD.format("lr")},
    ),
    "an import of all after it": ("lr = 0.5\nfrom config import *\noptim.SGD(p, lr=lr)", {4: SGD.format("lr")}),
    "an import of all of torch's": ("lr = 0.5\nfrom torch.optim import *\nSGD(p, lr=lr)", {4: SGD.format("0.5")}),
    "exec after it": ("lr = 0.5\nexec(open('more.py').read())\noptim.SGD(p, lr=lr)", {4: SGD.format("lr")}),
    "a module's name in a function": ("lr = 0.5\ndef f(p): optim.SGD(p, lr=lr)", {3: SGD.format("0.5")}),
    "a module's name, below": ("def f(p): optim.SGD(p, lr=lr)\nlr = 0.5", {2: SGD.format("0.5")}),
    "an outer function's name": ("def f(p):\n    lr = 0.5\n    def g(): optim.SGD(p, lr=lr)", {4: SGD.format("0.5")}),
    "shadowed by an argument": ("lr = 0.5\ndef f(p, lr): optim.SGD(p, lr=lr)", {3: SGD.format("lr")}),
    "shadowed by a lambda's argument": ("lr = 0.5\nf = lambda p, lr: optim.SGD(p, lr=lr)", {3: SGD.format("lr")}),
    "shadowed by a loop": (
        "lr = 0.5\ndef f(p):\n    for lr in rates: optim.SGD(p, lr=lr)",
        {4: SGD.format("lr")},
    ),
    "shadowed in a comprehension": ("lr = 0.5\n[optim.SGD(p, lr=lr) for lr in rates]", {3: SGD.format("lr")}),
    "bound by with": ("with rate() as lr: optim.SGD(p, lr=lr)", {2: SGD.format("lr")}),
    "bound by with, too": ("lr = 0.5\nwith rate() as lr: pass\noptim.SGD(p, lr=lr)", {4: SGD.format("lr")}),
    "bound by except, too": (
        "lr = 0.5\ntry: pass\nexcept E as lr: pass\noptim.SGD(p, lr=lr)",
        {5: SGD.format("lr")},
    ),
    "bound by a case, too": ("lr = 0.5\nmatch x:\n    case lr: pass\noptim.SGD(p, lr=lr)", {5: SGD.format("lr")}),
    "bound by a walrus, too": ("lr = 0.5\n[(lr := x) for x in y]\noptim.SGD(p, lr=lr)", {4: SGD.format("lr")}),
    "changed by global": (
        "lr = 0.5\ndef f():\n    global lr\n    lr = 1\noptim.SGD(p, lr=lr)",
        {6: SGD.format("lr")},
    ),
    "changed by nonlocal": (
        "def f(p):\n    lr = 0.5\n    def g():\n        nonlocal lr\n        lr = 1\n    optim.SGD(p, lr=lr)",
        {7: SGD.format("lr")},
    ),
    "changed in place": ("lr = 0.5\nlr *= 2\noptim.SGD(p, lr=lr)", {4: SGD.format("lr")}),
    "bound below, in the same room": ("optim.SGD(p, lr=lr)\nlr = 0.5", {2: SGD.format("lr")}),
    "in a class, seen from a method": (
        "class A:\n    lr = 0.5\n    def f(self, p): optim.SGD(p, lr=lr)",
        {4: SGD.format("lr")},
    ),
    "of a pair": ("lr, wd = 0.5, 0.25\noptim.SGD(p, lr=lr)", {3: SGD.format("0.5")}),
    "of a name": ("RATE = 0.5\nlr = RATE\noptim.SGD(p, lr=lr)", {4: SGD.format("0.5")}),
    "of an expression, which may mean something else here": ("lr = a + b\noptim.SGD(p, lr=lr)", {3: SGD.format("lr")}),
    "of a sum that is too deep": (f"lr = {'+'.join('a' * 1500)}\noptim.SGD(p, lr=lr)", {3: SGD.format("lr")}),
    "of itself": ("a = b\nb = a\noptim.SGD(p, lr=a)", {4: SGD.format("a")}),
    "too large": (f"lr = 0x{'f' * 6000}\noptim.SGD(p, lr=lr)", {3: SGD.format("lr")}),
    "too large, here": (f"optim.SGD(p, lr=0x{'f' * 6000})", {2: "it has a number in it that is larger than any float"}),
}
CLASSES = {
    "from the file that defines it": ("from torch.optim.adam import Adam\nAdam(p)", {3: ADAM}),
    "by its file's name": ("torch.optim.adam.Adam(p)", {2: ADAM}),
    "one without a rule, by its file's name": ("torch.optim.lbfgs.LBFGS(p)", {2: "torch.optim.LBFGS has no rule"}),
    "by import of all": ("from torch.optim import *\nAdam(p)", {3: ADAM}),
    "by a partial": ("import functools\nfunctools.partial(optim.Adam, lr=0.5)", {3: ADAM + "learning_rate=0.5"}),
    "by a partial with parameters": (
        "from functools import partial\nmake = partial(optim.SGD, p, 0.5)",
        {3: SGD.format("0.5")},
    ),
    "by another name": ("cls = torch.optim.Adam\ncls(p)", {3: ADAM}),
    "by another name of the module": ("o = torch.optim\no.Adam(p)", {3: ADAM}),
    "from a dict": (
        "{'adam': optim.Adam, 'sgd': optim.SGD}[name](p, lr=0.5)",
        {2: ADAM, 2.5: SGD.format("0.5")},
    ),
    "from a dict with a name": ("KINDS = {'sgd': optim.SGD}\nKINDS[name](p, lr=0.5)", {3: SGD.format("0.5")}),
    "by a condition": ("(optim.Adam if a else optim.SGD)(p, lr=0.5)", {2: ADAM, 2.5: SGD.format("0.5")}),
    "on either arm": ("if a: cls = optim.Adam\nelse: cls = optim.SGD\ncls(p)", {4: ADAM, 4.5: "keras.optimizers.SGD("}),
    "on the last line": ("cls = optim.Adam\ncls = optim.SGD\ncls(p, 0.5)", {4: SGD.format("0.5")}),
    "by getattr": ("getattr(torch.optim, 'Adam')(p)", {2: ADAM}),
    "by getattr of what is not known": ("getattr(optim, args.name)(p)", {2: "which class it is is not in the file"}),
    "by a name of getattr": (
        "cls = getattr(optim, args.name)\ncls(p)",
        {3: "which class it is is not in the file"},
    ),
    "as torch called it before": ("torch.nn.utils.clip_grad_norm(p, 1.0)", {2: "global_clipnorm=1.0"}),
    "somebody else's": ("import utils\nutils.clip_grad_norm_(p, 1.0)\ndef f(optim): optim.Adam(p)", {}),
}


@pytest.mark.parametrize(("lines", "expected"), [*NUMBERS.values(), *CLASSES.values()], ids=[*NUMBERS, *CLASSES])
def test_what_a_name_means(tmp_path, lines, expected):
    path = tmp_path / "train.py"
    path.write_text(f"{IMPORTS}\n{lines}\n")
    found = {line: said for line, (_, said) in told(calls_in(path, "tf")).items()}
    assert {line: words in found.get(line, "") for line, words in expected.items()} == dict.fromkeys(found, True)


KERAS = {
    "from the file that defines it": ("keras.optimizers.adam.Adam(0.5)", "torch.optim.Adam(model.parameters(), lr=0.5"),
    "by compile": ("model.compile(optimizer='adam')", "torch.optim.Adam(model.parameters(), lr=0.001"),
    "by compile, without a name": ("model.compile('RMSprop', 'mse')", "torch.optim.RMSprop("),
    "by compile, of nobody": ("model.compile(optimizer='adan')", "unknown optimizer 'Adan'; did you mean"),
    "by get": ("keras.optimizers.get('sgd')", "torch.optim.SGD("),
    "by get of what is not known": ("keras.optimizers.get(name)", CONFIG),
    "from a config": ("keras.optimizers.deserialize(config)", CONFIG),
    "from a config of the class": ("keras.optimizers.Adam.from_config(config)", CONFIG),
    "a schedule from a config": ("keras.optimizers.schedules.deserialize(config)", CONFIG),
    "a legacy one": ("tf.keras.optimizers.legacy.Adam(0.5)", "torch.optim.Adam(model.parameters(), lr=0.5"),
    "an experimental one": (
        "tf.keras.optimizers.experimental.AdamW(0.5)",
        "torch.optim.AdamW(model.parameters(), lr=0.5",
    ),
    "one of TensorFlow 1": (
        "tf.compat.v1.train.AdamOptimizer(0.5)",
        "torch.optim.Adam(model.parameters(), lr=0.5, betas=(0.9, 0.999), eps=1e-08)",
    ),
}


@pytest.mark.parametrize(("line", "words"), KERAS.values(), ids=KERAS)
def test_how_a_class_of_keras_is_meant(tmp_path, line, words):
    path = tmp_path / "train.py"
    path.write_text(f"{IMPORTS}\nimport re; re.compile('adam')\n{line}\n")
    [(found, (_, said))] = told(calls_in(path, "torch")).items()
    assert (found, words in said) == (3, True)


@pytest.mark.parametrize("line", ["torch.optim.SGD(p, 0.5)", "from common import *; torch.optim.SGD(p, 0.5)"])
def test_a_line_without_imports(tmp_path, line):
    path = tmp_path / "train.py"
    path.write_text(line)
    assert told(calls_in(path, "tf")) == {1: ("optimizer", SGD.format("0.5"))}
