"""Each known defect is still there; one that is not was mended, and its entry can go."""

import pytest

from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.defects import DEFECTS
from comparisons.training import implementations


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_the_defects_are_still_there(framework):
    known = {defect.name: defect for defect in DEFECTS if defect.framework == framework}
    seen = implementations.defects_seen(framework)
    assert seen == dict.fromkeys(known, True), f"those that are not True were mended: {known}"
