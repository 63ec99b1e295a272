# make demo         set up, make the demo data, train, test, print the table
# make test         set up and run the tests
# make test-fast    the same without the slow ones
# make test-oldest  the tests on the oldest stack that is promised
# make test-forks   the tests on the maintained forks
# make fuzz         damaged files to every reader, with random seeds
# make lint         lint, format and spelling
# make clean        remove environments, runs and demo data
# Another interpreter: PYTHON=python3.12, for the oldest stack
# PYTHON_OLDEST=python3.11. Options of pytest: ARGS='-m "not slow"'; how many
# processes run the tests: WORKERS=8.
PYTHON ?= python3
PYTHON_OLDEST ?= python3.10
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2
PYTEST := -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
CONSTRAINTS := requirements/constraints.txt
PACKAGING := setup.py pyproject.toml $(wildcard requirements/*.txt)

.PHONY: demo test test-fast test-oldest test-forks fuzz lint setup clean
.DELETE_ON_ERROR:

setup: $(VENV)/.ready

# $(call install,ENVIRONMENT,OPTIONS FOR THE STACK)
define install
$(1)/bin/python -m pip install $(2) \
    -r requirements/runtime.txt -r requirements/tests.txt
$(1)/bin/python -m pip install --no-deps --no-build-isolation -e .
touch $@
endef

$(VENV)/.ready: $(PACKAGING)
	$(PYTHON) -m venv $(VENV)
	$(call install,$(VENV),-r requirements/mminstall.txt -c $(CONSTRAINTS))

demo: setup
	$(BIN)/python tools/demo.py

test: setup
	$(BIN)/python $(PYTEST) $(ARGS)

test-fast: setup
	$(BIN)/python $(PYTEST) -m "not slow" $(ARGS)

# The other stacks have environments of their own.
test-oldest: .venv-oldest/.ready
	.venv-oldest/bin/python $(PYTEST) $(ARGS)

.venv-oldest/.ready: $(PACKAGING)
	$(PYTHON_OLDEST) -m venv .venv-oldest
	$(call install,.venv-oldest,-r requirements/mminstall.txt -c requirements/oldest.txt)

test-forks: .venv-forks/.ready
	.venv-forks/bin/python $(PYTEST) $(ARGS)

.venv-forks/.ready: $(PACKAGING)
	$(PYTHON) -m venv .venv-forks
	$(call install,.venv-forks,-r requirements/forks.txt)

fuzz: setup
	PYTHONPATH=.:tests/helpers:tools:tools/dataset_converters \
	    $(BIN)/python -W ignore tests/helpers/fuzz_table.py $(ARGS)

lint: $(VENV)/.lint-ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

$(VENV)/.lint-ready: requirements/lint.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -r requirements/lint.txt
	touch $@

clean:
	rm -rf .venv .venv-oldest .venv-forks build work_dirs data/shapes_lt data/shapes_clip
