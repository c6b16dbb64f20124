"""Every claim of every lesson holds here, and fails where the two sides are made equal."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from nbclient import NotebookClient

from comparisons.analysis.lessons import LESSONS, lesson_of, pointer
from comparisons.cli import triptych
from comparisons.lessons.glossary import WORDS, anchor, explained, glossary, linked, spelled
from comparisons.lessons.lesson import Change, Claim, Lesson
from comparisons.lessons.page import Page, page
from comparisons.lessons.registry import lessons
from comparisons.lessons.running import measured
from comparisons.lessons.writing import document, path
from comparisons.training.workers import Workers

KNOWN = lessons()
# One of each kind for every day: curves, bars; of two frameworks, of three. The others are for the full tests.
SAMPLE = ("adam-epsilon", "mean-sum-half", "keras-float64")
ALL = [name if name in SAMPLE else pytest.param(name, marks=pytest.mark.full) for name in KNOWN]
NUMBER = re.compile(r"(?<![\w.-])\d")  # float32 and L2 are words
MOST_WORDS = 25
# What a first book on deep learning may leave out, as words begin: in a lesson the glossary has to explain it.
BEYOND_A_BOOK = re.compile(
    r"(?<![\w-])(?:accumulator|autograd|biased|callback|central|chaotic|clip|coupled|dampening|decade|decoupled"
    r"|denormal|drop-in|dtype|eager|embedding|folding|graph|hook|lion|logit|mask|micro|mixed|nadam"
    r"|nesterov|precision|recipe|replica|rewriting|rprop|same-rule|same-numbers|schedule|teacher|token"
    r"|traced|ulp|unscal|velocit|warm)",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def workers():
    found = Workers()
    yield found
    found.close()


@pytest.fixture(scope="module")
def pages(workers) -> dict[tuple[str, tuple[Change, ...]], Page]:
    """What each lesson comes to with its code changed, measured once."""

    class Measured(dict):
        def __missing__(self, key):
            name, changes = key
            self[key] = page(name, KNOWN[name], measured(KNOWN[name], workers, changes))
            return self[key]

    return Measured()


@pytest.mark.parametrize("name", ALL)
def test_the_claims_hold(name, pages):
    shown = pages[name, ()]
    assert [shown.says(claim.says) for claim, holds in shown.claims() if not holds] == []


@pytest.mark.parametrize("name", ALL)
def test_each_claim_fails_where_the_sides_are_made_equal(name, pages):
    lesson = KNOWN[name]
    for claim in lesson.claims:
        changes = claim.equal or lesson.equal
        assert changes, f"{claim.number} is made equal by nothing"
        assert not claim.holds(pages[name, changes].found.numbers), claim.number


@pytest.mark.parametrize("name", ALL)
def test_the_page_is_short_plain_and_whole(name, pages):
    shown = pages[name, ()]
    said = [shown.says(one) for one in (*(claim.says for claim in shown.lesson.claims), *shown.lesson.porting)]
    for sentence in re.split(r"(?<=[.?:;!]) ", " ".join([*said, shown.lesson.question])):
        assert len(sentence.split()) < MOST_WORDS, sentence
    assert shown.found.picture.title
    assert shown.picture().startswith(b"\x89PNG")
    assert json.loads(shown.as_json())["id"] == name
    assert f"(../glossary.md#{anchor('epsilon')})" in linked("about epsilon", "../glossary.md")
    assert "<img" in shown._repr_html_()


@pytest.mark.parametrize("name", KNOWN)
def test_no_number_is_typed_by_hand(name):
    lesson = KNOWN[name]
    for sentence in (lesson.title, lesson.question, *lesson.porting, *(claim.says for claim in lesson.claims)):
        bare = re.sub(r"\{[^}]*\}|`[^`]*`", "", sentence)
        assert not NUMBER.search(bare), sentence
    assert all(claim.because for claim in lesson.claims)


@pytest.mark.parametrize("name", KNOWN)
def test_no_word_is_left_to_be_guessed(name):
    lesson = KNOWN[name]
    said = " ".join((lesson.title, lesson.question, *(claim.says for claim in lesson.claims), *lesson.porting))
    bare = re.sub(r"\{[^}]*\}|`[^`]*`", "", said)
    for word, ending in sorted(map(spelled, WORDS), key=lambda entry: -len(entry[0])):
        bare = re.sub(rf"(?<![\w-]){re.escape(word)}(?:{ending})?(?![\w-])", "", bare, flags=re.IGNORECASE)
    assert BEYOND_A_BOOK.findall(bare) == []


@pytest.mark.parametrize("name", KNOWN)
def test_each_script_prints_what_it_shows(name):
    for _, script in KNOWN[name].code.scripts():
        assert script.splitlines()[-1].startswith("print(")


@pytest.mark.full  # a process for each script
@pytest.mark.parametrize("name", KNOWN)
def test_the_code_runs_when_pasted(name, tmp_path):
    for _, script in KNOWN[name].code.scripts():
        command = [sys.executable, "-c", script]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
        assert ended.stdout.strip(), "it prints what it shows"


@pytest.mark.parametrize("name", [name for name, one in KNOWN.items() if one.command])
def test_the_command_to_go_on_with_can_be_typed(name):
    program, command, *arguments = shlex.split(KNOWN[name].command)
    assert program == "triptych"
    triptych.commands[command].make_context(command, list(arguments))  # or a UsageError
    if command == "port":
        found = CliRunner().invoke(triptych, [command, *arguments, "--no-proof"])
        assert found.exit_code == 0, found.output


@pytest.mark.full  # a kernel, and three frameworks in it
def test_a_lesson_shows_itself_in_a_notebook(tmp_path):
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import comparisons\ncomparisons.lesson('zero-grad')")]
    )
    done = NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    [shown] = done.cells[0].outputs
    assert "<h1>Gradients that add up</h1>" in shown.data["text/html"]
    assert "data:image/png;base64," in shown.data["text/html"]


def test_the_list_is_in_reading_order():
    found = CliRunner().invoke(triptych, ["lessons"])
    places = [found.output.index(f"  {name} ") for name in KNOWN]
    assert places == sorted(places)
    told = json.loads(CliRunner().invoke(triptych, ["lessons", "--json"]).output)
    assert [one["id"] for one in told["lessons"]] == list(KNOWN)


def test_a_mistyped_id_is_answered_with_the_nearest():
    found = CliRunner().invoke(triptych, ["lesson", "adam-epsilom"])
    assert found.exit_code == 2
    assert found.output == (
        "triptych: unknown lesson 'adam-epsilom'; did you mean 'adam-epsilon' or 'batchnorm-epsilon' or "
        "'rmsprop-epsilon'? triptych lessons lists all\n"
    )
    assert "unknown lesson 'qqq'; triptych lessons" in CliRunner().invoke(triptych, ["lesson", "qqq"]).output


def test_every_cause_has_a_lesson_that_is_there():
    assert set(LESSONS.values()) <= set(KNOWN)


def test_a_cause_is_looked_up_by_its_family_and_by_its_first_field():
    assert lesson_of("epsilon_position", "AdamW") == "adam-epsilon"
    assert lesson_of("epsilon_position [bias*]", "adam") == "adam-epsilon"
    assert lesson_of("chaotic", "sgd") == "chaos"
    assert lesson_of("epsilon1_position", "adafactor") is None
    assert pointer([("chaotic", ""), ("beta", ""), ("chaotic", "adam"), ("epsilon_position", "adam")]) == (
        "triptych lesson chaos (or adam-epsilon)"
    )
    assert pointer([("beta", "")]) == ""


def test_words_are_linked_where_they_first_stand():
    text = "# An ulp\n\nOne `ulp`, two ulps, three ulps; a rule.\n"
    assert linked(text, "g.md") == "# An ulp\n\nOne `ulp`, two [ulps](g.md#ulp), three ulps; a [rule](g.md#rule).\n"
    assert [word for word, _ in explained(text)] == ["rule", "ulp"]
    assert all(f"## {spelled(entry)[0]}\n" in glossary() for entry in WORDS)


def test_a_claim_that_is_not_finite_fails():
    claim = Claim(says="", number="x", between=(0, float("inf")), because="")
    assert not claim.holds({"x": float("nan")})


def test_code_that_is_not_there_cannot_be_changed():
    lesson: Lesson = KNOWN[SAMPLE[0]]
    with pytest.raises(ValueError, match="no script has 'nowhere'"):
        lesson.code.changed((("nowhere", ""),))


FIGURE = re.compile(r"-?\d+\.?\d*(?:e[-+]\d+)?")


def alike(written, made):
    """Whether two pages are the same but for what another processor makes of their numbers.

    There torch's roots (MKL) and TensorFlow's kernels round otherwise: what is less than 1e-6 is that alone, or none,
    and a share of elements that differ is another by a tenth. The numbers that are claimed have bounds of their own.
    """
    ours, theirs = (page.replace("|  |", "| 0 |") for page in (written, made))
    if FIGURE.sub("#", ours) != FIGURE.sub("#", theirs):
        return False
    pairs = zip(map(float, FIGURE.findall(ours)), map(float, FIGURE.findall(theirs)), strict=True)
    return all(abs(a - b) <= max(1e-6, 0.15 * max(abs(a), abs(b))) for a, b in pairs)


def test_pages_are_alike_where_only_rounding_differs():
    page = "| 41 |  | 6.437e-06 |\nAfter 20 steps 21% differ."
    assert alike(page, "| 41 | 1.192e-07 | 6.437e-06 |\nAfter 20 steps 23% differ.")
    assert not alike(page, "| 41 | 1.192e-05 | 6.437e-06 |\nAfter 20 steps 21% differ.")
    assert not alike(page, "| 41 |  | 6.437e-06 |\nAfter 20 steps 31% differ.")
    assert not alike(page, "| 41 |  | 6.437e-06 |\nAfter 20 steps 21% agree.")


@pytest.mark.full  # all lessons anew
def test_the_pages_of_the_docs_are_what_the_lessons_say(pages):
    docs = Path(__file__).parents[1] / "docs"
    for name in KNOWN:
        written = (docs / "lessons" / f"{name}.md").read_text()
        assert alike(written, document(pages[name, ()])), f"{name}: run `make lessons`"
        assert (docs / "lessons" / f"{name}.png").exists()
    assert (docs / "glossary.md").read_text() == glossary()
    assert (docs / "lessons" / "README.md").read_text() == path()
