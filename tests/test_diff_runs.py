"""`triptych diff` of results folders: what both have is compared, what one alone has is said, and what is refused."""

import json
import shutil

import pandas as pd
import pytest
from click.testing import CliRunner
from synthetic import a_comparison, a_task

from comparisons.cli import triptych
from comparisons.diff.command import diff
from comparisons.diff.show import as_json
from comparisons.names import BadInput
from comparisons.results import files as results


def stored(folder, comparison):
    folder.mkdir(exist_ok=True)
    results.write(comparison, folder)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return stored(tmp_path_factory.mktemp("a"), a_comparison())


@pytest.fixture
def other(run, tmp_path):
    """A copy, to be changed."""
    return shutil.copytree(run, tmp_path / "b", ignore=shutil.ignore_patterns("plots", "*.html"))


def losses(folder, change):
    frame = pd.read_csv(folder / "aligned.csv", dtype=str)
    change(frame).to_csv(folder / "aligned.csv", index=False)


def manifest(folder, change):
    facts = json.loads((folder / "manifest.json").read_text())
    change(facts)
    (folder / "manifest.json").write_text(json.dumps(facts))


def test_a_run_of_one_dtype_is_compared_in_that_one(run, other):
    losses(other, lambda frame: frame[frame["dtype"] == "float32"])
    for sides, alone in (((run, other), "A"), ((other, run), "B")):
        found = diff(*sides)
        assert found.verdict == "identical"
        assert found.details["compared"] == 18
        assert found.notes == (f"18 curves of {alone} are not in {'BA'['AB'.index(alone)]}: they were not compared",)


def test_a_run_of_more_seeds_is_compared_in_those_of_both(run, tmp_path):
    stored(tmp_path / "two", a_comparison(seeds=2))
    found = diff(run, tmp_path / "two")
    assert (found.verdict, found.details["compared"]) == ("identical", 36)
    assert found.notes == ("36 curves of B are not in A: they were not compared",)


def test_a_run_of_fewer_optimizers_and_frameworks_has_changed_none(run, tmp_path):
    stored(tmp_path / "few", a_comparison(a_task(recipes=("sgd",)), frameworks=("numpy", "torch")))
    assert diff(run, tmp_path / "few").verdict == "identical"
    assert diff(tmp_path / "few", run).verdict == "identical"


def test_columns_in_another_order_are_the_same(run, other):
    losses(other, lambda frame: frame[[*frame.columns[:-2], frame.columns[-1], frame.columns[-2]]])
    assert diff(run, other).verdict == "identical"


def test_another_task_of_the_name_is_told(run, tmp_path):
    stored(tmp_path / "longer", a_comparison(a_task(steps=5)))
    with pytest.raises(BadInput, match=r"have no curve in common \(bowl is another task in B: steps 4 and 5\)"):
        diff(run, tmp_path / "longer")
    several = stored(tmp_path / "several", a_comparison(a_task(recipes=("sgd",)), a_task("valley", ("sgd",))))
    changed = shutil.copytree(several, tmp_path / "changed", ignore=shutil.ignore_patterns("plots", "*.html"))
    manifest(changed, lambda facts: facts["tasks"]["valley"]["model"].update(start=[-3.0, 5.0]))
    found = diff(several, changed)
    assert found.verdict == "identical"
    assert found.notes[0].startswith("valley is another task in B, and was not compared: model ")


def test_what_has_changed_is_a_sentence_and_a_row_for_each_optimizer(run, other):
    losses(other, lambda frame: frame.assign(torch=(1.01 * frame["torch"].astype(float)).map(repr)))
    said = CliRunner().invoke(triptych, ["diff", str(run), str(other)])
    assert said.exit_code == 1
    text = " ".join(said.stdout.split())
    assert "torch, sgd on bowl (as-written, float32, seed 0): parts from step 0, by up to 1.0e-02 of its" in text
    assert "12 of 36 curves changed beyond rounding." in text
    assert text.count("6 curves; most: bowl") == 2


def test_a_call_that_is_another_is_told_where_no_curve_changed(run, other):
    manifest(other, lambda facts: facts["calls"]["bowl"]["sgd"]["as-written"].update(torch="torch.optim.SGD(lr=0.2)"))
    found = diff(run, other)
    assert found.verdict == "different"
    assert found.first_break.says.startswith("torch, sgd on bowl (as-written): the call was: torch.optim.SGD(")
    assert found.rungs[0].says == "None of 36 curves changed beyond rounding."


def test_a_curve_that_ends_is_told_and_json_is_sound(run, other):
    losses(other, lambda frame: frame.assign(torch=frame["torch"].where(frame["step"].astype(int) < 2, "nan")))
    found = diff(run, other)
    assert (found.first_break.step, found.first_break.number) == (2, float("inf"))
    assert json.loads(as_json(found))["first_break"]["number"] is None


def emptied(name):
    return lambda folder: (folder / name).write_text("")


def halved(name):
    def half(folder):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return half


def unlinked(name):
    return lambda folder: (folder / name).unlink()


def fact(**changed):
    return lambda folder: manifest(folder, lambda facts: facts.update(changed))


BROKEN = {  # what is done to it, and what is said in parentheses
    "no losses": (unlinked("aligned.csv"), "aligned.csv: No such file"),
    "no gaps": (unlinked("gaps.csv"), "gaps.csv: No such file"),
    "empty losses": (emptied("aligned.csv"), "aligned.csv: No columns"),
    "half of the losses": (halved("aligned.csv"), "aligned.csv is cut off"),
    "half of the manifest": (halved("manifest.json"), "manifest.json is no JSON, or not all of it"),
    "a list": (lambda folder: (folder / "manifest.json").write_text("[]"), "manifest.json is no JSON object"),
    "brackets": (lambda folder: (folder / "manifest.json").write_text("[" * 10**5), "manifest.json is no JSON, or not"),
    "no versions": (fact(versions=None), "the versions of the manifest are not one for each package"),
    "numbers for versions": (fact(versions={"torch": 2}), "the versions of the manifest are not"),
    "no calls": (fact(calls=None), "the calls of the manifest are not one for each task"),
    "flat calls": (fact(calls={"bowl": "SGD"}), "the calls of the manifest are not one for each task"),
    "no seeds": (fact(seeds=None), "the manifest has not the seeds as a list"),
    "no tasks": (fact(tasks=None), ""),
}


@pytest.mark.parametrize(("broken", "said"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_run_is_refused_in_a_line(run, other, broken, said):
    broken(other)
    ended = CliRunner().invoke(triptych, ["diff", str(run), str(other)])
    assert (ended.exit_code, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith(f"triptych: {other}: no baseline can be read there ({said}")


def test_a_run_that_has_not_ended_is_told(run, tmp_path):
    (tmp_path / "run.db").write_bytes(b"")
    with pytest.raises(BadInput, match=r"its run has not ended, there is no manifest\.json yet"):
        diff(run, tmp_path)


def test_versions_are_shown_as_they_can_be_seen(run, other):
    manifest(other, lambda facts: facts["versions"].update({"\x1b[31mx": "[red]1"}))
    assert "\\x1b[31mx" in (said := CliRunner().invoke(triptych, ["diff", str(run), str(other)]).stdout)
    assert "[red]1" in said


def test_chaotic_curves_alone_cannot_be_compared(other, tmp_path):
    gaps = pd.read_csv(other / "gaps.csv", dtype=str)
    gaps.assign(verdict="chaotic").to_csv(other / "gaps.csv", index=False)
    run = shutil.copytree(other, tmp_path / "a")
    assert diff(run, other).verdict == "identical"
    losses(other, lambda frame: frame.assign(torch=(1.01 * frame["torch"].astype(float)).map(repr)))
    with pytest.raises(BadInput, match="all curves that both have are chaotic"):
        diff(run, other)
