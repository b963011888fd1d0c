"""Two groups of web processes, three workers, one PostgreSQL; some are killed, nothing is lost. By hand:

    .venv/bin/python -m tests.benchmarks.scale [--teachers 100 --students 1000 --seconds 180]

Without BUTRT_DATABASE_URL it starts its own PostgreSQL (`.ci/postgres`). Two groups of gunicorn on two ports
and three workers, each with a data folder of its own as on a machine of its own; nginx before the groups when
it is installed, else each client goes from one group to the other. Teachers enter marks and students open
"Mes notes" (locust, of the dependency group `perf`: `--locust PATH` when it is in another environment) while
workers make transcripts. Meanwhile are killed (SIGKILL): the worker that is making a document, which nobody
restarts; a whole web group, restarted later; then the other one, which nobody restarts.

Then the database is asked: every mark that a teacher was told "saved" is there, with its history and its
entry in the journal, once; nothing that nobody asked for is; every document of a batch is made, once;
`check_all` and `check_journal` say nothing. A Markdown table tells it; the exit code is 1 when anything is
lost. Everyone's session is opened beforehand: a password costs half a second of processor, on purpose.

`world.py` makes the people, `servers.py` starts and kills, `people.py` is what locust plays, `proof.py` asks
the database, `table.py` prints.
"""
