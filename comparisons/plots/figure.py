"""A figure that a notebook shows by itself."""

from matplotlib.figure import Figure

from comparisons.plots.render import render


class ShownFigure(Figure):
    """A Figure of matplotlib, made without pyplot: a notebook shows it, `%matplotlib inline` or not."""

    def _repr_png_(self) -> bytes:
        return render(self, "png")
