"""The picture of a lesson."""

import math
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator, PercentFormatter

from comparisons.frameworks.column import column
from comparisons.lessons.lesson import Bar, Bars, Curves, Line
from comparisons.plots.style import STYLE, line_style
from comparisons.plots.words import lines

WIDTH, TITLE_FONT = 6.4, FontProperties(size=9, weight="bold")  # inches
MARGIN = 0.05  # inches, left of the title
FEW = 12  # points, which are seen as points
# Of Okabe and Ito's colours those that no framework has; the first is wide, so that others show on it.
OTHERS: tuple[dict[str, Any], ...] = (
    {"color": "#0072B2", "linewidth": 3.2},
    {"color": "#E69F00", "linewidth": 1.8},
    {"color": "#009E73", "linewidth": 1.4, "linestyle": (0, (4, 2))},
    {"color": "#CC79A7", "linewidth": 1.4, "linestyle": (0, (1, 1))},
    {"color": "#0072B2", "linewidth": 1.2, "linestyle": (0, (6, 2, 1, 2))},
)
BAR = "#009E73"  # of what is no framework


def draw(picture: Curves | Bars) -> Figure:
    """The figure. Save it within `matplotlib.rc_context(STYLE)`."""
    with matplotlib.rc_context(STYLE):
        match picture:
            case Curves():
                figure = Figure(figsize=(WIDTH, 3.0), layout="constrained")
                _curves(figure, figure.subplots(), picture)
            case Bars():
                figure = Figure(figsize=(WIDTH, 1.0 + 0.32 * len(picture.bars)), layout="constrained")
                _bars(figure.subplots(), picture)
        title = "\n".join(lines(picture.title, TITLE_FONT, WIDTH - 2 * MARGIN))
        figure.suptitle(title, fontproperties=TITLE_FONT, x=MARGIN / WIDTH, ha="left")
    return figure


def _curves(figure: Figure, axes: Axes, picture: Curves) -> None:
    drawn = [line.framework for line in picture.lines]
    for number, line in enumerate(picture.lines):
        points = line.points()
        style = _style(line, drawn[:number].count(line.framework), alone=drawn.count(line.framework) == 1)
        marks: dict[str, Any] = {"marker": "o", "markersize": 3.5} if len(points) <= FEW else {}
        axes.plot(*zip(*points, strict=True), label=line.label, **style, **marks)
    axes.set(xlabel=picture.x, ylabel=picture.y)
    if picture.y_range:
        axes.set_ylim(*picture.y_range)
    if picture.log_x:
        axes.set_xscale("log")
        _powers(axes.xaxis)
    elif all(x == round(x) for line in picture.lines for x, _ in line.points()):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if picture.log_y:
        axes.set_yscale("log")
        _powers(axes.yaxis)
    axes.grid(axis="y")
    figure.legend(ncols=3, loc="outside lower left")


def _powers(axis: Axis) -> None:
    """Powers of ten in plain letters: nothing in these pictures is read as mathematics."""
    axis.set_major_locator(LogLocator(numticks=8))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0e}"))


def _style(line: Line, number: int, *, alone: bool) -> dict[str, Any]:
    """A framework's own style where it has one line; its colour and another dash where it has several."""
    if line.framework and alone:
        return line_style(line.framework)
    colour = {"color": column(line.framework).line.colour} if line.framework else {}
    return OTHERS[number % len(OTHERS)] | colour


def _bars(axes: Axes, picture: Bars) -> None:
    finite = [bar.value for bar in picture.bars if math.isfinite(bar.value) and (bar.value > 0 or not picture.log)]
    places = range(len(picture.bars), 0, -1)
    for place, bar in zip(places, picture.bars, strict=True):
        axes.barh(place, bar.value, height=0.62, color=_colour(bar))
    if picture.log:
        axes.set_xscale("log")
        axes.set_xlim(min(finite, default=1.0) / 10, max(finite, default=1.0) * 30)
        _powers(axes.xaxis)
    else:
        reach = max(map(abs, finite), default=1.0) or 1.0
        axes.set_xlim(-1.3 * reach if min(finite, default=0.0) < 0 else 0.0, 1.3 * reach)
        if picture.form.endswith("%"):
            axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    for place, bar in zip(places, picture.bars, strict=True):
        shown, left = bar.value in finite, bar.value in finite and bar.value < 0
        axes.annotate(
            format(bar.value, picture.form) if bar.value else "0",
            (bar.value if shown else axes.get_xlim()[0], place),
            (-4 if left else 4, 0),
            textcoords="offset points",
            va="center",
            ha="right" if left else "left",
        )
    axes.set_yticks(places, [bar.label for bar in picture.bars])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(picture.x)
    axes.grid(axis="x")
    axes.set_axisbelow(True)


def _colour(bar: Bar) -> str:
    return column(bar.framework).line.colour if bar.framework else BAR
