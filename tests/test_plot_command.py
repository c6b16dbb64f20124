"""`triptych plot`, and losses as parquet: from a run of NumPy alone, in this process."""

import pandas as pd
import polars
import pytest
from click.testing import CliRunner

import comparisons
from comparisons.cli import triptych
from comparisons.results import parquet

BEGIN = {"pdf": b"%PDF", "png": b"\x89PNG", "svg": b"<?xml"}


def called(*words):
    return CliRunner().invoke(triptych, [str(word) for word in words])


@pytest.mark.parametrize("kind", BEGIN)
def test_a_picture_of_a_run_is_drawn_in_each_format(run, tmp_path, kind):
    done = called("plot", run, "--optimizer", "adam", "--format", kind, "--width", "8 cm", "--out", tmp_path)
    file = tmp_path / f"bowl-adam-as-written.{kind}"
    assert (done.exit_code, done.output) == (0, f"The picture is {file}\n")
    assert file.read_bytes().startswith(BEGIN[kind])


REFUSED = {
    "no length": (["--width", "8"], "'8' is no length; write a number and in, cm, mm or pt, such as 3.3in"),
    "too narrow": (["--width", "1mm"], "--width is 0.0393701 inches; it must be between 2 and 20"),
    "no such task": (["--task", "bawl"], "unknown task 'bawl'; did you mean 'bowl'"),
    "no such format": (["--format", "pfd"], "unknown format 'pfd'; did you mean 'pdf'"),
}


@pytest.mark.parametrize(("asked", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_drawn_is_refused_in_a_line(run, tmp_path, asked, words):
    done = called("plot", run, "--optimizer", "adam", "--out", tmp_path, *asked)
    assert (done.exit_code, words in done.output) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_there_must_be_a_run(tmp_path):
    assert called("plot", tmp_path, "--optimizer", "adam").exit_code == 2


def test_losses_as_parquet_are_those_of_the_csv(run, tmp_path):
    losses = comparisons.load(run).frame()
    parquet.write(losses, tmp_path / "losses.parquet")
    found = polars.read_parquet(tmp_path / "losses.parquet")
    csv = pd.read_csv(run / "losses.csv")
    assert found.columns == list(csv.columns)
    assert {name: found[name].cast(str).to_list() for name in found.columns[:5]} == {
        name: csv[name].tolist() for name in csv.columns[:5]
    }
    for name in found.columns[5:]:
        assert (found[name].to_numpy() == csv[name].to_numpy()).all()


def test_without_polars_parquet_is_refused_before_anything_is_trained(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "find_spec", lambda _: None)
    done = called("run", "bowl", "--format", "parquet", "--out", tmp_path / "run")
    assert (done.exit_code, "polars is not installed; pip install" in done.output) == (2, True)
    assert not (tmp_path / "run").exists()
