# All that is done with this repository. CI runs check, gen and test from here, nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

BIN := .venv/bin
READY := .venv/.ready
PYTEST := $(BIN)/python -m pytest
# Tests run side by side; 0 runs them one after the other in one process.
WORKERS ?= 2
# Tests that share a server stay together. A test that hangs takes its worker along, and no new worker tries it again.
SPREAD = -n $(WORKERS) --dist loadgroup --max-worker-restart=0
# More for pytest, e.g. make unit ARGS="-k abandon -x"
ARGS ?=

.PHONY: help setup demo test unit check format sim chaos fuzz kafka compiled wheel bench bench-peers soak gen pictures lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 13

setup: $(READY) ## .venv with everything, from the locks

demo: $(READY) ## an invented contact centre at 20x with its wallboard, and a bad quarter of an hour; real time: ARGS="--speed 1"
	$(BIN)/deskpulse demo $(ARGS)

test: $(READY) ## everything whose tool is on this machine; says what it left out, and with CI=true fails then
	$(PYTEST) $(SPREAD) $(ARGS)

unit: $(READY) ## the tests that need no server, about a minute
	$(PYTEST) $(SPREAD) -m "not kafka and not prometheus and not alertmanager and not browser and not slow" $(ARGS)

check: $(READY) ## format, lint, strict types, the rules of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PYTEST) -q tests/test_tidy.py

format: $(READY) ## mends what can be mended without thinking
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

sim: $(READY) ## two workers under faults; SEED=4711 repeats one run
	$(PYTEST) tests/sim $(ARGS)

chaos: $(READY) ## seven minutes of everything that can go wrong with a real Kafka; SEED=word repeats one, ARGS="--rounds 3"
	$(BIN)/python -m tests.chaos $(ARGS)

fuzz: $(READY) ## garbage for all that takes something in; MINUTES=10 for each, ARGS="intake shard" for these alone
	$(BIN)/python -m tests.fuzz $(ARGS)

kafka: $(READY) ## only what needs a real Kafka
	$(PYTEST) -m kafka $(ARGS)

compiled: $(READY) ## build/compiled: the same with the core compiled, a third less work for each event; needs a C compiler
	$(BIN)/python deploy/compiled.py

wheel: $(READY) ## dist/: a wheel for this Python and machine with the core compiled, or the plain one where there is no C compiler
	HATCH_BUILD_HOOK_ENABLE_CUSTOM=true $(BIN)/python -m hatchling build -t wheel -d dist

bench: $(READY) ## events per second, microseconds per event, restore, memory
	$(BIN)/python -m tests.bench $(ARGS)

bench-peers: $(READY) ## the same calls through Kafka Streams, Quix Streams, Faust, the raw loop and deskpulse; installs them under .cache
	$(BIN)/python -m tests.bench.peers $(ARGS)

soak: $(READY) ## two hours of calls and tickets while workers come and go, ARGS="--hours 0.2": figures exact, nothing grows
	$(BIN)/python -m tests.bench.soak $(ARGS)

gen: $(READY) ## writes what is generated: schemas, docs, dashboards, alert rules
	$(BIN)/deskpulse schemas --write
	$(BIN)/deskpulse catalogue --write
	$(BIN)/python -m deploy.prometheus
	$(BIN)/python -m deploy.grafana

pictures: $(READY) ## those of docs/wallboard.md, of the wallboard as it is now; needs Chromium
	$(BIN)/python -m tests.outputs.wallboard.pictures

lock: ## new locks from pyproject.toml: the newest versions it allows
	test -x .cache/lock/bin/pip-compile || { $(PYTHON) -m venv .cache/lock && .cache/lock/bin/pip install --quiet pip-tools; }
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --constraint requirements.lock --extra test --build-deps-for editable --output-file requirements-test.lock pyproject.toml
	$(COMPILE) --constraint requirements-test.lock --only-build-deps --build-deps-for wheel --output-file requirements-build.lock pyproject.toml

# Hashes say what is installed; no address says from where, so the locks hold behind any mirror.
COMPILE = env -u PIP_FIND_LINKS .cache/lock/bin/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --strip-extras \
	--no-header --no-emit-options --annotation-style line

# The Python of the locks is 3.11; a newer one will do where that is not there.
PYTHON = $(or $(shell python3.11 -c '' 2>/dev/null && command -v python3.11),$(shell python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v python3),\
	$(error Python 3.11 or newer is needed and neither python3.11 nor a python3 that new is on PATH: apt-get install python3.11 python3.11-venv))

$(READY): requirements-test.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-test.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

clean: ## removes .venv and what is cached
	rm -rf .venv .cache .hypothesis .pytest_cache .ruff_cache
