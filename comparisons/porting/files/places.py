"""What a full name of a file means: `tensorflow.keras.optimizers.adam.Adam` is keras.optimizers' Adam."""

import re

from comparisons.frameworks import FRAMEWORKS
from comparisons.frameworks.torch.clipping import CALLS as TORCH_CLIPS
from comparisons.frameworks.torch.clipping import MODULE as TORCH_CLIPPING
from comparisons.porting.reading.names import ALIASES, OPTIMIZERS, kind_of

# The packages that have what is ours, by the first word of a full name.
LIBRARIES = {"torch", "keras", "tensorflow", "numpy_impl"} | {
    module.partition(".")[0] for one in FRAMEWORKS.values() for package in one.foreign.values()
    for module in (package.module, *package.aliases)
} - {"tf", "v1", "bert"}  # fmt: skip
KERAS = "keras.optimizers"
CONFIG = """which optimizer it is is not in the file; port its config by itself: triptych port "{'name': ...}\""""
CHOSEN = "which class it is is not in the file; port each that it may be by itself"
# The same modules by other names: of releases of TensorFlow, of insides.
SAME = (
    ("keras.src.", "keras."),
    ("keras.api.", "keras."),
    ("keras._tf_keras.keras.", "keras."),
    ("tensorflow.python.keras.", "tensorflow.keras."),
    ("tensorflow.compat.v2.", "tensorflow."),
    ("tensorflow.compat.v1.keras.", "tensorflow.keras."),
    ("tensorflow.compat.v1.clip_", "tensorflow.clip_"),
    ("tensorflow.python.training.", "tensorflow.train."),
)
_BY_FILE = re.compile(r"\.(?:optimizers\.)?optimizer_v2\.\w+\.(\w+)$")  # keras.optimizer_v2.adam.Adam


def canonical_name(full: str) -> tuple[str, str, str]:
    """The module, the name in it, and why it cannot be translated, of a full name; nothing if it is not ours."""
    if full.partition(".")[0] not in LIBRARIES:
        return "", "", ""
    for written, meant in SAME:
        full = full.replace(written, meant)
    prefix, _, name = _BY_FILE.sub(r".optimizers.legacy.\1", full).rpartition(".")
    parent, _, last = prefix.rpartition(".")
    module, above = ALIASES.get(prefix, ""), ALIASES.get(parent, "")
    if module in OPTIMIZERS and name == "*":
        return module, name, CHOSEN
    if name in ("get", "deserialize") and kind_of(module, name)[0] != "clipping" and module.startswith(KERAS):
        return module, name, CONFIG
    if name == "from_config" and above.startswith(KERAS):
        return above, f"{last}.{name}", CONFIG
    if last.replace("_", "") == name.lower() and above in OPTIMIZERS:  # the file that the class is in
        return above, name, ""
    if f"{name}_" in TORCH_CLIPS and module == TORCH_CLIPPING:  # as it was called before
        name = f"{name}_"
    return module, name, ""
