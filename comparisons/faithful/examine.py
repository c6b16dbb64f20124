"""Whether calls follow their rules, found out in a worker of their framework."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from inspect import signature
from typing import Any, NamedTuple

from comparisons import frameworks
from comparisons.faithful.cache import load, store
from comparisons.faithful.departures import followed, reference_of
from comparisons.faithful.fingerprint import digest, of_code, of_packages
from comparisons.faithful.fits import fitting
from comparisons.frameworks import of
from comparisons.frameworks.call import NativeCall, Value
from comparisons.frameworks.column import column
from comparisons.frameworks.installed import versions
from comparisons.rules import RMSprop
from comparisons.training.cells import one_line

OURS = ("comparisons.rules", "comparisons.frameworks", "comparisons.faithful", "numpy_impl")  # beside what trains


class Found(NamedTuple):
    """How a call deviates: see `held.Deviation`."""

    version: str
    step: int
    gap: float
    fits: str


Finding = Found | str | None  # it deviates; why that is not known; it follows its rule


def examine(framework: str, calls: Sequence[NativeCall]) -> list[Finding]:
    """Whether each of the framework's calls follows its rule, on the device of the column, if it names one.

    What was found before of the same code, in the same packages, is not looked for again.
    """
    key = _state(framework)
    before, found, findings = _known(load(key)), dict[str, Finding](), list[Finding]()
    code = cache(_code)  # of a class, once for all its calls
    for call in calls:
        try:
            said = f"{call.code()} {' '.join(code(part.module, part.name) for part in _parts(call))}"
            found[said] = before[said] if said in before else _examined(framework, call)
            findings.append(found[said])
        except Exception as error:
            findings.append(one_line(error))
    if found.keys() - before.keys():
        store(key, _known(load(key)) | found)
    return findings


def _state(framework: str) -> str:
    """A name for the column, the versions of all packages that bear on what is found there, and our own source."""
    theirs = versions(("numpy", *of(framework).packages))
    ours = of_packages((*OURS, of(framework).implementation))
    state = digest((platform.python_version(), platform.machine(), *map(" ".join, theirs.items()), ours))
    return f"{column(framework).log.removesuffix('.log')}-{state}"


def _known(stored: Mapping[str, Any]) -> dict[str, Finding]:
    """Those of the findings that can be read."""
    known: dict[str, Finding] = {}
    for said, finding in stored.items():
        match finding:
            case None:
                known[said] = None
            case [str(version), int(step), float(gap), str(fits)]:
                known[said] = Found(version, step, gap, fits)
    return known


def _parts(call: NativeCall) -> Iterator[NativeCall]:
    """The call, and those that are in it or go with it."""
    yield call
    yield from (
        part for part in (call.clipping, call.schedule, *call.arguments.values()) if isinstance(part, NativeCall)
    )


def _code(module: str, name: str) -> str:
    return of_code(_loaded(module, name))


def _loaded(module: str, name: str) -> Any:
    return getattr(import_module(module), name)


def _examined(framework: str, call: NativeCall) -> Finding:
    native, rule = of(framework).classes_in(call.module)[call.name], frameworks.rule_of(call)
    if isinstance(rule, RMSprop) and rule.centered and not rule.rho:
        return "centered, and rho is 0: a square less itself is 0 or rounding, whose root may be no number"
    reference = reference_of(rule, native.float64_gap)
    paths = followed(framework, call, reference.lead)
    departure = reference.departure(paths)
    if departure is not None:
        return Found(_version(call), departure.step, departure.gap, fitting(reference, paths))
    others = ", ".join(_other_defaults(call, native.signature))
    return Found(_version(call), 0, 0.0, others) if others else None


def _version(call: NativeCall) -> str:
    """What the optimizer is of, as "keras 3.15.1"."""
    return " ".join(*versions((call.module.partition(".")[0],)).items())


def _other_defaults(call: NativeCall, table: Mapping[str, Value]) -> Iterator[str]:
    """The arguments that the call has by default, where the class has another.

    A completed call does not say which of its arguments were given; one that is as the table has it may not have been.
    """
    parameters = signature(_loaded(call.module, call.name)).parameters
    for name, default in table.items():
        if call.arguments.get(name) == default and name in parameters and parameters[name].default != default:
            yield f"{name} is {parameters[name].default}, not {default}"
