"""What was answered, held to what a recipe becomes."""

from collections.abc import Sequence
from dataclasses import replace

from comparisons import frameworks
from comparisons.names import BadInput
from comparisons.porting.answer import Answer, closest_code
from comparisons.porting.wholes.answer import Whole as Answered
from comparisons.porting.wholes.written import closest_block
from comparisons.rules import Schedule
from comparisons.rules.training import Training, whole
from tests.recipes.reading import check_rates
from tests.recipes.record import Whole


def check_answer(recipe: Whole, found: Answer | Answered) -> None:
    """The classes, what is said to differ, the lines to paste, and the rates there where they are said to be the same.

    Fields that no optimizer differs in may be named beside those that must be: the size of a clip's padding.
    """
    assert recipe.to is not None
    native, fields, block = parts_of(found)
    assert native is not None
    assert block is not None
    assert {group.optimizer.name for group in native.groups} == set(recipe.to.classes)
    assert recipe.to.fields <= fields, f"not said to differ: {recipe.to.fields - fields}"
    for line in recipe.to.lines:
        assert line in block, f"{line} is not in\n{block}"
    for line in recipe.to.absent:
        assert line not in block, f"{line} is in\n{block}"
    rules = frameworks.rule_of(native)
    if isinstance(rules.groups[0].optimizer.learning_rate, Schedule) and "learning_rate" not in fields:
        check_rates(replace(recipe, accumulation=None), rules)


def check_answers(recipe: Whole, found: Sequence[Answer | Answered | BadInput]) -> None:
    """Several answers: the class of each, the fields of each, and the lines among those of all."""
    assert recipe.to is not None
    blocks = []
    for name, one in zip(recipe.to.classes, found, strict=True):
        assert not isinstance(one, BadInput)
        native, fields, block = parts_of(one)
        if not name:  # no class follows it
            assert native is None
            continue
        assert native is not None
        assert block is not None
        assert [group.optimizer.name for group in native.groups] == [name]
        assert recipe.to.fields <= fields
        assert not [line for line in recipe.to.absent if line in block]
        blocks.append(block)
    assert not [line for line in recipe.to.lines if line not in "\n".join(blocks)]


def parts_of(found: Answer | Answered) -> tuple[Training[frameworks.NativeCall] | None, set[str], str | None]:
    """The closest training, the names of the fields that differ, and the lines to paste."""
    if isinstance(found, Answered):
        return found.native.training, {one.field for one in found.mismatches}, closest_block(found)
    call = found.native.call
    differ = {one.field for one in found.native.mismatches}
    return None if call is None else whole(call), differ, closest_code(found)
