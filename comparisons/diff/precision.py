"""The last rung: in which dtypes both sides are, and what rounding may make of that."""

from comparisons.diff.both import Both
from comparisons.diff.record import Rung

PRECISION = "dtype and rounding"


def precision_rung(both: Both) -> Rung:
    """The dtypes, and the bound that all the rungs above were held to."""
    dtypes = [
        sorted({str(trace.tensors[getattr(pair, name)].before.dtype) for pair in both.pairs})
        for trace, name in zip(both.traces, ("name", "other"), strict=True)
    ]
    told = [" and ".join(names) for names in dtypes]
    what = f"Both are in {told[0]}" if told[0] == told[1] else f"A is in {told[0]}, B in {told[1]}"
    return Rung(
        rung=PRECISION,
        state="ok",
        says=f"{what}; a relative difference of {both.relative:.1e} in a gradient or a loss is rounding.",
    )
