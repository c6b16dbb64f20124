"""Text that is no call of an optimizer, some of it meant ill: refused in a line, and nothing of it is run."""

import sys
from contextlib import suppress

import pytest
from port_cases import command_line

from comparisons.names import BadInput
from comparisons.porting import read
from comparisons.porting.files import calls_in
from comparisons.porting.reading.pasted import read_source
from comparisons.porting.reading.text import LONGEST

TOUCH = "open('canary', 'w')"

HOSTILE = {
    # calls and what can be made of them
    "a call for a number": f"torch.optim.Adam(p, lr={TOUCH})",
    "a call in a pair": f"torch.optim.Adam(p, betas=(0.9, {TOUCH}))",
    "a call for a class": f"{TOUCH}.Adam(lr=1e-3)",
    "a call for a schedule": f"keras.optimizers.Adam(learning_rate={TOUCH})",
    "a call in a schedule": f"keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, {TOUCH}))",
    "an import": "__import__('canary_module').optim.Adam(lr=1e-3)",
    "an import for a number": "torch.optim.Adam(p, lr=__import__('canary_module'))",
    "a system call": "os.system('touch canary')",
    "eval": f'eval("{TOUCH}")',
    "a print": "print('canary')",
    "attributes of a literal": "().__class__.__bases__[0].__subclasses__()",
    "attributes of a class": "torch.optim.Adam.__init__.__globals__(p)",
    "a subscript of a class": "torch.optim['Adam'](p, lr=1e-3)",
    "a sum of a call": f"torch.optim.Adam(p, lr=1 + {TOUCH})",
    "a subscript of a call": f"torch.optim.Adam(p, lr=[1][{TOUCH}])",
    "an attribute of a call": f"torch.optim.Adam(p, lr={TOUCH}.lr)",
    "a power": "torch.optim.Adam(p, lr=9 ** 9 ** 9)",
    "a product of text": "torch.optim.Adam(p, lr='a' * 10 ** 10)",
    "a condition": f"torch.optim.Adam(p, lr=0.1 if {TOUCH} else 0.2)",
    "a comparison": "torch.optim.Adam(p, lr=1 < 2)",
    "a list comprehension": f"torch.optim.Adam(p, lr=[{TOUCH} for _ in '1'])",
    "a generator": f"torch.optim.Adam(p, betas=({TOUCH} for _ in '12'))",
    "a dict comprehension": "{name: 1 for name in 'ab'}",
    "an f-string": "torch.optim.Adam(p, lr=f'{" + TOUCH + "}')",
    "an f-string for a name": "{f'{" + TOUCH + "}': 'SGD'}",
    "a walrus": f"torch.optim.Adam(p, lr=(x := {TOUCH}))",
    "an await": f"torch.optim.Adam(p, lr=await {TOUCH})",
    "a yield": "torch.optim.Adam(p, lr=(yield))",
    "a lambda": f"torch.optim.Adam(p, lr=lambda: {TOUCH})",
    "a lambda called": f"(lambda: {TOUCH})()",
    "a decorated class": "@print\nclass Adam: pass",
    "an import statement": "import canary_module",
    "a definition": f"def Adam(x={TOUCH}): pass",
    "a with": f"with {TOUCH}: torch.optim.Adam(p)",
    "a loop over a call": f"for p in {TOUCH}: print(p)",
    "a deletion": "del torch.optim.Adam",
    "an assertion": f"assert {TOUCH}",
    "arguments unpacked": "torch.optim.Adam(p, *[0.1])",
    "keywords unpacked": "torch.optim.Adam(p, **{'lr': 0.1})",
    "a tuple unpacked": "torch.optim.Adam(p, betas=(*[0.9], 0.999))",
    # dicts
    "a call in a dict": "{'name': 'SGD', 'learning_rate': " + TOUCH + "}",
    "a call in a dict in a dict": "{'class_name': 'SGD', 'config': {'learning_rate': " + TOUCH + "}}",
    "a call for a key": "{" + TOUCH + ": 'SGD'}",
    "a number for a key": "{1: 'SGD', 'learning_rate': 0.1}",
    "a dict unpacked": "{**{'name': 'SGD'}}",
    "a dict of nothing": "{}",
    "a list of nothing": "[]",
    "a list of lists": "[[[[[{'lr': 0.1}], 1]]]]",
    "a set": "{'lr', 'betas'}",
    "a name in a dict": "{'name': 'SGD', 'learning_rate': NaN}",
    "a class by another's name": "{'class_name': '__import__', 'config': {}}",
    "a group of nobody": "{'lr': 0.1, 'canary': 1}",
    "a class for a schedule": "{'name': 'SGD', 'learning_rate': {'class_name': 'os.system', 'config': {'x': 1}}}",
    # deep and long
    "parentheses": "(" * 1000 + ")" * 1000,
    "brackets": "[" * 1000 + "]" * 1000,
    "braces": "{'a':" * 390,
    "minus signs": "torch.optim.Adam(p, lr=" + "-" * 1900 + "1)",
    "nots": "not " * 490 + "1",
    "attributes": "a" + ".a" * 990 + "()",
    "calls": "f(" * 660 + ")" * 660,
    "subscripts": "x" + "[0]" * 660,
    "sums": "1" + "+1" * 990,
    "a whole number of 1,900 digits": "torch.optim.Adam(p, lr=" + "9" * 1900 + ")",
    "a wrong number of 1,900 digits": "torch.optim.Adam(p, weight_decay=-" + "9" * 1900 + ")",
    "a name of 1,900 letters": "a" * 1900 + "(lr=1e-3)",
    "a class of 1,900 letters": "torch.optim." + "A" * 1900 + "(p)",
    "an argument of 1,900 letters": "torch.optim.Adam(p, " + "a" * 1900 + "=1)",
    "a word of 1,900 letters": "torch.optim.Adam(p, lr='" + "a" * 1900 + "')",
    "a dict with a key of 1,900 letters": "{'" + "a" * 1900 + "': 1}",
    "many arguments": f"torch.optim.Adam(p, {'1, ' * 600})",
    "many keys": "{" + ", ".join(f"'k{i}': {i}" for i in range(150)) + "}",
    "one character too many": "torch.optim.SGD(p, 0.1)".ljust(LONGEST + 1),
    "many lines": "torch.optim.SGD(p)\n" * 100,
    # numbers that are none
    "an overflow": "torch.optim.Adam(p, lr=1e999)",
    "nan": "torch.optim.Adam(p, lr=nan)",
    "nan as a word": "torch.optim.Adam(p, lr='nan')",
    "nan as JSON": '{"name": "SGD", "learning_rate": NaN}',
    "a complex number": "torch.optim.Adam(p, lr=1j)",
    "bytes": "torch.optim.Adam(p, lr=b'1e-3')",
    "dots": "torch.optim.Adam(p, lr=...)",
    "truth for a rate": "torch.optim.Adam(p, lr=True)",
    "nothing for a rate": "torch.optim.Adam(p, lr=None)",
    "a pair of three": "torch.optim.Adam(p, betas=(0.9, 0.99, 0.999))",
    "a number for a pair": "torch.optim.Adam(p, betas=0.9)",
    "a negative rate": "torch.optim.Adam(p, lr=-1e-3)",
    "parameters that are a number": "torch.optim.Adam(1e-3)",
    "a group that is no number": "{'lr': {'a': 1}, 'momentum': 0}",
    # characters
    "a Cyrillic letter": "torch.optim.\u0410dam(p)",
    "letters of full width": "torch.optim.\uff21\uff44\uff41\uff4d(p)",
    "digits of full width": "torch.optim.Adam(p, lr=\uff11)",
    "a minus sign of its own": "torch.optim.Adam(p, lr=1e\u22123)",
    "curly quotes": "{\u201cname\u201d: \u201cSGD\u201d}",
    "text that runs backwards": "torch.optim.Adam(p, lr=1\u202e)",
    "half of a surrogate pair": "torch.optim.Adam(p, lr='\ud800')",
    "a zero": "torch.optim.Adam(p)\x00",
    "a bell": "torch.optim.Adam(p, lr='\x07', betas=1)",
    "a backslash": r"torch.optim.Adam(p, lr='\d')",
    "a terminal's escape": "torch.optim.\x1b[31mAdam(p)",
    # nothing, or nothing known
    "nothing": "",
    "white space": " \n\t ",
    "a comment": "# torch.optim.Adam(p)",
    "a word": "Adam",
    "a number": "1e-3",
    "a sentence": "please port my optimizer",
    "half a call": "torch.optim.Adam(p, lr=1e-3",
    "another library's": "haiku.optim.adam(1e-3)",
    "a class of nobody": "torch.optim.Adan(p)",
    "an argument of nobody": "torch.optim.Adam(p, learning_rate=1e-3)",
    "an argument twice": "torch.optim.Adam(p, 1e-3, lr=1e-3)",
    "a scheduler by itself": "torch.optim.lr_scheduler.StepLR(o, 30)",
    "two clips": "keras.optimizers.SGD(0.1, clipnorm=1.0, clipvalue=1.0)",
}

# The optimizer is read, and its schedule is not.
HALF = {
    "a schedule's lambda": f"torch.optim.SGD(p, 0.1); torch.optim.lr_scheduler.LambdaLR(o, lambda k: {TOUCH})",
    "steps of 1,900 digits": "torch.optim.SGD(p, 0.1); StepLR(o, " + "9" * 1800 + ".5)",
}


@pytest.fixture
def unharmed(tmp_path, monkeypatch):
    """A folder to work in, with a module that leaves a trace when it is imported; afterwards there is no trace."""
    (tmp_path / "canary_module.py").write_text("open('canary', 'w').close()")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    assert not (tmp_path / "canary").exists()
    assert "canary_module" not in sys.modules


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_it_is_refused_in_a_line_and_not_run(unharmed, capsys, text):
    with pytest.raises(BadInput) as refused:
        read(text)
    line = str(refused.value)
    assert line.isprintable()
    assert 0 < len(line) <= 300
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_command_ends_with_2_and_a_line(unharmed, monkeypatch, capsys, text):
    code, out, lines = command_line(monkeypatch, capsys, "port", "--to", "tf", "--no-proof", "--", text)
    assert (code, out, len(lines)) == (2, "", 1)
    assert lines[0].startswith("triptych: ")


@pytest.mark.parametrize("text", HALF.values(), ids=HALF)
def test_what_is_no_schedule_is_named_and_not_run(unharmed, text):
    [gap] = read_source(text).gaps
    assert gap.message.isprintable()
    assert len(gap.message) <= 300


NO_SCHEDULERS = {name: text for name, text in HOSTILE.items() if text and name != "a scheduler by itself"}


@pytest.mark.parametrize("text", NO_SCHEDULERS.values(), ids=NO_SCHEDULERS)
def test_as_a_scheduler_it_is_refused_too(unharmed, text):
    with pytest.raises(BadInput):
        read("torch.optim.SGD(p, 0.1)", text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_as_a_file_it_is_not_run(unharmed, text):
    path = unharmed / "train.py"
    path.write_text(f"import torch, keras\n{text}\n", encoding="utf-8", errors="surrogatepass")
    with suppress(BadInput):
        for one in calls_in(path, "tf"):
            assert "\n" not in one.source + one.problem
