"""The page's parts: what is packed and drawn loses nothing that shows, and what is said is what the frames have."""

import base64
import json
import math
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape
from synthetic import a_comparison, a_curve, a_full_history, a_history, a_task

from comparisons import api
from comparisons.cli import triptych
from comparisons.frameworks import FRAMEWORKS
from comparisons.names import DTYPES, LEVELS
from comparisons.report import axes, drawing, numbers, page, story, tables, words
from comparisons.report.builder import Builder
from comparisons.report.lookups import Lookups
from comparisons.report.values import EARLIER, Values, summary
from comparisons.report.view import anchor
from comparisons.results import terminal
from comparisons.training.cells import Failure


def unpacked(letters, size, index):
    """What the script does with the letters, in Python: the text, and the curves."""
    whole = zlib.decompress(base64.b85decode(letters.replace(",", "<"))[:size])
    length = int.from_bytes(whole[:4], "little")
    planes, curves = np.frombuffer(whole[4 + length :], np.uint8), []
    counts = {size: sum(count for count, other, _ in index if other == size) for size in (4, 8)}
    starts, offsets = {4: 0, 8: 4 * counts[4]}, {4: 0, 8: 0}
    for count, size, predictor in index:
        rows = starts[size] + np.arange(size)[:, None] * counts[size] + offsets[size] + np.arange(count)
        offsets[size] += count
        folded = planes[rows].T.copy().view(f"<u{size}").ravel()
        differences = ((folded >> 1) ^ -(folded & 1)).view(f"<i{size}")
        if predictor == EARLIER:
            bits = np.cumsum(differences, dtype=differences.dtype)
        else:
            with np.errstate(over="ignore"):
                bits = differences + curves[predictor].astype(f"<f{size}").view(f"<i{size}")
        curves.append(bits.view(f"<f{size}"))
    return whole[4 : 4 + length].decode(), curves


FLOATS = st.floats(width=32) | st.floats()


@given(st.lists(st.tuples(st.sampled_from(["f4", "f8"]), st.lists(FLOATS, min_size=1, max_size=9)), max_size=6))
def test_every_bit_of_a_curve_is_packed(curves):
    values, places = Values(), []
    with np.errstate(over="ignore"):
        arrays = [np.array(numbers, dtype="f8").astype(dtype) for dtype, numbers in curves]
    for curve in arrays:
        places.append(values.put(curve, near=list(places)))
    text, found = unpacked(*values.packed("α, β"), values.index) if arrays else ("α, β", [])
    assert text == "α, β"
    assert [found[place].tobytes() for place in places] == [curve.tobytes() for curve in arrays]


def test_equal_curves_are_kept_once_and_near_ones_are_small():
    values, curve = Values(), np.random.default_rng(0).normal(size=1000)
    first = values.put(curve)
    assert values.put(curve.copy()) == first
    alone = values.packed("")[1]
    values.put(np.nextafter(curve, np.inf), near=[first])
    values.put(curve.astype("f4"), near=[first])
    assert values.index[1:] == [(1000, 8, 0), (1000, 4, 0)]
    assert values.packed("")[1] < alone + 500  # of 12,000 bytes: the signs of 1,000 differences of one, at random


def test_many_seeds_are_three_curves():
    losses = np.arange(101.0)[:, None] + np.zeros(3)
    losses[100] = np.nan
    assert [list(curve) for curve in summary(losses, 5)] == [[5.0] * 3, [50.0] * 3, [95.0] * 3]
    assert len(summary(losses[:5], 5)) == 5


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400), st.integers(1, 40))
def test_thinning_keeps_the_extremes_of_each_stretch(numbers, bins):
    values = np.array(numbers)
    steps, kept = drawing.thinned(np.arange(len(values)), values, bins)
    assert (kept == values[steps]).all()
    assert len(kept) <= 2 * bins + 2
    edges = np.linspace(0, len(values), bins + 1).astype(int)
    for a, b in pairwise(edges):
        inside = kept[(steps >= a) & (steps < b)]
        if len(inside):
            assert (inside.min(), inside.max()) == (values[a:b].min(), values[a:b].max())
        else:
            assert a == b


def test_a_curve_ends_where_it_is_no_longer_finite():
    steps, kept = drawing.thinned(np.arange(4), np.array([1.0, 2.0, np.inf, 1.0]), 2)
    assert (list(steps), list(kept)) == ([0, 1], [1.0, 2.0])
    assert drawing.path(steps[:0], kept[:0]) == ""


def test_a_path_is_written_in_few_letters():
    x, y = np.array([0, 5, 10, 15.4, 20]), np.array([10, 7, 7, 7.2, -1])
    assert drawing.path(x, y) == "M0 10l5-3 10 0 5-8"
    assert drawing.path(x[:1], y[:1]) == "M0 10h0"
    slope, turn = np.array([0, 2, 4, 6, 5]), np.array([0, 3, 6, 9, 7.5])
    assert drawing.path(slope, turn) == "M0 0l6 9-1-1"


@pytest.mark.parametrize(
    ("values", "scale", "labels", "beyond"),
    [
        ([1e-3, 10.0], "log", ["0.001", "0.01", "0.1", "1", "10"], ""),
        ([1e-30, 1.0], "log", ["10⁻³⁰", "10⁻²⁰", "10⁻¹⁰", "1"], ""),
        ([2.0, 19.0], "linear", ["5", "10", "15", "20"], ""),
        ([0.26, 0.34], "linear", ["0.26", "0.28", "0.30", "0.32", "0.34"], ""),
        ([2.3, 2.3000005], "linear", ["0", "+2e−7", "+4e−7"], "2.3"),
        ([-5.0, 5.0], "linear", ["−5", "0", "5"], ""),
        ([0.0, 0.0], "linear", None, ""),
        ([math.inf, math.nan], "linear", None, ""),
    ],
)
def test_axes(values, scale, labels, beyond):
    found = axes.axes_for([np.array(values)])
    usual, axis = next(iter(found.items()))
    assert (usual, axis.beyond) == (scale, beyond)
    assert labels is None or [label for _, label in axis.ticks] == labels
    assert all(axis.low <= at <= axis.high for at, _ in axis.ticks)
    finite = [value for value in values if math.isfinite(value)]
    assert ("log" in found) == (max(finite, default=0) > 0 and min(finite) >= 0)


@pytest.mark.parametrize(
    ("value", "short", "said"),
    [
        (0.0, "0", "0"),
        (1.3e-16, "1e-16", "1.3 × 10⁻¹⁶"),
        (4.2e-7, "4e-7", "4.2 × 10⁻⁷"),
        (0.137, "0.14", "0.14"),
        (3412.0, "3e3", "3,400"),
    ],
)
def test_numbers(value, short, said):
    assert (numbers.short_gap(value), numbers.power(value)) == (short, said)


def a_row(**fields):
    usual = {"source": "torch", "framework": "tf", "status": "ok", "verdict": "numbers", "astray": ""}
    return usual | {"max_scaled_gap": 0.5, "rounding_gap": 1e-14, "first_bad_step": -1} | fields


def a_part(factor, source, target, final, whole):
    return {
        "factor": factor,
        "source_value": source,
        "framework_value": target,
        "final": final,
        "curve": final / 2,
        "measured_final": whole,
        "measured_curve": whole / 2,
    }


def test_a_gap_in_words():
    parts = [
        a_part("learning_rate", "0.01", "0.001", 2.25, 3.7),
        a_part("rho", "0.99", "0.9", 1.443, 3.7),
        a_part("epsilon", "1e-08", "1e-07", 0.007, 3.7),
        a_part("rounding", "", "", 0.0, 3.7),
    ]
    assert words.told(a_row(), parts) == (
        "Keras ends 3.7 decades above torch (5,000 times its loss): 61 % is learning rate (0.001, not 0.01), "
        "39 % is rho (0.9, not 0.99)."
    )
    against = [a_part("rho", "0.99", "0.9", 2.0, 0.5), a_part("epsilon", "1e-08", "1e-07", -1.5, 0.5)]
    assert words.told(a_row(), against).endswith("rho (0.9, not 0.99) makes +2, epsilon (1e-07, not 1e-08) makes −1.5.")
    assert words.told(a_row(verdict="identical"), []) == "Keras equals torch to the last bit."
    assert words.told(a_row(verdict="rounding", max_scaled_gap=2e-16), []) == (
        "Keras is within 2.0 × 10⁻¹⁶ of torch: rounding, which could make 1.0 × 10⁻¹⁴."
    )
    diverged = a_row(verdict="diverged", status="diverged", first_bad_step=7)
    assert words.told(diverged, []) == "Keras diverges at step 7."
    assert words.told(a_row(status="failed", verdict=None), []) == "Keras has no curve: its training failed."
    astray = a_row(verdict="unexplained", astray="tf")
    assert words.told(astray, []) == (
        "Keras lies 0.5 of the largest loss from torch: neither the formulas nor rounding make the gap: look here "
        "first (Keras)."
    )


class Tags(HTMLParser):
    """What is opened and closed, and the words."""

    VOID = frozenset({"meta", "input", "path", "use", "rect", "circle", "link", "br", "img"})
    ENDED = MappingProxyType({"td": ("td",), "tr": ("td", "tr"), "tbody": ("td", "tr")})  # what another begins or ends

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.wrong, self.words = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.ids += [value for name, value in attributes if name == "id"]
        self.end_of_others(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def end_of_others(self, tag):
        while self.open and self.open[-1] in self.ENDED.get(tag, ()):
            self.open.pop()

    def handle_startendtag(self, tag, attributes):
        self.ids += [value for name, value in attributes if name == "id"]

    def handle_endtag(self, tag):
        if self.open[-1:] != [tag]:
            self.end_of_others(tag)
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.words.append(data)


def failing(cell, steps, seeds):
    if cell.framework == "tf" and cell.optimizer == "adam":
        return Failure(reason="no <luck>")
    if cell.optimizer == "momentum":
        return a_history(np.full((seeds, steps), math.inf))
    return a_full_history(cell, steps, seeds)


@pytest.mark.parametrize("seeds", [1, 3, 12])
def test_the_page_is_whole(seeds):
    comparison = a_comparison(a_task(recipes=("sgd", "momentum", "adam")), outcome=failing, seeds=seeds)
    text = page(comparison)
    tags = Tags(text)
    assert (tags.open, tags.wrong) == ([], [])
    assert len(tags.ids) == len(set(tags.ids))
    found = " ".join(tags.words)
    assert "no <luck>" in found
    assert "diverge" in found
    assert set(re.findall(r'href="#([pamt]\w+)"', text)) <= set(tags.ids)


def test_a_page_without_any_curve():
    comparison = a_comparison(outcome=lambda *_: Failure(reason="no luck"))
    assert "no luck" in page(comparison)


@pytest.mark.parametrize("trained", [0, 1, 3, 7])
def test_what_was_interrupted_is_shown_as_far_as_it_came(trained):
    whole = a_comparison(a_task(recipes=("sgd", "adam")), interrupted=True)
    outcomes = dict(list(whole.outcomes.items())[:trained])  # the runs that judge gaps come last
    text = page(replace(whole, outcomes=outcomes))
    assert "cells were not trained" in text
    assert ("nothing judged it" in text) == (trained > 1)  # that takes two curves


def test_a_run_of_one_dtype_is_shown_in_that():
    whole = a_comparison(seeds=2)
    for dtype in DTYPES:
        text = page(replace(whole, cells=tuple(cell for cell in whole.cells if cell.dtype == dtype)))
        assert f"what is shown is {dtype}" in text


def test_one_framework_has_nothing_to_compare():
    assert "nothing to compare" in page(a_comparison(frameworks=("numpy",)))


def test_the_same_page_each_time():
    one, other = (re.sub(r"[-\d]+ [:\d]+ UTC", "", page(a_comparison())) for _ in range(2))
    assert one == other


def test_nothing_of_another_page_is_asked_for():
    text = page(a_comparison(outcome=a_full_history))
    assert not re.search(r"(src|href|action|url)\s*[=(]\s*['\"]?(https?:|//|file:)", text)
    assert "default-src 'none'" in text
    assert " style=" not in re.sub(r"<(style|script).*?</\1>", "", text, flags=re.S)


def test_findings_begin_with_what_nothing_explains():
    comparison = a_comparison(a_task(recipes=("sgd", "adam")), outcome=a_curve)
    tasks = Builder(Lookups(comparison)).tasks()
    first, *_ = story.findings(comparison, tasks)
    assert "neither the formulas nor rounding" in first.told
    assert first.anchor in {panel.anchor for panel in tasks[0].recipes[0].panels}


def test_every_optimizer_that_differs_is_named():
    names = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"]
    comparison = a_comparison(a_task(recipes=names), outcome=a_curve)
    assert "nesterov (unexplained) and 3 more" in " ".join(comparison.conclusion())
    lines, text = comparison.conclusion(everything=True), page(comparison)
    assert [name for name in names if f"{name} (unexplained)" not in " ".join(lines)] == []
    assert all(f"<p>{escape(line)}</p>" in text for line in comparison.conclusion())
    table = text[text.index("Every optimizer that differs") : text.index("</details>")]
    assert table.count(" unexplained</div>") == len(names) * 3
    assert sorted(re.findall(r"<bdi>(.*?)</bdi>", table)) == sorted(names)


def test_the_ladder_shows_the_largest_gap():
    comparison = a_comparison(a_task(recipes=("sgd",)), outcome=a_curve)
    [recipe] = Builder(Lookups(comparison)).tasks()[0].recipes
    assert [(rung.size, rung.verdict, rung.shade) for rung in story.ladder(recipe)] == [("1e-6", "unexplained", 3)] * 3


def test_the_table_has_the_numbers_of_the_frame():
    comparison = a_comparison(a_task(recipes=("sgd", "adam")), outcome=a_curve)
    builder = Builder(Lookups(comparison))
    headings, rows = tables.gap_table(builder.of, builder.tasks())
    gaps = comparison.gaps()
    for column, dtype in ((6, "float32"), (7, "float64")):
        assert headings[column] == f"gap {dtype}"
        assert [row[column].full for row in rows] == gaps[gaps["dtype"] == dtype]["max_scaled_gap"].to_list()
    assert len(rows) == len(gaps) / 2
    assert {row[3].text for row in rows} == {words.title(name) for name in FRAMEWORKS if name != "torch"}


@pytest.mark.parametrize("seeds", [1, 3])
def test_the_table_has_the_texts_of_the_terminal(seeds):
    """To the digit, and so have the CSVs, which have all of them."""
    comparison = a_comparison(a_task(recipes=("sgd", "momentum", "adam")), outcome=failing, seeds=seeds)
    builder = Builder(Lookups(comparison))
    _, rows = tables.gap_table(builder.of, builder.tasks())
    found = {}
    for _, optimizer, level, framework, loss, _, *gaps, _, _ in rows:
        texts = [one.text.replace(" *", "*") for one in gaps]
        found[level.text, optimizer.text, framework.text] = loss.text, texts
    [(_, table, _)] = terminal.tables(comparison, everything=True)
    columns = [list(column.cells) for column in table.columns]
    level, compared = "", 0
    for cells in zip(*columns, strict=True):
        first = str(cells[0])
        if first in LEVELS:
            level = first
            continue
        for place, name in ((1, "numpy"), (3, "tf")):
            loss, gaps = found[level, first.strip(), words.title(name)]
            assert loss == cells[place]
            assert gaps == str(cells[4 if name == "numpy" else 5]).split("\n")[0].split()
            compared += 1
    assert compared == len(rows)


def test_a_waterfall_runs_from_the_one_to_the_other():
    gap = replace_parts([a_part("rho", "0.99", "0.9", 3.0, 2.0), a_part("rounding", "", "", -1.0, 2.0)])
    assert tables.waterfall(gap) == [
        ("rho", "0.99 → 0.9", 0.0, 100.0, "+3.000", 3.0),
        ("rounding", "", 100.0, 66.7, "−1.000", -1.0),
    ]


def replace_parts(parts):
    comparison = a_comparison(a_task(recipes=("sgd",)))
    gap = Builder(Lookups(comparison)).tasks()[0].recipes[0].panels[0].gaps[0]
    return replace(gap, parts=parts)


def test_the_command_makes_the_page_anew(tmp_path, monkeypatch):
    run = api.run("bowl", optimizers=["sgd"], frameworks=["numpy"], steps=3, out=tmp_path)
    (tmp_path / "report.html").unlink(missing_ok=True)
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    done = CliRunner().invoke(triptych, ["report", str(tmp_path), "--open"])
    assert (done.exit_code, done.output) == (0, f"The page is {tmp_path / 'report.html'}\n")
    assert (tmp_path / "report.html").read_text() == page(run)
    assert opened == [(tmp_path / "report.html").as_uri()]


def test_the_command_says_where_nothing_was_run(tmp_path):
    done = CliRunner().invoke(triptych, ["report", str(tmp_path)])
    assert done.exit_code == 2
    assert "there is no run.db" in done.stderr


def test_anchors_are_what_the_script_makes_of_the_names():
    assert anchor("a b", "c/d?#%", "(e)!") == "a%20b/c%2Fd%3F%23%25/(e)!"


def test_data_is_json_that_a_browser_reads():
    comparison = a_comparison(outcome=lambda cell, steps, seeds: a_history(np.full((seeds, steps), np.nan)))
    text = page(comparison)
    letters, size = re.search(r'data-bytes="(\d+)">([^<]*)<', text).groups()[::-1]
    whole = zlib.decompress(base64.b85decode(letters.replace(",", "<"))[: int(size)])
    found = json.loads(whole[4 : 4 + int.from_bytes(whole[:4], "little")], parse_constant=pytest.fail)
    assert found["dtypes"] == ["float64", "float32"]
