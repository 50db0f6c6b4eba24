# Every target is thin over the command `afspraken` or one well-known tool.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
BIN := .venv/bin
SOURCES := afspraken ingestion expectations local dags tests superset benchmarks

.PHONY: up down nightly status install install-dev check test test-fast benchmarks lock clean

up: install
	@$(BIN)/afspraken up

down:
	@if [ -x $(BIN)/afspraken ]; then $(BIN)/afspraken down; fi

nightly: install
	@$(BIN)/afspraken nightly

status: install
	@$(BIN)/afspraken status

install:
	@$(PYTHON) local/bootstrap.py

install-dev:
	@$(PYTHON) local/bootstrap.py --with-dev

check: install-dev
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/sqlfluff lint --processes 2 dbt_project/models
	$(BIN)/yamllint --strict .
	$(BIN)/pytest -q tests/unit tests/structure

test: install-dev
	$(BIN)/pytest

# the peers are installed beside what we run on; `make install-dev` takes them away again
benchmarks: install-dev
	$(BIN)/uv pip install --quiet --require-hashes -r requirements/benchmarks.txt
	$(BIN)/python -m benchmarks --report

lock: install
	cd requirements && for name in bootstrap warehouse dev benchmarks; do \
		../$(BIN)/uv pip compile --quiet --no-header --python-version 3.11 --generate-hashes $$name.in -o $$name.txt; done
	cd requirements && ../$(BIN)/uv pip compile --quiet --no-header --python-version 3.11 \
		--exclude-newer 2026-06-01 --generate-hashes superset.in -o superset.txt

clean: down
	rm -rf .state .venv .venv-superset
