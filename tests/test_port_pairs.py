"""Two optimizers of torch that train one net, one of which takes matrices only: they are one training."""

import pytest
from port_cases import command_line

from comparisons.names import BadInput
from comparisons.porting.reading.pasted import read_source, read_sources
from comparisons.porting.translate import port_each
from comparisons.rules import ClipGlobalNorm
from comparisons.rules.training import Accumulation, Selector

MATRICES, REST = Selector(least_axes=2, most_axes=2), Selector()
MUON = "muon = torch.optim.Muon({}, lr=0.02, weight_decay=0.1)\n"
ADAMW = "adam = torch.optim.AdamW({}, lr=3e-4, weight_decay=0.0)\n"
LOOP = """
for x, y in batches:
    loss = loss_fn(model(x), y)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    muon.step()
    adam.step()
    muon.zero_grad()
    adam.zero_grad()
"""


def picked(source):
    return [
        (group.optimizer.name, group.optimizer.arguments["lr"], replace_label(group.tensors))
        for group in source.training.groups
    ]


def replace_label(tensors):
    return Selector(
        names=tensors.names,
        without=tensors.without,
        least_axes=tensors.least_axes,
        most_axes=tensors.most_axes,
        known=tensors.known,
    )


@pytest.mark.parametrize(
    ("matrices", "others", "selectors"),
    [
        ("[p for p in m.parameters() if p.ndim == 2]", "[p for p in m.parameters() if p.ndim != 2]", [MATRICES, REST]),
        (
            "[p for p in m.parameters() if p.ndim >= 2]",
            "[p for p in m.parameters() if p.ndim < 2]",
            [Selector(least_axes=2), Selector(most_axes=1)],
        ),
        (
            "[p for n, p in m.named_parameters() if p.ndim == 2 and 'embed' not in n]",
            "[p for n, p in m.named_parameters() if not (p.ndim == 2 and 'embed' not in n)]",
            [Selector(least_axes=2, most_axes=2, without=("*embed*",)), REST],
        ),
        ("hidden", "[*embeddings, *scalars]", [Selector(known=False), Selector(known=False)]),
    ],
)
@pytest.mark.parametrize("muon_first", [True, False])
def test_they_are_groups_of_one_training(matrices, others, selectors, muon_first):
    lines = [MUON.format(matrices), ADAMW.format(others)]
    found = picked(read_source("".join(lines if muon_first else lines[::-1])))
    expected = [("Muon", 0.02, selectors[0]), ("AdamW", 3e-4, selectors[1])]
    # A tensor belongs to the first group that selects it: what is all the rest stands last, whichever is written first.
    assert found == expected or (not muon_first and selectors[1] != REST and found == expected[::-1])


def test_what_surrounds_them_is_over_all_their_tensors():
    text = MUON.format("hidden") + ADAMW.format("others") + LOOP
    training = read_source(text).training
    assert training.clip == ClipGlobalNorm(limit=1.0, formula="padded")
    assert all("max_norm" not in group.optimizer.arguments for group in training.groups)
    indented = [f"    {line}" if "step()" in line or "zero_grad" in line else line for line in text.splitlines()]
    last = next(i for i, line in enumerate(indented) if "step()" in line)
    indented.insert(last, "    if i % 4 == 3:")
    accumulated = "\n".join(indented).replace("for x, y in batches", "for i, (x, y) in enumerate(batches)")
    assert read_source(accumulated).training.accumulation == Accumulation(batches=4, combine="sum")


def test_each_has_its_own_schedule():
    text = MUON.format("hidden") + ADAMW.format("others") + "s = StepLR(muon, 30)\n"
    muon, adam = read_source(text).training.groups
    assert muon.optimizer.schedule is not None
    assert adam.optimizer.schedule is None


@pytest.mark.parametrize("to", ["tf", "torch", "numpy"])
def test_the_answer_is_one_block(to):
    text = MUON.format("[p for p in m.parameters() if p.ndim == 2]") + ADAMW.format("rest") + LOOP
    [(_, found)] = port_each(text, to)
    assert found.gaps == ()


def test_groups_of_the_other_are_kept():
    text = MUON.format("hidden") + "adam = torch.optim.AdamW([{'params': a, 'lr': 0.1}, {'params': b}], lr=0.2)"
    assert [(name, lr) for name, lr, _ in picked(read_source(text))] == [("Muon", 0.02), ("AdamW", 0.1), ("AdamW", 0.2)]


def test_two_of_one_kind_are_two_trainings():
    text = MUON.format("a") + MUON.format("b").replace("muon", "other")
    assert len(read_sources(text)) == 2


def test_a_file_has_one_translation(tmp_path, monkeypatch, capsys):
    file = tmp_path / "train.py"
    file.write_text("import torch\n" + MUON.format("hidden") + ADAMW.format("others") + LOOP)
    code, out, _ = command_line(monkeypatch, capsys, "port", "--file", file, "--to", "keras")
    assert "hidden: which tensors" in out
    assert (code, out.count("tf.clip_by_global_norm"), out.count("keras.optimizers.Muon(")) == (0, 1, 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "o = AdamW(p, lr=1e-3)\ns = OneCycleLR(o, 1e-2, epochs=10, steps_per_epoch=len(loader))",
            "where its phases end is computed from the number of steps; write that, not 10 * len(loader)",
        ),
        (
            "tfa.optimizers.LAMB(1e-3, exclude_from_weight_decay=['bias'])",
            "exclude_from_weight_decay is ('bias',); no rule has a word for it, leave it None",
        ),
        ("TrainingArguments('out', learning_rate=2e-5)", "the Trainer makes the optimizer of these"),
    ],
)
def test_what_is_not_read_is_said_as_it_is(text, says):
    try:
        said = [gap.message for gap in read_source(text).gaps]
    except BadInput as error:
        said = [str(error)]
    assert says in " ".join(said)
