"""At 40, 80 and 120 columns no word is broken, and no line is longer than it must be."""

import re
from io import StringIO

import pytest
from click.testing import CliRunner
from rich.console import Console
from rich.table import Table
from rich.text import Text

from comparisons.cli import triptych
from comparisons.lessons.terminal import show
from comparisons.results.layout import RULED, print_table
from comparisons.results.width import folded

WIDTHS = [40, 80, 120]
COMMANDS = {
    "list": ["list"],
    "lessons": ["lessons"],
    "schedule": ["schedule", "StepLR(optimizer, 30)", "--lr", "0.1", "--to", "keras", "--steps", "100"],
    "port": ["port", "torch.optim.Adam(p, lr=3e-4, weight_decay=0.1)", "--to", "keras", "--no-proof"],
    "port of a training": [
        "port",
        "opt = torch.optim.AdamW([{'params': decay}, {'params': rest, 'weight_decay': 0}], lr=3e-4)\n"
        "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
        "--to",
        "keras",
        "--no-proof",
    ],
}


# The same of a run of NumPy alone.
OF_A_RUN = {
    "list of runs": ["list", "--runs", "{run}"],
    "results": ["results", "{run}"],
    "report": ["report", "{run}"],
    "diff": ["diff", "{run}", "{run}"],
}


def printed(asked, columns):
    return CliRunner().invoke(triptych, asked, env={"COLUMNS": columns}).stdout


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("asked", (COMMANDS | OF_A_RUN).values(), ids=COMMANDS | OF_A_RUN)
def test_no_command_breaks_a_word(asked, width, run):
    asked = [word.format(run=run) if word == "{run}" else word for word in asked]
    text = printed(asked, str(width))
    assert text
    assert set(text.split()) <= set(printed(asked, None).split())
    code = re.compile(r" {4,}(#|\S*[a-z_.]+\(|.*=|\S+: )")  # is to be pasted as it stands
    long = [line for line in text.splitlines() if len(line) > width and not code.match(line)]
    assert [line for line in long if len(line.split()) > 1] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_lesson_breaks_no_word_and_no_line_of_its_code(width):
    long = "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)  # a line that is wider than some terminals are"
    table = "| claim | measured | because |\n| --- | --- | --- |\n| 1 | 10.5 | hyperparameters.everywhere |\n"
    console = Console(file=StringIO(), width=width)
    show(console, f"# Title\n\nSome words.\n\n```python\n{long}\n```\n\n{table}\nMore words.\n")
    text = console.file.getvalue()
    assert f"    {long}\n" in text
    assert {"hyperparameters.everywhere", "measured", "Title", "More"} <= set(
        text.replace("measured:", "measured").split()
    )


def a_table(**columns):
    table = Table(box=RULED, padding=(0, 0, 0, 1), pad_edge=False)
    table.add_column()
    table.add_column("final\nloss", justify="right", no_wrap=True)
    table.add_column("what it is", **columns)
    table.add_section()
    table.add_row("a section")
    table.add_row(" epsilon_position", "2.9e-13", Text("where epsilon stands: outside-root, not inside-root"))
    table.add_row(" initial_accumulator", "≤ 1.0e+00", "what the squares begin with")
    return table


def shown(table, width):
    console = Console(file=StringIO(), width=width)
    print_table(console, table)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [20, *WIDTHS])
@pytest.mark.parametrize("columns", [{}, {"overflow": "fold"}, {"min_width": 12}])
def test_no_table_breaks_a_word_or_is_wider_than_the_terminal(columns, width):
    text = shown(a_table(**columns), width)
    assert max(map(len, text.splitlines())) <= width
    wide = shown(a_table(**columns), 200)
    words, all_words = ({word.rstrip(":") for word in some.split() if "─" not in word} for some in (text, wide))
    assert words == all_words


def test_a_table_that_does_not_fit_is_a_list_of_its_rows():
    assert [line.rstrip() for line in shown(a_table(), 30).splitlines()] == [
        "a section",
        " epsilon_position",
        "   final loss: 2.9e-13",
        "   what it is: where epsilon",
        "     stands: outside-root, not",
        "     inside-root",
        " initial_accumulator",
        "   final loss: ≤ 1.0e+00",
        "   what it is: what the",
        "     squares begin with",
    ]


def test_where_no_width_is_told_a_sentence_is_a_line(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    words = "word " * 100
    assert folded(words) == words
    monkeypatch.setenv("COLUMNS", "40")
    assert max(map(len, folded(words).splitlines())) <= 40
