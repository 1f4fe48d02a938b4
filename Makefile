# Every command of the repo. `make run` starts a company, `make check` is for every save, `make test` is what CI runs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
KERNELS := $(VENV)/.kernels
export PYTHONPATH := $(CURDIR)

.PHONY: run setup check test full bench accept format

run: setup
	@$(BIN)/python -m app.cli.starting

setup: $(STAMP) $(KERNELS)

# Machine code of the planner, about 40 s of one processor; again where its sources have changed.
$(KERNELS): $(STAMP) $(wildcard planning/*.py planning/*/*.py)
	@$(BIN)/python -m planning.warming
	@touch $(KERNELS)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Tallyworks needs Python 3.11 or newer: install it and call make PYTHON=python3.11 run")'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "The venv module is missing: install it (Debian: apt install python3-venv)."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==0.13.9
	@$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q app pipelines planning schemas
	@touch $(STAMP)

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not slow and not full and not postgresql and not browser" -n 2

test: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -m "not full" -n 2 --dist loadgroup

full: setup
	$(BIN)/python -m pytest -n 2 --dist loadgroup

bench: setup
	$(BIN)/python -m tests.benchmarks

accept: setup
	TALLYWORKS_ACCEPT=1 $(BIN)/python -m pytest tests/scenarios tests/browser

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
