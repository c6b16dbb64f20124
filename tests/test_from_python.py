"""`comparisons.port` and `comparisons.explain`: typed records that print as the commands do and show themselves."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest

import comparisons
from comparisons.explaining.show import text
from comparisons.names import BadInput
from comparisons.porting.command import translate

ADAM = "torch.optim.Adam(model.parameters(), lr=3e-4)"


def page_of(shown):
    """What a notebook shows, which is well formed."""
    return ElementTree.fromstring(shown._repr_html_())


def test_a_call_is_carried_over_as_a_record():
    found = comparisons.port(ADAM, "keras", dtypes=())
    [one] = found.translations
    assert (one.framework, one.to, one.fidelity, one.proof, one.holds) == ("torch", "tf", "exact-with-hook", None, None)
    assert one.native.startswith("keras.optimizers.Adam(")
    assert "epsilon_position='corrected-root'" in one.exact
    assert [lost.field for lost in one.lost] == ["epsilon_position"]
    assert repr(found) == translate(ADAM, "tf", "", "regression-20", ()).text
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.to = "torch"


def test_a_translation_shows_its_code_and_what_is_lost():
    page = page_of(comparisons.port(ADAM, "keras", dtypes=()))
    source, native, exact = ("".join(code.itertext()) for code in page.iter("pre"))
    assert (source[:5], native[:5], exact[:4]) == ("torch", "keras", "from")
    assert [cell.text for cell in page.iter("th")] == ["field", "source", "target", "says"]


def test_of_several_optimizers_one_that_cannot_be_read_costs_only_itself():
    text = "a = torch.optim.SGD(p, 0.1)\nb = torch.optim.Adam(p, beta=0.9)"
    found = comparisons.port(text, "numpy", dtypes=())
    assert [one.line for one in found.translations] == [1]
    assert list(found.problems) == [2]
    assert "line 2: " in "".join(page_of(found).itertext())


@pytest.mark.full  # two processes
def test_a_translation_is_proved():
    found = comparisons.port("torch.optim.SGD(p, 0.1)", "numpy", task="bowl", dtypes=["float64"])
    [one] = found.translations
    assert (one.holds, found.troubles, found.shortfalls) == (True, (), ())
    assert one.proof["float64"]["exact_gap"] < 1e-14  # a few epsilons of losses of 5
    assert "float64" in "".join(page_of(found).itertext())


REFUSED = {
    "no framework": ({"text": ADAM, "to": "torhc"}, "unknown framework 'torhc'; did you mean 'torch'"),
    "no dtype": ({"text": ADAM, "to": "tf", "dtypes": ["float46"]}, "unknown dtype 'float46'; did you mean"),
    "no task": ({"text": ADAM, "to": "tf", "task": "bawl"}, "unknown task 'bawl'; did you mean 'bowl'"),
    "no call": ({"text": "1 +", "to": "tf"}, "1 \\+"),
}


@pytest.mark.parametrize(("asked", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_carried_is_refused(asked, words):
    with pytest.raises(BadInput, match=words):
        comparisons.port(**asked)


@pytest.fixture(scope="module")
def explained():
    with ThreadPoolExecutor(1) as threads:
        calls = (f"numpy_impl.optimizers.RMSprop(params, learning_rate=0.01, rho={rho})" for rho in (0.9, 0.99))
        return comparisons.explain(*calls, task="bowl", dtypes=["float64"], executor=threads)


def test_a_gap_is_explained_as_a_record_whose_rows_add_up(explained, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # as a kernel has it
    frame = explained.factors()
    assert list(frame["factor"]) == ["rho", "rounding"]
    assert list(frame.iloc[0][["source", "target"]]) == ["0.9", "0.99"]
    [one] = explained.report.explanations
    assert frame["final"].sum() == pytest.approx(one.parts.measured.final, rel=1e-12)
    assert repr(explained) == text(explained.report)
    assert "\x1b" not in repr(explained)
    assert explained.sentence in " ".join(repr(explained).split())


def test_an_explanation_shows_its_checks_its_table_and_its_picture(explained):
    page = page_of(explained)
    assert [cell.text for cell in page.iter("th")] == list(explained.factors().columns)
    assert len(list(page.iter("li"))) == len(explained.checks)
    assert [image.get("alt") for image in page.iter("img")] == ["RMSprop on bowl"]


def test_two_calls_of_one_rule_have_no_picture():
    call = "numpy_impl.optimizers.SGD(params, learning_rate=0.1)"
    with ThreadPoolExecutor(1) as threads:
        found = comparisons.explain(call, call, task="bowl", dtypes=["float64"], executor=threads)
    assert found.plot() is None
    assert list(page_of(found).iter("img")) == []
