# Everything starts from `python3` alone: bootstrap.py makes .venv from the hash-locked files.
ifndef PYTHON # the first Python that is new enough; bootstrap.py says what is wrong when none is
PYTHON := $(or $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done),python3)
endif
BOOT = $(PYTHON) bootstrap.py
MODULES = accounts evaltool exports projects quality reviews rubrics stats tasks
FAULTS ?=
SLOW ?=

.DEFAULT_GOAL := help
.PHONY: help up test manage faults slow browser lint format types contracts check ci lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo '  make up DEMO=0 PORT=8123                      no demo project, another port'
	@echo '  make test ARGS="tests/stats -q"               some tests only'
	@echo '  make manage CMD="create_admin you@example.org"'

up: ## start everything; Ctrl-C stops it
	@$(BOOT) up

test: ## run the tests on throw-away servers (ARGS="...")
	@$(BOOT) test $(ARGS)

manage: ## run manage.py on the running instance (CMD="...")
	@$(BOOT) manage $(CMD)

faults: ## run the slow tests that kill processes in mid work
	@$(BOOT) test -m fault $(FAULTS)

slow: ## run the tests that walk over everything: the whole loop, axe on every page
	@$(BOOT) test -m slow -n 2 $(SLOW)

browser: ## run only the tests that drive a browser
	@EVALTOOL_REQUIRE_BROWSER=1 $(BOOT) test -m browser

lint: ## style and likely mistakes
	@$(BOOT) tool ruff check .
	@$(BOOT) tool ruff format --check .

format: ## put the code into its one form
	@$(BOOT) tool ruff format .
	@$(BOOT) tool ruff check --fix .

types: ## check the types
	@EVALTOOL_ENV=local EVALTOOL_SECRET_KEY=types $(BOOT) tool mypy $(MODULES) bootstrap.py

contracts: ## each floor imports only floors below it
	@$(BOOT) tool lint-imports

check: ## migrations complete, production settings safe
	@$(BOOT) run -- manage.py makemigrations --check --dry-run
	@EVALTOOL_ENV=production EVALTOOL_ALLOWED_HOSTS=evaltool.example.org \
		$(BOOT) run -- manage.py check --deploy --fail-level WARNING

ci: ## what the machine runs on every change
	@.ci/run

lock: ## write locks/ again from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
		--upgrade --output-file locks/run.txt
	uv pip compile pyproject.toml --extra dev --constraint locks/run.txt --universal --python-version 3.11 \
		--generate-hashes --no-header --upgrade --output-file locks/dev.txt

clean: ## remove the environment and caches; the data in var/ stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis htmlcov staticfiles
	rm -f .coverage .coverage.*
	find $(MODULES) tests -name __pycache__ -type d -prune -exec rm -rf {} +
