"""Several statements pasted together: a file of their own, in which bare names mean what they usually do."""

import ast
from collections.abc import Sequence
from dataclasses import replace

from comparisons.names import BadInput
from comparisons.porting.files.finds import CallSite
from comparisons.porting.files.gaps import gap_at
from comparisons.porting.files.links import Links, links_of
from comparisons.porting.files.maps import any_training_at, trainings_of
from comparisons.porting.files.resolver import resolver_of, unfit
from comparisons.porting.files.trainings import TrainingSite
from comparisons.porting.reading.calls import by_name, dotted
from comparisons.porting.reading.names import ALIASES, TODAY, classes_of, resolve
from comparisons.porting.reading.source import Gap, Source


def read_recipe(body: Sequence[ast.stmt]) -> Source | None:
    """The training that the statements say; None if there is no optimizer among them.

    Raises:
        BadInput: there is more than one training, or its optimizer cannot be read.
    """
    found = read_each(body)
    if len(found) > 1:
        lines = f"in lines {found[0][0]} and {found[1][0]}"
        raise BadInput(f"there must be one optimizer, and there are {len(found)}: {lines}; port each by itself")
    for _, one in found:
        if isinstance(one, BadInput):
            raise one
        return one
    return None


def read_each(body: Sequence[ast.stmt]) -> list[tuple[int, Source | BadInput]]:
    """The lines of the optimizers among the statements, with their trainings; or why one cannot be read."""
    bound = {name for line in body for name in _bound(line)}
    lines = [WrittenOut(bound, compiled=any(_compiles(line) for line in body)).visit(line) for line in body]
    links = links_of(resolver_of(ast.fix_missing_locations(ast.Module(body=lines, type_ignores=[]))))
    found = [(one, _training(one, links)) for one in trainings_of(links)]
    others = _others([training for _, training in found if isinstance(training, TrainingSite)], links)
    read: list[tuple[int, Source | BadInput]] = []
    for one, training in found:
        if isinstance(training, BadInput):
            read.append((one.node.lineno, training))
        else:
            said = [gap.line for gap in training.source.gaps]
            gaps = [gap for gap in others if gap.line not in said]
            read.append((one.node.lineno, replace(training.source, gaps=(*training.source.gaps, *gaps))))
    return read


def _training(one: CallSite, links: Links) -> TrainingSite | BadInput:
    try:
        if reason := unfit(one.node):
            raise BadInput(f"{one.module}.{one.name}: {reason}; write its values in variables of their own")
        if one.problem:
            raise BadInput(one.problem)
        return any_training_at(one, links)
    except BadInput as error:
        return error


def _others(found: Sequence[TrainingSite], links: Links) -> list[Gap]:
    """The schedules and clippings that are in none of the trainings; nobody knows which they belong to."""
    used = {part for one in found for part in (*one.parts, *one.inner)}
    words = "it is not seen to belong to the optimizer, and is not in the translation"
    return [
        gap_at(part.node, part.problem or words)
        for part in links.call_sites
        if part.kind != "optimizer" and part not in used
    ]


def _bound(line: ast.stmt) -> Sequence[str]:
    """The names that a statement binds."""
    names: list[str] = []
    for node in ast.walk(line):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                names.append(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.append(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names += [alias.asname or alias.name.partition(".")[0] for alias in aliases]
            case _:
                pass
    return names


def _compiles(line: ast.stmt) -> bool:
    """Whether a model is compiled with an optimizer, as Keras's are; torch.compile() is given none."""
    for node in ast.walk(line):
        match node:
            case ast.Call(func=ast.Attribute(attr="compile")) if {"optimizer", "loss"} & by_name(node).keys():
                return True
            case _:
                pass
    return False


class WrittenOut(ast.NodeTransformer):
    """Calls of classes and functions whose names nothing binds, by their full names: AdamW to torch.optim.AdamW."""

    def __init__(self, bound: set[str], *, compiled: bool) -> None:
        self.bound, self.compiled = bound, compiled

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """The call, and those in its arguments."""
        self.generic_visit(node)
        name = dotted(node.func)
        if self.compiled and name in classes_of(TODAY):  # torch's classes have the same names
            name = f"{TODAY}.{name}"
        if name and dotted(node.func).partition(".")[0] not in self.bound:
            prefix, _, last = name.rpartition(".")
            try:
                module, full = resolve(name, by_name(node))
            except BadInput:
                if prefix not in ALIASES or not last[:1].isupper():
                    return node
                module, full = ALIASES[prefix], last  # a class of nobody, which is told with its line
            node.func = ast.copy_location(ast.parse(f"{module}.{full}", mode="eval").body, node.func)
        return node
