"""What each factor makes of a gap, in words: one way for the page and for `triptych explain`."""

from collections.abc import Callable, Sequence

MANY = 10  # times as much as the gap: then parts of it are told in decades, not in shares
SMALL = 0.01  # of a gap: what makes less is not named
FAINT = 1e-3  # decades, 0.2 % of a loss: a smaller gap says more of the task, or of the way, than of the rules

Made = Sequence[tuple[str, float]]  # factors in words, each with the decades that it makes


def leading(made: Made, whole: float) -> list[tuple[str, float]]:
    """The factors that are worth naming, the largest first."""
    least = SMALL * _scale(made, whole)
    return sorted((pair for pair in made if abs(pair[1]) >= least), key=lambda pair: -abs(pair[1]))


def shares(made: Made, whole: float, signed: Callable[[float], str], of_that: str = "") -> str:
    """What the leading factors make of the gap: shares where all pull one way, else decades; "" where none leads.

    Args:
        made: all factors. whole: the gap, in decades.
        signed: a number of decades in words. of_that: what stands after the first share.
    """
    named = leading(made, whole)
    if _scale(made, whole) > MANY * abs(whole) or any(part * whole < 0 for _, part in named):
        return ", ".join(f"{factor} makes {signed(part)}" for factor, part in named)
    after = [of_that, *("" for _ in named[1:])]
    pairs = zip(named, after, strict=False)
    return ", ".join(f"{100 * part / whole:.0f} %{that} is {factor}" for (factor, part), that in pairs)


def _scale(made: Made, whole: float) -> float:
    return max(abs(whole), sum(abs(part) for _, part in made))
