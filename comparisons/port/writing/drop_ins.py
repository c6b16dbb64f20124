"""A rule as code to paste: the drop-in that follows it, spelled as its framework spells."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any, assert_never

from comparisons import frameworks
from comparisons.frameworks.call import Code
from comparisons.frameworks.signature import NativeClass
from comparisons.names import Framework
from comparisons.port.writing.code import BEFORE_STEP, PARAMETERS, called, noted, written
from comparisons.rules import Clip, ClipGlobalNorm, ClipNorm, ClipValue, Rule, Schedule, Surroundings

SURROUNDINGS = {field.name for field in fields(Surroundings)}
# What torch's drop-ins call the fields that no class of torch has, in its manner.
IN_TORCH = {
    "learning_rate": "lr",
    "epsilon": "eps",
    "beta1": "betas",
    "beta2": "betas",
    "learning_rate_power": "lr_power",
    "initial_accumulator": "initial_accumulator_value",
}


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
            assert_never(framework)
    return "\n".join(filter(None, lines))


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a rule, without surroundings that there are none of."""
    decays = bool(arguments["weight_decay"])
    silent = {"clip": arguments["clip"] is None, "weight_decay": not decays, "weight_decay_coupling": not decays}
    last = [name for name in ("weight_decay", "weight_decay_coupling", "clip") if not silent[name]]
    return {name: arguments[name] for name in [*(set_ for set_ in arguments if set_ not in silent), *last]}


def _torch_arguments(rule: Rule) -> dict[str, Any]:
    """The arguments of torch_impl's drop-in, spelled as torch spells them; two fields may share a pair."""
    natives = [native for native in frameworks.of("torch").classes.values() if native.rule is type(rule)]
    spelling = IN_TORCH | {field: argument for native in natives for argument, field in _own_fields(native)}
    arguments: dict[str, Any] = {}
    for field, value in _given(vars(rule)).items():
        name = spelling.get(field, field)
        arguments[name] = (arguments[name], value) if name in arguments else value
    return {name: value for name, value in arguments.items() if name != "clip"}


def _keras_arguments(rule: Rule) -> dict[str, Any]:
    """The arguments of tf_impl's drop-in, spelled as Keras spells them."""
    natives = frameworks.of("tf").classes.values()
    spelling = {field: argument for native in natives for argument, field in _own_fields(native)}
    arguments = {spelling.get(field, field): value for field, value in _given(vars(rule)).items() if field != "clip"}
    if isinstance(rule.learning_rate, Schedule):
        arguments["learning_rate"] = Code(f"RuleSchedule({written(rule.learning_rate)})")
    return arguments | keras_clip(rule.clip)


def _own_fields(native: NativeClass) -> Iterator[tuple[str, str]]:
    """Argument and field, of the fields that are the rule's own, and of the learning rate."""
    for name, argument in native.arguments.items():
        yield from ((name, field) for field in argument.fields if field not in SURROUNDINGS - {"learning_rate"})


def keras_clip(clip: Clip | None) -> dict[str, Any]:
    """The arguments of a drop-in for Keras that make it clip so."""
    match clip:
        case None:
            return {}
        case ClipValue(limit=limit):
            return {"clipvalue": limit}
        case ClipNorm(limit=limit, formula=formula):
            return {"clipnorm": limit, "clip_formula": formula}
        case ClipGlobalNorm(limit=limit, formula=formula):
            return {"global_clipnorm": limit, "clip_formula": formula}
        case _:
            assert_never(clip)


def _from_rules(parts: Iterable[object]) -> str:
    """The line that imports the classes of those parts that are records; empty if none is."""
    names = sorted({type(part).__name__ for part in parts if isinstance(part, Rule | Schedule | Clip)})
    return f"from comparisons.rules import {', '.join(names)}" if names else ""
