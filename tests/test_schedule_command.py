"""`triptych schedule`: both sides of a schedule, as text and as a picture."""

import ast

import numpy as np
import pytest
from click.testing import CliRunner

from comparisons.cli import triptych
from comparisons.frameworks.keras.schedule_code import schedule_class
from comparisons.names import BadInput
from comparisons.rules.schedules import rate_at
from comparisons.schedule.sides import rates, sides

WARM = "SequentialLR(opt, [LinearLR(opt, 0.01, total_iters=100), CosineAnnealingLR(opt, 900)], [100])"


def told(*words):
    return CliRunner().invoke(triptych, ["schedule", *words], catch_exceptions=False)


def test_first_rates_turning_points_and_the_last():
    found = told(WARM, "--lr", "0.1", "--steps", "1000")
    lines = found.output.splitlines()
    numbers = [line.split()[:3] for line in lines if line.split() and line.split()[0].isdigit()]
    assert numbers == [
        ["1", "0.001", "0.001"],
        ["2", "0.00199", "0.00199"],
        ["3", "0.00298", "0.00298"],
        ["100", "0.09901", "0.09901"],
        ["101", "0.1", "0.1"],
        ["1000", "3.0461711e-07", "3.0461711e-07"],
    ]
    assert "the two are the same in all 1000 updates" in found.output
    assert lines[-1] == "it never ends in torch"
    assert found.exit_code == 0


def test_where_they_part_is_said():
    found = told("CosineAnnealingLR(opt, 100)", "--lr", "0.1").output
    assert "they part at update 102, and most at update 201: 0.1 in torch, 0 in Keras" in found


def test_the_picture_is_written(tmp_path):
    path = tmp_path / "schedule.png"
    told(WARM, "--lr", "0.1", "--out", str(path))
    assert path.read_bytes().startswith(b"\x89PNG")
    assert list(tmp_path.iterdir()) == [path]


def test_a_picture_into_no_folder_is_refused_by_its_own_name(tmp_path):
    ended = CliRunner().invoke(triptych, ["schedule", WARM, "--lr", "0.1", "--out", str(tmp_path / "none" / "s.png")])
    said = f"triptych: {tmp_path}/none/s.png: cannot be written: No such file or directory; give another --out\n"
    assert (ended.exit_code, ended.stderr) == (2, said)


REFUSED = {
    "StepLR(opt, 30)": "multiplies the optimizer's lr; give it with --lr",
    "torch.optim.SGD(p, 0.1)": "torch.optim.SGD is no schedule",
    "StepLR(opt, 30); StepLR(opt, 40)": "there must be one schedule",
    "x = 3": "is not a call",
}


@pytest.mark.parametrize(("text", "message"), REFUSED.items())
def test_what_is_no_schedule_is_refused(text, message):
    with pytest.raises(BadInput, match=message):
        sides(text, None, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "get_cosine_schedule_with_warmup(opt, 10, 50)",
        "get_wsd_schedule(opt, 10, 20, num_stable_steps=20, decay_type='1-sqrt')",
        "LambdaLR(opt, lambda step: 512 ** -0.5 * min((step + 1) ** -0.5, (step + 1) * 40 ** -1.5))",
        "OneCycleLR(opt, 0.1, total_steps=60)",
        "CyclicLR(opt, 0.01, 0.1, step_size_up=7, mode='triangular2')",
        "CosineAnnealingWarmRestarts(opt, 9, T_mult=2)",
        "ChainedScheduler([LinearLR(opt, total_iters=9), ExponentialLR(opt, 0.9)])",
    ],
)
def test_the_class_for_keras_pasted_has_the_rates(text):
    found = sides(text, 0.1, "tf", 64)
    code = "\n".join(["import math", "import keras", "from keras import ops", *schedule_class(found.source.rate)])
    space = {"__name__": "pasted"}
    exec(compile(ast.parse(code), "pasted", "exec"), space)
    pasted = [float(space["Rate"]()(k)) for k in range(64)]
    ours = [rate_at(found.source.rate, k) for k in range(64)]
    assert pasted == pytest.approx(ours, rel=1e-5, abs=1e-6 * max(ours))  # float32, and angles of several turns
    theirs = rates(found.target, 64)[:50]  # after the last training step they may part, which is said
    assert np.allclose(theirs, ours[:50], rtol=1e-12, atol=1e-15)
