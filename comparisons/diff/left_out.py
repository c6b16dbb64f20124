"""An update that one side alone leaves out: it gets the same gradients, and moves nothing."""

from collections.abc import Sequence

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.moves import Moves, fits, made
from comparisons.diff.record import Cause
from comparisons.names import listed


def left_out(both: Both, t: int, felt: Sequence[Moves]) -> Cause | None:
    """One side does not move the tensors whose updates differ, and the other does; None if it is not so."""
    off = [one for one in felt if not fits(one, one.a)]
    moved = [[one.a.any() for one in off], [one.b.any() for one in off]]
    side = next((i for i in (0, 1) if not any(moved[i]) and all(moved[1 - i])), None)
    if side is None or not off:
        return None
    names, step = [one.name for one in off], int(both.steps[t])
    paths = [(pair.a, pair.b)[side] for pair in both.pairs if pair.name in names]
    again = any(np.any(path.after[t + 1 :] != path.before[t + 1 :]) for path in paths)
    of_all = len(off) == len(felt)
    where, them = ("", "the parameters") if of_all else (f" of {listed(names)}", "them")
    since = "" if again else ", there and at all steps after it"
    who, other = "AB"[side], "BA"[side]
    says = (
        f"They part at step {step} in the update{where}: {who} leaves {them} where they are{since}, with the same "
        f"gradients as {other}, which moves them."
    )
    remedy = f"See why {who} does: a rate of 0, a guard, a loss scale that overflows, an optimizer that is not called."
    return made(step, "update left out", float(step), says, remedy, () if of_all else tuple(names))
