# `make book` and `make test` do everything from a bare clone: environment, installation, the job.

PYTHON ?= python3
BIN := .venv/bin
NB ?= $(wildcard chapters/*/*.ipynb)
BASE ?= HEAD
BACKEND ?= loky

.DEFAULT_GOAL := help
.PHONY: help book test lint serve run changed times study data colab lock set-repo

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/installed: requirements.txt constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info < (3, 14); sys.exit(None if ok else \
	  f"expected Python 3.11 to 3.13. Received: {sys.version.split()[0]}. Say make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -r requirements.txt
	-git config diff.ipynb.textconv "$(BIN)/python -m tools.notebooks text" 2>/dev/null
	touch $@

book: .venv/installed ## build the book and print the page to open
	@$(BIN)/jupyter-book build . -W -n --keep-going --quiet
	@echo "The book: file://$(CURDIR)/_build/html/index.html"

lint: .venv/installed ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

test: lint book ## lint, build the book with warnings as errors, every notebook, unit and browser tests
	$(BIN)/pytest --nbval tests chapters -n 2 --dist loadscope --no-loadscope-reorder

serve: book ## build the book and serve it on this machine
	$(BIN)/python -m http.server --directory _build/html --bind 127.0.0.1 8000

run: .venv/installed ## re-execute and normalize notebooks: make run NB=chapters/...
	$(BIN)/python -m tools.notebooks run $(NB)

changed: .venv/installed ## nbval on the notebooks that differ from BASE (HEAD unless told)
	@changed=$$( (git diff --name-only --diff-filter=d $(BASE); git ls-files -o --exclude-standard) \
	  | grep '\.ipynb$$'); \
	if [ -z "$$changed" ]; then echo "No notebook differs from $(BASE)."; \
	else $(BIN)/pytest --nbval $$changed; fi

times: .venv/installed ## measure notebooks, each alone, into book/times.json: make times [NB=...]
	$(BIN)/python -m tools.notebooks times $(NB)

study: .venv/installed ## run what is missing of a study: make study S=conv_latency [BACKEND=dask]
	$(BIN)/python -m utils.experiments $(S) --backend $(BACKEND)

data: .venv/installed ## rebuild data/ from the registries and compare it with data/CHECKSUMS
	$(BIN)/python -m utils.datasets

colab: .venv/installed ## run one notebook a part as Colab launches it
	$(BIN)/pytest tests/test_colab.py -m ""

lock: ## resolve requirements.txt anew into constraints.txt
	rm -rf .venv/lock && $(PYTHON) -m venv .venv/lock
	sed -E '/^-/d' requirements.txt > .venv/lock/requirements.txt
	.venv/lock/bin/python -m pip install --quiet -r .venv/lock/requirements.txt
	.venv/lock/bin/python -m pip freeze | sed 's/+[^ ;]*//' > constraints.txt
	rm -rf .venv/lock

set-repo: .venv/installed ## set the repository's address and release tag: make set-repo URL=... TAG=...
	$(BIN)/python -m tools.set_repo "$(URL)" "$(TAG)"
