"""A notebook in a real kernel: pictures show by themselves, and the example under docs says what it says today."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs/notebook.ipynb"


def executed(notebook, folder, monkeypatch):
    """The notebook, run in a kernel of its own that has this checkout."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("COLUMNS", raising=False)
    return NotebookClient(notebook, timeout=900, resources={"metadata": {"path": str(folder)}}).execute()


SHOWN = """
import sys
sys.path.insert(0, {tests!r})
from synthetic import a_comparison, a_task
comparison = a_comparison(a_task("bowl"))
comparison.plot()
"""


@pytest.mark.filterwarnings("default")  # of the client's own threads and sockets
def test_a_picture_shows_in_a_notebook_without_a_line_that_asks_for_it(tmp_path, monkeypatch):
    cells = [new_code_cell(SHOWN.format(tests=str(ROOT / "tests"))), new_code_cell("comparison")]
    picture, comparison = (cell.outputs for cell in executed(new_notebook(cells=cells), tmp_path, monkeypatch).cells)
    assert [set(output.data) for output in picture] == [{"image/png", "text/plain"}]
    [output] = comparison
    assert "<table" in output.data["text/html"]
    assert output.data["text/plain"].startswith("NumPy, torch, Keras: sgd, adam on bowl; ")


@pytest.mark.full  # trains in three frameworks, twice, and proves a translation
@pytest.mark.filterwarnings("default")  # of the client's own threads and sockets
def test_the_example_runs_and_says_the_same(tmp_path, monkeypatch):
    kept = nbformat.read(EXAMPLE, 4)
    fresh = executed(nbformat.read(EXAMPLE, 4), tmp_path, monkeypatch)
    for before, after in zip(kept.cells, fresh.cells, strict=True):
        if before.cell_type == "code":
            assert [kinds(output) for output in before.outputs] == [kinds(output) for output in after.outputs]
    said, now = (book.cells[1].outputs[0].text.splitlines() for book in (kept, fresh))
    assert [line.split(" equal")[0] for line in now] == [line.split(" equal")[0] for line in said]  # but for rounding


def kinds(output):
    return sorted(output.get("data", {"stream": ""}))
