"""The words of the heading: how to read the panels, and the legend."""

from typing import Any

from matplotlib.lines import Line2D

from comparisons.frameworks.column import column
from comparisons.plots.panels import dot_every
from comparisons.plots.picture import Picture
from comparisons.plots.style import cross_style, dot_style, gap_style, line_style, start_style


def caption(picture: Picture) -> str:
    """How to read the panels, in a few short sentences."""
    reference, width, several = column(picture.reference).name, picture.steps_per_point, picture.seeds > 1
    loss, gap = [f"Loss: {picture.dtype}"], [f"Gap: |loss − {reference}'s| / {reference}'s largest"]
    if several:
        loss.append(f"median and 5–95 % band of {picture.seeds} seeds")
        gap.append("median of the seeds")
    if width > 1:
        loss.append(f"a point is the median of {width} steps")
        gap.append(f"a point is the largest of {width} steps")
    gap += ["0: equal numbers", "below 10⁻¹⁸ drawn as 10⁻¹⁸", "ε32, ε64: machine epsilons"]
    return ". ".join(map("; ".join, filter(None, [loss, gap, _aside(picture, several)]))) + "."


def _aside(picture: Picture, several: bool) -> list[str]:
    match picture.aside:
        case "path":
            every = dot_every(picture.task.steps + 1)
            dots = f"Path: a dot every {every} steps" if every > 1 else "Path: a dot every step"
            return [dots, "circles of equal loss", *["the first seed"] * several]
        case "accuracy":
            return ["Accuracy: median of the seeds"] * several
        case None:
            return []


def legend_keys(picture: Picture) -> list[Line2D]:
    """The entries of the legend."""
    grey = {"color": "0.4"}
    styles: dict[str, dict[str, Any]] = {column(name).title: line_style(name) for name in picture.frameworks}
    styles |= {f"gap, {dtype}": gap_style("torch", dtype) | grey for dtype in picture.dtypes}
    styles["diverged"] = cross_style("torch") | grey
    match picture.aside:
        case "path":
            styles["start"] = start_style()
        case "accuracy":
            styles["training"] = line_style("torch") | grey
            styles["test"] = dot_style("numpy") | grey
        case None:
            pass
    return [Line2D([], [], **style, label=label) for label, style in styles.items()]
