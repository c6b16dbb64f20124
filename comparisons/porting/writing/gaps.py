"""What code lacks of its source, as comments above it."""

from collections.abc import Sequence

from comparisons.porting.reading.source import Gap


def lacking(gaps: Sequence[Gap]) -> list[str]:
    """A comment for each gap."""
    return [_lacking(gap) for gap in gaps]


def _lacking(gap: Gap) -> str:
    place = "" if gap.line is None else f", line {gap.line}"
    said = f"{gap.text}: {gap.message}" if gap.text else gap.message
    return f"# not in this{place}: {' '.join(said.split())}"
