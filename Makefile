# make serve | test | bench | docs | lint | format | clean: each sets up what it needs, in .venv, with python >= 3.11.

SHELL := /bin/bash
.DEFAULT_GOAL := help
BIN := .venv/bin
RUNTIME := .venv/.runtime
DEV := .venv/.dev
BROWSER := .venv/.browser
COMPILED := .venv/.compiled
COLLECTED := .venv/.collected
unexport PYTHONDONTWRITEBYTECODE  # each process would compile all modules that it imports

.PHONY: help serve test bench docs lint format requirements clean

help:
	@echo "make serve   open the display, with the embedded sample or with config.yaml's files (ARGS='...' adds options)"
	@echo "make test    format, lint, floors, types, then all tests (PYTEST_ARGS='...' adds options)"
	@echo "make bench   measure speed, memory and traffic"
	@echo "make docs    build the documentation: docs/_build/html/index.html"
	@echo "make lint    format, lint (of scripts where node is), floors and types only; make format corrects what can be corrected"
	@echo "make requirements   pin anew what pyproject.toml asks for"
	@echo "make audit   look for known vulnerabilities of the pinned packages"
	@echo "make clean   remove all that these made"

serve: $(RUNTIME)
	@$(BIN)/bye-splits serve $(ARGS)

test: $(DEV)
	@$(MAKE) --no-print-directory -j2 lint $(COMPILED) $(COLLECTED) $(BROWSER)
	@$(BIN)/python -m pytest -n 3 --dist loadscope $(PYTEST_ARGS)

bench: $(BROWSER)
	@$(BIN)/python -m benchmarks $(ARGS)

docs: $(DEV)
	@$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -d docs/_build/doctrees docs docs/_build/html
	@echo "docs/_build/html/index.html"

lint: $(DEV)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@tools/lint-js

format: $(DEV)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

requirements:
	@tools/pin

audit:
	@tools/audit

clean:
	@rm -rf .venv build dist docs/_build .pytest_cache .ruff_cache .hypothesis .import_linter_cache .mypy_cache *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements.txt pyproject.toml tools/make-venv
	@tools/make-venv .venv requirements.txt
	@touch $@

$(DEV): requirements.txt requirements-dev.txt pyproject.toml tools/make-venv
	@tools/make-venv .venv requirements-dev.txt  # has the others, too
	@touch $(RUNTIME) $@

$(BROWSER): $(DEV) tools/find-browser
	@tools/find-browser $(BIN)
	@touch $@

$(COMPILED): $(DEV)
	@if $(BIN)/python tests/precompile.py; then touch $@; else echo "Nothing is compiled yet; the tests say why."; fi

# Writes the bytecode of the tests, and of what they import, once; what is wrong with them is said when they run.
$(COLLECTED): $(DEV)
	@$(BIN)/python -m pytest --collect-only -qq > /dev/null 2>&1; touch $@
