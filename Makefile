# 'make' alone lists the targets. Each sets up what it needs in .venv first; the first time takes some minutes.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
BIN := .venv/bin
READY := .venv/.ready

# make PYTHON=/path/to/python3.11 decides otherwise.
PYTHON ?= $(shell for p in python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

# No library reports home.
export PYBAMM_DISABLE_TELEMETRY := true
export BENTOML_DO_NOT_TRACK := True
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
# A fixed number of threads, not the machine's: sums come out in the same order on every machine.
export OMP_NUM_THREADS ?= 2
WORKERS ?= 2

.PHONY: help
help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: predict
predict:  ## in about a minute: .venv-predict for predictions, suggestions, campaigns, reports; and a first prediction
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; fi
	@"$(PYTHON)" scripts/environment.py predict
	.venv-predict/bin/surrogate predict Li6PS5Cl route=mechanical_milling heat_treatment_temperature_c=550 temperature_c=25

.PHONY: demo
demo: $(READY)  ## from the data to trained models, suggestions and a running service, in minutes
	$(BIN)/python -m scripts.demo

.PHONY: serve
serve: $(READY)  ## the HTTP service on http://127.0.0.1:3000, with the models of models/, else those of the package
	$(BIN)/bentoml serve serving.service:SurrogateService

.PHONY: notebook
notebook: $(READY)  ## run the notebooks from start to end; the results are in out/
	$(BIN)/python scripts/notebook.py

.PHONY: lab
lab: $(READY)  ## the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

.PHONY: models
models: $(READY)  ## train the models that are part of the package anew, in about five minutes
	$(BIN)/python -m training fit all --learning-curve --out build/models
	$(BIN)/python -m training ship --models build/models

.PHONY: docs
docs: $(READY)  ## the documentation as a web site in build/site, with its generated pages; fails on a broken link
	$(BIN)/python -m scripts.reference
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

.PHONY: screenshots
screenshots: $(READY)  ## pictures of the web pages for the documentation, from the running service; needs chromium
	$(BIN)/python -m scripts.screenshots

.PHONY: test
# Files of tests side by side, each process on one thread; make WORKERS=0 test runs all in one process, to debug.
test: export OMP_NUM_THREADS = 1
test: $(READY)  ## the tests, in minutes
	$(BIN)/python -m pytest -m "not slow and not faults" -n $(WORKERS) --dist loadfile --durations=10

.PHONY: test-slow
test-slow: $(READY)  ## the tests that take long: full training, full benchmarks, other machines' promises
	$(BIN)/python -m pytest -m slow --durations=10

.PHONY: test-faults
test-faults: $(READY)  ## campaigns under fire: killed clients, restarting databases, full disks, power cuts
	$(BIN)/python -m pytest tests/faults --durations=10

.PHONY: fuzz
fuzz: $(READY)  ## thousands of made-up requests to the running service, from its OpenAPI document
	$(BIN)/python -m pytest -m slow -rA -s --durations=5 tests/serving/test_serving_fuzz.py

.PHONY: check
check: style types imports wheel  ## style, types, import rules, and what the wheel contains ('make -k check': all, whatever fails)

.PHONY: style types imports wheel
style: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/hadolint Dockerfile
types: $(READY)
	$(BIN)/mypy
imports: $(READY)
	$(BIN)/lint-imports
wheel: $(READY)
	rm -rf build/wheel
	$(BIN)/python -m build --wheel --no-isolation --outdir build/wheel . >/dev/null
	$(BIN)/check-wheel-contents build/wheel

.PHONY: format
format: $(READY)  ## put the code in the one style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: image
image:  ## the container image of the service, built by docker, podman or buildah
	scripts/image.sh

.PHONY: image-check
image-check:  ## start that image without rights and without a network, look at it from inside, ask it
	python3 scripts/image_check.py

# Tools that are not part of the project, beside it.
build/tools/bin/uv build/tools/bin/pip-audit: Makefile
	$(BIN)/python -m pip install --quiet --target build/tools --upgrade uv==0.13.9 pip-audit==2.10.1
	touch build/tools/bin/uv build/tools/bin/pip-audit

.PHONY: lock
lock: $(READY) build/tools/bin/uv  ## pin what pyproject.toml leads to, with hashes: writes requirements/*.lock
	$(BIN)/python scripts/lock.py $(if $(UPGRADE),--upgrade)

.PHONY: audit
audit: $(READY) build/tools/bin/pip-audit  ## ask for advisories of every locked package: writes docs/reference/advisories.md
	$(BIN)/python -m scripts.advisories

.PHONY: peers
peers:  ## BayBE and Ax in .venv-peers, for benchmarks.suggestion; they cannot live beside BentoML
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; fi
	@"$(PYTHON)" scripts/environment.py peers

.PHONY: setup
setup: $(READY)  ## only set up .venv

$(READY): pyproject.toml requirements/torch.txt requirements/dev.lock scripts/environment.py
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; fi
	@"$(PYTHON)" scripts/environment.py

.PHONY: clean
clean:  ## remove what the tools wrote; models/, out/, mlflow.db and .venv stay
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
