# `make` lists the targets. Needs GNU make and Python 3.11 or newer; everything else is installed
# into a virtual environment in this folder, from requirements.lock, with hashes.
#
#   make test PYTHON=python3.12              another interpreter, in an environment of its own
#   make test PYTEST_ARGS="-x -k market"     what pytest gets instead of "-n 2"

PYTHON ?= python3
PYTEST_ARGS ?= -n 2
SCENARIO ?= scenarios/traffic_vs_community.yaml
RUN_ARGS ?= --force
BENCH_ARGS ?=
SEEDS ?= 3
VARIANTS ?= 1
CHECK_ARGS ?=
LOCK_ARGS ?=
UV_VERSION ?= 0.13.9

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

# Three words about $(PYTHON): its version, a key of what the dependencies hang on (the interpreter,
# this folder, the lock), and a key of pyproject.toml. Empty when it cannot be run.
FACTS := $(shell $(PYTHON) -c 'import hashlib, os, sys; \
	read = lambda f: open(f, "rb").read() if os.path.exists(f) else b""; \
	key = lambda *parts: hashlib.sha256(b"".join(parts)).hexdigest()[:12]; \
	here = repr((sys.version, sys.base_prefix, os.getcwd())).encode(); \
	print("%d.%d" % sys.version_info[:2], \
	key(here, read("requirements.lock")), key(read("pyproject.toml")))' 2>/dev/null)

VENV ?= $(if $(filter python3,$(PYTHON)),.venv,.venv-$(word 1,$(FACTS)))
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq

# The environment is current when these two files exist. They are named by what they stand for and
# written last, so an interrupted install, a new lock, another interpreter or a moved folder all
# end in a fresh one.
DEPS := $(VENV)/.deps-$(word 2,$(FACTS))
ENV := $(VENV)/.project-$(word 3,$(FACTS))

# Sets $$base to the interpreter behind $(PYTHON) (behind an activated environment, too), or says
# plainly why it will not do.
define find_python
base=$$($(PYTHON) -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))' \
	2>/dev/null) || { \
	echo "make: '$(PYTHON)' cannot be run. Flowtribe needs Python 3.11 or newer;" \
		"name one with: make PYTHON=python3.12" >&2; exit 1; }; \
"$$base" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "make: '$(PYTHON)' is $$("$$base" -V 2>&1). Flowtribe needs Python 3.11 or newer;" \
		"name one with: make PYTHON=python3.12" >&2; exit 1; }; \
"$$base" -c 'import ensurepip, venv' 2>/dev/null || { \
	package=python$$("$$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv; \
	echo "make: '$(PYTHON)' cannot create virtual environments (it has no ensurepip)." \
		"On Debian or Ubuntu: apt-get install $$package" >&2; exit 1; }
endef

$(DEPS):
	@$(find_python); \
	echo "installing the dependencies into $(VENV) (about a minute, once)"; \
	"$$base" -m venv --clear $(VENV)
	@$(PIP) install --require-hashes --only-binary :all: -r requirements.lock
	@touch $@

$(ENV): $(DEPS)
	@rm -f $(VENV)/.project-*
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: env
env: $(ENV) ## create or refresh the virtual environment

.PHONY: run
run: $(ENV) ## run the example scenario (SCENARIO=path for another)
	$(BIN)/sim run $(SCENARIO) $(RUN_ARGS)

.PHONY: lint
lint: $(ENV) ## ruff (rules, format) and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: test
test: lint ## everything a change must pass: lint, then pytest
	$(BIN)/python -m pytest $(PYTEST_ARGS)

.PHONY: check
check: $(ENV) ## hold the engine against exact values, closed forms and twins (CHECK_ARGS=--quick)
	$(BIN)/sim check $(CHECK_ARGS)

.PHONY: validation
validation: $(ENV) ## write docs/validation.md anew from the full suite
	$(BIN)/python -m sim.check.document

.PHONY: bench
bench: $(ENV) ## measure speed
	$(BIN)/python -m benchmarks.speed $(BENCH_ARGS)

.PHONY: benchmark
benchmark: $(ENV) ## compare the strategies in the standard markets on one page (in full: SEEDS=20 VARIANTS=9)
	$(BIN)/sim compare benchmarks/strategies/*.yaml --seeds $(SEEDS) --variants $(VARIANTS) \
		--out runs/benchmark-$(VARIANTS)

.PHONY: slurm
slurm: $(ENV) ## try the cluster templates on a SLURM of one node (root; Debian's slurm packages)
	PATH="$(CURDIR)/$(BIN):$$PATH" benchmarks/cluster/prove_slurm.sh

.PHONY: calibration
calibration: $(ENV) ## hold the flagship against published figures (docs/calibration.md; half an hour)
	$(BIN)/python -m benchmarks.calibration.cdnow
	$(BIN)/python -m benchmarks.calibration.flagship
	$(BIN)/python -m benchmarks.calibration.flagship --turn --seeds 24

.PHONY: picture
picture: $(ENV) ## draw the README's picture from a run of the flagship
	$(BIN)/sim run scenarios/traffic_vs_community.yaml --seed 1 --out runs/picture --force --quiet
	$(BIN)/python -c 'from pathlib import Path; from sim.study.charts import static_svg; \
		Path("docs/pictures/flagship.svg").write_text(static_svg(Path("runs/picture")))'

# Versions that are in the lock stay where pyproject.toml still allows them; LOCK_ARGS=--upgrade
# moves them all. One lock serves every supported Python, through environment markers, and names
# no host, so it installs from whatever index pip is set up with.
.PHONY: lock
lock: ## write requirements.lock anew from pyproject.toml (LOCK_ARGS=--upgrade for new versions)
	@$(find_python); \
	set -e; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	"$$base" -m venv "$$tmp/uv"; \
	"$$tmp/uv/bin/python" -m pip --disable-pip-version-check -qq install uv==$(UV_VERSION); \
	if [ -f requirements.lock ]; then cp requirements.lock "$$tmp/lock.txt"; fi; \
	"$$tmp/uv/bin/uv" pip compile --quiet --universal --python-version 3.11 --extra dev \
		--python "$$tmp/uv/bin/python" --generate-hashes --no-header --no-annotate $(LOCK_ARGS) \
		--output-file "$$tmp/lock.txt" pyproject.toml; \
	if grep -nE '://|^ *--(index|extra|find|trusted)| @ ' "$$tmp/lock.txt"; then \
		echo "make: the lock names a host or a path; left as it was" >&2; exit 1; fi; \
	{ echo "# Made by 'make lock' from pyproject.toml (with its extra dev). Do not edit."; \
		grep -v '^#' "$$tmp/lock.txt"; } > "$$tmp/requirements.lock"; \
	cp "$$tmp/requirements.lock" requirements.lock; \
	echo "requirements.lock: $$(grep -c '==' requirements.lock) pins"

.PHONY: clean
clean: ## remove environments, caches and builds; runs/ stays
	rm -rf .venv .venv-* build dist *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find sim tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
