# Everything that one does with a checkout. `make help` lists it.

PYTHON ?= python3
# More words for pytest, as in: make test ARGS="-k threads -x"
ARGS ?=
# How many tests run at once: about half of their time they wait, for a disk, a process or a page.
TEST_WORKERS ?= $(shell cores=$$(nproc 2>/dev/null || echo 2); echo $$((cores < 3 ? cores + 3 : 5)))
# What to measure, as in: make bench PARTS="messages search"; nothing named is everything
PARTS ?=

# What the tools remember between runs, in one folder that git ignores.
export HYPOTHESIS_STORAGE_DIRECTORY := .cache/hypothesis

CHECKED := tipline workers config.py wsgi.py

.DEFAULT_GOAL := help
.PHONY: help run code test lint prove bench screenshots catalogues clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

run: .venv/.run-installed ## start the demo on this machine: gateway, console, a pretend carrier with a phone
	@exec .venv/bin/python -m tipline.simulator.demo

code: .venv/.run-installed ## print the one-time codes of the demo's members
	@.venv/bin/python -m tipline.simulator.codes

test: lint .venv/.dev-installed ## lint, then all tests; finds or installs Chromium, PostgreSQL and Go itself
	@scripts/ensure-browser >/dev/null
	@scripts/ensure-go >/dev/null
	.venv/bin/python -m pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: .venv/.dev-installed ## ruff, mypy and import-linter
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy $(CHECKED)
	.venv/bin/lint-imports --cache-dir .cache/import-linter

# At the size that is promised; `make test` runs the same modules small.
PROOFS = $(wildcard tests/system/test_fuzz*.py tests/system/test_faults*.py tests/system/faults/test_*.py)

prove: .venv/.dev-installed ## the long proofs at full size (hours): 100,000 hostile requests, faults under load
	TIPLINE_TEST_REQUESTS=100000 TIPLINE_TEST_MESSAGES=1000 \
	    .venv/bin/python -m pytest -s $(PROOFS) tests/gateway/test_hostile_forms.py $(ARGS)

bench: .venv/.dev-installed ## measure everything (about an hour, 6 GB of disk), or PARTS="messages ..."
	@exec .venv/bin/python -m benchmarks $(PARTS)

screenshots: .venv/.dev-installed ## take the pictures in docs/screenshots anew
	@scripts/ensure-browser >/dev/null
	@exec .venv/bin/python -m benchmarks.screenshots

catalogues: .venv/.dev-installed ## take new sentences into the catalogues of all languages, and compile them
	@scripts/catalogues

clean: ## remove the environment and caches; keeps var/, where instances live
	rm -rf .venv .venv.lock .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

.venv/.run-installed: requirements.txt
	@$(call prepare,requirements.txt)

.venv/.dev-installed: requirements-dev.txt .venv/.run-installed
	@$(call prepare,requirements-dev.txt)

define prepare
command -v $(PYTHON) >/dev/null || { echo "Tipline needs Python 3.11 or newer, and there is no '$(PYTHON)' here."; exit 1; } >&2; \
$(PYTHON) scripts/prepare-venv $(1) $@
endef
