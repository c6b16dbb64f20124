"""A framework on a device is a column of its own. Each framework knows its CPU as a device too: that needs no GPU."""

import json

import numpy as np
import pandas as pd
import pytest

from comparisons import frameworks
from comparisons.frameworks import installed
from comparisons.frameworks.column import column, in_order
from comparisons.names import BadInput
from comparisons.training import implementations
from comparisons.training.workers import start_worker, stop_worker

WITH_DEVICES = [one.id for one in frameworks.FRAMEWORKS.values() if one.devices]
EXPLICIT = [f"{name}@cpu" for name in WITH_DEVICES]
ACCELERATORS = [f"{one.id}@{device}" for one in frameworks.FRAMEWORKS.values() for device in one.devices]
REFUSED = {
    "jax": "unknown framework 'jax' (known: numpy, torch, tf)",
    "numpy@cuda": "framework is 'numpy@cuda'; NumPy trains on the CPU only: write numpy",
    "torch@": "framework is 'torch@'; a device must follow the @, such as torch@cuda",
}


@pytest.mark.parametrize(("given", "message"), REFUSED.items())
def test_what_is_no_column_is_refused(given, message):
    with pytest.raises(BadInput) as refused:
        column(given)
    assert str(refused.value) == message


def test_only_a_column_on_the_cpu_hides_the_accelerators():
    assert column("torch").environment["CUDA_VISIBLE_DEVICES"] == "-1"
    assert "CUDA_VISIBLE_DEVICES" not in column("torch@cuda").environment
    assert column("torch@cuda").environment["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_every_column_has_a_line_and_a_log_of_its_own():
    columns = [column(name) for name in (*frameworks.FRAMEWORKS, *ACCELERATORS)]
    assert len({(one.line.colour, one.line.width, one.line.dash) for one in columns}) == len(columns)
    assert len({one.log for one in columns}) == len(columns)
    assert in_order(reversed([one.id for one in columns])) == ["numpy", "torch", "torch@cuda", "tf", "tf@gpu"]


@pytest.mark.full
def test_a_column_trains_in_its_own_process_and_stands_in_all_files(tmp_path):
    from comparisons import api

    names = ["numpy", *(name for pair in zip(WITH_DEVICES, EXPLICIT, strict=True) for name in pair)]
    comparison = api.run("two-layer-net", optimizers=["adam"], frameworks=names, steps=5, out=tmp_path)
    assert comparison.failures() == []
    assert {log.name for log in (tmp_path / "logs").iterdir()} == {f"{name}.log" for name in names}
    losses = pd.read_csv(tmp_path / "aligned.csv")
    assert list(losses.columns)[-len(names) :] == names
    for plain, explicit in zip(WITH_DEVICES, EXPLICIT, strict=True):
        np.testing.assert_array_equal(losses[plain], losses[explicit])
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert {name: (how["tf32"], how["deterministic"]) for name, how in manifest["devices"].items()} == dict.fromkeys(
        EXPLICIT, (False, True)
    )


@pytest.mark.parametrize("name", ["torch@cuda:9", "tf@gpu:9"])
def test_a_device_that_is_not_there_is_told_before_training(name):
    worker = start_worker(name, None)
    try:
        with pytest.raises(BadInput, match=rf"^{name}: \w+ has no such device here"):
            worker.submit(implementations.settings, name).result()
    finally:
        stop_worker(worker)


def has_device(name):
    if installed.missing(name):
        return False
    worker = start_worker(name, None)
    try:
        return column(name).device in worker.submit(implementations.devices, name).result()["columns"]
    finally:
        stop_worker(worker)


@pytest.mark.full
@pytest.mark.parametrize("name", ACCELERATORS)
def test_a_gpu_follows_the_same_rule(name):
    from comparisons import api

    if not has_device(name):
        pytest.skip(f"no {name} on this machine")
    plain = column(name).framework.id
    losses = api.run("two-layer-net", frameworks=[plain, name], levels=["same-rule"], dtypes=["float64"]).aligned()
    # float64 sums of a few hundred terms, in another order: a few dozen roundings in 250 steps
    np.testing.assert_allclose(losses[name], losses[plain], rtol=1e-9)
