"""The page: what stands in it, in the template."""

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from itertools import count

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from comparisons.analysis.comparison import Comparison
from comparisons.frameworks.column import column
from comparisons.report import layout, numbers, story, tables, words
from comparisons.report.builder import SEEDS, Builder
from comparisons.report.lookups import Lookups
from comparisons.report.shapes import Shapes
from comparisons.report.view import TaskView
from comparisons.results.files import manifest

PIXELS = 1.2  # of a point, at which lines are as wide as in the pictures


def page(comparison: Comparison) -> str:
    """One HTML file that shows the whole comparison, and asks for nothing beside itself."""
    builder = Builder(Lookups(comparison))
    tasks = builder.tasks()
    style, script = _style(comparison), _file("page.js")
    headings, rows = tables.gap_table(builder.of, tasks)
    letters, size = _packed(builder, tasks, rows)
    ids = count()
    return (
        _environment()
        .get_template("page.html")
        .render(
            style=Markup(style),
            script=Markup(script),
            style_hash=_hash(style),
            script_hash=_hash(script),
            packed=Markup(letters),
            packed_bytes=size,
            title=_title(comparison),
            lead=story.lead(comparison),
            findings=story.findings(comparison, tasks),
            tasks=tasks,
            columns=[words.title(name) for name in comparison.frameworks],
            dtypes=builder.of.dtypes,
            seeds=comparison.seeds,
            few=len(comparison.seeds) <= SEEDS,
            steps=sorted({task.task.steps for task in tasks}),
            ticks={task.task.steps: layout.step_ticks(task.task.steps) for task in tasks},
            headings=headings,
            rows=rows,
            mishaps=comparison.mishaps(),
            failures=tables.failures(comparison),
            skipped=tables.skipped(tasks),
            facts=list(tables.facts(manifest(comparison, []))),
            reference=words.name(comparison.reference),
            conclusion=comparison.conclusion(),
            differing=story.differing(comparison),
            shapes_of=lambda recipe: Shapes(ids, recipe.paths()),
            layout=layout.LAYOUT,
            gap_ticks=layout.gap_ticks(),
            loss_ticks=layout.loss_ticks,
            ladder=story.ladder,
            numbers=numbers,
            words=words,
        )
    )


@cache
def _environment() -> Environment:
    loader = PackageLoader("comparisons.report")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters["words_only"] = _words_only
    return made


def _file(name: str) -> str:
    loader = _environment().loader
    assert loader is not None
    return loader.get_source(_environment(), name)[0]


def _style(comparison: Comparison) -> str:
    """The style sheet, and a line's colour, width and dash for each column; black is the colour of the ink.

    Where the page has the class `h` with a column's place, its curves are hidden.
    """
    rules = []
    for place, name in enumerate(comparison.frameworks):
        line = column(name).line
        colour = "var(--ink)" if line.colour == "#000000" else line.colour
        dash = "none" if isinstance(line.dash, str) else " ".join(f"{PIXELS * part:.3g}" for part in line.dash[1])
        rules.append(f".f{place}{{--c:{colour};--w:{PIXELS * line.width:.3g}px;--d:{dash}}}")
        rules.append(f".h{place} svg .f{place}{{display:none}}")
    return _file("page.css") + "\n".join(rules) + "\n"


def _hash(text: str) -> str:
    """As a content-security policy names what may stand in the page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _title(comparison: Comparison) -> str:
    names = " · ".join(words.title(name) for name in comparison.frameworks)
    return f"{names}: {words.listed(task.name for task in comparison.tasks)}"


def _packed(builder: Builder, tasks: Sequence[TaskView], rows: Sequence[Sequence[tables.Entry]]) -> tuple[str, int]:
    """All that the script knows: the curves, and beside them, as JSON, where they are drawn, and numbers in full."""
    gaps = [gap for task in tasks for recipe in task.recipes for panel in recipe.panels for gap in panel.gaps]
    found = {
        "names": [words.title(name) for name in builder.of.columns],
        "dtypes": builder.of.dtypes,
        "seeds": builder.of.comparison.seeds,
        "few": len(builder.of.comparison.seeds) <= SEEDS,
        "layout": layout.as_data(),
        "verdicts": words.VERDICTS,
        "index": builder.values.index,
        "axes": builder.axes,
        "panels": builder.panels,
        "bars": [tables.waterfall(gap) for gap in gaps if gap.parts],
        "full": [[None if cell.full is None else repr(cell.full) for cell in cells] for cells in rows],
    }
    return builder.values.packed(json.dumps(found, separators=(",", ":"), allow_nan=False))


def _words_only(text: str) -> Markup:
    """Text that stands between tags: there quotes need no escape."""
    return Markup(str(escape(text)).replace("&#39;", "'").replace("&#34;", '"'))
