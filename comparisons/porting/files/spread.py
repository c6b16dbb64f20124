"""Arguments that a call takes from a dict: SGD(p, **settings), where the file has the dict."""

import ast

from comparisons.porting.files.expressions import is_plain
from comparisons.porting.files.resolver import Resolver


def spread(node: ast.expr, resolver: Resolver) -> list[list[ast.keyword]] | None:
    """The arguments that ** of the node gives: a list of them, or one for each of the dicts that it may be.

    None if they are not known: it is no dict of the file, or somebody may change it after it is made.
    """
    value = resolver.meaning(node)
    if value is not node and not resolver.is_only_spread(node):
        return None
    match value:
        case ast.IfExp(body=body, orelse=other):
            ways = [_entries(body), _entries(other)]
        case _:
            ways = [_entries(value)]
    known = [way for way in ways if way is not None]
    elsewhere = value is not node and not _is_of_this_scope(node, resolver)
    if len(known) < len(ways) or (elsewhere and not all(is_plain(one.value) for way in known for one in way)):
        return None
    return known


def _entries(value: ast.expr) -> list[ast.keyword] | None:
    match value:
        case ast.Dict(keys=keys, values=values):
            words = [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
            named = [ast.keyword(arg=key, value=one) for key, one in zip(words, values, strict=False)]
            return named if len(named) == len(keys) else None
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=named) if all(one.arg for one in named):
            return named
        case _:
            return None


def _is_of_this_scope(node: ast.expr, resolver: Resolver) -> bool:
    site, key = resolver.site(node), resolver.key(node)
    return site is not None and key is not None and key[0] == id(site.scope)
