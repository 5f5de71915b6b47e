# Forehand: the commands. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
WORKERS ?= 2
BIN := .venv/bin
STAMP := .venv/.made-from-lock
RIVALS := .venv-rivals/.made-from-lock

unexport PYTHONDONTWRITEBYTECODE  # what is compiled once starts in half the time, and the tests start much

.DEFAULT_GOAL := help
.PHONY: help setup demo run test check chaos bench lock schema sbom audit clean tools

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(STAMP) ## make .venv from the hashed lock (quick when it is up to date)

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Forehand needs Python 3.11 or later: make PYTHON=python3.11 setup"; exit 1; }
	@echo "setting up .venv (once; a minute or two) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-warn-script-location --require-hashes -r requirements/dev.txt 2> >(grep -v '^WARNING: Location' >&2)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2> >(grep -v '^WARNING: Location' >&2)
	@touch $@
	@echo "set up."

demo: setup ## a household's weeks and a fall in two minutes, on this machine, in the terminal and in the browser
	@$(BIN)/python -m simulator demo

run: setup ## the cloud on this machine, for real use; its data stays in data/
	@$(BIN)/python -m cloud run

test: setup tools ## every test; what this machine cannot have is skipped by name (STRICT=1: nothing is)
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup

tools: ## what the tests can use, where it may be installed: broker, browser, printer
	@scripts/install-tools.sh

check: setup ## lint, types, import direction, generated pages
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	@$(BIN)/python -m contract.schema --check
	@$(BIN)/python -m scripts.sbom --check

chaos: setup tools ## the long proofs: more than 200 kills, 50 power cuts, dead lines, full disks, clocks that jump; leave it running
	@KILLS=60 CUTS=50 $(BIN)/python -m pytest -q -s tests/system/test_nothing_lost.py tests/system/test_power_cuts.py
	@KILLS=10 $(BIN)/python -m pytest -q -s tests/system/test_alarm_kills.py
	@CUTS=20 FILLS=10 JUMPS=20 $(BIN)/python -m pytest -q -s tests/system/test_partitions.py tests/system/test_disk_full.py \
	  tests/system/test_clock_jumps.py

bench: $(RIVALS) ## the figures that we claim, as tables, beside rivals that are installed for this alone
	@.venv-rivals/bin/python -m benchmarks

$(RIVALS): requirements/rivals.txt pyproject.toml
	@echo "setting up .venv-rivals (once; a minute or two) ..."
	@test -x .venv-rivals/bin/python || $(PYTHON) -m venv .venv-rivals
	@.venv-rivals/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/rivals.txt 2> >(grep -v '^WARNING: Location' >&2)
	@.venv-rivals/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2> >(grep -v '^WARNING: Location' >&2)
	@touch $@

lock: ## make the lock anew from pyproject.toml, and the bills of materials from it
	@for extra in dev edge cloud simulator; do \
	  case $$extra in dev) names=edge,cloud,simulator,dev;; simulator) names=cloud,simulator;; *) names=$$extra;; esac; \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	    $$(for n in $${names//,/ }; do echo --extra $$n; done) pyproject.toml -o requirements/$$extra.txt \
	    $$([ $$extra = dev ] || echo --constraint requirements/dev.txt); done
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --all-extras pyproject.toml -o requirements/rivals.txt --constraint <(sed '/^pandas==/,/[^\\]$$/d' requirements/dev.txt)
	@$(BIN)/python -m scripts.sbom --write

sbom: setup ## write docs/sbom anew from the lock
	@$(BIN)/python -m scripts.sbom --write

audit: setup ## known weaknesses of what the lock names; asks the package index, and is never green without an answer
	@$(BIN)/python -m scripts.audit

schema: setup ## write docs/schema anew from contract/
	@$(BIN)/python -m contract.schema --write

clean: ## remove what was made here, but not data/
	@rm -rf .venv .venv-rivals .demo .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
