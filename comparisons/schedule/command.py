"""What `triptych schedule` does."""

from pathlib import Path

from comparisons.inputs.files import write_whole
from comparisons.rules.schedules import turning_points
from comparisons.schedule.show import text_of
from comparisons.schedule.sides import Sides, rates, sides


def show(text: str, lr: float | None, to: str | None, steps: int | None, out: Path | None) -> str:
    """The text of the answer; the picture goes into a file, if one is given.

    Raises:
        BadInput: as `sides`, or the file cannot be written.
    """
    found = sides(text, lr, to, steps)
    if out is not None:
        write_whole(out, _picture(text, found))
    return text_of(found)


def _picture(text: str, found: Sides) -> bytes:
    from comparisons.plots.render import render
    from comparisons.plots.schedule import plot_schedule

    both = (found.source, found.target)
    names = [side.name for side in both]
    if names[0] == names[1]:
        names = [f"{names[0]}, as written", f"{names[1]}, as carried over"]
    curves = {name: rates(side, found.steps) for name, side in zip(names, both, strict=True)}
    turns = sorted({point for side in both for point in turning_points(side.rate)})
    colours = [side.colour for side in both]
    return render(plot_schedule(" ".join(text.split()), curves, colours, turns), "png")
