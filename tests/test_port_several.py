"""Several optimizers pasted at once: one answer each, in the order of the text, and one exit code."""

import json

from port_cases import command_line

GAN = "opt_d = torch.optim.Adam(d.parameters(), 1e-4)\nopt_g = torch.optim.SGD(g.parameters(), 0.1)"


def ported(monkeypatch, capsys, text, *more):
    return command_line(monkeypatch, capsys, "port", "--to", "tf", "--no-proof", *more, "--", text)


def test_each_has_its_line_and_its_answer(monkeypatch, capsys):
    code, out, lines = ported(monkeypatch, capsys, GAN)
    assert (code, lines) == (0, [])
    assert out.index("line 1\nfrom PyTorch") < out.index("learning_rate=0.0001") < out.index("line 2\nfrom PyTorch")
    assert out.index("line 2") < out.index("keras.optimizers.SGD(learning_rate=0.1")


def test_as_data_they_are_a_list(monkeypatch, capsys):
    code, out, _ = ported(monkeypatch, capsys, GAN, "--json")
    answers = json.loads(out)["answers"]
    assert (code, [one["line"] for one in answers]) == (0, [1, 2])
    assert [one["native"]["code"].partition("(")[0] for one in answers] == [
        "keras.optimizers.Adam",
        "keras.optimizers.SGD",
    ]


def test_one_that_cannot_be_read_is_named_and_the_rest_is_printed(monkeypatch, capsys):
    text = f"{GAN}\nopt_e = torch.optim.Adan(e.parameters())"
    code, out, _ = ported(monkeypatch, capsys, text)
    assert code == 3
    assert "keras.optimizers.SGD" in out
    assert "line 3\n  - torch.optim: unknown optimizer 'Adan'" in out
    code, out, _ = ported(monkeypatch, capsys, text, "--json")
    assert (code, "unknown optimizer" in json.loads(out)["answers"][2]["problem"]) == (3, True)


def test_one_without_a_rule_is_impossible_and_the_rest_is_printed(monkeypatch, capsys):
    code, out, _ = ported(monkeypatch, capsys, f"{GAN}\nopt_e = torch.optim.LBFGS(e.parameters())")
    assert code == 8
    assert out.index("keras.optimizers.SGD") < out.index("to Keras: impossible")


def test_if_none_can_be_read_the_text_is_refused(monkeypatch, capsys):
    code, out, [line] = ported(monkeypatch, capsys, "torch.optim.Adan(d)\ntorch.optim.Adan(g)")
    assert (code, out) == (2, "")
    assert line.startswith("triptych: ")


def test_what_belongs_to_none_is_told_with_each(monkeypatch, capsys):
    code, out, _ = ported(monkeypatch, capsys, f"{GAN}\ntorch.nn.utils.clip_grad_norm_(everything, 1.0)")
    assert code == 3
    assert out.count("\nnot carried\n") == 2


def test_a_schedule_beside_the_text_is_for_one(monkeypatch, capsys):
    code, _, [line] = ported(monkeypatch, capsys, GAN, "--schedule", "StepLR(o, 30)")
    assert code == 2
    assert "there are 2" in line


def test_an_optimizer_and_its_schedule_are_one_block_with_the_lines_of_a_step(monkeypatch, capsys):
    text = "o = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 9))\nmodel.compile(o, loss='mse')"
    code, out, _ = ported(monkeypatch, capsys, text, "--to", "torch")
    assert code == 0
    steps = ["import torch", "CosineAnnealingLR(optimizer", "loss.backward()", "optimizer.step()", "scheduler.step()"]
    places = [out.index(step) for step in steps]
    assert places == sorted(places)
