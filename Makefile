# The front door: `make help` lists what there is.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
SETUP := $(PYTHON) -I .ci/setup.py
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: run demo test slow check bench snap screenshot lock messages catalogues build clean help setup dev

run: setup ## Start the console; without a terminal: one status table
	@$(BIN)/quarterdeck $(ARGS)

demo: setup ## Start the console on a simulated lab
	@$(BIN)/quarterdeck demo $(ARGS)

test: dev ## Run the tests (ARGS="-k gpus" for some of them)
	@$(BIN)/pytest -q -n auto $(ARGS)

slow: dev ## Run the tests that build, install or need the network
	@$(BIN)/pytest -q -m slow $(ARGS)

check: dev ## Style, types, import contracts, catalogues
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --quiet --check || { echo "run: .venv/bin/ruff format"; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/mypy --no-error-summary .ci/*.py hatch_build.py
	@$(BIN)/lint-imports > .venv/lint-imports.txt 2>&1 || { cat .venv/lint-imports.txt; exit 1; }
	@test ! -e backends/probe/program.py || $(BIN)/vermin --quiet --no-tips --violations -t=3.6- backends/probe/program.py
	@$(BIN)/python .ci/messages.py --check

bench: dev ## Measure: every program in tests/bench/
	@kept=0; for one in $$(grep -l '^if __name__ ==' tests/bench/*.py); do \
		echo "== $$one"; PYTHONPATH=. timeout -k 5 150 $(BIN)/python "$$one" || kept=1; \
	done; exit $$kept

snap: dev ## Take the SVG snapshots anew (look at the difference before you commit)
	@$(BIN)/pytest -q --snapshot-update tests/snapshots $(ARGS)

screenshot: dev ## Draw the picture of the README
	@$(BIN)/python docs/screenshots/make.py

lock: dev ## Lock the dependencies anew (LOCK_ARGS=--upgrade for the newest)
	@$(LOCK) $(LOCK_ARGS) --extra kubernetes --group build pyproject.toml -o requirements.lock > /dev/null
	@$(LOCK) $(LOCK_ARGS) --extra kubernetes --group dev pyproject.toml -o requirements-dev.lock > /dev/null
	@echo pip | $(LOCK) $(LOCK_ARGS) --no-annotate - -o .ci/pip.lock > /dev/null
	@$(SETUP) --dev && $(BIN)/python .ci/notice.py

messages: dev ## Gather the texts of the code into the catalogues
	@$(BIN)/python .ci/messages.py

catalogues: setup ## Compile the catalogues
	@$(BIN)/python hatch_build.py

build: dev ## Build the sdist and the wheel into dist/
	@$(BIN)/hatchling build -t sdist -t wheel

clean: ## Remove everything that was made: environment, caches, builds
	@rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache snapshot_report.html
	@rm -f console/locale/*/LC_MESSAGES/*.mo
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## List what there is
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

setup:
	@$(SETUP)

dev:
	@$(SETUP) --dev
