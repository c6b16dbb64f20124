"""What the pages say of the tables is what the tables say."""

import pytest
from made import PAGES, PART, made


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_are_made_from_the_tables(page):
    text = page.read_text()
    assert [found[2] for found in PART.finditer(text)] == PAGES[page]
    assert made(text) == text, "run `make readme`"
