"""The last rung: in which dtypes both sides are, and what rounding may make of that."""

import numpy as np

from comparisons.diff.both import Both
from comparisons.diff.diverged import alone_cause
from comparisons.diff.not_led import FELT, come_apart
from comparisons.diff.record import Cause, Rung

PRECISION = "dtype and rounding"
GROWN = 64  # times what rounding has grown to, at the pace at which it grew: a training may get less stable


def precision_rung(both: Both, *, explained: bool) -> Rung:
    """The dtypes, and the bound that all the rungs above were held to.

    Args:
        explained: whether they part in one of those. If not, how far apart they are must be rounding, too.
    """
    cause = None if explained else _between_records(both) or alone_cause(both, PRECISION) or come_apart(both, PRECISION)
    if cause is not None:
        return Rung(rung=PRECISION, state="broken", says=cause.says, causes=(cause,))
    dtypes = [sorted({pair.dtypes[side] for pair in both.pairs}) for side in (0, 1)]
    told = [" and ".join(names) for names in dtypes]
    what = f"Both are in {told[0]}" if told[0] == told[1] else f"A is in {told[0]}, B in {told[1]}"
    return Rung(
        rung=PRECISION,
        state="ok",
        says=f"{what}; a relative difference of {both.relative:.1e} in a gradient or a loss is rounding.",
    )


def _between_records(both: Both) -> Cause | None:
    """Parameters that are much farther apart after updates that were not recorded than rounding had taken them."""
    count, floor = both.run, max(pair.epsilon for pair in both.pairs)
    apart = np.maximum(both.apart, floor)
    half = count // 2
    if count == len(both.steps) or half == count - 1:
        return None
    pace = max(1.0, float(apart[count - 1] / apart[half])) ** (1 / (count - 1 - half))
    for i in range(count - 1, len(both.steps) - 1):
        last, step = int(both.steps[i]), int(both.steps[i + 1])
        if apart[i + 1] <= max(FELT, GROWN * apart[i] * pace ** (step - last)):
            continue
        says = (
            f"They are the same but for rounding up to step {last}, and at step {step} their parameters are "
            f"{100 * apart[i + 1]:.2g} % of their size apart, which is more than rounding had grown to. Likely: they "
            f"part in one of the {step - last - 1} updates between, which were not recorded."
        )
        remedy = "Record more of them: Recorder(..., steps=, every=)."
        return Cause(rung=PRECISION, step=step, cause="not recorded", says=says, remedy=remedy, certain=False)
    return None
