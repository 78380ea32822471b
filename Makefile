# Each target sets up what it needs in .venv; only Python 3.11 or newer and make must be there.

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist worksteal
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo course test slow check bench docs clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or run make PYTHON=/path/to/python"; exit 1; }
	@echo "making a virtual environment in $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

# one stamp per extra of pyproject.toml
$(VENV)/.%: pyproject.toml | $(BIN)/python
	@echo "installing chalkgrad[$*] into $(VENV)"
	@$(PIP) -e ".[$*]"
	@touch $@

demo: $(VENV)/.demo ## train a residual network on handwritten digits, and draw what happened into out/
	@$(BIN)/python examples/demo.py

course: $(VENV)/.examples ## open the notebooks in JupyterLab; it takes options: make course LAB=--no-browser
	@$(BIN)/python -m jupyterlab $(LAB) notebooks

test: $(VENV)/.test ## the fast tests
	@$(PYTEST)

slow: $(VENV)/.test ## the long tests, and the comparison with PyTorch where it is installed in .venv
	@$(PYTEST) -m "slow or torch" --durations=15

check: $(VENV)/.dev ## lint and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: $(VENV)/.test benchmarks/.venv/.ready ## compare the speed with PyTorch and other engines
	@cd benchmarks && ../$(BIN)/python run.py

benchmarks/.venv/.ready: benchmarks/peers.txt
	@echo "installing the libraries to compare with into benchmarks/.venv"
	@$(PYTHON) -m venv benchmarks/.venv
	@benchmarks/.venv/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers.txt
	@touch $@

docs: $(VENV)/.docs $(patsubst notebooks/%,build/notebooks/%,$(wildcard notebooks/*.ipynb)) ## build the site into site/, the notebooks executed
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "site/index.html is the first page; to search, serve it: $(BIN)/python -m http.server --directory site"

# run again where the notebook, or the library, has changed
build/notebooks/%.ipynb: notebooks/%.ipynb $(shell find autograd nn optim -name '*.py') | $(VENV)/.docs
	@echo "running $<"
	@$(BIN)/python -m nbconvert --log-level ERROR --ExecutePreprocessor.extra_arguments=--log-level=40 --to notebook --execute --output-dir build/notebooks $<

clean: ## remove what the other targets have made
	@rm -rf $(VENV) benchmarks/.venv out build dist site *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
