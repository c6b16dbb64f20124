"""How things look: the same colour, width and dash for a framework in every picture."""

from typing import Any

from matplotlib.typing import RcKeyType

from comparisons.frameworks.column import column
from comparisons.names import Dtype

# For matplotlib.rc_context, while drawing and while saving. The salt makes the ids in an SVG the same at each render;
# savefig's metadata={"Date": None} does the rest.
STYLE: dict[RcKeyType, Any] = {
    "svg.hashsalt": "triptych",
    "savefig.dpi": 100,
    "pdf.fonttype": 42,  # fonts as they are, embedded: what journals ask for
    "text.parse_math": False,  # titles and labels are what people wrote: "100$% off, 5$#" is no formula
    "font.size": 7.5,
    "axes.labelsize": 7.5,
    "axes.linewidth": 0.6,
    "axes.edgecolor": "0.4",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "grid.color": "0.88",
    "grid.linewidth": 0.6,
    "lines.solid_capstyle": "butt",
    "legend.fontsize": 8,
    "legend.frameon": False,
}


def line_style(framework: str) -> dict[str, Any]:
    """Colour, width and dash of a framework's line."""
    line = column(framework).line
    return {"color": line.colour, "linewidth": line.width, "linestyle": line.dash}


def gap_style(framework: str, dtype: Dtype) -> dict[str, Any]:
    """The framework's colour; pale and solid for float32, dashed for float64, which shows where the two coincide."""
    line = column(framework).line
    match dtype:
        case "float32":
            return {"color": line.colour, "linewidth": max(0.7 * line.width, 1.6), "alpha": 0.45}
        case "float64":
            return {"color": line.colour, "linewidth": max(0.35 * line.width, 1.0), "linestyle": (0, (3, 1.5))}


def dot_style(framework: str) -> dict[str, Any]:
    """A dot a little wider than the framework's line, so that equal dots show as rings."""
    line = column(framework).line
    return {"color": line.colour, "linestyle": "none", "marker": "o", "markersize": line.width + 1.2, "mew": 0}


def path_style(framework: str) -> dict[str, Any]:
    """Dots on a line thin enough not to hide them."""
    style = line_style(framework)
    return dot_style(framework) | style | {"linewidth": 0.5 * style["linewidth"]}


def cross_style(framework: str) -> dict[str, Any]:
    """The mark at the end of a curve that diverges."""
    line = column(framework).line
    shape = {"linestyle": "none", "marker": "x", "markersize": 7, "mew": 0.8 + 0.6 * line.width}
    return {"color": line.colour, **shape, "clip_on": False}


def start_style() -> dict[str, Any]:
    """The mark at the start of a path."""
    return {"color": "0.3", "linestyle": "none", "marker": "s", "markersize": 7, "mfc": "none", "mew": 0.8}
