"""The answer for a whole training as code to paste, and as data for JSON."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from comparisons.frameworks.call import Value
from comparisons.frameworks.express import Mismatch
from comparisons.porting.answer import gaps_as_data, plain
from comparisons.porting.wholes.answer import Whole
from comparisons.porting.writing.native import group_code, unscheduled
from comparisons.porting.writing.whole import block_code


def closest_block(found: Whole) -> str | None:
    """The closest native training as code to paste."""
    training = found.native.training
    if training is None:
        return None
    pairs = zip(training.groups, found.rules.groups, strict=True)
    groups = tuple(replace(group, optimizer=unscheduled(group.optimizer, rule.optimizer)) for group, rule in pairs)
    return block_code(found.to, replace(training, groups=groups), found.gaps, _kept(found, found.to))


def exact_block(found: Whole) -> str | None:
    """The exact route as code to paste."""
    if found.exact is None:
        return None
    return block_code(found.to, found.exact, found.gaps, _kept(found, found.to))


def source_block(found: Whole) -> str:
    """The source as code."""
    return block_code(found.framework, found.source, more=_kept(found, found.framework))


def _kept(found: Whole, framework: str) -> Mapping[str, Value]:
    """The unsupported arguments that a framework has, too: all, if it is the source's."""
    return found.unsupported_arguments if framework == found.framework else {}


def as_data(found: Whole) -> dict[str, Any]:
    """The answer for JSON, without its proof; `native`, `exact` and `also` as of a call."""
    native = found.native
    return {
        "source": {"framework": found.framework, "code": source_block(found)},
        "native": {
            "code": closest_block(found),
            "fidelity": native.fidelity,
            "mismatches": [_mismatch(one) for one in found.mismatches],
        },
        "exact": {
            "route": found.route if found.exact is not None else None,
            "code": exact_block(found),
            "holds": found.holds,
        },
        "groups": [_group(found, i) for i in range(len(found.names))],
        "surroundings": {
            name: None
            if (part := getattr(found.source, name)) is None
            else {"kind": type(part).__name__, **_fields(part)}
            for name in ("clip", "accumulation", "average")
        },
        "also": [*found.notes, *found.tensors, *found.advice],
        "gaps": gaps_as_data(found.gaps),
    }


def _group(found: Whole, i: int) -> dict[str, Any]:
    """One group: its tensors, what it was and what it becomes."""
    group, one = found.source.groups[found.origins[i]], found.native.groups[i]
    return {
        "name": found.names[i],
        "tensors": _fields(found.rules.groups[i].tensors),
        "source": group_code(group.optimizer),
        "native": group_code(one.call) if one.call is not None else None,
        "fidelity": one.fidelity,
        "mismatches": [_mismatch(mismatch) for mismatch in one.mismatches],
    }


def _fields(record: object) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else plain(value) for name, value in vars(record).items()}


def _mismatch(one: Mismatch) -> dict[str, Any]:
    return {"field": one.field, "source": plain(one.source), "target": plain(one.target), "says": one.message}
