"""What text may hold that comes back in files, pictures and terminals."""

from unicodedata import category, name, normalize

from comparisons.names import BadInput

LONGEST_LABEL, LONGEST_TITLE = 100, 500  # characters
FORMULA = "=+-@"  # a spreadsheet that opens a CSV file takes what begins with these for a formula, and runs it


def check_text(owner: str, field: str, text: str, most: int) -> None:
    """Raise BadInput unless `text` is one line of at most `most` characters that can be seen.

    No line break or other control character, no mark that turns the direction of writing or shows as nothing.
    """
    if not isinstance(text, str):
        raise BadInput(f"{owner}: {field} is {text!r}; it must be text")
    if len(text) > most:
        raise BadInput(f"{owner}: {field} has {len(text)} characters; give at most {most}")
    for letter in text:
        if not _can_be_seen(letter):
            called = f" ({known.lower()})" if (known := name(letter, "")) else ""
            raise BadInput(
                f"{owner}: {field} has the character U+{ord(letter):04X}{called} in it; "
                "take it out: letters, signs and spaces will do, on one line"
            )


def check_label(owner: str, field: str, text: str) -> None:
    """Raise BadInput unless `text` can stand in a cell of a table: `check_text`, and it begins as no formula does."""
    check_text(owner, field, text, LONGEST_LABEL)
    if text != text.strip() or not text:
        raise BadInput(f"{owner}: {field} is '{text}'; it must be a word, without spaces around it")
    if normalize("NFKC", text)[0] in FORMULA:  # the wide forms of these too
        raise BadInput(
            f"{owner}: {field} is '{text}'; a spreadsheet takes what begins with {' '.join(FORMULA)} for a formula, "
            "so begin with a letter or a number"
        )


def visible(text: str) -> str:
    """The text with what cannot be seen written out, `\\u202e`: nothing in it moves a terminal's cursor."""
    return "".join(one if _can_be_seen(one) else one.encode("unicode_escape").decode() for one in text)


def _can_be_seen(letter: str) -> bool:
    """Whether it is a letter, a mark on one, a sign or a space."""
    return letter.isprintable() or category(letter) == "Zs"
