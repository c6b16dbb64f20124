"""The answer to "what is this optimizer in the other framework?"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.express import FIDELITIES, Expression, Mismatch, express
from comparisons.frameworks.fidelity import Fidelity
from comparisons.frameworks.trainings import Optimizer, bare
from comparisons.porting.arithmetic import forgets, subnormals
from comparisons.porting.notes import general, notes
from comparisons.porting.plateaus import in_framework
from comparisons.porting.reading.source import Gap, Source, with_arguments
from comparisons.porting.routes import Exact, exact_route
from comparisons.porting.unsupported_arguments import mismatches
from comparisons.porting.writing.drop_ins import drop_in_code
from comparisons.porting.writing.gaps import lacking
from comparisons.porting.writing.native import native_code, unscheduled
from comparisons.rules.symbols import Symbol
from comparisons.rules.training import whole

# What a fidelity comes to in a framework for which we have neither hooks nor drop-ins.
WITHOUT_HELPERS: Mapping[Fidelity, Fidelity] = {"exact-with-hook": "approximate", "drop-in-only": "impossible"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A translation.

    Args:
        source: what was written, completed by defaults; None for a class that no rule describes.
        code: the same as code, with the arguments that no rule has a field for.
        framework, to: from where to where.
        native: the closest native call, its fidelity and mismatches.
        exact: the exact route; None if there is none.
        unsupported_arguments: those of the source that no rule has a field for; source, native and exact lack them.
        notes: what else must change with it. advice: what the same is under many calls.
        gaps: what the source says and no record holds.
        several: whether it was several statements, which are answered with all the statements of a training.
    """

    source: NativeCall | None
    code: str
    framework: str
    to: str
    native: Expression
    exact: Exact | None
    unsupported_arguments: Mapping[str, Value]
    notes: tuple[str, ...]
    advice: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    several: bool = False

    @property
    def kept(self) -> Mapping[str, Value]:
        """The unsupported arguments that the other framework has, too: all, if it is the same."""
        return self.unsupported_arguments if self.to == self.framework else {}


def answer(source: Source, to: str) -> Answer:
    """The answer for a call that has been read."""
    ours, other = frameworks.of(source.call.framework), frameworks.of(to)
    call = frameworks.complete(source.call)
    rule = frameworks.rule_of(call)
    found = (as_it_is(call) if other is ours else None) or express(other, rule, prefer=call.name, source=ours.name)
    if not other.trains:
        found = replace(found, fidelity=WITHOUT_HELPERS.get(found.fidelity, found.fidelity))
    lost = tuple[Mismatch, ...]()
    if other is not ours:
        found = with_mismatches(found, forgets(found.call, rule), "approximate")
        lost = subnormals(rule, (ours, other)) + forgets(call, rule)
    exact = exact_route(to, rule, found)
    if (lost or source.gaps) and exact is not None:  # nothing is exact that was not read
        exact = replace(exact, holds=False)
    return Answer(
        source=call,
        code=native_code(with_arguments(call, source.unsupported_arguments)),
        framework=call.framework,
        to=to,
        native=with_mismatches(with_mismatches(found, lost, "approximate"), mismatches(source, to), "exact-with-hook"),
        exact=exact,
        unsupported_arguments=source.unsupported_arguments,
        notes=notes(source, rule, exact, to),
        advice=general(source, rule, exact, to),
        gaps=in_framework(source.gaps, to),
    )


def as_it_is(call: NativeCall) -> Expression | None:
    """The expression, within its framework, of a call that no single rule stands for; None for any other."""
    if len(frameworks.groups_of(bare(call))) == 1:
        return None
    return Expression(call=call, fidelity="exact", mismatches=())


def with_mismatches(found: Expression, more: tuple[Mismatch, ...], at_best: Fidelity) -> Expression:
    """The expression with more mismatches, with which it is no closer than `at_best`."""
    if not more:
        return found
    fidelity = max(found.fidelity, at_best, key=FIDELITIES.index)
    return replace(found, fidelity=fidelity, mismatches=(*more, *found.mismatches))


def closest_code(found: Answer) -> str | None:
    """The closest native call as code to paste."""
    call, exact = found.native.call, found.exact
    if call is None:
        return None
    if found.several and frameworks.of(found.to).has_optimizers:
        return _block(found, call if found.source is None else unscheduled(call, frameworks.rule_of(found.source)))
    if found.several and exact is not None and exact.route == "native":
        return exact_code(found)
    if found.source is not None:
        call = unscheduled(call, frameworks.rule_of(found.source))
    return _with_gaps(found, native_code(with_arguments(call, found.kept), _counted(found)))


def exact_code(found: Answer) -> str | None:
    """The exact route as code to paste."""
    if found.exact is None:
        return None
    optimizer = found.exact.optimizer
    if found.several:  # where there are no optimizers, a training is of rules
        return _block(found, optimizer if frameworks.of(found.to).has_optimizers else frameworks.rule_of(optimizer))
    if isinstance(optimizer, NativeCall):
        return _with_gaps(found, native_code(with_arguments(optimizer, found.kept), _counted(found)))
    return _with_gaps(found, drop_in_code(found.to, optimizer))


def _block(found: Answer, optimizer: Optimizer) -> str:
    """All statements of a training by the optimizer."""
    from comparisons.porting.writing.whole import block_code  # most texts are a call

    return block_code(found.to, whole(optimizer), found.gaps, found.kept)


def _with_gaps(found: Answer, code: str) -> str:
    return "\n".join([*lacking(found.gaps), code])


def _counted(found: Answer) -> str:
    """What a scheduler of the call counts: in Keras a schedule counts batches, whose gradients may be averaged."""
    return "batch" if "gradient_accumulation_steps" in found.unsupported_arguments else "optimizer.step()"


def as_data(found: Answer) -> dict[str, Any]:
    """The answer for JSON, without its proof."""
    native = found.native
    return {
        "source": {"framework": found.framework, "code": found.code},
        "native": {
            "code": closest_code(found),
            "fidelity": native.fidelity,
            "mismatches": [
                {"field": one.field, "source": plain(one.source), "target": plain(one.target), "says": one.message}
                for one in native.mismatches
            ],
        },
        "exact": {
            "route": found.exact.route if found.exact else None,
            "code": exact_code(found),
            "holds": found.exact.holds if found.exact else None,
        },
        "also": [*found.notes, *found.advice],
        "gaps": gaps_as_data(found.gaps),
    }


def gaps_as_data(gaps: Sequence[Gap]) -> list[dict[str, Any]]:
    """What could not be read, for JSON."""
    return [{"line": one.line, "text": one.text, "says": one.message} for one in gaps]


def plain(value: object) -> object:
    """A field's value as JSON has it: a schedule, a clip or a symbol is written out."""
    if isinstance(value, Symbol):
        return value.text
    return value if isinstance(value, bool | int | float | str | None) else repr(value)
