"""Both sides of a schedule as text: the first rates, where the formula changes, the last, and where they part."""

from comparisons.results.width import told, wrapped
from comparisons.rules.schedules import length, turning_points
from comparisons.schedule.sides import Side, Sides, rates

FIRST = 3
WIDTH = 48  # columns of a row
ROUNDING = 1e-12  # of the largest rate


def text_of(found: Sides) -> str:
    """The lines."""
    source, target = (rates(side, found.steps) for side in (found.source, found.target))
    names = [found.source.name, found.target.name]
    lines = [*_code(found.source), *_code(found.target), "", _row("update", *names)]
    marks = {int(point) for side in (found.source, found.target) for point in turning_points(side.rate)}
    wanted = {*range(FIRST), *marks, *(mark - 1 for mark in marks), found.steps - 1}
    for k in sorted(k for k in wanted if 0 <= k < found.steps):
        lines.append(_row(str(k + 1), f"{source[k]:.8g}", f"{target[k]:.8g}", "turns" if k in marks else ""))
    return "\n".join([*lines, "", *map(wrapped, [*_differences(found, source, target), *_end(found.source)])])


def _row(*cells: str) -> str:
    """The cells of a row, closer together on a narrow terminal."""
    gap, widths = (" ", (6, 13, 13)) if 0 < told() < WIDTH else ("  ", (8, 14, 14))
    aligned = [f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=False)]
    return gap.join([*aligned, *cells[len(widths) :]]).rstrip()


def _code(side: Side) -> list[str]:
    return [side.name, *(f"    {line}" if line else "" for line in side.code.splitlines())]


def _differences(found: Sides, source: list[float], target: list[float]) -> list[str]:
    largest = max(map(abs, [*source, *target])) or 1.0
    gaps = [abs(one - other) for one, other in zip(source, target, strict=True)]
    parted = [k for k, gap in enumerate(gaps) if gap > ROUNDING * largest]
    if not parted:
        return [f"the two are the same in all {found.steps} updates, but for rounding (Keras computes in float32)"]
    worst = max(parted, key=lambda k: gaps[k])
    return [
        f"they part at update {parted[0] + 1}, and most at update {worst + 1}: "
        f"{source[worst]:.8g} in {found.source.name}, {target[worst]:.8g} in {found.target.name}"
    ]


def _end(side: Side) -> list[str]:
    end = length(side.rate)
    if end is None:
        return [f"it never ends in {side.name}"]
    return [f"from update {int(end) + 1} on it stays in {side.name}"]
