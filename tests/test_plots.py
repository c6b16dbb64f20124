"""Pictures, from synthetic curves: what is drawn, what is said, and that drawing leaves everything else alone."""

from dataclasses import replace
from io import BytesIO
from itertools import combinations

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from synthetic import a_comparison, a_task

from comparisons import frameworks as known
from comparisons.analysis.gaps import scaled_gap
from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.column import column
from comparisons.names import DTYPES, BadInput
from comparisons.plots.axis import HUGE, ZERO_GAP, loss_axis
from comparisons.plots.corner import free_corner
from comparisons.plots.curves import Band, band
from comparisons.plots.panels import LEAST_GAP
from comparisons.plots.paper import plot_paper
from comparisons.plots.parting import plot_parting
from comparisons.plots.picture import EQUAL, Curves, arrange, sheets
from comparisons.plots.render import render
from comparisons.plots.schedule import plot_schedule
from comparisons.plots.style import STYLE
from comparisons.plots.sweep import plot_sweep
from comparisons.plots.task import plot_picture, plot_task
from comparisons.plots.waterfall import plot_waterfall
from comparisons.rules.recipe import Recipe
from comparisons.tasks import TASKS
from comparisons.training.cells import Panel
from comparisons.training.levels import runs

KEY = ["task", "optimizer", "level", "dtype", "framework", "seed", "step"]
LEVELS = tuple(EQUAL)


def short(name, recipes=1, **changes):
    """A shipped task with its first recipes only."""
    return replace(TASKS[name], recipes=TASKS[name].recipes[:recipes], **changes)


LOOKS = {name: known.of(name).line for name in FRAMEWORKS}


def grid(task, steps, levels=LEVELS, dtypes=DTYPES, frameworks=tuple(FRAMEWORKS), seeds=(0,)):
    """A row for each step of each curve, without values."""
    labels = [recipe.label for recipe in task.recipes]
    index = pd.MultiIndex.from_product([[task.name], labels, levels, dtypes, frameworks, seeds, steps], names=KEY)
    return index.to_frame(index=False)


def frames(task, **chosen):
    """Losses that shrink by 3 % a step, a little differently in each framework, level and dtype; metrics; paths."""
    losses = grid(task, range(task.steps), **chosen)
    framework, level = losses["framework"].map(list(FRAMEWORKS).index), losses["level"].map(LEVELS.index)
    apart = framework * np.where(losses["dtype"] == "float32", 1e-6, 1e-15) * 1e4 ** (2 - level)
    losses["loss"] = (4 + losses["seed"]) * (1 + apart) * 0.97 ** losses["step"]
    metrics = grid(task, range(0, task.steps + 1, 5), **chosen).assign(value=lambda rows: 1 - 0.97 ** rows["step"])
    metrics = pd.concat([metrics.assign(metric=name) for name in ("train_accuracy", "test_accuracy")])
    paths = grid(task, range(task.steps + 1), **chosen).assign(x0=lambda rows: 0.97 ** rows["step"], x1=1.0)
    return losses, metrics if task.evaluate_every else metrics[:0], paths if task.name == "bowl" else paths[:0]


def plotted(task, losses, metrics, paths, source):
    """The picture; the reference of a panel is the source, or the first framework that has a curve."""
    order = sorted(FRAMEWORKS, key=lambda name: name != source)
    found = {}
    for panel, rows in losses.groupby(KEY[:3], observed=True):
        found[Panel(*panel)] = next((name for name in order if name in set(rows["framework"])), None)
    return plot_task(
        Curves(
            task=task,
            losses=losses,
            gaps=gaps_of(losses, found),
            metrics=metrics,
            paths=paths,
            source=source,
            reference=next((name for name in order if name in found.values()), source),
            references=found,
        )
    )


def gaps_of(losses, references):
    """The gap at each step of each curve but the reference's."""
    rows = losses.iloc[:0].assign(gap=0.0)
    for panel, of in losses.groupby([*KEY[:4], "seed"], observed=True):
        curves = dict(list(of.groupby("framework", observed=True)))
        reference = curves.pop(references[Panel(*panel[:3])], None)
        for curve in curves.values() if reference is not None else ():
            gap = scaled_gap(curve["loss"].to_numpy(), reference["loss"].to_numpy())
            rows = pd.concat([rows, curve.assign(gap=gap)])
    return rows


def where(rows, **names):
    """Which rows have these names."""
    return np.logical_and.reduce([rows[column] == name for column, name in names.items()])


def said(axes):
    return [text.get_text() for text in axes.texts]


def crosses(axes):
    return [line for line in axes.lines if line.get_marker() == "x"]


def colours(axes):
    return [line.get_color() for line in axes.lines if line.get_marker() == "None"]


def rendered(figure, form="svg"):
    target = BytesIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(target, format=form, metadata={"Date": None} if form == "svg" else None)
    return target.getvalue()


PANELS = [
    # task, what is in the frames, panels of one level of one optimizer
    ("bowl", {}, 3),
    ("bowl", {"levels": LEVELS[1:2], "dtypes": ("float32",)}, 3),
    ("regression-20", {"levels": LEVELS[:2]}, 2),
    ("regression-20", {"frameworks": ("tf",), "dtypes": ("float64",)}, 2),
    ("linear-target", {"levels": LEVELS[:1], "seeds": (0, 1, 2)}, 2),
    ("two-layer-net", {"seeds": (0, 1)}, 3),
]


@pytest.mark.parametrize(("name", "chosen", "panels"), PANELS)
@pytest.mark.parametrize("recipes", [1, 2])
def test_every_optimizer_and_level_that_is_there_has_its_panels(name, chosen, panels, recipes):
    task = short(name, recipes)
    figure = plotted(task, *frames(task, **chosen), "torch")
    assert len(figure.axes) == recipes * len(chosen.get("levels", LEVELS)) * panels
    assert rendered(figure, "png")


@pytest.mark.parametrize("frameworks", [*combinations(FRAMEWORKS, 1), *combinations(FRAMEWORKS, 2), FRAMEWORKS])
@pytest.mark.parametrize("name", ["regression-20", "two-layer-net"])
def test_a_framework_has_the_same_colour_in_every_picture(name, frameworks):
    task = short(name)
    figure = plotted(task, *frames(task, frameworks=frameworks, levels=LEVELS[:1]), "torch")
    losses, gaps = figure.axes[:2]
    source = "torch" if "torch" in frameworks else frameworks[0]
    assert colours(losses) == [LOOKS[name].colour for name in frameworks]
    assert colours(gaps) == [LOOKS[name].colour for name in frameworks if name != source for _ in DTYPES]
    legend = dict(
        zip([text.get_text() for text in figure.legends[0].texts], figure.legends[0].get_lines(), strict=True)
    )
    assert [legend[column(name).title].get_color() for name in frameworks] == colours(losses)


def test_looks_differ_in_print_too():
    assert len({look.width for look in LOOKS.values()}) == len({look.colour for look in LOOKS.values()}) == len(LOOKS)
    assert [look.width for look in LOOKS.values()] == sorted((look.width for look in LOOKS.values()), reverse=True)


EQUAL_CURVES = [
    # which curves are set to torch's, what the panel of gaps says
    ([("numpy", "float32"), ("numpy", "float64"), ("tf", "float32"), ("tf", "float64")], ["identical to torch"]),
    ([("tf", "float32"), ("tf", "float64")], ["Keras: identical to torch"]),
    ([("numpy", "float64")], ["NumPy: identical to torch in float64"]),
    ([], []),
]


@pytest.mark.parametrize(("equal", "words"), EQUAL_CURVES)
def test_identical_curves_are_said_to_be(equal, words):
    task = short("regression-20")
    losses, metrics, paths = frames(task, levels=LEVELS[:1])
    for framework, dtype in equal:
        source = losses.loc[where(losses, framework="torch", dtype=dtype), "loss"]
        losses.loc[where(losses, framework=framework, dtype=dtype), "loss"] = source.to_numpy()
    axes = plotted(task, losses, metrics, paths, "torch").axes[1]
    assert said(axes) == words
    assert sum((line.get_ydata() == ZERO_GAP).all() for line in axes.lines) == len(equal)


@pytest.mark.parametrize("bad", [np.inf, np.nan])
@pytest.mark.parametrize("back", [False, True])
def test_a_diverging_curve_ends_in_a_cross(bad, back):
    task = short("regression-20")
    losses, metrics, paths = frames(task, levels=LEVELS[:1])
    steps = losses["step"] == 7 if back else losses["step"] >= 7
    losses.loc[where(losses, framework="tf") & steps, "loss"] = bad
    upper, lower = plotted(task, losses, metrics, paths, "torch").axes
    assert "Keras: diverged at step 7" in said(upper)
    assert [tuple(line.get_xdata()) for line in crosses(upper)] == [(6,)]
    assert [tuple(line.get_xdata()) for line in crosses(lower)] == [(6,)] * len(DTYPES)
    black = next(line for line in upper.lines if line.get_color() == LOOKS["tf"].colour)
    assert np.isfinite(black.get_ydata()).sum() == 7


ENDINGS = [
    # frameworks whose losses are bad from which step, seeds, what the panel of losses says
    ({"numpy": 0}, (0,), ["NumPy: diverged at step 0"]),
    ({"numpy": 3, "torch": 3, "tf": 3}, (0,), ["diverged at step 3"]),
    ({"numpy": 0, "torch": 0, "tf": 0}, (0,), ["diverged at step 0"]),
    ({"numpy": 3, "tf": 4}, (0,), ["NumPy: diverged at step 3\nKeras: diverged at step 4"]),
    ({"tf": 4}, (0, 1, 2), ["Keras: 1 of 3 seeds diverged, the first at step 4"]),
]


@pytest.mark.parametrize(("bad", "seeds", "words"), ENDINGS)
def test_what_is_said_of_bad_losses(bad, seeds, words):
    task = short("regression-20")
    losses, metrics, paths = frames(task, levels=LEVELS[:1], seeds=seeds)
    for framework, step in bad.items():
        losses.loc[where(losses, framework=framework, seed=0) & (losses["step"] >= step), "loss"] = np.nan
    figure = plotted(task, losses, metrics, paths, "torch")
    assert said(figure.axes[0])[:1] == words
    assert rendered(figure, "png")


MISSING = [
    # the curve that is missing, the source, what the panels of losses and gaps say
    ("tf", "torch", ["Keras: no curve"], ["Keras: nothing to compare"]),
    ("torch", "torch", ["torch: no curve"], ["torch: nothing to compare\nKeras: compared with NumPy"]),
]


@pytest.mark.parametrize(("missing", "source", "of_losses", "of_gaps"), MISSING)
def test_a_missing_curve_is_named_and_the_others_are_drawn(missing, source, of_losses, of_gaps):
    task = short("bowl", 2)
    gone = {"optimizer": "sgd", "framework": missing}
    figure = plotted(task, *(rows[~where(rows, **gone)] for rows in frames(task, levels=LEVELS[:1])), source)
    losses, gaps, path, *others = figure.axes
    assert said(losses)[:1] == of_losses
    assert said(gaps) == of_gaps
    assert len(colours(losses)) == 2
    assert len(colours(others[0])) == 3
    assert LOOKS[missing].colour not in [line.get_color() for line in path.lines]


ABSENT = [
    # the optimizer, the level, frameworks in the frames, what the panels of losses and gaps say, whose gaps are drawn
    ("lion", "as-written", FRAMEWORKS, ["torch: no such optimizer"], ["Keras: compared with NumPy"], ["tf"]),
    ("lion", "same-rule", FRAMEWORKS, [], [], ["numpy", "tf"]),
    ("rprop", "same-numbers", FRAMEWORKS, ["Keras: no such optimizer"], [], ["numpy"]),
    ("lion", "as-written", ("torch", "tf"), ["torch: no such optimizer"], [], []),
]


@pytest.mark.parametrize(("optimizer", "level", "frameworks", "of_losses", "of_gaps", "gaps"), ABSENT)
def test_a_framework_without_such_an_optimizer_is_named_and_another_stands_for_the_source(
    optimizer, level, frameworks, of_losses, of_gaps, gaps
):
    recipes = (Recipe(optimizer="sgd"), Recipe(optimizer=optimizer))
    task = replace(TASKS["regression-20"], recipes=recipes)
    losses, metrics, paths = frames(task, frameworks=frameworks, levels=(level,))
    there = [name for name in frameworks if runs(name, recipes[1], level)]
    losses = losses[(losses["optimizer"] == "sgd") | losses["framework"].isin(there)]
    upper, lower = plotted(task, losses, metrics, paths, "torch").axes[2:]
    assert said(upper) == [*of_losses, optimizer, ""]
    assert colours(upper) == [LOOKS[name].colour for name in there]
    assert said(lower) == of_gaps
    assert colours(lower) == [LOOKS[name].colour for name in gaps for _ in DTYPES]


def test_gaps_are_taken_to_the_first_framework_if_the_source_is_not_there():
    task = short("regression-20")
    figure = plotted(task, *frames(task, frameworks=("numpy", "tf"), levels=LEVELS[:1]), "torch")
    assert "|loss − NumPy's|" in figure.texts[1].get_text()
    assert set(colours(figure.axes[1])) == {LOOKS["tf"].colour}


BAD = [
    # what is done to the losses, words of the message
    (lambda losses: losses[:0], "no losses of task 'bowl'"),
    (lambda losses: losses.assign(task="valley"), "no losses of task 'bowl'"),
    (lambda losses: losses.assign(level="same-number"), "unknown level 'same-number'; did you mean 'same-numbers'"),
    (lambda losses: losses.assign(optimizer="lamb"), "unknown optimizer 'lamb'"),
    (lambda losses: losses.assign(framework="jax"), "unknown framework 'jax'"),
    (lambda losses: losses.assign(dtype="float16"), "unknown dtype 'float16'"),
]


@pytest.mark.parametrize(("spoil", "words"), BAD)
def test_frames_that_cannot_be_drawn_are_refused(spoil, words):
    task = short("bowl")
    losses, metrics, paths = frames(task)
    with pytest.raises(BadInput, match=words):
        plotted(task, spoil(losses), metrics, paths, "torch")


@pytest.mark.parametrize("name", ["bowl", "linear-target", "two-layer-net"])
def test_the_same_frames_give_the_same_bytes_and_stay_as_they_were(name):
    task = short(name, steps=100)
    given = frames(task, levels=LEVELS[:2])
    before = [frame.copy(deep=True) for frame in given]
    style = dict(matplotlib.rcParams)
    first, second = (plotted(task, *given, "torch") for _ in range(2))
    assert rendered(first) == rendered(second)
    assert dict(matplotlib.rcParams) == style
    assert first.canvas.manager is None
    for frame, copy in zip(given, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_categorical_columns_draw_the_same_picture():
    task = short("bowl", 2)
    given = frames(task)
    categories = [frame.astype(dict.fromkeys(KEY[:5], "category")) for frame in given]
    assert rendered(plotted(task, *given, "torch")) == rendered(plotted(task, *categories, "torch"))


def test_a_thousand_steps_make_a_small_file():
    task = short("linear-target", batch=None)
    size = len(rendered(plotted(task, *frames(task), "torch")))
    assert size < 1_500_000 / len(TASKS["linear-target"].recipes)


@pytest.mark.parametrize("levels", [LEVELS[:1], LEVELS[:2], LEVELS])
@pytest.mark.parametrize("name", TASKS)
def test_no_words_of_the_heading_overlap_or_leave_the_sheet(name, levels):
    task = short(name)
    figure = plotted(task, *frames(task, levels=levels, seeds=(0, 1)), "torch")
    figure.draw_without_rendering()
    heading = [*figure.texts, *figure.legends, *figure.axes[0].texts]
    boxes = [artist.get_window_extent() for artist in heading]
    assert all(box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1 for box in boxes)
    assert [(one, other) for one, other in combinations(boxes, 2) if one.overlaps(other)] == []


HOSTILE = [
    "100$% off, 5$#",
    r"$\frac{1}{2}$ {x}_y^2 \alpha \$",
    "$",
    "é ∑ ß Ж",
    "W" * 400,
    "very long " * 40,
]


@pytest.mark.parametrize("words", HOSTILE)
def test_what_people_wrote_is_drawn_as_they_wrote_it_and_stays_on_the_sheet(words):
    [recipe] = short("bowl").recipes
    task = short("bowl", title=words)
    name = words[:100].strip()
    task = replace(task, recipes=(replace(recipe, label=name),))
    figure = plotted(task, *frames(task), "torch")
    for form in ("png", "svg"):
        rendered(figure, form)
    title, label = figure.texts[0], figure.axes[0].texts[0]
    assert title.get_text().replace("\n", "").replace(" ", "") == words.replace(" ", "")
    assert label.get_text() == name or (len(name) > 90 and name.startswith(label.get_text().removesuffix("…")))
    for text in (title, *figure.axes[0].texts):
        assert not text.get_parse_math()
        assert text.get_window_extent().x1 <= figure.bbox.x1


@pytest.mark.parametrize("words", HOSTILE)
def test_other_pictures_draw_words_as_they_are(words):
    bars = [{"bar": name, "final": 1.0, "curve": 1.0, "last_loss": "1"} for name in ("torch", "epsilon", "tf")]
    errors = pd.DataFrame([{"parameter": "weight1", "h": 10.0**-k, "error": 1e-16 * 10**k} for k in range(1, 13)])
    steps, losses = np.arange(3), np.array([3.0, 2.0, 1.0])
    sides = (steps, losses), (steps, 2 * losses)
    figures = [
        plot_waterfall(pd.DataFrame(bars), words, "torch against Keras"),
        plot_sweep(words, errors),
        plot_parting(words, sides, 1e-6, 1),
        plot_schedule(words, {"torch": [0.1, 0.2], "Keras": [0.1, 0.2]}, ["red", "blue"], [1]),
    ]
    for figure in figures:
        for form in ("png", "svg"):
            rendered(figure, form)
        drawn = [text for text in figure.findobj(Text) if text.get_text()]
        assert not any(text.get_parse_math() for text in drawn)
        assert not any("mathdefault" in text.get_text() for text in drawn)
        titles = [text for text in drawn if words.replace(" ", "")[:5] in text.get_text().replace(" ", "")]
        assert titles
        assert all(title.get_window_extent().x1 <= figure.bbox.x1 for title in titles)


WHOSE_NUMBERS = [
    ("two-layer-net", "torch", "as torch has it (Keras: lion, lamb)"),
    ("two-layer-net", "tf", "as Keras has it (torch: radam)"),
    ("two-layer-net", "numpy", "as NumPy has it"),
    ("linear-target", "torch", "as torch has it (Keras: ftrl)"),
    ("linear-target", "tf", "as Keras has it (torch: asgd)"),
    ("bowl", "torch", "as torch has it"),
]


@pytest.mark.every(2)
@pytest.mark.parametrize(("name", "source", "words"), WHOSE_NUMBERS)
def test_the_heading_says_whose_numbers_are_taken_and_has_room_for_it(name, source, words):
    task = replace(TASKS[name], steps=2, evaluate_every=1)
    figure = plotted(task, *frames(task), source)
    figure.draw_without_rendering()
    equal = [text for text in figure.texts if text.get_text().startswith("equal: ")]
    assert [text.get_text().partition(", ")[2] for text in equal][1] == words
    boxes = [text.get_window_extent() for text in equal]
    assert [(one, other) for one, other in combinations(boxes, 2) if one.overlaps(other)] == []


def test_several_seeds_are_a_median_and_a_band():
    task = short("regression-20")
    figure = plotted(task, *frames(task, levels=LEVELS[:1], seeds=range(5)), "torch")
    losses = figure.axes[0]
    assert len(losses.collections) == len(FRAMEWORKS)
    assert losses.lines[0].get_ydata()[0] == 6  # of 4, 5, 6, 7, 8
    assert "5–95 % band of 5 seeds" in figure.texts[1].get_text().replace("\n", " ")


def test_a_path_that_leaves_the_map_is_said_to():
    task = short("bowl")
    losses, metrics, paths = frames(task, levels=LEVELS[:1])
    away = where(paths, framework="numpy") & (paths["step"] >= 3)
    paths.loc[away, "x0"] = 1e200
    figure = plotted(task, losses, metrics, paths, "torch")
    assert said(figure.axes[2]) == ["NumPy: leaves the map at step 3"]
    assert rendered(figure, "png")


AXES = [
    # losses, scale, labels of the ticks
    ([5.0, 4.0, 3.0], "linear", ["3", "4", "5"]),
    ([5.0, 0.0, -1e-7], "linear", ["0", "2", "4"]),
    ([5.0, 0.2], "log", ["0.3", "1", "3"]),
    ([5.0, 0.05, 0.0], "log", ["0.1", "0.3", "1", "3"]),
    ([5.0, 1e-6], "log", ["10⁻⁶", "10⁻⁴", "0.01", "1"]),
    ([5.0, 2e-300, np.inf], "log", ["10⁻³⁰⁰", "10⁻²⁰⁰", "10⁻¹⁰⁰", "1"]),
    ([1.0, 9e299, 1e308], "log", ["1", "10¹⁰⁰", "10²⁰⁰", "10³⁰⁰"]),
    ([25.0, 25.0 - 9e-7], "linear", ["−5e−7", "0"]),
    ([2.0, 2.0], "linear", ["1.9", "2", "2.1"]),
    ([1e-310, 1e-320], "linear", ["−1", "−0.5", "0", "0.5", "1"]),
    ([np.nan, np.inf, 1e305], "linear", ["0", "0.5", "1"]),
]


@pytest.mark.parametrize(("losses", "scale", "labels"), AXES)
def test_the_axis_fits_the_losses(losses, scale, labels):
    losses = np.array(losses)
    axis = loss_axis([Band(steps=np.arange(len(losses)), low=losses, middle=losses, high=losses)])
    assert axis.scale == scale
    assert [axis.ticks[tick] for tick in sorted(axis.ticks)] == labels
    assert all(axis.limits[0] <= tick <= axis.limits[1] for tick in axis.ticks)
    shown = losses[(losses > 0) & (losses < HUGE)]
    assert all(axis.limits[0] <= loss <= axis.limits[1] for loss in shown)


def test_a_gap_that_is_too_small_to_draw_is_not_drawn_as_equal_numbers():
    task = short("regression-20")
    losses, metrics, paths = frames(task, frameworks=("numpy", "torch"), levels=LEVELS[:1], dtypes=("float64",))
    losses["loss"] = np.where(losses["step"] == 0, 1.0, np.where(losses["framework"] == "torch", 1e-300, 2e-300))
    [line] = plotted(task, losses, metrics, paths, "torch").axes[1].lines
    assert list(line.get_ydata()) == [ZERO_GAP, *[LEAST_GAP] * (task.steps - 1)]


BANDS = [
    # values (seeds, steps), steps to a point, how they become one, the medians, the steps where they are drawn
    ([[3.0, 2.0, 1.0]], 1, np.median, [3, 2, 1], [0, 1, 2]),
    ([[1.0, 9.0, 2.0, 5.0, 6.0, 7.0]], 3, np.median, [2, 6], [1, 4]),
    ([[1.0, 9.0, 2.0, 5.0]], 3, np.max, [9, 5], [1, 4]),
    ([[1.0, np.nan, 2.0]], 1, np.median, [1, np.nan, np.nan], [0, 1, 2]),
    ([[1.0], [2.0], [np.inf]], 1, np.median, [2], [0]),
    ([[1.0], [np.inf], [np.nan]], 1, np.median, [np.nan], [0]),
]


@pytest.mark.parametrize(("values", "width", "reduce", "middle", "steps"), BANDS)
def test_a_band_is_made_of_points(values, width, reduce, middle, steps):
    drawn = band(pd.DataFrame(values), width, reduce)
    np.testing.assert_array_equal(drawn.middle, middle)
    np.testing.assert_array_equal(drawn.steps, steps)


# --- words where no curve is, sheets of a screen, a column of a paper

CURVES = {
    "falls": (lambda x: 1 - x, ("right", "top")),
    "rises": (lambda x: x, ("left", "top")),
    "lies above": (lambda x: 0.9 + 0 * x, ("right", "bottom")),
    "lies above and below": (lambda x: np.stack([0.9 + 0 * x, 0.1 + 0 * x], axis=1), ("right", "center")),
}


@pytest.mark.parametrize(("curve", "place"), CURVES.values(), ids=CURVES)
def test_remarks_are_written_where_no_curve_is(curve, place):
    axes = Figure(figsize=(4, 2)).add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    steps = np.linspace(0, 1, 300)
    axes.plot(steps, curve(steps))
    found = free_corner(axes, ["identical to torch"], FontProperties(size=7))
    assert (found["ha"], found["va"]) == place


def test_an_axis_of_late_digits_says_in_its_name_from_what_its_ticks_count():
    steps, values = np.arange(2.0), np.array([25.0, 25.0 - 9e-7])
    axis = loss_axis([Band(steps=steps, low=values, middle=values, high=values)])
    assert (axis.name, list(axis.ticks.values())) == ("loss − 25…", ["0", "−5e−7"])


def test_a_task_of_many_optimizers_is_cut_into_sheets_no_higher_than_a_screen():
    comparison = a_comparison(a_task("regression-20", [recipe.label for recipe in TASKS["regression-20"].recipes]))
    figures = [plot_picture(part) for part in sheets(arrange(comparison.curves("regression-20")))]
    assert [len(figure.axes) // 6 for figure in figures] == [2, 3, 2]  # two panels at each of three levels
    assert all(figure.get_size_inches()[1] * 100 < 1080 for figure in figures)
    assert [figure.texts[0].get_text()[-8:] for figure in figures] == ["(1 of 3)", "(2 of 3)", "(3 of 3)"]


@pytest.mark.parametrize("width", [2.0, 3.3, 7.0])
def test_a_plot_for_a_paper_names_task_optimizer_and_level_and_fits_the_column(width):
    comparison = a_comparison(a_task("bowl"))
    figure = plot_paper(comparison.curves("bowl"), "adam", "same-rule", width)
    assert figure.get_size_inches()[0] == width
    figure.draw_without_rendering()
    assert " ".join(figure.axes[0].get_title(loc="left").split()) == "adam on bowl, same-rule"
    boxes = [text.get_window_extent() for axes in figure.axes for text in axes.findobj(Text) if text.get_text()]
    assert max(box.x1 for box in boxes) <= figure.bbox.x1
    assert {line.get_color() for line in figure.axes[0].lines} == {look.colour for look in LOOKS.values()}


def test_fonts_are_embedded_as_they_are():
    figure = plot_paper(a_comparison(a_task("bowl")).curves("bowl"), "adam", "same-rule", 3.3)
    content = render(figure, "pdf", 300)
    assert content == render(figure, "pdf", 300)
    assert b"/FontFile2" in content
    assert b"/Type3" not in content


WRONG = {
    "optimizer": (("adamm", "as-written", 3.3), "task 'bowl': unknown optimizer 'adamm'; did you mean 'adam'"),
    "level": (("adam", "as-writen", 3.3), "unknown level 'as-writen'; did you mean 'as-written'"),
    "width": (("adam", "as-written", 0.5), "--width is 0.5 inches; it must be between 2 and 20"),
}


@pytest.mark.parametrize(("asked", "words"), WRONG.values(), ids=WRONG)
def test_what_there_is_not_is_not_plotted(asked, words):
    with pytest.raises(BadInput, match=words):
        plot_paper(a_comparison(a_task("bowl")).curves("bowl"), *asked)
