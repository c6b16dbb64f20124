"""`comparisons.port`: what `triptych port` finds, as a record that shows itself in a notebook."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comparisons.frameworks import DIALECTS, of
from comparisons.frameworks.fidelity import Fidelity
from comparisons.names import DTYPES, BadInput, Dtype, unknown
from comparisons.porting.command import translate
from comparisons.porting.printed import Printed, Shortfall
from comparisons.tasks import find

ALIASES = {alias: framework.id for framework in DIALECTS.values() for alias in framework.aliases}


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A field in which the closest native call is not the source; the values are as JSON has them."""

    field: str
    source: Any
    target: Any
    says: str


@dataclass(frozen=True, kw_only=True)
class Translation:
    """One optimizer, or one whole training, carried over.

    Args:
        line: where it stands in the text, from 1.
        framework, to: from where to where. source: what was written, completed, as code.
        native: the closest native code; None if there is none. fidelity: how close it is. lost: where it is not.
        exact: the code that follows the source to the letter; None if there is none. route: its way.
        holds: whether it gives the source's numbers; None as long as that was not measured.
        notes: what else must change with it. gaps: what the source says and the answer lacks.
        proof: what was measured, by dtype, as `triptych port --json` has it; None where nothing was.
    """

    line: int
    framework: str
    to: str
    source: str
    native: str | None
    fidelity: Fidelity
    lost: tuple[Lost, ...]
    exact: str | None
    route: str | None
    holds: bool | None
    notes: tuple[str, ...]
    gaps: tuple[str, ...]
    proof: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Ported:
    """The answer to a text: prints as on the command line, and shows itself in a notebook.

    Args:
        translations: one for each optimizer that could be read. problems: by line, why another could not.
        text: for people. troubles: what did not go as asked. shortfalls: in which ways the answer falls short.
    """

    translations: tuple[Translation, ...]
    problems: Mapping[int, str]
    text: str
    troubles: tuple[str, ...]
    shortfalls: tuple[Shortfall, ...]

    def __repr__(self) -> str:
        return "\n".join([self.text, *self.troubles])

    def _repr_html_(self) -> str:
        from comparisons.analysis import notebook

        said = [*self.troubles, *(f"line {line}: {why}" for line, why in self.problems.items())]
        shown = [part for one in self.translations for part in _shown(one)]
        return notebook.page([*map(notebook.line, said), *shown])


def port(
    text: str,
    to: str,
    *,
    schedule: str = "",
    task: str = "regression-20",
    dtypes: Sequence[Dtype] = DTYPES,
) -> Ported:
    """Translate the optimizers, or the trainings, that a text says, and measure the translation.

    Args:
        text: a call as people write it, "torch.optim.Adam(model.parameters(), lr=3e-4)", or a whole training. It is
            read, never run.
        to: the framework to carry it to.
        schedule: the scheduler that goes with a call, as a call.
        task: what the proof trains. dtypes: of the proof; () for none, and then no framework is needed.

    Raises:
        BadInput: the text cannot be read, or there is no such framework, task or dtype.
    """
    framework = ALIASES.get(to, to)
    if framework not in DIALECTS:
        raise BadInput(unknown("framework", to, (*DIALECTS, *ALIASES)))
    for dtype in dtypes:
        if dtype not in DTYPES:
            raise BadInput(unknown("dtype", dtype, DTYPES))
    find(task)
    return _typed(translate(text, framework, schedule, task, tuple(dict.fromkeys(dtypes))), framework)


def _typed(printed: Printed, to: str) -> Ported:
    answers = printed.data.get("answers", [printed.data])
    return Ported(
        translations=tuple(_translation(one, to) for one in answers if "problem" not in one),
        problems={one["line"]: one["problem"] for one in answers if "problem" in one},
        text=printed.text,
        troubles=printed.troubles,
        shortfalls=printed.shortfalls,
    )


def _translation(answer: Mapping[str, Any], to: str) -> Translation:
    source, native, exact = answer["source"], answer["native"], answer["exact"]
    names = ("field", "source", "target", "says")
    return Translation(
        line=answer.get("line", 1),
        framework=source["framework"],
        to=to,
        source=source["code"],
        native=native["code"],
        fidelity=native["fidelity"],
        lost=tuple(Lost(**{name: one.get(name) for name in names}) for one in native["mismatches"]),
        exact=exact["code"],
        route=exact["route"],
        holds=exact["holds"],
        notes=tuple(answer["also"]),
        gaps=tuple(": ".join(filter(None, [gap["text"], gap["says"]])) for gap in answer["gaps"]),
        proof=answer["proof"],
    )


def _shown(one: Translation) -> Iterator[str]:
    """The parts of a translation for a notebook."""
    import pandas as pd

    from comparisons.analysis import notebook

    yield notebook.line(f"from {of(one.framework).title}")
    yield notebook.code(one.source)
    yield notebook.line(f"to {of(one.to).title}: {one.fidelity}")
    if one.native is not None:
        yield notebook.code(one.native)
    yield notebook.table(pd.DataFrame([vars(lost) for lost in one.lost]))
    if one.exact is not None and one.route != "native":
        yield notebook.line("closest" if one.holds is False else "exact")
        yield notebook.code(one.exact)
    if one.proof is not None:
        yield notebook.line(f"measured on {one.proof['task']}, as the largest gap to the source, relative")
        measured = [{"dtype": dtype, **one.proof[dtype]} for dtype in DTYPES if dtype in one.proof]
        yield notebook.table(pd.DataFrame(measured))
    for heading, sentences in (("not carried", one.gaps), ("also", one.notes)):
        if sentences:
            yield notebook.line(heading) + notebook.items(sentences)
