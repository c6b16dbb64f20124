"""What lowers the rate by a metric is told as the other framework has it, argument by argument, beside the block."""

import pytest

from comparisons.porting.answer import Answer
from comparisons.porting.files import calls_in
from comparisons.porting.translate import port

TORCH = "opt = torch.optim.Adam(p)\nscheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(opt{})"
KERAS = "model.compile(optimizer=keras.optimizers.Adam(), loss=l)\nmodel.fit(x, callbacks=[ReduceLROnPlateau({})])"
TOLD = {
    # torch waits for one metric more than its patience says, and Keras for as many
    "torch, defaults": (
        TORCH.format(""),
        "tf",
        ["patience=11", "min_delta=0.0001", "eps: torch leaves", "threshold: in"],
    ),
    "torch, its arguments": (
        TORCH.format(", 'max', factor=0.5, patience=args.patience, cooldown=2, min_lr=1e-6, threshold_mode='abs'"),
        "tf",
        ["mode='max'", "factor=0.5", "patience=args.patience + 1", "cooldown=3", "min_lr=1e-06"],
    ),
    "Keras, defaults": (
        KERAS.format(""),
        "torch",
        ["patience=9", "threshold=0.0001", "threshold_mode='abs'", "eps=0.0"],
    ),
    "Keras, its arguments": (
        KERAS.format("monitor='val_loss', factor=np.sqrt(0.25), patience=5, cooldown=3, min_lr=1e-7"),
        "torch",
        ["factor=0.5", "patience=4", "cooldown=2", "min_lr=1e-07", "scheduler.step(metric)"],
    ),
    "to one that has none": (TORCH.format(""), "numpy", ["it is not in the translation"]),
    "an argument of nobody": (TORCH.format(", patient=3"), "tf", ["no argument 'patient'"]),
    "a metric of no direction": (KERAS.format("'val_accuracy'"), "torch", ["write mode='min' or mode='max'"]),
}


@pytest.mark.parametrize(("text", "to", "words"), TOLD.values(), ids=TOLD)
def test_it_is_told(text, to, words):
    found = port(text, to)
    assert isinstance(found, Answer)
    [gap] = found.gaps
    assert "ReduceLROnPlateau" in f"{gap.text} {gap.message}"
    assert [word for word in words if word not in gap.message] == []


def test_it_is_told_of_a_file_too(tmp_path):
    path = tmp_path / "train.py"
    path.write_text(f"import torch\n{TORCH.format(', patience=3')}")
    [found] = calls_in(path, "tf")
    assert found.translation is not None
    [gap] = found.translation["gaps"]
    assert gap["line"] == 3
    assert "keras.callbacks.ReduceLROnPlateau(" in gap["says"]
    assert "patience=4" in gap["says"]


def test_it_goes_beside_a_schedule():
    warm = "\nwarm = torch.optim.lr_scheduler.LinearLR(opt, total_iters=9)"
    found = port(TORCH.format("") + warm, "tf")
    assert isinstance(found, Answer)
    assert [gap.line for gap in found.gaps] == [2]
    assert found.source is not None
    assert found.source.schedule is not None
