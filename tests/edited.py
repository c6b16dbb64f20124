"""A framework of another release: modules of the installed one with edits, in the processes that are started."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

# Runs at the start of each process: modules are loaded from the edited files, as if those were installed.
SITE = """
import sys
from importlib.machinery import PathFinder
from importlib.util import spec_from_file_location

FILES = {files!r}


class Edited:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return spec_from_file_location(name, FILES[name]) if name in FILES else None


sys.meta_path.insert(0, Edited)
"""


def edited(folder, edits):
    """The PYTHONPATH under which the modules have another text instead of one that stands in them once.

    Args:
        folder: an empty one. edits: module, as "torch.optim.nadam", to pairs of texts.
    """
    files = {}
    for module, pairs in edits.items():
        text = Path(find_spec(module).origin).read_text()
        for old, new in pairs:
            assert text.count(old) == 1, (module, old)
            text = text.replace(old, new)
        files[module] = str(folder / f"{module}.py")
        Path(files[module]).write_text(text)
    (folder / "sitecustomize.py").write_text(SITE.format(files=files))
    return os.pathsep.join([str(folder), *sys.path])
