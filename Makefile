# `make compare` and `make test` set up all they need in .venv; everything else builds on them.
PYTHON ?= python3.11
BIN := .venv/bin
# Where it is switched off, each process that the tests start would compile all it imports: half the time of `triptych port`.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: compare test test-full lint bench stubs readme lessons reference clean

compare: .venv/ready
	$(BIN)/triptych run --out results/latest

test: lint
	$(BIN)/pytest -m "not full" -n 2 --dist loadfile --no-loadscope-reorder

test-full: lint
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready
	$(BIN)/triptych bench

# What editors and type checkers are told of the drop-ins, from their table.
stubs: .venv/ready
	$(BIN)/python -m tests.stubs

# The lists of the README and of docs, from the tables.
readme: .venv/ready
	$(BIN)/python -m tests.made

# docs/lessons, with the numbers and pictures of the frameworks that are installed. Look at every picture before committing.
lessons: .venv/ready
	$(BIN)/python -m comparisons.lessons docs

# The committed results that the tests reproduce, and the file that is shipped of them. Look at every picture before committing new ones.
reference: .venv/ready
	$(BIN)/triptych run --out results/reference
	$(BIN)/python -m tests.packed
	$(BIN)/python -m tests.mutants
	$(BIN)/python -m tests.planted
	$(BIN)/python -m tests.identified
	$(BIN)/triptych run regression-20 --optimizer adagrad --optimizer rmsprop --quiet --out results/picture
	cp results/picture/plots/regression-20.png docs/picture.png
	$(BIN)/triptych explain regression-20 rmsprop --out results/picture
	cp results/picture/regression-20-rmsprop-as-written-torch-tf.png docs/explain.png

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[all,test]"
	touch $@

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
