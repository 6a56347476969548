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

.PHONY: help install run demo gallery test long-test monitoring faults attacks canary-100 servers check lint bench lock clean upgrade-test silence compose-test production-test soak
help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1|/' | column -t -s '|'

install: $(VENV)/.installed ## create .venv and install what is pinned (again only when the pins change)
$(VENV)/.installed: requirements-dev.txt requirements.in pyproject.toml setup.py
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found. Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 2; }
	@echo "Installing into $(VENV) with $(PYTHON) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }
	@$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements-dev.txt || $(BIN)/python -m pip install --quiet -r requirements-dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e . || $(BIN)/python -m pip install --quiet --no-deps -e .
	@rm -rf plugins/itss.egg-info # left by the build: Airflow would find the plugin a second time, on its own path
	@touch $@

run: install ## run one report through every step: REPORT=customer_monthly PERIOD=2026-09 (default: last month's customer report)
	@exec $(BIN)/python -m itss run $(if $(REPORT),--report $(REPORT)) $(if $(PERIOD),--period $(PERIOD)) $(if $(TODAYS_FORM),--todays-form)

demo: install ## the same with the Airflow UI up and the approvals left to you; Ctrl-C ends it
	@exec $(BIN)/python -m itss demo

gallery: install servers ## make the pictures of docs/gallery, from a running demo seen in Chromium (minutes)
	@exec $(BIN)/python tests/browser/gallery.py

monitoring: install ## a running Airflow that sends metrics, traces and logs to the test, which compares them with deploy/monitoring (minutes)
	ITSS_MONITORING=1 $(BIN)/python -m pytest -v tests/monitoring

test: install servers lint check ## every check, and every test but the long ones, which have verbs of their own (long-test, faults, silence, production-test, soak, …)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 40 --durations-min 5

long-test: install servers ## every test that takes minutes: an Airflow of its own (changes of the list, FAB, the watch, a Git bundle, secrets backends, time limits), properties over examples drawn anew (half an hour)
	$(BIN)/python -m pytest -v -n 2 --dist loadfile -m 'long or hypothesis' --hypothesis-profile=random

faults: install servers ## kill, cut off, fill up and lock everything, and print what came of it (a quarter of an hour on two idle cores)
	ITSS_FAULTS=all $(BIN)/python -m pytest -v -m 'faults or not flow' tests/faults tests/flow

silence: install servers ## cause each way in which a report can silently not happen, and write what came into docs/silence.md (half an hour at least)
	ITSS_SILENCE=all $(BIN)/python -m pytest -q -m 'faults or not faults' tests/silence tests/flow/test_watch_airflow.py tests/faults/test_db_clean.py

production-test: install servers ## PostgreSQL, Redis, an object store, FAB, two schedulers and two Celery workers that share no disk: kill and cut off each, write docs/production.md (ten minutes; NIGHTLY=1: with Airflow's own time-outs)
	$(BIN)/python -m pytest -v -s -m faults tests/production

attacks: install ## plant every attack on the record, one at a time, and print how each was found (minutes; ONLY=words to choose)
	$(BIN)/python tests/attacks $(ONLY)

upgrade-test: install ## upgrade an older Airflow in which an approval waits, answer it, and see that nobody is asked twice (minutes)
	@exec $(BIN)/python tests/upgrade

canary-100: install ## walk the reports of 100 customers, and two in a running Airflow; kill one, look for the words of each in anything of another, write docs/canary.md
	ITSS_CANARY=100 $(BIN)/python -m pytest -q -s -m 'long or not long' tests/canary

compose-test: install servers ## start what compose.yaml says without containers, each service in namespaces of its own, and walk through it (minutes; as root)
	ITSS_COMPOSE=run $(BIN)/python -m pytest -q -s tests/deploy/test_without_containers.py

soak: install servers ## two hours of everything on a house of several machines, with a table of what was broken, what agrees, what grows: docs/soak.md (SOAK_MINUTES=10 for a short one)
	$(BIN)/python tests/soak

# Without root their tests are skipped. Nothing is started here: PostgreSQL's packages would leave a server running.
SERVERS := mariadb-server-core mariadb-client-core postgresql redis-server chromium fonts-noto-cjk poppler-utils default-jre-headless prometheus $(PANGO)
# what WeasyPrint prints with; the Dockerfile has the same
PANGO := libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
servers: ## install the database servers, the browser and the checkers that tests start for themselves (Debian packages, as root)
	@if compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null && PATH=$$PATH:/usr/sbin command -v mariadbd > /dev/null \
			&& command -v chromium > /dev/null && command -v redis-server > /dev/null && command -v java > /dev/null && command -v pdftotext > /dev/null && command -v promtool > /dev/null \
			&& ldconfig -p | grep -q libpangoft2; then exit 0; \
	elif [ $$(id -u) = 0 ] && command -v apt-get > /dev/null; then \
		echo "Installing $(SERVERS) ..."; mkdir -p var /etc/postgresql-common; \
		[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf; \
		export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1; \
		{ apt-get update && apt-get install --yes --no-install-recommends $(SERVERS); } > var/servers.log 2>&1 \
			|| { tail -n 3 var/servers.log >&2; echo "They could not be installed: tests skip what needs them." >&2; }; \
	else echo "MariaDB, PostgreSQL, Redis, Chromium, Java, Poppler, Prometheus or Pango is missing: tests skip what needs them. Install as root: apt-get install $(SERVERS)" >&2; fi

lint: install ## format, lint, types, rules of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: install ## validate the report list, the agreements and the SQL files
	$(BIN)/python -m itss check

bench: install ## speed, as ratios against a named peer (ONLY=service_time, incidents, extraction, flow, backfill, many_entries, running_list, board, documents, workbook, years or years_archive; ONLY=sizing writes docs/how-to/sizing.md)
	$(BIN)/python -m benchmarks $(ONLY)

lock: ## pin requirements anew
	@for f in requirements requirements-production requirements-dev; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" $$f.in -o $$f.txt; done

clean: ## remove the virtual environment and everything under var/
	rm -rf $(VENV) var
