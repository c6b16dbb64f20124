"""Known defects of the frameworks' optimizers, each tried by a function of its name in their implementation."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Defect:
    """What a framework does that it does not say, and does not mean to.

    Args:
        name: short; the function that tries it is called so.
        framework, version: where it was last seen.
        says: what happens, in a sentence.
        source: the file in which it happens.
        hides: the class whose steps follow no rule where it happens; "" for none.
    """

    name: str
    framework: str
    version: str
    says: str
    source: str
    hides: str = ""


def _keras(name: str, source: str, says: str, hides: str = "") -> Defect:
    source = f"keras/src/{source}"
    return Defect(name=name, framework="tf", version="keras 3.15.1", says=says, source=source, hides=hides)


def _torch(name: str, source: str, says: str) -> Defect:
    return Defect(name=name, framework="torch", version="torch 2.13.0", says=says, source=f"torch/optim/{source}")


DEFECTS = (
    _keras(
        "float64-through-float32",
        "backend/tensorflow/core.py",
        "A Python float that an optimizer casts to float64 goes through float32: momentum 0.9 is 0.8999999761581421.",
    ),
    _keras(
        "schedule-free-alias",
        "optimizers/schedule_free_adamw.py",
        "ScheduleFreeAdamW reads its old momentum after it has written the new one over it.",
    ),
    _keras(
        "schedule-free-in-graph",
        "optimizers/schedule_free_adamw.py",
        "ScheduleFreeAdamW that is first built in a compiled step, as in model.fit, begins its momentum with 0 and not "
        "with the weights, which the first update so replaces; optimizer.build(model.trainable_variables) before mends "
        "it.",
        hides="keras.optimizers.ScheduleFreeAdamW",
    ),
    _keras(
        "adafactor-relative-step",
        "optimizers/adafactor.py",
        "Adafactor's relative_step=False changes nothing.",
    ),
    _keras(
        "ema-on-micro-steps",
        "optimizers/base_optimizer.py",
        "Under gradient accumulation the moving average decays at every micro-step, not at every update.",
    ),
    _keras(
        "muon-float64",
        "optimizers/muon.py",
        "Muon raises on float64 variables unless floatx is float64.",
    ),
    _keras(
        "repeated-rows",
        "backend/tensorflow/sparse.py",
        "Where an Embedding's gradient has a row twice, its parts are squared before they are added, not after: "
        "every optimizer but SGD and Lion takes another step than for the same gradient as a dense one.",
    ),
    _keras(
        "lamb-by-name",
        "optimizers/__init__.py",
        'keras.optimizers.get("lamb") does not know Lamb.',
    ),
    _torch(
        "nesterov-foreach-gradient",
        "sgd.py",
        "SGD(nesterov=True, foreach=True) without weight decay overwrites the gradients of the parameters.",
    ),
    _torch(
        "nadam-float32-product",
        "nadam.py",
        "NAdam keeps the product of its momenta in float32 for float64 parameters.",
    ),
    _torch(
        "asgd-float32-rate",
        "asgd.py",
        "ASGD keeps its learning rate in float32 for float64 parameters.",
    ),
)
