# make help : les commandes, une par ligne.

HOST ?= 127.0.0.1
PORT ?= 8000
python := .venv/bin/python
pytest := .venv/bin/pytest

# PostgreSQL is what departments run: every test runs there, once. SQLite takes what no database changes (rules, printing,
# the upgrade from 0.1 and 0.2, whose database it is), the browser, and again what a database could change: writes at the same
# time, constraints, sorting, searching, workers, a jury from its opening to its corrections.
no_database := tests/rules tests/base/documents tests/upgrade tests/test_libreoffice.py
on_both := tests/test_hostile.py::test_no_key_breaks_a_page tests/base/workers tests/base/accounts/test_services.py tests/base/backups tests/base/journal \
    tests/site/search tests/base/test_sorting.py tests/benchmarks/test_writers.py tests/grades/test_services.py tests/grades/test_marks.py \
    $(patsubst %,tests/jury/sittings/test_%.py,services closing corrections answers)
# What breaks first when something breaks: the rules, the averages, a jury, an address that the table of who may reach it lacks.
quick := tests/rules/test_cases.py tests/rules/test_thresholds.py tests/rules/test_words.py tests/rules/test_contract.py \
    tests/grades/test_averages.py tests/grades/test_sheet.py tests/base/test_french.py tests/jury/sittings/test_services.py \
    tests/jury/sittings/test_closing.py tests/jury/room/test_room.py tests/test_access.py::test_every_address_is_in_the_table

.NOTPARALLEL:
.PHONY: help demo install lint format check test test-sqlite test-postgresql bench lock

help: ## les commandes, une par ligne
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: ## le site avec des données inventées, sur http://127.0.0.1:8000 (HOST et PORT pour un autre)
demo: export BUTRT_DEMO = 1
demo: install
	@$(python) manage.py migrate -v 0
	@$(python) manage.py collectstatic -v 0 --noinput
	@$(python) manage.py make_demo_certificates >/dev/null
	@$(python) manage.py load_demo
	@printf '\nLe site : http://%s:%s/   (Ctrl C pour arrêter)\n\n' $(HOST) $(PORT)
	@trap 'kill $$one $$two 2>/dev/null; wait' EXIT; trap 'exit 0' INT TERM; \
	    $(python) manage.py db_worker -v 0 & one=$$!; \
	    $(python) manage.py db_worker -v 0 & two=$$!; \
	    .venv/bin/gunicorn butrt.wsgi --bind $(HOST):$(PORT) --workers 2 --threads 4 --timeout 120 --no-control-socket --log-level warning

install: ## ce qu’il faut au site, installé là où il manque
	@.ci/install

lint: ## le style, les types, l’ordre des pièces, les migrations, les réglages
	@.ci/install dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djangofmt --check templates
	.venv/bin/biome check
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(python) manage.py makemigrations --check --dry-run
	.ci/postgres env DJANGO_SETTINGS_MODULE=tests.lint_settings $(python) manage.py lintmigrations
	BUTRT_SECRET_KEY=$$($(python) -c 'import secrets; print(secrets.token_urlsafe(60))') \
	    BUTRT_HOSTS=jury.example $(python) manage.py check --deploy --fail-level WARNING

format: ## la mise en forme, faite : Python, gabarits, CSS et JavaScript
	@.ci/install dev
	.venv/bin/ruff format .
	.venv/bin/djangofmt --quiet templates
	.venv/bin/biome format --write

check: lint ## à chaque changement : lint, puis les essais qui cassent d’abord (moins d’une minute)
	$(pytest) -n 2 --nomigrations -x $(quick)

test: export PYTHONDONTWRITEBYTECODE = # what one pass compiled, the other reads
test: lint test-sqlite test-postgresql ## tout ce que vérifie l’intégration continue (.ci/run)

test-sqlite:
	$(pytest) -n 2 --nomigrations $(no_database) tests/browser $(on_both)

test-postgresql:
	.ci/postgres $(pytest) -n 2 --nomigrations $(no_database:%=--ignore=%) --ignore=tests/browser

bench: ## toutes les mesures en Markdown, à côté des précédentes, sur une machine qui ne fait rien d’autre
	@.ci/install dev
	@$(python) -m tests.benchmarks

lock: ## les fichiers de versions, récrits d’après pyproject.toml
	@.ci/install dev
	@.ci/lock
