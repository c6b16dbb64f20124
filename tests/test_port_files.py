"""`triptych port --file`: the calls that stand in a file, each with its line and its translation."""

import json
import os
import stat

import pytest
from file_cases import IMPORTS, told
from port_cases import command_line

from comparisons.names import SCHEMA, BadInput
from comparisons.porting.files import calls_in, files_of

TORCH = """\
import torch, keras
from torch import nn, optim
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW as Chosen
from torch.optim.lr_scheduler import CosineAnnealingLR, StepLR as Falling
import torch.optim as o

RATE: float = 3e-4
BETAS = (0.9, 0.95)
TWICE = 0.1
TWICE = 0.2
print("nothing of this file is run")
raise SystemExit(1)

def build(model, args, momentum):
    first = optim.SGD(model.parameters(), lr=RATE, momentum=momentum)
    scheduler = Falling(first, 30, gamma=args.gamma)
    second = Chosen(model.parameters(), lr=args.lr, betas=BETAS, eps=0.0, weight_decay=TWICE)
    third = o.Adam([{"params": a}, {"params": b, "lr": 0.1}], RATE, eps=0)
    cosine = CosineAnnealingLR(optimizer=third, T_max=args.epochs * len(loader))
    torch.optim.LBFGS(model.parameters())
    torch.optim.Adan(model.parameters())
    torch.optim.Adam(model.parameters(), **settings)
    torch.optim.Adam(model.parameters(), betas=args.betas)
    torch.optim.Adam(model.parameters(), betas=(args.beta1, 0.99), eps=0.0)
    torch.optim.RMSprop(model.parameters(), eps=args.eps)
    torch.optim.lr_scheduler.OneCycleLR(elsewhere, 0.1)
    own.Adam(model.parameters()), Adam(model.parameters())
    keras.optimizers.Adam()
    optim.Adadelta(
        model.parameters(),
        lr=1.0,
    )
    for p in model.parameters():
        clip_grad_norm_(p, 1.0)
    nn.utils.clip_grad_norm_(model.parameters(), 2.0)
    nn.utils.clip_grad_value_(model.parameters(), args.clip)
    nn.utils.parameters_to_vector(model.parameters())
    Falling(elsewhere, 10)
    return optim.RAdam(model.parameters(), args.lr)
"""
# Line to kind and what is in the translation, or in the reason why there is none.
TORCH_TO_KERAS = {
    16: ("optimizer", "ExponentialDecay( initial_learning_rate=0.0003, decay_steps=30, decay_rate=args.gamma, st"),
    18: ("optimizer", "AdamW( learning_rate=args.lr, weight_decay=TWICE, beta_1=0.9, beta_2=0.95, epsilon=0.0, )"),
    19: ("optimizer", "CosineDecay( initial_learning_rate=0.0003, decay_steps=args.epochs * len(loader), alpha=0.0, )"),
    21: ("optimizer", "torch.optim.LBFGS has no rule"),
    22: ("optimizer", "unknown optimizer 'Adan'; did you mean 'Adam'?"),
    23: ("optimizer", "* and ** cannot be read; write the arguments out"),
    24: ("optimizer", "Adam( learning_rate=0.001, beta_1=args.betas[0], beta_2=args.betas[1], epsilon=1e-08, )"),
    25: ("optimizer", "Adam(learning_rate=0.001, beta_1=args.beta1, beta_2=0.99, epsilon=0.0)"),
    26: ("optimizer", "args.eps does not go over unchanged; write its value"),
    27: ("schedule", "torch.optim.lr_scheduler.OneCycleLR: total_steps is missing"),
    30: ("optimizer", "keras.optimizers.Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-06)"),
    35: ("clipping", "clipnorm=1.0"),
    36: ("clipping", "global_clipnorm=2.0"),
    37: ("clipping", "clipvalue=args.clip"),
    39: ("schedule", "initial_learning_rate=lr, decay_steps=10, decay_rate=0.1, staircase=True"),
    40: (
        "optimizer",
        "from tf_impl.optimizers import RAdam optimizer = RAdam(",
    ),
}

KERAS = """\
import tensorflow as tf
from keras import optimizers
from keras.optimizers.schedules import ExponentialDecay

rate = ExponentialDecay(0.1, decay_steps=2, decay_rate=0.25)
a = tf.keras.optimizers.SGD(rate, momentum=0.9)
b = optimizers.Adam(learning_rate=tf.keras.optimizers.schedules.CosineDecay(0.1, flags.steps), epsilon=0.0)
c = optimizers.Lion(flags.lr)
d = tf.optimizers.SGD(flags.lr, clipnorm=1.0)
e = tf.optimizers.SGD(flags.schedule())
f = optimizers.ScheduleFreeAdamW()
torch.optim.SGD(p)
"""
KERAS_TO_TORCH = {
    6: ("optimizer", "scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)"),
    7: ("optimizer", "CosineAnnealingLR(optimizer, T_max=flags.steps, eta_min=0.0)"),
    8: (
        "optimizer",
        "from torch_impl.optimizers import Lion optimizer = Lion(model.parameters(), lr=flags.lr, betas=(0.9",
    ),
    9: (
        "optimizer",
        "torch.optim.SGD(model.parameters(), lr=flags.lr)",
    ),
    10: ("optimizer", "without this schedule, which cannot be read; learning_rate stands for its rate"),
    11: ("optimizer", "ScheduleFreeAdamW"),
}


@pytest.mark.parametrize(
    ("text", "to", "expected"),
    [(TORCH, "tf", TORCH_TO_KERAS), (KERAS, "torch", KERAS_TO_TORCH)],
    ids=["to Keras", "to torch"],
)
def test_every_call_is_found_and_translated(tmp_path, capfd, text, to, expected):
    path = tmp_path / "train.py"
    path.write_text(text)
    before = path.read_bytes(), path.stat().st_mtime_ns
    found = told(calls_in(path, to))
    assert {line: (kind, words in said) for line, (kind, words) in expected.items() for said in [found[line][1]]} == {
        line: (kind, True) for line, (kind, _) in found.items()
    }
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert capfd.readouterr() == ("", "")


# A line of a file, what it needs above it, and what it becomes in Keras: each is one call.
SINGLE = {
    "a clipping of the only optimizer": (
        "o = optim.SGD(p, 0.1)\nclip_grad_norm_(p, 1.0)",
        {2: "keras.optimizers.SGD(learning_rate=0.1, global_clipnorm=1.0)"},
    ),
    "a clipping of two optimizers": (
        "o = optim.SGD(p, 0.1)\nq = optim.SGD(r, 0.2)\nclip_grad_norm_(s, 1.0)",
        {2: "keras.optimizers.SGD(learning_rate=0.1)", 3: "keras.optimizers.SGD(learning_rate=0.2)"},
    ),
    "a clipping of one of two optimizers": (
        "o = optim.SGD(p, 0.1)\nq = optim.SGD(r, 0.2)\nclip_grad_norm_(p, 1.0)",
        {2: "SGD(learning_rate=0.1, global_clipnorm=1.0)", 3: "keras.optimizers.SGD(learning_rate=0.2)"},
    ),
    "a scheduler of another optimizer": (
        "o = optim.SGD(p, 0.1)\nq = optim.SGD(r, 0.2)\nStepLR(q, 10, 0.5)",
        {2: "keras.optimizers.SGD(learning_rate=0.1)"},
    ),
    "a name bound twice": ("o = optim.SGD(p, rate)\nrate = 1\nrate = 2", {2: "SGD(learning_rate=rate)"}),
    "a name bound in a loop": ("for rate in rates: optim.SGD(p, rate)", {2: "SGD(learning_rate=rate)"}),
    "a name bound by an argument": ("def f(rate=1): optim.SGD(p, rate)", {2: "SGD(learning_rate=rate)"}),
    "a name bound once": ("rate = 0.25\noptim.SGD(p, rate)", {3: "SGD(learning_rate=0.25)"}),
    "what Python warns about": (r"x = '\d'; optim.SGD(p, 0.1)", {2: "keras.optimizers.SGD(learning_rate=0.1)"}),
    "a sum": ("optim.SGD(p, base * 2 ** k)", {2: "SGD(learning_rate=base * 2 ** k)"}),
    "two stand-ins": ("optim.SGD(p, a.lr, weight_decay=a.wd)", {2: "SGD(learning_rate=a.lr, weight_decay=a.wd)"}),
    "the same name twice": ("optim.SGD(p, a.x, weight_decay=a.x)", {2: "SGD(learning_rate=a.x, weight_decay=a.x)"}),
    "a minus sign": ("optim.Adam(p, -1)", {2: "lr is -1; it must be a finite number above 0"}),
    "a chain": ("optim.SGD(p, 0.1).step()", {2: "keras.optimizers.SGD(learning_rate=0.1)"}),
    "a line of its own kind": ("x = y = optim.SGD(p, 0.1)", {2: "keras.optimizers.SGD(learning_rate=0.1)"}),
}


@pytest.mark.parametrize(("lines", "expected"), SINGLE.values(), ids=SINGLE)
def test_what_stands_around_a_call(tmp_path, lines, expected):
    path = tmp_path / "train.py"
    path.write_text(f"{IMPORTS}\n{lines}\n")
    found = told(calls_in(path, "tf"))
    for line, words in expected.items():
        assert words in found[line][1]


def test_a_file_in_another_encoding(tmp_path):
    path = tmp_path / "train.py"
    path.write_bytes("# coding: latin-1\nimport torch\né = torch.optim.SGD(p, 0.1)\n".encode("latin-1"))
    [found] = calls_in(path, "tf")
    assert (found.line, found.problem) == (3, "")


def test_a_file_that_begins_with_a_mark(tmp_path):
    path = tmp_path / "train.py"
    path.write_bytes(b"\xef\xbb\xbfimport torch\ntorch.optim.SGD(p, 0.1)\n")
    assert [found.line for found in calls_in(path, "tf")] == [2]


BROKEN = {
    "half a line": b"def f(:",
    "a zero": b"import torch\x00",
    "no text": b"\xff\xfe\x00",
    "an encoding of nobody": b"# coding: nobody\n",
    "deep": b"(" * 5000 + b")" * 5000,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_not_python(tmp_path, content):
    path = tmp_path / "train.py"
    path.write_bytes(content)
    with pytest.raises(BadInput) as refused:
        calls_in(path, "tf")
    assert str(refused.value).startswith(f"{path}: is not Python (")
    assert "\n" not in str(refused.value)


@pytest.fixture
def folder(tmp_path):
    """A project: two good files, a broken one, and what others wrote."""
    for name, text in {
        "a.py": "import torch\ntorch.optim.SGD(p, 0.1)\n",
        "deep/b.py": "from keras.optimizers import Adam\nAdam(epsilon=0.0)\ntorch = None\n",
        "broken.py": "def f(:",
        "notes.txt": "import torch\ntorch.optim.SGD(p)",
        ".venv/lib/c.py": "import torch\ntorch.optim.SGD(p, 0.1)\n",
        "node_modules/d.py": "import torch\ntorch.optim.SGD(p, 0.1)\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_folder_is_its_own_python_files(folder):
    assert [path.name for path in files_of(folder)] == ["a.py", "broken.py", "b.py"]


def test_a_broken_file_costs_itself_only(folder, monkeypatch, capsys):
    code, out, [line] = command_line(monkeypatch, capsys, "port", "--file", folder, "--to", "numpy")
    assert code == 0
    assert f"{folder}/a.py:2: torch.optim.SGD(p, 0.1)\n" in out
    assert "    numpy_impl.optimizers.SGD(tensors, learning_rate=0.1)\n  - exact\n" in out
    assert f"{folder}/deep/b.py:2: Adam(epsilon=0.0)\n" in out
    assert out.count(".py:") == 2
    assert line.startswith(f"triptych: {folder}/broken.py: is not Python")


def test_the_data(folder, monkeypatch, capsys):
    code, out, err = command_line(monkeypatch, capsys, "port", "--file", folder / "a.py", "--to", "tf", "--json")
    data = json.loads(out)
    assert (code, err, data.keys(), data["schema"]) == (0, [], {"schema", "calls"}, SCHEMA)
    [entry] = data["calls"]
    assert entry.keys() == {"file", "line", "kind", "source", "translation", "problem"}
    assert (entry["file"], entry["line"], entry["kind"]) == (str(folder / "a.py"), 2, "optimizer")
    assert (entry["source"], entry["problem"]) == ("torch.optim.SGD(p, 0.1)", None)
    assert entry["translation"]["native"]["code"] == "keras.optimizers.SGD(learning_rate=0.1)"
    assert entry["translation"].keys() == {"source", "native", "exact", "also", "gaps"}


NOTHING = json.dumps({"schema": SCHEMA, "calls": []}, indent=1)


@pytest.mark.parametrize(("more", "printed"), [((), "a.py: no call to carry to PyTorch"), (("--json",), NOTHING)])
def test_nothing_found_has_an_exit_code_of_its_own(folder, monkeypatch, capsys, more, printed):
    monkeypatch.chdir(folder)
    asked = ("port", "--file", "a.py", "--to", "torch", *more)
    assert command_line(monkeypatch, capsys, *asked) == (9, f"{printed}\n", [])


@pytest.mark.parametrize("call", ["torch.optim.LBFGS(p)", "getattr(torch.optim, name)(p)"])
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_call_without_a_translation_is_not_done(tmp_path, monkeypatch, capsys, call, more):
    (tmp_path / "train.py").write_text(f"import torch\ntorch.optim.SGD(p, 0.1)\n{call}\n")
    code, _, err = command_line(monkeypatch, capsys, "port", "--file", tmp_path / "train.py", "--to", "tf", *more)
    assert (code, err) == (3, [])


def test_the_one_file_that_was_named_must_be_python(folder, monkeypatch, capsys):
    code, out, [line] = command_line(monkeypatch, capsys, "port", "--file", folder / "broken.py", "--to", "tf")
    assert (code, out) == (2, "")
    assert "is not Python" in line


def test_a_folder_of_nothing(tmp_path, monkeypatch, capsys):
    code, out, err = command_line(monkeypatch, capsys, "port", "--file", tmp_path, "--to", "keras")
    assert (code, out, err) == (9, f"{tmp_path}: no call to carry to Keras\n", [])


OF_SHELLS = {
    "pip": "!pip install torch",
    "magic": "%matplotlib inline",
    "in a branch": "if colab:\n    !pip install torch",
    "Python 2": 'print "loss", 1',
    "Python 2, a format": 'print "loss %f" % 1',
}


@pytest.mark.parametrize("line", OF_SHELLS.values(), ids=OF_SHELLS)
def test_a_line_that_is_no_python_costs_itself_only(tmp_path, line):
    (tmp_path / "train.py").write_text(f"import torch\n{line}\nprint('fine')\ntorch.optim.SGD(p, 0.1)\n")
    [found] = calls_in(tmp_path / "train.py", "tf")
    assert (found.line, found.problem) == (4 + line.count("\n"), "")


# Text of which each makes something large or deep: it is read in a line, or refused in one.
ODD = {
    "a deep sum": f"optim.SGD(p, lr={'+'.join('a' * 1500)})",
    "a deep sum by name": f"a = {'+'.join('a' * 1500)}\noptim.SGD(p, lr=a)",
    "a long chain": f"optim.SGD(p, 0.1){'.step()' * 900}",
    "a long name": f"optim{'.SGD' * 1500}(p)",
    "many conditions": f"o = {'optim.SGD(p, 0.1) if a else ' * 400}None",
    "many arms": "if a: o = optim.SGD(p, 0.1)\n" + "elif b: o = optim.SGD(p, 0.1)\n" * 900 + "StepLR(o, 3)",
    "dicts of dicts": "\n".join(f"d{i} = {{{', '.join(f'{j}: d{j}[n]' for j in range(40))}}}" for i in range(40))
    + "\nd0[n](p)",
    "a large number": f"optim.SGD(p, lr=0x{'f' * 6000})",
    "a large pair": f"B = (0x{'f' * 6000}, 1)\noptim.Adam(p, betas=B)",
    "no arguments": "optim.SGD()\nStepLR()\nclip_grad_norm_()\ntf.clip_by_norm()\nkeras.optimizers.get()",
    "stars only": "optim.SGD(*a)\noptim.SGD(**a)\nStepLR(*a)\noptim.Adam(p, betas=(*a, 1))",
    "no pairs": "optim.Adam(p, betas=())\noptim.Adam(p, betas=3)\noptim.Adam(p, betas={})\noptim.Adam(p, betas='ab')",
    "no numbers": "optim.SGD(p, b'x')\noptim.SGD(p, 1j)\noptim.SGD(p, ...)\noptim.SGD(p, 1e999)\noptim.SGD(p, None)",
    "a return of a module": "return optim.SGD(p, 0.1)\nnonlocal x\nglobal y\nbreak",
}


@pytest.mark.every(3)
@pytest.mark.parametrize("lines", ODD.values(), ids=ODD)
@pytest.mark.parametrize("to", ["tf", "torch", "numpy"])
def test_odd_text_is_answered_too(tmp_path, lines, to):
    path = tmp_path / "train.py"
    path.write_text(f"{IMPORTS}\n{lines}\n")
    for one in calls_in(path, to):
        assert (one.problem == "") != (one.translation is None)


def test_a_notebook(tmp_path, monkeypatch, capsys):
    cells = [
        {"cell_type": "markdown", "source": "torch.optim.SGD(p, 0.5)"},
        {"cell_type": "code", "source": ["!pip install torch\n", "import torch"]},
        {"cell_type": "code", "source": "torch.optim.SGD(p, 0.1)"},
    ]
    (tmp_path / "train.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}))
    code, out, err = command_line(monkeypatch, capsys, "port", "--file", tmp_path / "train.ipynb", "--to", "tf")
    assert (code, err) == (0, [])
    assert "train.ipynb:3: torch.optim.SGD(p, 0.1)\n    keras.optimizers.SGD(learning_rate=0.1)\n" in out


def test_what_is_no_notebook(tmp_path, monkeypatch, capsys):
    (tmp_path / "train.ipynb").write_text("[1]")
    code, out, [line] = command_line(monkeypatch, capsys, "port", "--file", tmp_path / "train.ipynb", "--to", "tf")
    assert (code, out, line.endswith("is not Python (it has no cells)")) == (2, "", True)


def test_a_pipe_is_not_waited_for(tmp_path, monkeypatch, capsys):
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    assert stat.S_ISFIFO((tmp_path / "pipe.py").stat().st_mode)
    assert files_of(tmp_path) == []
    code, out, [line] = command_line(monkeypatch, capsys, "port", "--file", tmp_path / "pipe.py", "--to", "tf")
    assert (code, out) == (2, "")
    assert "is no file with an end" in line


def test_a_name_that_is_too_long(monkeypatch, capsys):
    code, out, [line] = command_line(monkeypatch, capsys, "port", "--file", "x" * 5000, "--to", "tf")
    assert (code, out) == (2, "")
    assert "cannot be read" in line


@pytest.mark.parametrize("more", [("--schedule", "StepLR(o, 3)"), ("--task", "bowl"), ("--dtype", "float64")])
def test_what_goes_with_a_call_only(folder, monkeypatch, capsys, more):
    code, out, [line] = command_line(monkeypatch, capsys, "port", "--file", folder, "--to", "tf", *more)
    assert (code, out) == (2, "")
    assert f"{more[0]} goes with a call" in line


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    file = tmp_path / "large.py"
    with file.open("wb") as sparse:
        sparse.truncate(5 << 20)
    with pytest.raises(BadInput, match=r"large.py: cannot be read \(it has 5 MiB, and at most 4 are read\)"):
        calls_in(file, "tf")
