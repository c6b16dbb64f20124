"""What a full name of a file means: `tensorflow.keras.optimizers.adam.Adam` is keras.optimizers' Adam."""

from comparisons.frameworks.torch.clipping import CALLS as TORCH_CLIPS
from comparisons.frameworks.torch.clipping import MODULE as TORCH_CLIPPING
from comparisons.port.reading.names import ALIASES, OPTIMIZERS, kind_of

LIBRARIES = {"torch", "keras", "tensorflow", "numpy_impl"}
KERAS = "keras.optimizers"
CONFIG = """which optimizer it is is not in the file; port its config by itself: triptych port "{'name': ...}\""""
CHOSEN = "which class it is is not in the file; port each that it may be by itself"


def canonical_name(full: str) -> tuple[str, str, str]:
    """The module, the name in it, and why it cannot be translated, of a full name; nothing if it is not ours."""
    if full.partition(".")[0] not in LIBRARIES:
        return "", "", ""
    prefix, _, name = full.replace("keras.src.", "keras.").replace("keras.api.", "keras.").rpartition(".")
    parent, _, last = prefix.rpartition(".")
    module, above = ALIASES.get(prefix, ""), ALIASES.get(parent, "")
    if module in OPTIMIZERS and name == "*":
        return module, name, CHOSEN
    if name in ("get", "deserialize") and kind_of(module)[0] != "clipping" and module.startswith(KERAS):
        return module, name, CONFIG
    if name == "from_config" and above.startswith(KERAS):
        return above, f"{last}.{name}", CONFIG
    if last in ("legacy", "experimental") and above == KERAS:
        return above, f"{last}.{name}", f"Keras 3 has no {last} optimizers; write keras.optimizers.{name}"
    if full.startswith("tensorflow.") and last == "train" and name.endswith("Optimizer"):
        words = "it is an optimizer of TensorFlow 1, which is not read; write one of keras.optimizers"
        return KERAS, name, words
    if last.replace("_", "") == name.lower() and above in OPTIMIZERS:  # the file that the class is in
        return above, name, ""
    if f"{name}_" in TORCH_CLIPS and module == TORCH_CLIPPING:  # as it was called before
        name = f"{name}_"
    return module, name, ""
