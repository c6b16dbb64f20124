"""The page in a real browser: what it asks for, shows and does. Where there is no Chromium these are skipped."""

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from synthetic import a_comparison, a_full_history, a_task

import comparisons
from comparisons.analysis.frame import KEY
from comparisons.frameworks.trainings import code
from comparisons.names import LEVELS
from comparisons.report import page as html_of
from comparisons.report import words

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script></style>",
    "שלום (right to left)",
    "f=1+1|'cmd'!A1",
    "a(b)/c?d#e%41&amp;",
)


@pytest.fixture(scope="module")
def comparison():
    """A real run: a task with ways and one with accuracies, in two frameworks."""
    tasks = ("bowl", "two-layer-net")
    return comparisons.run(*tasks, optimizers=["adam", "rmsprop"], frameworks=["numpy", "torch"], steps=30)


@pytest.fixture(scope="module")
def file(comparison, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html_of(comparison), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The page of a task whose title and recipes have names that are code elsewhere."""
    recipe = a_task().recipes[0]
    task = replace(a_task(), title=HOSTILE[0], recipes=tuple(replace(recipe, label=name) for name in HOSTILE))
    path = tmp_path_factory.mktemp("hostile") / "report.html"
    path.write_text(html_of(a_comparison(task, outcome=a_full_history)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture
def opened(browser, file):
    """Open the page at an address within it, without a network; it must not complain, nor ask for anything else."""
    contexts, complaints, asked, given = [], [], [], set()

    def show(at="", path=file, scripts=True, **options):
        context = browser.new_context(offline=True, java_script_enabled=scripts, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        given.add(path.as_uri())
        page.goto(path.as_uri() + at)
        if scripts:
            page.wait_for_selector("html[data-ready]")
        return page

    yield show
    for context in contexts:
        context.close()
    assert complaints == []
    assert {url.partition("#")[0] for url in asked} == given


def values_at(page):
    """What the tip says: framework to the number."""
    return {row[1]: float(row[2]) for row in rows_of(page, "#tip tr")}


def rows_of(page, rows):
    return page.eval_on_selector_all(rows, "rows => rows.map((row) => [...row.cells].map((cell) => cell.textContent))")


def hover(page, panel, step, steps):
    """Move the pointer to a step of a panel."""
    chart = page.locator(f'[id="{panel}"] .chart svg').first
    chart.scroll_into_view_if_needed()
    box, layout = chart.bounding_box(), page.evaluate("layout")
    unit = box["width"] / layout["width"]
    x = box["x"] + unit * (layout["left"] + layout["plot"] * step / (steps - 1))
    page.mouse.move(x, box["y"] + box["height"] / 2)
    page.wait_for_selector("#tip:not([hidden])")


def losses(comparison, **key):
    frame = comparison.aligned()
    for name, value in key.items():
        frame = frame[frame[name] == value]
    return frame.set_index("step")


@pytest.mark.parametrize("dtype", ["float64", pytest.param("float32", marks=pytest.mark.full)])
def test_hover_reads_the_numbers_of_the_csv(opened, comparison, dtype):
    page = opened(f"#two-layer-net/rmsprop/as-written?dtype={dtype}", viewport={"width": 1400, "height": 900})
    for level in LEVELS:
        expected = losses(comparison, task="two-layer-net", optimizer="rmsprop", level=level, dtype=dtype)
        for step in (0, 7, 29):
            hover(page, f"two-layer-net/rmsprop/{level}", step, 30)
            assert page.inner_text("#tip b") == f"step {step} · {dtype}"
            found = {words.title(name): expected[name][step] for name in comparison.frameworks}
            assert values_at(page) == found


def check_every_value(page, comparison):
    """All that is packed in the page is what the frame has, to the bit."""
    unpacked = page.evaluate(
        "Object.entries(data.panels).flatMap(([panel, { curves }]) => Object.entries(curves).flatMap(([dtype, of]) =>"
        "Object.entries(of).map(([column, [place]]) => [panel, dtype, column, [...curve(place)].map(String)])))"
    )
    assert len(unpacked) == len(comparison.cells)
    expected = dict(list(comparison.aligned().groupby(KEY, observed=True)))
    for panel, dtype, column, found in unpacked:
        values = expected[*panel.split("/"), dtype][comparison.frameworks[int(column)]]
        np.testing.assert_array_equal([float(value) for value in found], values)


def test_every_value_of_every_curve_is_unpacked_to_the_bit(opened, comparison):
    check_every_value(opened(), comparison)


def test_arrow_keys_read_the_same(opened, comparison):
    page = opened("#bowl/adam/same-rule")
    page.locator('[id="bowl/adam/same-rule"] .chart').focus()
    for key in ("ArrowRight", "ArrowRight", "End", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.inner_text("#tip b") == "step 28 · float64"
    expected = losses(comparison, task="bowl", optimizer="adam", level="same-rule", dtype="float64").loc[28]
    assert values_at(page) == {words.title(name): expected[name] for name in comparison.frameworks}
    page.keyboard.press("Escape")
    assert page.is_hidden("#tip")


def test_the_policy_refuses_what_is_not_the_page(browser, file):
    page = browser.new_page()
    page.goto(file.as_uri())
    page.evaluate(
        """window.refused = [];
        addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective));
        document.body.setAttribute("style", "color: red");
        document.body.append(Object.assign(document.createElement("script"), { textContent: "window.ran = 1" }));
        document.body.append(Object.assign(new Image(), { src: "https://example.org/x.png" }));
        fetch("https://example.org/").catch(() => 0);"""
    )
    page.wait_for_function("refused.length === 4")
    refused = ["connect-src", "img-src", "script-src-elem", "style-src-attr"]
    assert (sorted(page.evaluate("refused")), page.evaluate("window.ran")) == (refused, None)
    page.close()


def test_a_legend_entry_hides_its_framework(opened):
    page = opened("#bowl/rmsprop/as-written")
    curve = '[id="bowl/rmsprop/as-written"] .losses .f1'
    assert page.is_visible(curve)
    page.click(".legend .f1")
    assert page.is_hidden(curve)
    assert page.get_attribute(".legend .f1", "aria-pressed") == "false"
    hover(page, "bowl/rmsprop/as-written", 3, 30)
    assert list(values_at(page)) == ["NumPy"]
    assert page.url.endswith("#bowl/rmsprop/as-written?hide=1")
    page.click(".legend .f1")
    assert page.is_visible(curve)


def test_axis_and_dtype_draw_anew(opened):
    page = opened("#bowl/rmsprop/as-written")
    recipe = page.locator('[id="bowl/rmsprop"]')

    def drawn():
        path = recipe.locator(".losses .f0 path").first.get_attribute("d")
        return path, recipe.locator(".ticks").first.text_content()

    seen = [drawn()]
    for name, choice in (("#axis", "linear"), ("#axis", "log"), ("#dtype", "float32")):
        page.select_option(name, choice)
        seen.append(drawn())
    (_, log), (_, linear), (_, again), _ = seen
    assert log == again != linear
    assert seen[0] == seen[2] != seen[1]
    assert page.url.endswith("?dtype=float32&axis=log")


def test_a_deep_link_opens_its_view_and_back_returns(opened):
    page = opened("#bowl/adam/same-numbers?dtype=float32&axis=linear")
    panel = '[id="bowl/adam/same-numbers"]'
    assert page.is_visible(panel)
    assert "chosen" in page.get_attribute(panel, "class")
    assert (page.input_value("#dtype"), page.input_value("#axis")) == ("float32", "linear")
    page.click('.ladder a[href="#two-layer-net/rmsprop/same-rule"]')
    page.wait_for_selector('[id="two-layer-net/rmsprop/same-rule"].chosen')
    assert page.url.endswith("#two-layer-net/rmsprop/same-rule?dtype=float32&axis=linear")
    assert page.locator('[id="two-layer-net/rmsprop"]').bounding_box()["y"] < page.viewport_size["height"]
    page.go_back()
    page.wait_for_selector(f"{panel}.chosen")
    assert page.locator(".chosen").count() == 1
    page.go_forward()
    page.wait_for_selector('[id="two-layer-net/rmsprop/same-rule"].chosen')


def test_the_ladder_and_the_table_say_the_same_as_the_frames(opened, comparison):
    page = opened()
    gaps = comparison.gaps()
    fine = gaps[gaps["dtype"] == "float64"]
    assert len(rows_of(page, "#gap-table tbody tr")) == len(fine)
    titles = page.eval_on_selector_all(
        "#gap-table tbody tr", "rows => rows.map((row) => [4, 5, 7].map((column) => row.cells[column].title))"
    )
    numbers = fine[["final_loss", "source_final_loss", "max_scaled_gap"]].to_numpy().tolist()
    assert [[float(title) for title in row] for row in titles] == numbers
    assert page.locator(".ladder td a").count() == len(fine)


def test_the_table_sorts_and_filters(opened):
    page = opened()
    page.click("#gap-table th:nth-child(5) button")
    rows = page.eval_on_selector_all("#gap-table tbody tr", "rows => rows.map((row) => Number(row.cells[4].title))")
    assert rows == sorted(rows)
    page.click("#gap-table th:nth-child(5) button")
    assert page.get_attribute("#gap-table th:nth-child(5)", "aria-sort") == "descending"
    page.fill("#filter", "ADAM same-rule")
    shown = rows_of(page, "#gap-table tbody tr:not([hidden])")
    assert {(row[1], row[2]) for row in shown} == {("adam", "same-rule")}
    assert page.inner_text("#count") == f"{len(shown)} of {len(rows)} rows"
    page.click("#gap-table tbody tr:not([hidden]) a")
    page.wait_for_selector(".panel.chosen")


def test_the_slider_moves_along_the_way(opened, comparison):
    page = opened("#bowl/rmsprop/as-written")
    way = page.locator('[id="bowl/rmsprop/as-written"] .way').first
    start = page.locator('[id="bowl/rmsprop"] .start').first
    page.locator('[id="bowl/rmsprop"] .slide input').fill("0")
    corner = [float(start.get_attribute(name)) for name in "xy"]
    spot = [float(way.locator("circle").get_attribute(name)) for name in ("cx", "cy")]
    assert spot == [value + 6 for value in corner]
    page.locator('[id="bowl/rmsprop"] .slide input').fill("20")
    paths = comparison.paths()
    here = paths[(paths["optimizer"] == "rmsprop") & (paths["level"] == "as-written") & (paths["dtype"] == "float64")]
    x0, x1 = here[(here["framework"] == "numpy") & (here["step"] == 20)][["x0", "x1"]].to_numpy()[0]
    spot = [float(way.locator("circle").get_attribute(name)) for name in ("cx", "cy")]
    # The map is 400 units wide and reaches 1.25 * 2 from the optimum at (1, 2).
    assert spot == [pytest.approx(200 + 80 * (x0 - 1), abs=0.51), pytest.approx(200 - 80 * (x1 - 2), abs=0.51)]


def test_calls_are_copied(opened, comparison):
    page = opened("#bowl/adam", permissions=["clipboard-read", "clipboard-write"])
    page.locator('[id="bowl/adam"] .calls > summary').click()
    page.locator('[id="bowl/adam"] .copy').first.click()
    page.wait_for_selector(".copy:text('copied')")
    call = next(cell for cell in comparison.cells if (cell.task, cell.optimizer) == ("bowl", "adam"))
    assert page.evaluate("navigator.clipboard.readText()") == code(call.call)


def test_what_makes_a_gap_adds_up(opened, comparison):
    page = opened("#bowl/rmsprop/as-written")
    found = comparison.explanations()
    found = found[(found["dtype"] == "float64") & (found["task"] == "bowl") & (found["optimizer"] == "rmsprop")]
    bars = page.eval_on_selector_all(
        '[id="bowl/rmsprop"] .parts tr', "rows => rows.map((row) => Number(row.cells[1].title))"
    )
    assert bars
    final, curve = found["measured_final"].abs(), found["measured_curve"].abs()
    assert not ((final < 1e-3) & (curve >= 1e-3)).any()  # so the last loss is what is spoken of
    assert bars == found["final"].to_list()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.full)])
def test_no_serious_barrier(opened, scheme):
    page = opened(color_scheme=scheme)
    page.click("#all")
    page.eval_on_selector_all("details", "all => all.forEach((one) => (one.open = true))")
    found = Axe().run(page).response
    assert "color-contrast" in {one["id"] for one in found["passes"]}  # it did look
    barriers = (one for one in found["violations"] if one["impact"] in ("serious", "critical"))
    serious = [(one["id"], one["nodes"][0]["html"]) for one in barriers]
    assert serious == []


def test_hostile_names_are_text(opened, hostile):
    page = opened(path=hostile, viewport={"width": 360, "height": 800})
    assert page.inner_text(".task h3 small").startswith(HOSTILE[0])
    assert page.eval_on_selector_all(".recipe h4", "all => all.map((one) => one.textContent)") == list(HOSTILE)
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2
    for place, name in enumerate(HOSTILE):
        page.locator(".ladder tbody tr").nth(place).locator("a").first.click()
        page.wait_for_selector(".chosen")
        assert page.locator(".recipe:has(.chosen) h4").text_content() == name
        page.reload()
        page.wait_for_selector("html[data-ready]")
        assert page.locator(".recipe:has(.chosen) h4").text_content() == name
    page.fill("#filter", "right to left")
    page.click("#gap-table tbody tr:not([hidden]) a")
    page.wait_for_selector(".recipe:has(.chosen) h4:has-text('right to left')")
    hover(page, page.evaluate("document.querySelector('.chosen').id"), 1, 4)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def check_width(page, width):
    """Nothing reaches out of the page, whatever is open."""
    page.eval_on_selector_all("details", "all => all.forEach((one) => (one.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    outside = page.evaluate(
        """(width) => [...document.querySelectorAll("body *:not(.skip):not(.hid)")]
        .filter((one) => !one.closest(".scroll table, .chart svg, .map, .defs"))
        .map((one) => [one, one.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.right > width + 0.5 || box.left < -0.5))
        .map(([one]) => one.outerHTML.slice(0, 80))""",
        width,
    )
    assert outside == []


def test_on_a_phone_nothing_is_cut(opened):
    page = opened("#two-layer-net/adam/as-written", viewport={"width": 360, "height": 740})
    check_width(page, 360)
    hover(page, "two-layer-net/adam/as-written", 29, 30)
    box = page.locator("#tip").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360


def test_scripts_off_still_shows_curves_tables_and_calls(opened, comparison):
    page = opened("#bowl/rmsprop/as-written", scripts=False)
    panel = page.locator('[id="bowl/rmsprop/as-written"]')
    assert panel.is_visible()  # the browser itself opens what a fragment points into
    assert panel.locator(".losses path, .losses use").count() == len(comparison.frameworks)
    assert panel.locator(".told").count() == 1
    assert page.locator("#gap-table tbody tr").count() == page.locator(".ladder td a").count()
    assert page.locator("#bowl .calls pre").count() > 0
    assert page.is_hidden("div.tools")


@pytest.mark.parametrize("scripts", [pytest.param(True, marks=pytest.mark.full), False])
def test_everything_is_open_on_paper(opened, scripts):
    page = opened(scripts=scripts)
    assert page.is_hidden('[id="bowl/adam"] .panel')
    page.emulate_media(media="print")
    if scripts:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator('[id="bowl/adam"] .panel').first.is_visible()
    assert page.locator('[id="bowl/adam"] .calls pre').first.is_visible()
    assert page.is_hidden("div.tools")


def test_first_paint(opened, record_property):
    """Measured, not promised: a busy machine says nothing of the page."""
    page = opened()
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    record_property("first paint in milliseconds", paint)
    assert math.isfinite(paint)
    assert json.loads(page.evaluate("JSON.stringify(data.seeds)")) == [0]


@pytest.fixture(scope="module", params=[3, 12])
def seeds(request, tmp_path_factory):
    """How many, the page of that many seeds, and the comparison."""
    comparison = a_comparison(a_task(recipes=("sgd",), steps=6), seeds=request.param)
    path = tmp_path_factory.mktemp("seeds") / "report.html"
    path.write_text(html_of(comparison), encoding="utf-8")
    return request.param, path, comparison


def test_few_seeds_can_be_chosen_and_many_are_a_band(opened, seeds):
    count, path, comparison = seeds
    page = opened("#bowl/sgd/as-written", path=path)
    frame = losses(comparison, optimizer="sgd", level="as-written", dtype="float64").loc[2]
    hover(page, "bowl/sgd/as-written", 2, 6)
    if count == 3:
        assert page.locator("#seed option").all_inner_texts()[1:] == ["0", "1", "2"]
        page.select_option("#seed", label="1")
        hover(page, "bowl/sgd/as-written", 2, 6)
        assert page.inner_text("#tip b") == "step 2 · float64 · seed 1"
        expected = frame[frame["seed"] == 1]["numpy"].to_list()
        assert page.url.endswith("?seed=1")
    else:
        assert page.locator("#seed option").count() == 1
        assert page.inner_text("#tip b") == "step 2 · float64 · median"
        expected = sorted(frame["numpy"])[5:7]  # the median is one of the two in the middle
    assert page.locator('[id="bowl/sgd/as-written"] .losses .area').count() == (3 if count == 12 else 0)
    assert values_at(page)["NumPy"] in expected


@pytest.mark.full
def test_the_page_of_the_default_run(opened, tmp_path):
    comparison = comparisons.run()
    path = tmp_path / "report.html"
    path.write_text(html_of(comparison), encoding="utf-8")
    page = opened(path=path, viewport={"width": 360, "height": 740})
    check_every_value(page, comparison)
    check_width(page, 360)
