"""The clipping of the gradients that an optimizer of a file gets: by a call, or by what wraps it."""

import ast
from typing import cast

from comparisons import frameworks
from comparisons.frameworks.call import NativeCall
from comparisons.frameworks.framework import ClipArguments, ClipCalls
from comparisons.frameworks.trainings import bare
from comparisons.names import BadInput
from comparisons.porting.files.filling import filled
from comparisons.porting.files.finds import CallSite
from comparisons.porting.files.gaps import gap_at, text_of
from comparisons.porting.files.links import Links
from comparisons.porting.files.scheduling import read_part
from comparisons.porting.files.wrappers import clippings_of
from comparisons.porting.reading.calls import parse_call, with_part
from comparisons.porting.reading.names import arguments_of
from comparisons.porting.reading.source import Gap
from comparisons.rules import Clip


def clipped(
    one: CallSite, calls: list[NativeCall], links: Links
) -> tuple[list[NativeCall], Clip | None, list[Gap], list[CallSite]]:
    """The calls with the clipping of their gradients: that of one call is its own, that of several is over all."""
    found = links.clippings_of(one)
    if not found:
        return *_clipped_by_wrapper(one, calls, links), []
    if len(found) > 1 and len({text_of(part.node) for part in found}) > 1:
        lines = ", ".join(str(part.node.lineno) for part in found)
        words = (
            f"lines {lines} may each clip its gradients, and a training has one clipping; none is in the translation"
        )
        return calls, None, [gap_at(part.node, words) for part in found], []
    part = found[0]
    try:
        clipping = read_part(part, links)
        if len(calls) == len(links.training_of(one)) == 1 and _takes_clipping(one):
            together = [with_part(calls[0], clipping)]
            frameworks.rule_of(bare(together[0]))
            return together, None, _order_gaps(one, part, links), found
        return calls, _clip_of(clipping), _order_gaps(one, part, links), found
    except BadInput as error:
        return calls, None, [gap_at(part.node, f"the translation is without this clipping: {error}")], [part]


def may_be_wrapped(one: CallSite, links: Links) -> bool:
    """Whether Lightning or Accelerate may step it: torch's only optimizer of the file."""
    return isinstance(frameworks.of(one.framework).clips, ClipCalls) and links.is_alone(one)


def _clipped_by_wrapper(
    one: CallSite, calls: list[NativeCall], links: Links
) -> tuple[list[NativeCall], Clip | None, list[Gap]]:
    """The calls with the clipping that Lightning or Accelerate does."""
    found = clippings_of(links.resolver) if may_be_wrapped(one, links) else []
    if not found:
        return calls, None, []
    node, name, limit = found[0]
    clips = frameworks.of(one.framework).clips
    if clips is None or len({(each, text_of(value)) for _, each, value in found}) > 1:
        words = "there are several clippings, and a training has one; none is in the translation"
        return calls, None, [gap_at(part, words) for part, _, _ in found]
    keyword = ast.keyword(arg=next(iter(clips.calls[name])), value=limit)
    try:
        call = ast.Call(func=node.func, args=[], keywords=[keyword])
        clipping = parse_call(filled(call, clips.module, name, links.resolver)).call
        if len(calls) > 1 or len(links.training_of(one)) > 1:
            return calls, _clip_of(clipping), []
        return [with_part(calls[0], clipping)], None, []
    except BadInput as error:
        return calls, None, [gap_at(node, f"the translation is without this clipping: {error}")]


def _takes_clipping(one: CallSite) -> bool:
    """Whether the clipping is the optimizer's own: a call that goes with it, or an argument that it has."""
    clips = frameworks.of(one.framework).clips
    return isinstance(clips, ClipCalls) or set(clips.names if clips else ()) <= set(arguments_of(one.module, one.name))


def _clip_of(clipping: NativeCall) -> Clip | None:
    """The clipping of all gradients that a call is."""
    match frameworks.of(clipping.framework).clips:
        case ClipCalls() as clips:
            return clips.read(clipping)
        case ClipArguments() as clips:
            given = clips.argument_of(clipping)
            fields = dict(zip(clips.names, clips.fields, strict=True))
            return clips.read({fields[name]: cast(float, value) for name, value in given.items()})
        case None:
            return None


def _order_gaps(one: CallSite, part: CallSite, links: Links) -> list[Gap]:
    """A gap, where what is clipped is not what the update is made of."""
    steps = links.steps_of(one)
    accumulation, _ = links.loops.accumulation(steps)
    if accumulation is None or links.loops.clock([part.node], steps) != "batch":
        return []
    words = (
        "it clips after every micro-batch what has been added up so far; the translation clips once, before the update"
    )
    return [gap_at(part.node, words)]
