"""What was found out, kept from one command to the next: a file for each state of the packages and of our source."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from comparisons.names import SCHEMA


def load(key: str) -> dict[str, Any]:
    """What was stored last under the key; nothing if nothing was, or if it cannot be read."""
    try:
        data = json.loads(_file(key).read_text(encoding="utf-8"))
        return dict(data["found"]) if data["schema"] == SCHEMA else {}
    except (OSError, RuntimeError, ValueError, LookupError, TypeError):
        return {}


def store(key: str, found: Mapping[str, Any]) -> None:
    """Keep it; where that cannot be, it is found out again next time."""
    with suppress(OSError, RuntimeError):
        file = _file(key)
        file.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=file.parent, prefix=".writing-") as aside:  # the file appears whole or not at all
            written = Path(aside) / file.name
            written.write_text(json.dumps({"schema": SCHEMA, "found": dict(found)}, indent=1), encoding="utf-8")
            written.replace(file)


def _file(key: str) -> Path:
    """Where freedesktop.org's base directories have it, in which a path that is not absolute does not count.

    Raises:
        RuntimeError: there is no home.
    """
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".cache") / "triptych" / f"held-{key}.json"
