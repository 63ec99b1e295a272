# make demo         set up, make the demo data, train, test, print the table
# make test         set up and run the tests
# make test-fast    the same without the slow ones
# make lint         lint, format and spelling
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
CONSTRAINTS := requirements/constraints.txt

.PHONY: demo test test-fast test-forks lint setup clean
.DELETE_ON_ERROR:

setup: $(VENV)/.ready

$(VENV)/.ready: setup.py $(wildcard requirements/*.txt)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -r requirements/mminstall.txt \
	    -r requirements/runtime.txt -r requirements/tests.txt \
	    -c $(CONSTRAINTS)
	$(BIN)/python -m pip install --no-deps --no-build-isolation -e .
	touch $@

demo: setup
	$(BIN)/python tools/demo.py

test: setup
	$(BIN)/python -m pytest

test-fast: setup
	$(BIN)/python -m pytest -m "not slow"

lint: $(VENV)/.lint-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

$(VENV)/.lint-ready: requirements/lint.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -r requirements/lint.txt
	touch $@

# The same tests on the maintained forks, in an environment of their own.
test-forks: .venv-forks/.ready
	.venv-forks/bin/python -m pytest

.venv-forks/.ready: setup.py $(wildcard requirements/*.txt)
	$(PYTHON) -m venv .venv-forks
	.venv-forks/bin/python -m pip install -r requirements/forks.txt \
	    -r requirements/runtime.txt -r requirements/tests.txt
	.venv-forks/bin/python -m pip install --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf .venv .venv-forks work_dirs data/shapes_lt data/shapes_clip
