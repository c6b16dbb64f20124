"""`triptych port --file`: numbers that the file does not say are carried over as they stand, or not at all."""

import pytest
from file_cases import IMPORTS, told

from comparisons.porting.files import calls_in

UNREAD = "{} is {}, which cannot be read; write its value"
CHANGED = "{} does not go over unchanged; write its value"
STARRED = "* and ** cannot be read; write the arguments out"

TO_KERAS = {
    "a subscript": ("optim.SGD(p, lr=cfg['lr'])", "SGD(learning_rate=cfg['lr'])"),
    "an item of a config": ("optim.SGD(p, lr=cfg.get('lr', 0.1))", "SGD(learning_rate=cfg.get('lr', 0.1))"),
    "a float of it": ("optim.SGD(p, lr=float(args.lr))", "SGD(learning_rate=float(args.lr))"),
    "a root": ("import math; optim.SGD(p, lr=math.sqrt(n))", "SGD(learning_rate=math.sqrt(n))"),
    "a condition": ("optim.SGD(p, lr=a if b else 0.1)", "SGD(learning_rate=a if b else 0.1)"),
    "one or the other": ("optim.SGD(p, lr=args.lr or 0.1)", "SGD(learning_rate=args.lr or 0.1)"),
    "a call": ("optim.SGD(p, lr=rate())", UNREAD.format("lr", "'rate()'")),
    "a tensor": ("optim.SGD(p, lr=torch.tensor(0.1))", UNREAD.format("lr", "'torch.tensor(0.1)'")),
    "a list": ("optim.SGD(p, lr=[0.1, 0.2])", UNREAD.format("lr", "'[0.1, 0.2]'")),
    "a list by name": ("lr = [0.1, 0.2]; optim.SGD(p, lr=lr)", UNREAD.format("lr", "'[0.1, 0.2]'")),
    "a dict": ("optim.SGD(p, lr={'a': 1})", UNREAD.format("lr", "\"{'a': 1}\"")),
    "a formatted text": ("optim.SGD(p, lr=f'{x}')", UNREAD.format("lr", "\"f'{x}'\"")),
    "a text times a number": ("optim.SGD(p, lr='a' * n)", UNREAD.format("lr", "\"'a' * n\"")),
    "a result, by its name": ("lr = rate(); optim.SGD(p, lr=lr)", "SGD(learning_rate=lr)"),
    "stars": ("optim.Adam(p, *kw)", STARRED),
    "stars of a list": ("optim.Adam(p, *[0.1])", STARRED),
    "stars after a number": ("optim.SGD(p, args.lr, *rest)", STARRED),
    "two stars": ("optim.SGD(p, args.lr, **rest)", STARRED),
    "a dict of the file": ("settings = dict(lr=0.5); optim.SGD(p, **settings)", "SGD(learning_rate=0.5)"),
    "a dict that is changed": ("settings = {'lr': 0.5}; settings['lr'] = 1; optim.SGD(p, **settings)", STARRED),
    "a dict that is handed on": ("settings = {'lr': 0.5}; f(settings); optim.SGD(p, **settings)", STARRED),
    "two dicts that bear on nothing": (
        "more = dict(fused=True) if cuda else dict()\noptim.SGD(p, 0.5, **more)",
        "SGD(learning_rate=0.5)",
    ),
    "two dicts": ("more = dict(lr=1) if cuda else dict()\noptim.SGD(p, **more)", STARRED),
    "a pair by its name": ("optim.Adam(p, betas=betas)", "beta_1=betas[0], beta_2=betas[1], "),
    "a pair of one of each": ("B = (0.9, b); optim.Adam(p, betas=B)", "beta_1=0.9, beta_2=B[1], "),
    "a pair by a condition": ("optim.Adam(p, betas=a if b else c)", "beta_1=(a if b else c)[0], "),
    "a pair in a list": ("optim.Adam(p, betas=[a, 0.5])", "beta_1=a, beta_2=0.5, "),
    "how it is computed": ("optim.SGD(p, 0.5, fused=f(), foreach=self.x)", "SGD(learning_rate=0.5)"),
    "a switch that matters": ("optim.SGD(p, 0.5, 0.9, nesterov=args.n)", "nesterov is 'args.n'; write its value"),
    "what no rule has a word for": ("optim.SGD(p, 0.5, maximize=args.m)", "maximize is 'args.m'; write its value"),
    "a lambda by its name": ("f = lambda k: 1 / (1 + 0.5 * k)\nLambdaLR(optim.SGD(p, 0.1), f)", "InverseTimeDecay("),
    "a function": (
        "def f(k): print(k)\nLambdaLR(o, f)",
        "lr_lambda is 'f', which cannot be read; write it as a lambda",
    ),
    "a floor of a rate that is not known": (
        "o = optim.SGD(p, lr=args.lr); CosineAnnealingLR(o, 10, eta_min=1e-3)",
        CHANGED.format("args.lr"),
    ),
    "an expression that goes over once and is lost once": (
        "optim.SGD(p, 0.1, momentum=args.m, dampening=args.m)",
        CHANGED.format("args.m"),
    ),
    "a floor above a rate that is not known": (
        "o = optim.SGD(p, lr=args.lr); CosineAnnealingLR(o, 10, eta_min=0.05)",
        CHANGED.format("args.lr"),
    ),
}
TO_TORCH = {
    "a sum within a product": (
        "keras.optimizers.SGD(keras.optimizers.schedules.InverseTimeDecay(0.1, 1, a + b))",
        "lambda k: 1 / (1 + (a + b) * k)",
    ),
    "a condition within a product": (
        "keras.optimizers.SGD(keras.optimizers.schedules.InverseTimeDecay(0.1, 1, a if b else c))",
        "lambda k: 1 / (1 + (a if b else c) * k)",
    ),
    "a product by itself": ("keras.optimizers.SGD(a * b)", "lr=a * b)"),
    "a schedule of one's own": (
        "keras.optimizers.SGD(learning_rate=Warmup(100))",
        "without this schedule, which cannot be read",
    ),
    "one of one's own, by name": (
        "rate = Warmup(100); keras.optimizers.SGD(rate)",
        "without this schedule, which cannot be read",
    ),
    "one of one's own, by an attribute": (
        "def f(self): self.rate = Warmup(100); keras.optimizers.SGD(self.rate)",
        "without this schedule, which cannot be read",
    ),
    "one of two": (
        "if a: r = keras.optimizers.schedules.CosineDecay(0.1, 5)\nelse: r = 0.5\nkeras.optimizers.SGD(r)",
        UNREAD.format("learning_rate", "'r'"),
    ),
    "a schedule by an attribute": (
        "def f(self):\n    self.r = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.25)\n"
        "    keras.optimizers.SGD(self.r)",
        "torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)",
    ),
    "a share of a rate that is not known": (
        "keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(args.lr, 10, 0.1))",
        "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10, eta_min=args.lr * 0.1)",
    ),
    "a range by its limit": (
        "g = tf.clip_by_value(g, -args.c, args.c); keras.optimizers.SGD(0.1).apply_gradients(zip(g, v))",
        "torch.nn.utils.clip_grad_value_(model.parameters(), clip_value=args.c)",
    ),
    "a range that may not be even": (
        "g = tf.clip_by_value(g, -1.0, args.c); keras.optimizers.SGD(0.1).apply_gradients(zip(g, v))",
        "-1.0 and args.c; no rule has a range that is not even",
    ),
    "steps of a staircase": (
        "keras.optimizers.schedules.ExponentialDecay(0.1, args.n, 0.25, staircase=True)",
        "StepLR(optimizer, step_size=args.n, gamma=0.25)",
    ),
    "a quotient of two": (
        "keras.optimizers.schedules.InverseTimeDecay(0.1, args.n, args.rate)",
        CHANGED.format("args.n or args.rate"),
    ),
    "a root": ("keras.optimizers.RMSprop(epsilon=args.eps)", CHANGED.format("args.eps")),
    "where a schedule starts": (
        "keras.optimizers.schedules.ExponentialDecay(args.lr, 2, 0.25)",
        "ExponentialLR(optimizer, gamma=0.5) # the optimizer has lr=args.lr",
    ),
}


@pytest.mark.parametrize(("lines", "words"), TO_KERAS.values(), ids=TO_KERAS)
def test_what_becomes_of_an_expression_in_keras(tmp_path, lines, words):
    assert words in said(tmp_path, lines, "tf")


@pytest.mark.parametrize(("lines", "words"), TO_TORCH.values(), ids=TO_TORCH)
def test_what_becomes_of_an_expression_in_torch(tmp_path, lines, words):
    assert words in said(tmp_path, lines, "torch")


def said(folder, lines, to):
    """What is said of the calls in a file."""
    path = folder / "train.py"
    path.write_text(f"{IMPORTS}\n{lines}\n")
    return "\n".join(words for _, words in told(calls_in(path, to)).values())


def test_no_nan_is_in_any_text(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(f"{IMPORTS}\no = optim.Adam(p, weight_decay=args.wd)\nCosineAnnealingLR(o, args.n)\n")
    text = repr([one.translation for one in calls_in(path, "tf")])
    assert "weight_decay=args.wd" in text
    assert "nan" not in text
