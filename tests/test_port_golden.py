"""The answers of `triptych port`, held against a table derived from the frameworks' sources."""

import ast

import pytest
from port_cases import GOLDEN

from comparisons.porting.answer import as_data
from comparisons.porting.translate import port


class Sorted(ast.NodeTransformer):
    """Keyword arguments in the order of their names: which comes first says nothing."""

    def visit_Call(self, node):
        self.generic_visit(node)
        node.keywords.sort(key=lambda keyword: keyword.arg or "")
        return node


def said(code):
    """What code says, apart from its layout."""
    return None if code is None else ast.unparse(Sorted().visit(ast.parse(code)))


def optimizer_in(code):
    """Of all statements of a training, which Keras's are, the call of the optimizer; other code as it is."""
    calls = [line.value for line in ast.parse(code or "").body if ast.unparse(line).startswith("optimizer = keras.")]
    return ast.unparse(calls[0]) if "model.fit(" in (code or "") else code


@pytest.mark.parametrize("case", GOLDEN, ids=[f"{case.to}: {case.text[:60]}" for case in GOLDEN])
def test_the_answer_is_the_one_of_the_sources(case):
    data = as_data(port(case.text, case.to, case.schedule))
    native = data["native"]
    found = (said(optimizer_in(native["code"])), native["fidelity"], {one["field"] for one in native["mismatches"]})
    assert (*found, data["exact"]["route"]) == (said(case.native), case.fidelity, case.fields, case.route)
