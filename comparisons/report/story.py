"""What the page begins with: what was compared, what was found, and the ladder of all gaps."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from comparisons.analysis.comparison import Comparison
from comparisons.analysis.conclusion import SAID, differences
from comparisons.names import LEVELS, Level
from comparisons.report import numbers, words
from comparisons.report.view import Gap, PanelView, RecipeView, TaskView

FINDINGS = 3
HOW: dict[Level, str] = {
    "as-written": "as people write it",
    "same-numbers": "with the same hyperparameters",
    "same-rule": "with the same formula",
}
SHADES = (1e-12, 1e-8, 1e-4, 1e-2, 1e-1)  # a gap's shade is how many of them it exceeds, and one more; 0 has none


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found, in a sentence, under a heading; the panel that shows it."""

    heading: str
    told: str
    anchor: str


@dataclass(frozen=True, kw_only=True)
class Differing:
    """Which optimizers differ between whom, in what.

    Args:
        pairs: "Keras from torch". rows: an optimizer, and for each pair the levels with what makes the gap there.
    """

    pairs: list[str]
    rows: list[tuple[str, list[list[tuple[str, str]]]]]


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A cell of the ladder: the largest gap of a panel, its shade, what it is, and the whole of it in words."""

    level: Level
    anchor: str
    size: str
    shade: int
    verdict: str
    said: str


def lead(comparison: Comparison) -> list[str]:
    """What was compared, in two sentences."""
    optimizers = {recipe.optimizer for task in comparison.tasks for recipe in task.recipes}
    tasks, kinds = words.counted(len(comparison.tasks), "task"), words.counted(len(optimizers), "optimizer")
    names = words.listed(words.book(name) for name in comparison.frameworks)
    levels = list(dict.fromkeys(cell.level for cell in comparison.cells))
    dtypes = list(dict.fromkeys(cell.dtype for cell in comparison.cells))
    seeds = len(comparison.seeds)
    many = f", from {seeds} starts each" if seeds > 1 else ""
    return [
        f"{tasks} with {kinds}, trained in {names} from the same numbers.",
        f"Each training runs {words.listed(HOW[level] for level in levels)}, in {words.listed(dtypes)}{many}: "
        "so one sees what makes the gap between two loss curves.",
    ]


def findings(comparison: Comparison, tasks: Sequence[TaskView]) -> list[Finding]:
    """The three that matter most: what nothing explains, then the largest gap of each level, then the next largest."""
    panels = [(task, recipe, panel) for task in tasks for recipe in task.recipes for panel in recipe.panels]
    found = [(*place, gap) for place in panels for gap in place[2].gaps]
    astray = [one for one in found if one[3].row["verdict"] in ("unexplained", "unfaithful")]
    explained = sorted((one for one in found if one[3].parts and one not in astray), key=lambda one: -_weight(one[3]))
    chosen = [*astray[:1]]
    for level in ("as-written", "same-numbers"):
        chosen += [one for one in explained if one[2].level == level][:1]
    told = [_finding(*one) for one in chosen]
    told += [last] if (last := _left(panels)) else []
    used = {(one[1].recipe.optimizer, one[3].column) for one in chosen}
    for one in explained:
        if len(told) < FINDINGS and (one[1].recipe.optimizer, one[3].column) not in used:
            told.append(_finding(*one))
            used.add((one[1].recipe.optimizer, one[3].column))
    return told[:FINDINGS]


def differing(comparison: Comparison) -> Differing:
    """A row for each optimizer with a gap that rules make, or nobody knows what; the largest first."""
    found = differences(comparison.gaps(), comparison.explanations())
    pairs = list(dict.fromkeys((one.framework, one.source) for one in found))
    told: dict[str, dict[tuple[str, str], list[tuple[str, str]]]] = {}
    for one in sorted(found, key=lambda one: LEVELS.index(one.level)):
        of_pair = told.setdefault(one.optimizer, {}).setdefault((one.framework, one.source), [])
        of_pair.append((SAID[one.level], one.because))
    order = dict.fromkeys(one.optimizer for one in found)
    return Differing(
        pairs=[f"{words.name(framework)} from {words.name(source)}" for framework, source in pairs],
        rows=[(optimizer, [told[optimizer].get(pair, []) for pair in pairs]) for optimizer in order],
    )


def _weight(gap: Gap) -> float:
    """The decades of a gap; one that diverges weighs less than all that have a size."""
    if gap.row["status"] != "ok":
        return -1.0
    return abs(float(gap.parts[0][f"measured_{words.telling(gap.parts[0])}"]))


def _finding(task: TaskView, recipe: RecipeView, panel: PanelView, gap: Gap) -> Finding:
    return Finding(
        heading=f"{recipe.recipe.label} on {task.task.name}, {panel.level}", told=gap.told, anchor=panel.anchor
    )


def _left(panels: Sequence[tuple[TaskView, RecipeView, PanelView]]) -> Finding | None:
    """What is left with the same formula."""
    gaps = [(gap.row, panel) for _, _, panel in panels if panel.level == "same-rule" for gap in panel.gaps]
    sized = [(row, panel) for row, panel in gaps if math.isfinite(row["max_scaled_gap"])]
    if not sized:
        return None
    verdicts = Counter(words.verdict(row) for row, _ in sized)
    same, rounded = verdicts.pop("identical", 0), verdicts.pop("rounding", 0)
    pairs = words.counted(len(sized), "pair")
    told = f"With the same formula, {same} of {pairs} of curves are equal to the last bit"
    if rounded:
        most = max(row["max_scaled_gap"] for row, _ in sized if row["verdict"] == "rounding")
        told += f", and {rounded} differ by rounding, by {numbers.power(most)} of the largest loss at most"
    if verdicts:
        told += "; the others are " + words.listed(f"{verdict} ({count})" for verdict, count in verdicts.items())
    _, worst = max(sized, key=lambda one: float(one[0]["max_scaled_gap"]))
    return Finding(heading="same-rule, everywhere", told=f"{told}.", anchor=worst.anchor)


def ladder(recipe: RecipeView) -> list[Rung]:
    """The cells of an optimizer."""
    return [_rung(panel) for panel in recipe.panels]


def _rung(panel: PanelView) -> Rung:
    """A panel's cell: the largest gap of its frameworks, and the verdict that is worst."""
    if not panel.gaps:
        return Rung(
            level=panel.level, anchor=panel.anchor, size="–", shade=0, verdict="none", said="nothing to compare"
        )
    order = list(words.VERDICTS)
    verdicts = [str(gap.row["verdict"]) for gap in panel.gaps if gap.row["verdict"] in words.VERDICTS]
    verdict = min(verdicts, key=order.index, default="none")
    sizes = [float(gap.row["max_scaled_gap"]) for gap in panel.gaps]
    largest = max((size for size in sizes if not math.isnan(size)), default=math.nan)
    size = "diverged" if verdict == "diverged" else numbers.short_gap(largest)
    rows = [(gap.row, numbers.gap(float(gap.row["max_scaled_gap"]))) for gap in panel.gaps]
    said = "; ".join(f"{words.title(row['framework'])}: {gap}, {words.verdict(row)}" for row, gap in rows)
    return Rung(level=panel.level, anchor=panel.anchor, size=size, shade=shade(largest), verdict=verdict, said=said)


def shade(gap: float) -> int:
    """How dark a gap is: 0 for none, up to 6."""
    return 0 if math.isnan(gap) or gap == 0 else 1 + sum(gap > limit for limit in SHADES)
