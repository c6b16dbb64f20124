"""The optimizers, schedules and clippings that are called in a file, in whatever way."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from comparisons import frameworks
from comparisons.frameworks.keras.classes import CLASSES
from comparisons.frameworks.torch.clipping import MODULE as TORCH_CLIPPING
from comparisons.porting.files.binding import Site
from comparisons.porting.files.places import KERAS, canonical_name
from comparisons.porting.files.reaching import MOST
from comparisons.porting.files.resolver import Key, Resolver
from comparisons.porting.reading.calls import by_name
from comparisons.porting.reading.names import ALIASES, OPTIMIZERS, OUTSIDE, OWNERS, Kind, kind_of, of_make

PARTIAL = "functools.partial"


@dataclass(frozen=True, eq=False, kw_only=True)
class CallSite:
    """A call that stands in a file.

    Args:
        node: what stands there.
        call: the call of the class; it is not the node where that is partial(Adam, ...) or compile("adam").
        kind, module, name: what is called.
        site: its place.
        targets: the variables that its value is given to.
        each: it is a clipping that a loop makes for each parameter apart.
        problem: why it cannot be translated, where that is known already.
    """

    node: ast.Call
    call: ast.Call
    kind: Kind
    module: str
    name: str
    site: Site
    targets: tuple[Key, ...] = ()
    each: bool = False
    problem: str = ""

    @property
    def framework(self) -> str:
        """Whose it is."""
        return OWNERS[self.module]


def call_sites_in(resolver: Resolver) -> list[CallSite]:
    """The calls of optimizers, schedules and clippings, from top to bottom: of all that their modules have as a class.

    A call that may be of several classes comes once for each.
    """
    loops = _loop_names(resolver)
    return [
        one for node in resolver.scopes.nodes if isinstance(node, ast.Call) for one in _meant(node, resolver, loops)
    ]


def _meant(node: ast.Call, resolver: Resolver, loops: dict[int, set[str]]) -> Iterator[CallSite]:
    site = resolver.scopes.sites[id(node)]
    targets = (resolver.key(target) for target in resolver.scopes.assigned.get(id(node), []))
    keys = tuple(key for key in targets if key is not None)
    call, names = _called(node, resolver)
    for full in names:
        module, name, problem = canonical_name(full)
        if not problem and module in OPTIMIZERS:
            module, name = of_make(full, module, name, by_name(call))
        kind, known = kind_of(module, name)
        ours = module in OPTIMIZERS and module == frameworks.of(OPTIMIZERS[module]).module
        unknown = (ours or kind == "schedule") and kind != "clipping" and name[:1].isupper()
        if problem or name in known or (module, name) in OUTSIDE or unknown:
            each = module == TORCH_CLIPPING and _is_each(call, site, loops)
            yield CallSite(
                node=node,
                call=call,
                kind=kind,
                module=module,
                name=name,
                site=site,
                targets=keys,
                each=each,
                problem=problem,
            )


def _called(node: ast.Call, resolver: Resolver) -> tuple[ast.Call, list[str]]:
    """The call that is made, or prepared, and the full names of what may be called by it."""
    names = resolver.full_names(node.func)
    match node:
        case ast.Call(args=[function, *args], keywords=keywords) if PARTIAL in names:
            return ast.Call(func=function, args=args, keywords=keywords), resolver.full_names(function)
        case ast.Call(func=ast.Attribute(attr="compile")) | ast.Call(func=ast.Attribute(attr="get")):
            if word := _optimizer_word(node, names, resolver):
                return ast.Call(func=node.func, args=[], keywords=[]), [f"{KERAS}.{_class_named(word)}"]
            if not names and _is_unknown_optimizer(node, resolver):
                return node, [f"{KERAS}.*"]
        case _:
            pass
    match resolver.meaning(node.func):
        case ast.Call(func=ast.Name(id="getattr"), args=[module, *_]) if not names:
            names = [f"{home}.*" for home in resolver.full_names(module) if ALIASES.get(home) in OPTIMIZERS]
        case _:
            pass
    return node, names


def _is_unknown_optimizer(node: ast.Call, resolver: Resolver) -> bool:
    """Whether a model is compiled with an optimizer that the file does not say: model.compile(optimizer=args.opt)."""
    given = [one.value for one in node.keywords if one.arg == "optimizer"]
    if not given or not isinstance(node.func, ast.Attribute) or node.func.attr != "compile":
        return False
    waiting, further = [resolver.meaning(given[0])], MOST
    while waiting and further:
        one, further = waiting.pop(), further - 1
        if isinstance(one, ast.Call | ast.Constant | ast.Dict):
            return False
        if isinstance(one, ast.IfExp):
            waiting += [one.body, one.orelse]
        elif isinstance(one, ast.Name | ast.Attribute):
            waiting += resolver.values(one)
    return True


def _optimizer_word(node: ast.Call, names: list[str], resolver: Resolver) -> str:
    """The word that says which optimizer is meant: in model.compile("adam") and in keras.optimizers.get("adam")."""
    named = [one.value for one in node.keywords if one.arg in ("optimizer", "identifier")]
    first = [resolver.meaning(one) for one in (*named, *node.args[:1])][:1]
    match first:
        case [ast.Constant(value=str(word))]:
            compiled = isinstance(node.func, ast.Attribute) and node.func.attr == "compile" and not names
            known = bool(named) or _class_named(word) in CLASSES
            got = any(ALIASES.get(name.rpartition(".")[0]) == KERAS for name in names)
            return word if got or (compiled and known) else ""
        case _:
            return ""


def _class_named(word: str) -> str:
    """The class that Keras takes the word for; a word that looks like a class, if it takes it for none."""
    return next((name for name in CLASSES if name.lower() == word.lower()), word.capitalize())


def _loop_names(resolver: Resolver) -> dict[int, set[str]]:
    """The names that each loop, or comprehension, goes through."""
    found: dict[int, set[str]] = {}
    for node in resolver.scopes.nodes:
        match node:
            case ast.For(target=target) | ast.AsyncFor(target=target):
                loop = id(node)
            case ast.comprehension(target=target):
                loop = resolver.scopes.sites[id(node)].loops[-1]
            case _:
                continue
        names = {one.id for one in ast.walk(target) if isinstance(one, ast.Name)}
        found.setdefault(loop, set()).update(names)
    return found


def _is_each(call: ast.Call, site: Site, loops: dict[int, set[str]]) -> bool:
    """Whether what is clipped is what a loop around it goes through."""
    match call.args[:1]:
        case [ast.Name(id=name)] | [ast.List(elts=[ast.Name(id=name)]) | ast.Tuple(elts=[ast.Name(id=name)])]:
            return any(name in loops[loop] for loop in site.loops if loop in loops)
        case _:
            return False
