# Otklik. `make` alone lists what can be asked. PORT=, WHEELS= and the like are handed on to the commands.
PYTHON ?= python3
VENV := .venv/bin/python
WHEELHOUSE ?= wheelhouse
SET ?= base
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help demo bench test check format screenshots lock wheels

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## install, prepare, fill and serve a demo bank on port 8000 (PORT=8001, TRAFFIC=1 for live dialogues)
	@$(PYTHON) manage.py demo $(if $(TRAFFIC),--traffic)

test: ## run every test this machine can run (ARGS="tests/core -k name")
	@$(PYTHON) manage.py test-all $(ARGS)

bench: ## measure the budgets beside the bare pipeline (ARGS="message --rounds 5")
	@$(PYTHON) manage.py install dev
	$(VENV) manage.py bench $(ARGS)

check: ## linter, formatter, types, import order, production settings, migrations, OpenAPI
	@$(PYTHON) manage.py install dev
	@bash .ci/checks

screenshots: ## take docs/screenshots anew from a running demo (URL=http://localhost:8000)
	@$(PYTHON) manage.py install dev
	$(VENV) manage.py screenshots $(if $(URL),--url $(URL))

format: ## put the code into its form
	@$(PYTHON) manage.py install dev
	$(VENV) -m ruff check --fix-only --quiet .
	$(VENV) -m ruff format .

lock: ## pin requirements/*.in anew, with hashes (needs uv)
	$(COMPILE) $(UPGRADE) requirements/base.in -o requirements/base.txt
	$(COMPILE) $(UPGRADE) -c requirements/base.txt requirements/production.in -o requirements/production.txt
	$(COMPILE) $(UPGRADE) -c requirements/production.txt requirements/dev.in -o requirements/dev.txt

wheels: ## fill wheelhouse/ for a machine without a network (SET=base, production or dev)
	@$(PYTHON) manage.py wheels $(WHEELHOUSE) $(SET)
