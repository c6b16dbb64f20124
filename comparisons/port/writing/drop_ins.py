"""A rule as code to paste: the drop-in that follows it, spelled as its framework spells."""

from collections.abc import Iterable, Mapping
from typing import Any

from comparisons.frameworks.call import Code
from comparisons.frameworks.drop_ins import Side, arguments, clip_arguments
from comparisons.names import Framework
from comparisons.port.writing.code import BEFORE_STEP, PARAMETERS, called, noted, written
from comparisons.rules import Clip, Rule, Schedule


def drop_in_code(framework: Framework, rule: Rule) -> str:
    """The drop-in that follows the rule, with the lines that import it."""
    name = type(rule).__name__
    match framework:
        case "numpy":
            made = called("Optimizer", [called(name, [], _given(vars(rule))), "tensors"], {})
            imports = [
                _from_rules([rule, rule.learning_rate, rule.clip]),
                "from numpy_impl.optimizers import Optimizer",
            ]
            return "\n".join([*imports, noted(f"optimizer = {made}", "optimizer.step(gradients) for every step")])
        case "torch":
            helper = ", clip_" if rule.clip is not None else ""
            lines = [_from_rules([rule.learning_rate, rule.clip]), f"from torch_impl.optimizers import {name}{helper}"]
            lines.append(f"optimizer = {called(name, [PARAMETERS], _torch_arguments(rule))}")
            if rule.clip is not None:
                lines.append(noted(f"clip_({written(rule.clip)}, {PARAMETERS})", BEFORE_STEP))
        case "tf":
            helper = ", RuleSchedule" if isinstance(rule.learning_rate, Schedule) else ""
            lines = [_from_rules([rule.learning_rate]), f"from tf_impl.optimizers import {name}{helper}"]
            lines.append(f"optimizer = {called(name, [], _keras_arguments(rule))}")
        case _:
            raise KeyError(framework)
    return "\n".join(filter(None, lines))


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a rule, without surroundings that there are none of."""
    decays = bool(arguments["weight_decay"])
    silent = {"clip": arguments["clip"] is None, "weight_decay": not decays, "weight_decay_coupling": not decays}
    last = [name for name in ("weight_decay", "weight_decay_coupling", "clip") if not silent[name]]
    return {name: arguments[name] for name in [*(set_ for set_ in arguments if set_ not in silent), *last]}


def _torch_arguments(rule: Rule) -> dict[str, Any]:
    """The arguments of torch_impl's drop-in, spelled as torch spells them; two fields may share a pair."""
    spelling = _spelling("torch", rule)
    given: dict[str, Any] = {}
    for field, value in _given(vars(rule)).items():
        if field != "clip":
            name = spelling[field]
            given[name] = (given[name], value) if name in given else value
    return given


def _keras_arguments(rule: Rule) -> dict[str, Any]:
    """The arguments of tf_impl's drop-in, spelled as Keras spells them."""
    spelling = _spelling("tf", rule)
    given = {spelling[field]: value for field, value in _given(vars(rule)).items() if field != "clip"}
    if isinstance(rule.learning_rate, Schedule):
        given["learning_rate"] = Code(f"RuleSchedule({written(rule.learning_rate)})")
    return given | clip_arguments(rule.clip)


def _spelling(framework: Side, rule: Rule) -> dict[str, str]:
    """Field to the argument of the drop-in that sets it."""
    table = arguments(framework, type(rule))
    return {field: name for name, argument in table.items() for field in argument.fields}


def _from_rules(parts: Iterable[object]) -> str:
    """The line that imports the classes of those parts that are records; empty if none is."""
    names = sorted({type(part).__name__ for part in parts if isinstance(part, Rule | Schedule | Clip)})
    return f"from comparisons.rules import {', '.join(names)}" if names else ""
