"""The third panel of a task whose parameters are a point in the plane: its path on a map of the loss."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from comparisons.plots.axis import linear_axis
from comparisons.plots.curves import Array
from comparisons.plots.panels import dot_every, write_remarks
from comparisons.plots.style import path_style, start_style

CIRCLE = np.exp(1j * np.linspace(0, 2 * np.pi, 61))
FAR = 1000.0  # half windows from the optimum: there a path is cut, out of sight, before its numbers overflow


def draw_paths(axes: Axes, start: Array, optimum: Array, paths: Mapping[str, Array], *, last_row: bool = False) -> None:
    """Every framework's path, on circles of equal loss, with cross-hairs through the optimum.

    The window depends on start and optimum alone, so that it is the same in every panel of a picture.
    """
    half = 1.25 * float(np.abs(start - optimum).max()) or 1.0
    linear_axis("x0", optimum[0] - half, optimum[0] + half).set_x(axes, named=last_row)
    linear_axis("x1", optimum[1] - half, optimum[1] + half).set_y(axes)
    _draw_map(axes, start, optimum)
    remarks: dict[str, str] = {}
    for framework, path in paths.items():
        distance = np.abs(path - optimum).max(axis=1)
        near = path[: _first(~(distance < FAR * half))]
        axes.plot(*near.T, markevery=dot_every(len(path)), **path_style(framework))
        outside = _first(~(distance <= half))
        remarks[framework] = f"leaves the map at step {outside}" if outside < len(path) else ""
    write_remarks(axes, remarks, paths)


def _draw_map(axes: Axes, start: Array, optimum: Array) -> None:
    faint: dict[str, Any] = {"color": "0.85", "linewidth": 0.6, "zorder": 0}
    axes.axvline(optimum[0], **faint)
    axes.axhline(optimum[1], **faint)
    through_start = float(np.hypot(*(start - optimum)))
    for part in (1 / 3, 2 / 3, 1, 4 / 3):
        circle = part * through_start * CIRCLE
        axes.plot(optimum[0] + circle.real, optimum[1] + circle.imag, **faint)
    axes.plot(*start, **start_style(), zorder=3)


def _first(true: Array) -> int:
    """The index of the first True; the length if there is none."""
    return int(true.argmax()) if true.any() else len(true)
