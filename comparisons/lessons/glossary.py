"""Our words, and those of the field that a first book does not explain: docs/glossary.md is made of them."""

import re
from collections.abc import Iterator, Mapping

# Word to what it means. Where a word ends in other ways in a sentence, the endings follow, each after a bar: "gap|s".
WORDS: Mapping[str, str] = {
    "accumulation": "Adding the gradients of several small batches before one update, like those of one larger batch.",
    "accumulator": "Adagrad's sum of all squared gradients.",
    "Adadelta": "RMSprop that multiplies each step by the size of past ones, and so needs no learning rate.",
    "as-written": "The level at which each framework fills in its own defaults.",
    "autograd": "What finds derivatives by itself: `backward` in torch, a `GradientTape` in TensorFlow.",
    "baseline": "What was known of the frameworks when all was well; `triptych check` holds the installed ones to it.",
    "bias correction": "Adam's averages start at 0 and are too small at first; each is divided by 1 - beta^t.",
    "biased": "Of a variance: the squares divided by their count n; unbiased, by n - 1.",
    "buffer|s": "What an optimizer remembers of a parameter from step to step: a velocity, an average of squares.",
    "callback|s": "A function that `fit` calls between batches or epochs.",
    "central differences": "A slope from the losses a small h to either side: their difference divided by 2h.",
    "chaotic": "A training that doubles any error every few steps, so that rounding alone ends in another curve.",
    "clip|s|ped|ping": "To cut off what exceeds a bound: of a gradient its length, or each of its numbers.",
    "constant folding": "Computing once, before a graph runs, what is the same each time.",
    "coupled": "Weight decay that is added to the gradient, as L2 in the loss is, and scaled like a gradient.",
    "dampening": "Of torch's momentum: the part by which a gradient is weakened before the velocity takes it.",
    "decade|s": "A power of ten: a loss a decade lower is a tenth.",
    "decoupled": "Weight decay that shrinks the parameter by itself, beside the update of the gradient.",
    "denormal|s": "A number below the smallest with all its digits; in float32, below 1.2e-38.",
    "drop-in|s": "An optimizer of ours that follows another framework's rule in the place of the framework's own.",
    "dtype": "The kind of number an array holds: float32 has some 7 digits, float64 some 16.",
    "eager": "Running each operation when its line is reached; the other way is a graph, which is traced first.",
    "embedding|s": "A table with a row of numbers for each token; the rows are trained.",
    "epsilon": "A small number that keeps a division from dividing by 0.",
    "gap|s": "How far two curves are apart, in units of the largest value of the one they are compared with.",
    "graph": "The operations of a function, recorded once by `tf.function` and then run without Python.",
    "half precision": "Numbers of 16 bits instead of 32: fast, of two or three digits; in float16 tiny ones become 0.",
    "hook|s": "A function that an optimizer calls before or after each step.",
    "level|s": "What is made equal before frameworks are compared: nothing, the numbers, or the rule.",
    "Lion": "An optimizer that steps by the sign of an average of gradients, all parameters equally far.",
    "logit|s": "One of the outputs of a classifier before softmax makes probabilities of them.",
    "machine epsilon": "The distance from 1 to the next number of a dtype: 1.2e-7 in float32, 2.2e-16 in float64.",
    "mask|s": "Zeros and ones that say which units dropout keeps.",
    "micro-batch|es": "One of the small batches whose gradients make one update together.",
    "mixed precision": "Computing in half precision while the parameters are kept in float32.",
    "mutant|s": "An optimizer with one small mistake, by which tests are tested: those that let it pass are too weak.",
    "NAdam": "Adam that looks ahead as Nesterov's method does.",
    "Nesterov|'s": "Momentum that looks ahead: a step goes on by the velocity that its gradient has just changed.",
    "probe|s": "Gradients chosen to show a difference: zero, tiny, huge, late.",
    "recipe|s": "What a person writes of an optimizer, such as `Adam(1e-3)`; it leaves things out.",
    "replica|s": "One of several trainings that differ in their seed and run side by side.",
    "rewriting": "Putting cheaper operations in the place of those of a graph, before it runs.",
    "rounding": "What is lost because a number has so many digits and no more.",
    "Rprop": "An optimizer that steps by the gradient's sign; each step is longer while that stays the same.",
    "rule|s": "How an optimizer turns gradients into an update, with every switch and number said.",
    "running mean|s": "BatchNorm's average of the means of past batches, which is used in evaluation.",
    "running variance": "The same average of the variances.",
    "same-numbers": "The level at which every hyperparameter is the same, and each framework uses its own class.",
    "same-rule": "The level at which the update rule is the same, too, so that only rounding is left.",
    "scaled loss": "A loss multiplied by a large number, so that gradients in half precision do not become 0.",
    "schedule|s": "A learning rate that changes with the step.",
    "teacher-forced": "Led by given gradients, so that an error of one step cannot change the next one's gradient.",
    "token|s": "A word, or a piece of one, as a number.",
    "trace|s": "A training on record: its parameters, gradients and losses, step by step.",
    "traced": "Of a function: recorded as a graph when it is first called.",
    "ulp|s": "Unit in the last place: the distance from a number to the next one that its dtype has.",
    "unfaithful": "Of a framework's class: it no longer follows the rule that it is known by.",
    "unscaling": "Dividing gradients by the number that the loss was multiplied by.",
    "velocity": "What momentum remembers: a sum of past steps, each smaller by the momentum than the one after it.",
    "verdict|s": "What a gap is judged to be: rounding, another rule, other numbers, chaos.",
    "warm-up|s": "The first steps of a schedule, in which the learning rate grows.",
    "weight decay": "Shrinking each weight a little at every step.",
}
MARKED = re.compile(r"```.*?```|`[^`]*`|!?\[[^\]]*\]\([^)]*\)|^#.*?$|^\|.*?$|^    .*?$", re.DOTALL | re.MULTILINE)


def spelled(entry: str) -> tuple[str, str]:
    """The word, and the endings that it may have, with bars between them."""
    word, _, ending = entry.partition("|")
    return word, ending


def anchor(word: str) -> str:
    """Where it stands in docs/glossary.md."""
    return word.lower().replace(" ", "-")


def linked(page: str, glossary: str) -> str:
    """The page, each word linked to the glossary where it first stands outside code, headings and tables."""
    places: list[tuple[int, int, str]] = []
    taken = [found.span() for found in MARKED.finditer(page)]
    for entry in sorted(WORDS, key=len, reverse=True):
        word, ending = spelled(entry)
        free = (span for span in _places(word, ending, page) if not any(_meet(span, other) for other in taken))
        if first := next(free, None):
            taken.append(first)
            places.append((*first, word))
    for start, end, word in sorted(places, reverse=True):
        page = f"{page[:start]}[{page[start:end]}]({glossary}#{anchor(word)}){page[end:]}"
    return page


def _places(word: str, ending: str, page: str) -> Iterator[tuple[int, int]]:
    pattern = rf"(?<![\w-]){re.escape(word)}(?:{ending})?(?![\w-])"
    return (found.span() for found in re.finditer(pattern, page, re.IGNORECASE))


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def explained(page: str) -> list[tuple[str, str]]:
    """The words of ours that the page uses outside code, with what they mean."""
    used = linked(page, "")
    entries = ((spelled(entry)[0], meaning) for entry, meaning in WORDS.items())
    return [(word, meaning) for word, meaning in entries if f"(#{anchor(word)})" in used]


def glossary() -> str:
    """docs/glossary.md."""
    entries = "\n".join(f"## {spelled(entry)[0]}\n\n{meaning}\n" for entry, meaning in WORDS.items())
    return f"# Words\n\nOurs, and those of the field that a first book may not explain.\n\n{entries}"
