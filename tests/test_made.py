"""What the pages say of the tables is what the tables say."""

import re

import pytest
from made import PAGES, PART, ROOT, made


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_are_made_from_the_tables(page):
    text = page.read_text()
    assert [found[2] for found in PART.finditer(text)] == PAGES[page]
    assert made(text) == text, "run `make readme`"


def test_the_files_that_the_walk_names_exist():
    text = (ROOT / "docs/adding-an-optimizer.md").read_text()
    named = set(re.findall(r"`((?:\w+/)+\w+\.\w+)`", text))
    assert named
    assert [file for file in sorted(named) if not (ROOT / file).exists()] == []
