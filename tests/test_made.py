"""What the README says of the tables is what the tables say."""

from made import PART, PARTS, README, made


def test_the_readme_is_made_from_the_tables():
    text = README.read_text()
    assert [found[2] for found in PART.finditer(text)] == list(PARTS)
    assert made(text) == text, "run `make readme`"
