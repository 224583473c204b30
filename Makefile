# `make` lists the verbs. Each sets up what it needs: uv (from PyPI, if there is none), Python packages, and at the
# first start of a broker a Java runtime and Kafka's jars.

PYTHON ?= python3
UV := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
RUN := $(UV) run --no-sync
KERNEL := $(wildcard stream/core/kernel/_kernel-*.so)
# Without a compiled kernel, uv must not take an earlier install of this folder from its cache.
SYNC := $(UV) sync --frozen --inexact $(if $(KERNEL),,--reinstall-package segue)
WORKER := --extra cpu --extra kafka --extra demo --extra serve --extra report
ALL := $(WORKER) --extra faust --extra registry --extra parquet --extra otel --extra sink --extra export
export PYTHONUNBUFFERED = 1

.DEFAULT_GOAL := help
.PHONY: help demo test test-keras check format sanitize chaos soak bench bench-encode bench-quality bench-segments bench-meaning bench-views bench-apps model wheel setup setup-all clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup ## see it work: a real Kafka, a real BERT, real purchases, a dashboard, four applications; APP=risk shows one
	@$(RUN) segue demo --app $(or $(APP),all)

test: setup-all ## every test, with a real Kafka
	@$(RUN) pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

check: setup-all ## ruff, mypy --strict, the lint for prose, and the rules of architecture and names
	@$(RUN) ruff format --check . && $(RUN) ruff check . && $(RUN) mypy && $(RUN) python -m tests.prose
	@$(RUN) pytest --quiet tests/test_architecture.py tests/test_vocabulary.py

format: setup-all ## let ruff put the code in order
	@$(RUN) ruff check --fix . && $(RUN) ruff format .

test-keras: setup-all ## the Keras verb, with TensorFlow: an extra of its own, 600 MB
	@$(SYNC) $(ALL) --extra keras
	@TF_CPP_MIN_LOG_LEVEL=3 $(RUN) pytest tests/export/package/test_build_keras.py

sanitize: setup-all ## the kernel's tests under AddressSanitizer and UndefinedBehaviorSanitizer; needs gcc or clang
	@$(RUN) python -m tests.core.kernel.sanitize

chaos: setup-all ## the failure tests in full: 100 faults of brokers, workers and network at full load, half an hour
	@$(RUN) pytest -m chaos --override-ini timeout=1800
	@$(RUN) python -m tests.chaos

soak: setup-all ## an hour at full rate with users who come and go: is anything growing? MINUTES=10 is shorter
	@$(RUN) python -m bench soak --minutes $(or $(MINUTES),60)

bench: setup ## measure speed and cost; prints the tables of bench/README.md
	@$(SYNC) $(WORKER) --extra faust
	@$(RUN) python -m bench speed

bench-encode: setup-all ## measure the encoder against torch
	@$(RUN) python -m bench encoder

bench-quality: setup-all ## how well profiles tell users apart; FOLDERS="models/mine" adds encoders
	@$(RUN) python -m bench quality $(FOLDERS)

bench-segments: setup-all ## segments over time: planted streams beside other libraries, then real purchases
	@$(RUN) python -m bench segments
	@$(RUN) python -m bench stability

bench-meaning: setup-all ## do segments say what users are interested in: planted users with real texts
	@$(RUN) python -m bench meaning

bench-views: setup-all ## dashboard, API, store, maps and report: latency, memory, time and size
	@for room in api dashboard store maps report; do $(RUN) python -m bench $$room || exit 1; done

bench-apps: setup-all ## the four applications on real purchases, beside plain baselines
	@$(RUN) python -m bench apps

model: setup-all ## make models/default and models/demo anew, some ten minutes
	@$(RUN) python -m export default-model --out models/default
	@$(RUN) python -m export demo-model --out models/demo

wheel: $(UV) ## build dist/segue-*.whl for Linux on x86-64 and aarch64: what `pip install` takes, with the encoders
	@for machine in x86_64 aarch64; do SEGUE_WHEEL_MACHINE=$$machine $(UV) build --wheel --quiet || exit 1; done
	@ls dist/*.whl

setup: $(UV) ## only the packages that a worker and the demo need, into .venv
	@$(SYNC) --no-dev $(WORKER)

setup-all: $(UV)
	@$(SYNC) $(ALL)

.uv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@$(PYTHON) -m venv .uv && .uv/bin/pip install --quiet --disable-pip-version-check 'uv>=0.9'

clean: ## remove what was set up here
	@rm -rf .venv .uv .pytest_cache .mypy_cache .ruff_cache .hypothesis stream/core/kernel/_kernel-*.so
