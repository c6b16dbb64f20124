"""What lowers the rate by a metric, told as the other framework has it: code to put beside the block."""

from collections.abc import Sequence
from dataclasses import replace

from comparisons.frameworks.code import format_call
from comparisons.frameworks.plateau import NAME, SPELLINGS, differences
from comparisons.porting.reading.source import Gap
from comparisons.rules.schedules.plateau import Plateau


def in_framework(gaps: Sequence[Gap], to: str) -> tuple[Gap, ...]:
    """The gaps, those that lower the rate by a metric with their code in a framework, and with what differs there."""
    return tuple(gap if gap.plateau is None else replace(gap, message=_told(gap.plateau, to)) for gap in gaps)


def _told(plateau: Plateau, to: str) -> str:
    words = f"{NAME} lowers the learning rate by a metric, which no schedule does"
    if to not in SPELLINGS:
        return f"{words}; it is not in the translation"
    spelling = SPELLINGS[to]
    call = spelling.write(plateau)
    code = " ".join(format_call(f"{call.module}.{call.name}", spelling.first, call.arguments).split())
    differ = differences(plateau, spelling.read(call))
    return "; ".join([f"{words}: beside this take {code}, {spelling.used}", *differ])
