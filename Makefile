# Everything a newcomer needs: make demo, make test.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?= 2
SOAK_SECONDS ?= 600
SOAK_CLIENTS ?= 1000

.PHONY: demo test lint types floors unit docs benchmarks soak peers clean help

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[all,dev]'
	touch $@

demo: $(VENV)/.installed  ## echo and a quote of the day, on TCP, TLS and UNIX sockets
	$(BIN)/twist up examples/welcome/site.toml

test: lint types floors unit  ## everything that must hold

lint: $(VENV)/.installed  ## ruff: lint and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed  ## mypy, strict
	$(BIN)/mypy

floors: $(VENV)/.installed  ## imports go downward only
	$(BIN)/lint-imports

unit: $(VENV)/.installed  ## the tests
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

docs: $(VENV)/.installed  ## the documentation, in docs/_build
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet docs docs/_build

benchmarks: $(VENV)/.installed  ## side by side with genuine Twisted and its peers
	$(BIN)/python -m benchmarks

soak: $(VENV)/.installed  ## a thousand clients of every temper, for ten minutes
	$(BIN)/python -m tests.soak --seconds $(SOAK_SECONDS) --clients $(SOAK_CLIENTS)

peers:  ## the programs that the tests talk to (Debian, Ubuntu)
	tools/install-peers

clean:  ## what was made here
	rm -rf $(VENV) docs/_build build dist
