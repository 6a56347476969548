# Everything a person does with this project. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# the first interpreter that is new enough; a version manager's shim may exist and yet not run
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)

.PHONY: help install run demo gallery test faults attacks servers check lint bench lock clean
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

install: $(VENV)/.installed ## create .venv and install what is pinned (again only when the pins change)
$(VENV)/.installed: requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found. Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 2; }
	@echo "Installing into $(VENV) with $(PYTHON) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements-dev.txt || $(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e . || $(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

run: install ## run one report through every step: REPORT=customer_monthly PERIOD=2026-09 (default: last month's customer report)
	@exec $(BIN)/python -m itss run $(if $(REPORT),--report $(REPORT)) $(if $(PERIOD),--period $(PERIOD)) $(if $(TODAYS_FORM),--todays-form)

demo: install ## the same with the Airflow UI up and the approvals left to you; Ctrl-C ends it
	@exec $(BIN)/python -m itss demo

gallery: install servers ## make the pictures of docs/gallery, from a running demo seen in Chromium (minutes)
	@exec $(BIN)/python tests/browser/gallery.py

test: install servers lint check ## every check and every test
	$(BIN)/python -m pytest -n 2 --dist loadfile

faults: install servers ## kill, cut off, fill up and lock everything, and print what came of it (a quarter of an hour on two idle cores)
	ITSS_FAULTS=all $(BIN)/python -m pytest -v -m 'faults or not faults' tests/faults

attacks: install ## plant every attack on the record, one at a time, and print how each was found (minutes; ONLY=words to choose)
	$(BIN)/python tests/attacks $(ONLY)

# Without root their tests are skipped. Nothing is started here: PostgreSQL's packages would leave a server running.
SERVERS := mariadb-server-core mariadb-client-core postgresql chromium fonts-noto-cjk poppler-utils default-jre-headless $(PANGO)
# what WeasyPrint prints with; the Dockerfile has the same
PANGO := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
servers: ## install the database servers, the browser and the checkers that tests start for themselves (Debian packages, as root)
	@if compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null && PATH=$$PATH:/usr/sbin command -v mariadbd > /dev/null \
			&& command -v chromium > /dev/null && command -v java > /dev/null && command -v pdftotext > /dev/null \
			&& ldconfig -p | grep -q libpangoft2; then exit 0; \
	elif [ $$(id -u) = 0 ] && command -v apt-get > /dev/null; then \
		echo "Installing $(SERVERS) ..."; mkdir -p var /etc/postgresql-common; \
		[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf; \
		export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1; \
		{ apt-get update && apt-get install --yes --no-install-recommends $(SERVERS); } > var/servers.log 2>&1 \
			|| { tail -n 3 var/servers.log >&2; echo "They could not be installed: tests skip what needs them." >&2; }; \
	else echo "MariaDB, PostgreSQL, Chromium, Java, Poppler or Pango is missing: tests skip what needs them. Install as root: apt-get install $(SERVERS)" >&2; fi

lint: install ## format, lint, types, rules of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: install ## validate the report list, the agreements and the SQL files
	$(BIN)/python -m itss check

bench: install ## speed, as ratios against a named peer (ONLY=service_time, incidents, extraction, flow, board, documents, workbook, years or years_archive)
	$(BIN)/python -m benchmarks $(ONLY)

lock: ## pin requirements anew
	@for f in requirements requirements-dev; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" $$f.in -o $$f.txt; done

clean: ## remove the virtual environment and everything under var/
	rm -rf $(VENV) var
