"""docs/tutorial.md: its files are written, its commands run, and what they print put into the page.

`python -m tests.tutorial` makes the page anew.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from comparisons.frameworks.installed import ENVIRONMENT

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "tutorial.md"
FILE = re.compile(r"```(?:python|toml)\n# (\S+)\n.*?```", re.DOTALL)
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)


def made(page: str) -> str:
    """The page with what its commands print now, run in their order in a folder with its files."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for found in FILE.finditer(page):
            lines = found[0].splitlines(keepends=True)[1:-1]
            (folder / found[1]).write_text("".join(lines), encoding="utf-8")
        for command in ("python", "triptych"):  # by these names, whatever is installed
            module = " -m comparisons" if command == "triptych" else ""
            script = folder / "bin" / command
            script.parent.mkdir(exist_ok=True)
            script.write_text(f'#!/bin/sh\nexec "{sys.executable}"{module} "$@"\n')
            script.chmod(0o755)
        return CONSOLE.sub(lambda found: f"```console\n{_session(found[1], folder)}```", page)


def _session(text: str, folder: Path) -> str:
    commands = [line for line in text.splitlines(keepends=True) if line.startswith("$ ")]
    return "".join(command + _printed(command[2:], folder) for command in commands)


def _printed(command: str, folder: Path) -> str:
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": str(ROOT), "PATH": f"{folder}/bin:{os.environ['PATH']}"}
    ended = subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise ValueError(f"{command.strip()} ended with {ended.returncode}: {ended.stderr[-2000:]}")
    return "\n".join(line.rstrip() for line in ended.stdout.splitlines()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(made(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
