# make demo : le site avec des données inventées.   make test : tout ce que vérifie .ci/run.

HOST ?= 127.0.0.1
PORT ?= 8000
python := .venv/bin/python
pytest := .venv/bin/pytest

# --dist loadgroup: tests/life leads its department once, on one worker.
# PostgreSQL is what departments run: every test runs there, once. SQLite takes what no database changes (rules, printing,
# the upgrade from 0.2, whose database it is), the browser, and again what a database could change: writes at the same
# time, constraints, sorting, searching, workers, juries.
no_database := tests/rules tests/base/documents tests/upgrade tests/test_libreoffice.py
on_both := tests/test_hostile.py::test_no_key_breaks_a_page tests/base/workers tests/base/accounts tests/base/journal tests/site/search tests/base/test_sorting.py tests/benchmarks/test_writers.py \
    tests/grades/test_services.py tests/grades/test_marks.py tests/grades/test_pages.py \
    $(patsubst %,tests/jury/sittings/test_%.py,services closing corrections meanwhile)

.PHONY: demo install lint format test lock

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

install:
	@.ci/install

lint:
	@.ci/install dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/djangofmt --check templates
	.venv/bin/biome format
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(python) manage.py makemigrations --check --dry-run
	BUTRT_SECRET_KEY=$$($(python) -c 'import secrets; print(secrets.token_urlsafe(60))') \
	    BUTRT_HOSTS=jury.example $(python) manage.py check --deploy --fail-level WARNING

format:
	.venv/bin/ruff format .
	.venv/bin/djangofmt --quiet templates
	.venv/bin/biome format --write

test: lint
	$(pytest) -n 2 --dist loadgroup $(no_database) tests/browser $(on_both)
	.ci/postgres $(pytest) -n 2 --dist loadgroup $(no_database:%=--ignore=%) --ignore=tests/browser

lock:
	@.ci/install dev
	@.ci/lock
