"""`triptych diff` of CSV files: how loggers write them, what is no curve, rounding step by step, and shapes."""

import warnings

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from comparisons.cli import triptych
from comparisons.diff.command import draw
from comparisons.diff.curves.bounds import float_bounds
from comparisons.diff.curves.compare import diff_curves
from comparisons.diff.curves.file import read_curve
from comparisons.diff.show import as_json
from comparisons.names import BadInput
from comparisons.plots.parting import plot_parting
from comparisons.traces.rounding import cast

STEPS = np.arange(200)
SMOOTH = 2 * np.exp(-STEPS / 40) + 0.3


def noise(seed, size=0.05):
    return size * np.random.default_rng(seed).standard_normal(len(STEPS))


NOISY = SMOOTH + noise(1)


def written(path, losses, steps=None, form=".9g", head="step,loss"):
    steps = range(len(losses)) if steps is None else steps
    rows = [
        f"{step},{format(loss, form) if form else repr(float(loss))}" for step, loss in zip(steps, losses, strict=True)
    ]
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def compared(folder, a, b, steps=None, of_b=None, form=".9g", form_b=None):
    one = written(folder / "a.csv", a, steps, form)
    return diff_curves(one, written(folder / "b.csv", b, of_b, form_b or form))


def likely(found):
    return [(cause.cause, cause.number) for cause in found.breaks[1:]]


# --- files as loggers write them

READ = {  # the bytes, the steps, the losses
    "UTF-16, as Excel writes it": ("step\tloss\n0\t1.5\n1\t1.25\n".encode("utf-16"), [0, 1], [1.5, 1.25]),
    "Excel's line of the delimiter": (b"sep=;\nstep;loss\n0;1,5\n1;1,25\n", [0, 1], [1.5, 1.25]),
    "decimal commas with exponents": (b"step;loss\n0;1,5e-3\n1;+,25E1\n", [0, 1], [1.5e-3, 2.5]),
    "decimal commas, tabs": (b"step\tloss\n0\t1,5\n1\t1,25\n", [0, 1], [1.5, 1.25]),
    "delimiters inside quotes": (b'step,note,loss\n0,"a;b",1.5\n1,"c;d, e",1.25\n', [0, 1], [1.5, 1.25]),
    "comments": (b"# mine\n# today, late\nstep,loss\n0,1.5\n# now\n1,1.25\n", [0, 1], [1.5, 1.25]),
    "a header in a comment, as savetxt writes it": (b"# step loss\n3 1.5\n4 1.25\n", [3, 4], [1.5, 1.25]),
    "a delimiter too many in each row": (b"step,loss\n3,1.5,\n4,1.25,\n", [3, 4], [1.5, 1.25]),
    "a delimiter too many, no header": (b"3,1.5,\n4,1.25,\n", [3, 4], [1.5, 1.25]),
    "pandas: an index without a name": (b",loss\n3,1.5\n4,1.25\n", [3, 4], [1.5, 1.25]),
    "pandas: a Series": (b",0\n3,1.5\n4,1.25\n", [3, 4], [1.5, 1.25]),
    "pandas: the index, read and written": (b"Unnamed: 0,x\n3,1.5\n4,1.25\n", [3, 4], [1.5, 1.25]),
    "pandas: the index beside the step": (b",step,loss\n0,30,1.5\n1,40,1.25\n", [30, 40], [1.5, 1.25]),
    "wandb: a run's step and training loss beside others": (
        b'"Step","r - _step","r - _step__MIN","r - val_loss","r - train/loss","r - train/loss__MAX"\n'
        b'"3","3","3","2","1.5","1.5"\n"4","4","4","2","1.25","1.5"\n',
        [3, 4],
        [1.5, 1.25],
    ),
    "Keras": (b"epoch,accuracy,loss,val_loss\n0,0.5,1.5,2\n1,0.6,1.25,3\n", [0, 1], [1.5, 1.25]),
    "Lightning: of steps and of epochs": (
        b"epoch,step,train_loss_epoch,train_loss_step,val_loss\n0,49,,1.5,\n0,99,,1.25,\n0,99,1.3,,1\n",
        [49, 99],
        [1.5, 1.25],
    ),
    "Hugging Face": (
        b"loss,learning_rate,epoch,step,eval_loss,train_loss\n1.5,.1,0.5,10,,\n1.25,.1,1.0,20,,\n,,1.0,20,2,1.4\n",
        [10, 20],
        [1.5, 1.25],
    ),
    "Hugging Face, without steps": (b"loss,epoch\n1.5,0.5\n1.25,1.0\n", [0, 1], [1.5, 1.25]),
    "batches that begin anew": (b"epoch,batch,loss\n0,0,1.5\n0,1,1.4\n1,0,1.25\n", [0, 1, 2], [1.5, 1.4, 1.25]),
    "several rows to an epoch": (b"epoch,loss\n0,1.5\n0,1.4\n1,1.25\n", [0, 1, 2], [1.5, 1.4, 1.25]),
    "a finer count than epochs": (b"epoch,Iterations,loss\n0,7,1.5\n1,8,1.25\n", [7, 8], [1.5, 1.25]),
    "steps as floats": (b"Step,Loss\n1.0,1.5\n2.0,1.25\n", [1, 2], [1.5, 1.25]),
    "words where nothing was logged": (b"step,loss\n0,1.5\n1,None\n2,NA\n3,1.25\n", [0, 3], [1.5, 1.25]),
    "zeros with any exponent": (b"step,loss\n0,0e999999999\n1,1e-400\n", [0, 1], [0, 0]),
    "a line separator in a cell": ("step,note,loss\n0,a\u2028b,1.5\n1,c,1.25\n".encode(), [0, 1], [1.5, 1.25]),
}


@pytest.mark.parametrize(("content", "steps", "losses"), READ.values(), ids=READ)
def test_a_log_is_read(content, steps, losses, tmp_path):
    (tmp_path / "a.csv").write_bytes(content)
    found = read_curve(tmp_path / "a.csv")
    assert (found.steps.tolist(), found.losses.tolist()) == (steps, losses)


REFUSED = {  # the bytes, and what is said of them
    "NUL": (b"step,loss\n0,1.5\n1,1\x00.25\n", "line 3 has the character U+0000 in it"),
    "UTF-16 without its mark": ("step,loss\n".encode("utf-16-le"), "line 1 has the character U+0000 in it"),
    "an escape": (b"step,loss\n0,1.5\n1,\x1b[31mx\n", "line 3 has the character U+001B in it"),
    "JSON": (b'{"step": 0, "loss": 1.5}\n', "is JSON, not CSV"),
    "delimiters alone": (b",,,\n,,,\n", "has no cell with anything in it"),
    "separators of thousands": (b'step,loss\n0,"1,234.5"\n', "line 2: '1,234.5' in 'loss' is no number; write numbers"),
    "both, German": (b"step;loss\n1.000;1234,5\n", "line 2: '1.000' has a point in it where others have a decimal"),
    "decimal commas between commas": (b"step,loss\n0,1,5\n", "line 2 has 3 cells where 2 are expected; where a comma"),
    "underscores": (b"step,loss\n0,1_0.25\n", "line 2: '1_0.25' in 'loss' is no number"),
    "other digits": ("step,loss\n\u0661,1.5\n".encode(), "line 2: the step '\u0661' in 'step' is no whole number"),
    "too large a loss": (b"step,loss\n0,1e400\n", "line 2: the loss 1e400 is larger than float64 holds"),
    "too large a step": (b"step,loss\n1" + b"0" * 20 + b",1\n", "line 2: the step '1"),
    "a long cell": (b"step,loss\n0," + b"x" * 5000 + b"\n", f"line 2: '{'x' * 40}...' in 'loss' is no number"),
    "a step that is not a number": (b"step,loss\nnan,1\n", "line 2: the step 'nan' in 'step' is no whole number"),
    "no step": (b"step,loss\n0,1\n,2\n", "line 3 has a loss and no step in 'step'"),
    "two losses": (b"step,loss,loss\n0,1,2\n", "two columns are called 'loss'"),
    "two runs of wandb": (
        b"Step,a - loss,b - loss\n0,1,2\n",
        "2 columns may be the loss; name one with --column",
    ),
    "a quote left open": (b'step,loss\n0,1\n1,"2\n2,3\n', "line 5: is no CSV"),
    "infinity": (b"step,loss\n0,1\n1,-inf\n", "line 3: the loss is -inf; compare the steps before it"),
    "a step that comes back": (b"step,loss\n0,1\n1,2\n0,3\n", "step 0 stands there more than once, in 'step', line 4"),
}


@pytest.mark.parametrize(("content", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_log_is_refused_in_a_line(content, said, tmp_path):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(BadInput) as refused:
        read_curve(tmp_path / "a.csv")
    assert str(refused.value).startswith(f"{tmp_path / 'a.csv'}: {said}")
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


def test_what_is_made_of_a_file_is_noted(tmp_path):
    (tmp_path / "a.csv").write_text("epoch,batch,loss\n0,0,1.5\n0,1,1.4\n1,0,1.25\n")
    found = diff_curves(tmp_path / "a.csv", tmp_path / "a.csv")
    said = "rows begin anew in each epoch in 'batch': they were numbered from 0"
    assert found.notes[:2] == (f"A's {said}", f"B's {said}")


def test_a_column_of_each_file_is_named(tmp_path):
    (tmp_path / "w.csv").write_text("Step,a - loss,b - loss\n0,1.25,2\n1,1,3\n")
    file = str(tmp_path / "w.csv")
    ended = CliRunner().invoke(triptych, ["diff", file, file, "--column", "a - loss", "--column", "b - loss"])
    assert (ended.exit_code, "B's loss is 2 where A's is 1.25" in ended.stdout) == (1, True)
    assert CliRunner().invoke(triptych, ["diff", file, file, *["--column", "a - loss"] * 3]).exit_code == 2


LETTERS = st.text(st.sampled_from('0123456789.,;\t "#-+enaifloss\n|\ufeff'), max_size=60)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(LETTERS, st.sampled_from(["", "step,loss\n", "epoch;loss\n", "loss\n", "0,1\n1,2\n"]))
def test_any_text_is_a_curve_or_refused(tmp_path_factory, text, head):
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_text(head + text, encoding="utf-8")
    try:
        found = read_curve(file)
    except BadInput:
        return
    assert np.isfinite(found.losses).all()
    assert (np.diff(found.steps) > 0).all()


# --- which step is which

COUNTED = {  # B's steps, and what is said of them
    "from 1": (STEPS + 1, "B's steps are A's plus 1: the curves were compared row by row"),
    "an interval's end": (
        10 * STEPS + 9,
        "B's steps are 10 times A's plus 9, as updates are to epochs: the curves",
    ),
    "updates": (100 * STEPS + 100, "B's steps are 100 times A's plus 100, as updates are to epochs: the curves"),
}


@pytest.mark.parametrize(("of_b", "said"), COUNTED.values(), ids=COUNTED)
def test_steps_that_are_counted_otherwise_are_aligned_and_said(of_b, said, tmp_path):
    found = compared(tmp_path, NOISY, NOISY, of_b=of_b)
    assert found.verdict == "identical"
    assert found.notes[0].startswith(said)
    assert np.array_equal(found.curves[1][0], STEPS)


def test_steps_stay_what_they_are_where_their_losses_are_the_same(tmp_path):
    found = compared(tmp_path, NOISY[:-1], NOISY[1:], of_b=STEPS[1:])
    assert found.verdict == "identical"
    assert found.notes == (
        "1 of A's steps is not in B: it was not compared",
        "1 of B's steps is not in A: it was not compared",
    )
    assert compared(tmp_path, NOISY, NOISY[::10], of_b=STEPS[::10]).verdict == "identical"


MISSING = STEPS % 32 != 31  # as Hugging Face leaves the loss out where it evaluates
LACKING = {  # B's steps, those that A has, those that B has, how they are moved, and how many of A's B has not
    "counted from 1": (STEPS + 1, STEPS >= 0, MISSING, "plus 1", 6),
    "the first is lacking, too": (STEPS + 1, STEPS >= 0, MISSING & (STEPS > 0), "plus 1", 7),
    "each tenth, counted from 1": (STEPS + 1, STEPS >= 0, STEPS % 10 == 9, "plus 1", 180),
    "in both": (STEPS + 1, STEPS % 7 != 5, MISSING, "plus 1", 5),
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("of_b", "in_a", "in_b", "moved", "alone"), LACKING.values(), ids=LACKING)
def test_steps_that_are_counted_otherwise_are_aligned_though_some_are_missing(
    of_b, in_a, in_b, moved, alone, turned, tmp_path
):
    sides = [(NOISY[in_a], STEPS[in_a]), (NOISY[in_b], of_b[in_b])]
    (a, of_a), (b, of_b) = sides[::-1] if turned else sides
    found = compared(tmp_path, a, b, of_a, of_b)
    assert found.verdict == "identical"
    said = moved.replace("plus", "minus") if turned else moved
    assert found.notes[0] == f"B's steps are A's {said}: the curves were compared after undoing that"
    assert any(note.startswith(f"{alone} of {'B' if turned else 'A'}'s steps are not in") for note in found.notes)


def test_steps_stay_what_they_are_where_some_are_missing_and_nothing_is_moved(tmp_path):
    kept = MISSING & (STEPS > 0)
    slower = 2 * np.exp(-STEPS / 44) + 0.3
    for b in (NOISY, slower, SMOOTH + noise(2)):
        found = compared(tmp_path, NOISY if b is NOISY else SMOOTH, b[kept], of_b=STEPS[kept])
        assert not any("undoing" in note for note in found.notes)


# --- what is rounding


def trained(kind, reversed_=False, steps=400):
    """Losses of a training in float32, whose sums go forwards or backwards."""
    rng = np.random.default_rng(3)
    inputs = rng.standard_normal((64, 12)).astype(np.float32)
    truth = rng.standard_normal((12, 5)).astype(np.float32)
    weights, classes, found = np.zeros((12, 5), np.float32), (inputs @ truth).argmax(axis=1), []
    rows, columns = (slice(None, None, -1 if reversed_ else 1) for _ in range(2))
    for _ in range(steps):
        outputs = np.einsum("ni,ij->nj", inputs[rows, columns], weights[columns])
        wanted = classes[rows]
        if kind == "squares":
            left = outputs - (inputs @ truth)[rows]
            loss, slope = np.mean(left * left, dtype=np.float32), 2 * left / np.float32(left.size)
        else:
            powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
            total = powers.sum(axis=1, keepdims=True)
            at = np.arange(64), wanted
            loss = np.mean(np.log(total[:, 0]) + outputs.max(axis=1) - outputs[at], dtype=np.float32)
            slope = powers / total
            slope[at] -= 1
            slope /= np.float32(64)
        found.append(float(loss))
        weights = weights - np.float32(1.0) * (inputs[rows].T @ slope).astype(np.float32)
    return np.array(found)


@pytest.mark.parametrize("kind", ["squares", "classes"])
def test_one_training_whose_sums_go_in_another_order_differs_by_rounding(kind, tmp_path):
    a, b = trained(kind), trained(kind, reversed_=True)
    assert (a != b).any()
    found = compared(tmp_path, a, b, form=".17g")
    assert (found.verdict, found.breaks) == ("rounding", ())
    assert found.rungs[0].says.startswith("The losses differ by no more than rounding in float32 makes: by up to ")


HIDDEN = {  # the losses of A and of B, and where they part
    "small ones, early a huge one": (1e6 * np.exp(-STEPS / 2) + 1e-3, lambda a: np.where(STEPS < 100, a, 1.05 * a)),
    "what falls to nothing": (2 * np.exp(-STEPS / 8), lambda a: np.where(STEPS < 100, a, 1.1 * a)),
    "five digits": (NOISY, lambda a: np.where(STEPS < 100, a, 1.00002 * a)),
}  # fmt: skip


@pytest.mark.parametrize(("a", "of_b"), HIDDEN.values(), ids=HIDDEN)
def test_small_losses_are_held_to_what_rounding_makes_of_them(a, of_b, tmp_path):
    found = compared(tmp_path, a, of_b(a), form=".17g")
    assert (found.verdict, found.first_break.step) == ("different", 100)


def test_a_last_digit_that_is_another_at_many_steps_is_a_gap(tmp_path):
    found = compared(tmp_path, NOISY, np.where(STEPS < 100, NOISY, NOISY + 0.008), form=".2f")
    assert found.verdict == "different"
    assert found.first_break.step in (100, 101)
    assert found.notes == ("A's and B's losses are written to about 0.01: what is smaller is not seen",)


def test_digits_that_one_file_leaves_out_are_no_gap(tmp_path):
    for form in (".2f", ".3g", ".4e"):
        assert compared(tmp_path, NOISY, NOISY, form=form, form_b=".17g").verdict == "rounding"
    assert compared(tmp_path, NOISY, NOISY + 0.02, form=".2f", form_b=".17g").verdict == "different"


def test_few_short_numbers_are_what_they_are(tmp_path):
    assert compared(tmp_path, [0.0] * 9, [0.04] * 9).verdict == "different"
    assert compared(tmp_path, [1.5], [1.6]).first_break.says == "They part at step 0: B's loss is 1.6 where A's is 1.5."


def test_losses_that_differ_late_in_their_digits_are_told_apart(tmp_path):
    found = compared(tmp_path, NOISY, NOISY + 1e-4 * (STEPS > 20) * NOISY[21], form=".17g")
    words = found.first_break.says.split(";")[0]
    assert len({word for word in words.split() if word.strip(".").replace(".", "").isdigit()}) >= 2


def test_the_bound_grows_with_updates_and_not_with_what_else_is_counted():
    ones = np.ones(2)
    few, many, tokens = (float_bounds(np.array([0, last]), ones, ones)[1] for last in (100, 20_000, 10**12))
    assert many == pytest.approx(10 * few)
    assert tokens < 25 * few


# --- what explains a gap, and what does not


def kept(losses, keep):
    found = [losses[0]]
    for loss in losses[1:]:
        found.append(keep * found[-1] + (1 - keep) * loss)
    return np.array(found)


def corrected(losses, keep):
    """As TensorBoard smooths."""
    means = kept(np.append(0, losses), keep)[1:]
    return means / (1 - keep ** np.arange(1, len(losses) + 1))


UNNAMED = {
    "another seed": (NOISY, SMOOTH + noise(2)),
    "noise alone": (1 + noise(1), 1 + noise(2)),
    "another rate, and the same noise": (NOISY, 2 * np.exp(-STEPS / 20) + 0.3 + noise(1)),
    "another curve": (SMOOTH, 3 / (1 + STEPS / 10) + 0.2),
    "another curve from the same start": (SMOOTH, 2.2 / (1 + STEPS / 10) + 0.1),
    "flat, elsewhere": (0.3 + noise(1, 1e-5), 0.35 + noise(2, 1e-5)),
    "constants": (np.full(200, 0.3), np.full(200, 0.35)),
    "another height of one exponential": (SMOOTH, 2.5 * np.exp(-STEPS / 40) + 0.3),
    "another end": (SMOOTH, 1.99 * np.exp(-STEPS / 38) + 0.31),
    "momentum": (SMOOTH, 2 * (1 + STEPS / 10) * np.exp(-STEPS / 10) + 0.3),
    "a drop on one side": (NOISY, np.where(STEPS < 100, NOISY, 0.8 * NOISY)),
    "numbers of float16 that are not the other's": (NOISY, (1.003 * NOISY).astype(np.float16)),
    "straight lines": (2 - STEPS / 200, 2 - 1.1 * STEPS / 200),
    "the first steps of a slow one": (4 / (1 + STEPS[:20] / 10), 4 - STEPS[:20] / 20),
}


@pytest.mark.parametrize("form", [".9g", ".3f"])
@pytest.mark.parametrize(("a", "b"), UNNAMED.values(), ids=UNNAMED)
def test_nothing_is_named_that_does_not_explain_the_gap(a, b, form, tmp_path):
    found = compared(tmp_path, a, b, form=form)
    assert (found.verdict, likely(found)) == ("different", [])


EACH_TENTH = [float(NOISY[start : start + 10].mean()) for start in range(0, 200, 10)]
NAMED = {  # A's and B's losses, B's steps, the cause, its number
    "a factor, and noise": (NOISY, 0.5 * NOISY, None, "constant factor", 0.5),
    "a loss and a constant": (SMOOTH, SMOOTH + 0.1, None, "constant offset", 0.1),
    "huge losses": (1e300 * NOISY, 1.1e300 * NOISY, None, "constant factor", 1.1),
    "tiny losses": (1e-300 * NOISY, 1.1e-300 * NOISY, None, "constant factor", 1.1),
    "smoothed": (SMOOTH, kept(SMOOTH, 0.9), None, "smoothing", 0.9),
    "A smoothed": (kept(NOISY, 0.9), NOISY, None, "smoothing", 0.9),
    "smoothed, from 0 and corrected": (NOISY, corrected(NOISY, 0.6), None, "smoothing", 0.6),
    "A smoothed so": (corrected(NOISY, 0.9), NOISY, None, "smoothing", 0.9),
    "means that are logged each tenth step": (NOISY, EACH_TENTH, STEPS[9::10], "smoothing", 10),
    "means of what came before, as Hugging Face logs them": (NOISY, EACH_TENTH, STEPS[9::10] + 1, "smoothing", 10),
    "means of epochs": (NOISY, EACH_TENTH, None, "smoothing", 10),
    "rounded to float16": (NOISY, NOISY.astype(np.float16), None, "float16", 2.0**-11),
    "A rounded to bfloat16": (cast(NOISY, "bfloat16"), NOISY, None, "bfloat16", 2.0**-8),
    "three steps later, some missing": (NOISY, NOISY[3:][MISSING[3:]], (STEPS[3:] - 3)[MISSING[3:]], "steps offset", 3),
    "three steps earlier, some missing": (NOISY[3:], NOISY[MISSING], STEPS[MISSING], "steps offset", -3),
    "ten times the rate": (SMOOTH, 2 * np.exp(-STEPS / 4) + 0.3, None, "learning rate scaled", 10),
    "twice the rate": (SMOOTH, 2 * np.exp(-STEPS / 20) + 0.3, None, "learning rate scaled", 2),
    "a tenth more": (SMOOTH, 2 * np.exp(-1.1 * STEPS / 40) + 0.3, None, "learning rate scaled", 1.1),
}


@pytest.mark.parametrize(("a", "b", "of_b", "cause", "number"), NAMED.values(), ids=NAMED)
def test_what_explains_a_gap_is_named(a, b, of_b, cause, number, tmp_path):
    [found] = likely(compared(tmp_path, a, b, of_b=of_b))
    assert found == (cause, pytest.approx(number, rel=0.01))


@pytest.mark.parametrize(("smoothed", "said"), [(kept, False), (corrected, True)])
def test_a_mean_that_is_corrected_is_told_from_one_that_is_not(smoothed, said, tmp_path):
    found = compared(tmp_path, NOISY, smoothed(NOISY, 0.9), form=".17g").breaks[1]
    assert "smoothed, 0.9 of the mean before and 0.1 of the loss" in found.says
    assert ("corrected for its start at 0, as TensorBoard smooths" in found.says) is said


def test_what_explains_a_gap_as_well_is_said_as_well(tmp_path):
    gap, found = compared(tmp_path, SMOOTH - 0.3, np.exp(-3 / 40) * (SMOOTH - 0.3)).breaks
    assert (gap.cause, set(found.cause.split(" or "))) == ("gap", {"steps offset", "constant factor"})
    assert found.number is None
    assert "; or " in found.says
    assert found.says.endswith("Each explains the gap: the curves do not tell which it is.")


FASTER = 2 * np.exp(-STEPS / 20) + 0.3 + noise(1)  # begins as NOISY does


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("times", "form"), [(32, ".17g"), (2, ".4f"), (512, ".9g")])
def test_a_sum_beside_another_cause_is_told_by_the_first_loss(times, form, turned, tmp_path):
    sides = (times * FASTER, NOISY) if turned else (NOISY, times * FASTER)
    found = compared(tmp_path, *sides, form=form)
    assert likely(found) == [("factor at first", 1 / times if turned else times)]
    assert (
        f"{'A' if turned else 'B'}'s loss is {times} times {'B' if turned else 'A'}'s at step 0" in found.breaks[1].says
    )
    assert "and no longer at step 1" in found.breaks[1].says


@pytest.mark.parametrize(("times", "form"), [(1.0, ".9g"), (1.5, ".9g"), (-2.0, ".9g"), (32, ".1f")])
def test_a_first_loss_that_is_no_whole_number_of_times_the_other_says_nothing(times, form, tmp_path):
    """Nor one of few digits, which is near to one by chance."""
    assert likely(compared(tmp_path, NOISY, times * FASTER, form=form)) == []


def test_rounding_that_is_amplified_goes_both_ways_first(tmp_path):
    rng = np.random.default_rng(0)
    grown = NOISY * (1 + 1e-7 * rng.choice([-1, 1], 200) * 2.0 ** (np.maximum(STEPS - 60, 0) / 8))
    assert [cause for cause, _ in likely(compared(tmp_path, NOISY, grown, form=".17g"))] == ["rounding, amplified"]
    decayed = NOISY - 1e-6 * (1 + STEPS)  # as of another weight decay: one way, and no faster than the steps
    assert likely(compared(tmp_path, NOISY, decayed, form=".17g")) == []


def test_epochs_of_a_row_each_begin_everywhere_and_say_nothing(tmp_path):
    for name, change in (("a.csv", 0), ("b.csv", 1)):
        rows = [f"{step / 100},{step},{loss + change * (step >= 50)}" for step, loss in zip(STEPS, NOISY, strict=True)]
        (tmp_path / name).write_text("\n".join(["epoch,step,loss", *rows]))
    assert likely(diff_curves(tmp_path / "a.csv", tmp_path / "b.csv")) == []


@pytest.mark.parametrize("period", [2, 500])
def test_20000_steps_take_a_second(period, tmp_path):
    steps = np.arange(20_000)
    losses = 2 * np.exp(-steps / 4000) + 0.05 * np.random.default_rng(0).standard_normal(20_000)
    begun, sums = steps - steps % period, np.concatenate([[0.0], np.cumsum(losses)])
    found = compared(tmp_path, losses, (sums[steps + 1] - sums[begun]) / (steps - begun + 1))
    assert likely(found) == [("smoothing", period)]


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 1.0, 1e308, -1e308, 5e-324])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(NUMBERS, min_size=1, max_size=14), st.lists(NUMBERS, min_size=1, max_size=14))
def test_any_two_curves_are_compared(tmp_path_factory, a, b):
    folder = tmp_path_factory.getbasetemp()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = compared(folder, a, b, form="")
    assert found.verdict in ("identical", "rounding", "different")
    assert as_json(found)


def test_a_file_that_two_formats_wrote_has_the_digits_of_each(tmp_path):
    written(tmp_path / "b.csv", NOISY)
    for of_a, verdict in ((NOISY, "rounding"), (np.where(STEPS < 150, NOISY, NOISY + 1e-4), "different")):
        rows = [f"{step},{loss:{'.2f' if step < 50 else '.9g'}}" for step, loss in zip(STEPS, of_a, strict=True)]
        (tmp_path / "a.csv").write_text("\n".join(["step,loss", *rows]))
        assert diff_curves(tmp_path / "a.csv", tmp_path / "b.csv").verdict == verdict


# --- the picture


def test_losses_that_span_decades_are_drawn_so_with_the_bound_of_each_step():
    losses = 10.0 ** (-STEPS / 50)
    bound = 1e-6 * losses
    above, below = plot_parting("A: a\nB: b", ((STEPS, losses), (STEPS, 1.1 * losses)), (STEPS, bound), 7).axes
    assert (above.get_yscale(), below.get_yscale()) == ("log", "log")
    _, drawn, parts = below.get_lines()
    np.testing.assert_allclose(drawn.get_ydata(), bound / 1.1)
    assert parts.get_xdata()[0] == 7
    assert above.get_title(loc="left") == "A: a\nB: b"


@pytest.mark.parametrize("losses", [np.zeros(1), np.full(3, 1.7e308), np.array([1.7e308, -1.7e308, 1e-320])])
def test_any_losses_can_be_drawn(losses, tmp_path):
    found = compared(tmp_path, losses, -losses[::-1], form=".17g")
    draw(found, tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
