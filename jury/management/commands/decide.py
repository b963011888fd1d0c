"""`decide COHORT [-o DECISIONS]`: the rules alone, from a file to a file, without the database."""

import gc
import gzip
import os
import sys
import zlib
from argparse import ArgumentTypeError
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser

from butrt.base.french import several
from jury.cases.cohortdecisions import verdict_to_json
from jury.cases.cohortfile import DECISIONS, list_students, parse, read_cohort, read_student, student_id
from jury.cases.cohortlines import parse_line, write_line
from jury.cases.cohortvalues import CohortError
from jury.rules import Cohort, decide

BATCH = 256
RARELY = 100_000
LINES = (".jsonl", ".ndjson")


class Answer(NamedTuple):
    """What is written for one student: the decisions, or what was wrong with what was read."""

    text: bytes
    error: str = ""


class Command(BaseCommand):
    help = "Lit une cohorte, applique les règles, écrit les décisions (sans base de données)."
    requires_system_checks: list[str] = []
    missing_args_message = "indiquer le fichier de cohorte, « - » pour l’entrée standard."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cohort", metavar="COHORT", help="fichier de cohorte ; « - » : entrée standard")
        parser.add_argument(
            "-o", "--output", default="-", metavar="DECISIONS", help="« - » : sortie standard"
        )
        parser.add_argument("--lines", action="store_true", help="un étudiant par ligne (JSON Lines)")
        parser.add_argument("--keep-going", action="store_true", help="continuer après un étudiant refusé")
        parser.add_argument(
            "--jobs",
            type=whole_number,
            default=1,
            metavar="N",
            help="processus à employer, jamais plus que de processeurs",
        )

    def handle(
        self, *args: Any, cohort: str, output: str, lines: bool, keep_going: bool, jobs: int, **options: Any
    ) -> None:
        lines = lines or cohort.removesuffix(".gz").endswith(LINES)
        if keep_going and not lines:
            raise CommandError("--keep-going demande --lines.", returncode=2)
        if jobs < 1:
            raise CommandError("--jobs demande un nombre de 1 ou plus.", returncode=2)
        try:
            with collecting_rarely(), reading(cohort) as source:
                pieces = decide_lines if lines else decide_whole
                refused = self.write(output, pieces(source, keep_going=keep_going, jobs=jobs))
        except CohortError as error:
            raise CommandError(str(error), returncode=2) from None
        except RecursionError:  # on its way to another process
            raise CommandError("les objets sont emboîtés trop profondément.", returncode=2) from None
        except (OSError, EOFError, zlib.error) as error:
            raise CommandError(f"fichier illisible ou impossible à écrire : {error}", returncode=2) from None
        if refused:
            raise CommandError(
                "\n".join([f"{several(len(refused), 'refusé')} :", *refused]),
                returncode=1,
            )

    def write(self, output: str, answers: Iterable[Answer]) -> list[str]:
        """Write every answer; give back what was refused (--keep-going)."""
        if output == "-" and not hasattr(self.stdout, "writable"):
            raise CommandError("la sortie standard est fermée.", returncode=2)
        refused = []
        with writing(output, getattr(self.stdout, "buffer", None)) as target:
            for text, error in answers:
                if error:
                    refused.append(error)
                if target:
                    target.write(text)
                else:
                    self.stdout.write(text.decode(), ending="")
        return refused


def whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"un nombre entier est attendu, trouvé « {text[:20]} ».") from None


# -------------------------------------------------------------------------------------- files and streams


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Students are freed as they go, without cycles: looking for some all the time costs a tenth of it."""
    usual = gc.get_threshold()
    gc.set_threshold(RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def reading(name: str) -> Iterator[IO[bytes]]:
    if name == "-":
        if sys.stdin is None:
            raise CommandError("l’entrée standard est fermée.", returncode=2)
        yield sys.stdin.buffer
    else:
        with Path(name).open("rb") as raw:
            yield cast(IO[bytes], gzip.GzipFile(fileobj=raw)) if name.endswith(".gz") else raw


@contextmanager
def writing(name: str, stdout: IO[bytes] | None) -> Iterator[IO[bytes] | None]:
    """The stream to write to; a file appears under its name only once it is complete."""
    path = Path(name)
    if name == "-":
        yield stdout
        return
    if path.exists() and not path.is_file():  # a pipe, /dev/stdout
        with path.open("wb") as target:
            yield target
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as raw:
            if name.endswith(".gz"):
                with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as compressed:
                    yield cast(IO[bytes], compressed)
            else:
                yield raw
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


# ------------------------------------------------------------------------------------------------ deciding


def decide_whole(source: IO[bytes], *, keep_going: bool, jobs: int) -> Iterator[Answer]:
    """One object in, one object out, a student a line inside; nothing is given before all is decided."""
    obj = parse(source.read())
    if not isinstance(obj, dict):
        raise CohortError("un objet {…} est attendu.")
    head = {field: value for field, value in obj.items() if field != "students"}
    read_cohort(head)
    students = list_students(obj)
    numbered = ((None, student) for student in students)
    answers = decide_all(head, numbered, keep_going=keep_going, jobs=jobs)
    decided = b",\n".join([answer.text for answer in answers])
    yield Answer(b'{"format":"%b","students":[\n%b\n]}\n' % (DECISIONS.encode(), decided))


def decide_lines(source: IO[bytes], *, keep_going: bool, jobs: int) -> Iterator[Answer]:
    """The cohort's line, then a line a student, as they come."""
    head = parse(source.readline())
    if isinstance(head, dict) and "students" in head:
        raise CohortError("la première ligne est la cohorte sans étudiants ; ils suivent.", "students")
    read_cohort(head)
    yield Answer(b'{"format": "%b"}\n' % DECISIONS.encode())
    lines = ((number, line) for number, line in enumerate(source, start=2) if line.strip())
    for text, error in decide_all(head, lines, keep_going=keep_going, jobs=jobs):
        yield Answer(text + b"\n", error)


def decide_all(
    head: Any, students: Iterable[tuple[int | None, Any]], *, keep_going: bool, jobs: int
) -> Iterator[Answer]:
    """Decide in batches, in order, with a bounded number of them under way.

    More processes than processors would only fill the memory.
    """
    jobs = min(jobs, os.cpu_count() or 1)
    students = iter(students)
    batches = iter(lambda: list(islice(students, BATCH)), [])
    if jobs == 1:
        cohort = read_cohort(head)
        for batch in batches:
            for number, student in batch:
                yield decide_one(cohort, number, student, keep_going)
        return
    with ProcessPoolExecutor(jobs, initializer=prepare_worker, initargs=(head, keep_going)) as pool:
        under_way: deque[Future[list[Answer]]] = deque()
        try:
            for batch in batches:
                under_way.append(pool.submit(decide_batch, batch))
                if len(under_way) > 4 * jobs:
                    yield from under_way.popleft().result()
            while under_way:
                yield from under_way.popleft().result()
        finally:
            for future in under_way:
                future.cancel()


def decide_one(cohort: Cohort, number: int | None, student: Any, keep_going: bool) -> Answer:
    """One student, as an object or as the text of a line; refused only if the others may go on."""
    obj = None
    try:
        obj = parse_line(student) if isinstance(student, bytes) else student
        return Answer(write_line(verdict_to_json(decide(read_student(obj, cohort), cohort))))
    except CohortError as error:
        if number is not None and student_id(obj) is None:
            error = error.of(f"ligne {number}")
        if not keep_going:
            raise error from None
        text = str(error).encode(errors="backslashreplace").decode()
        return Answer(write_line({"id": student_id(obj), "error": text}), text)


_worker: dict[str, Any] = {}


def prepare_worker(head: Any, keep_going: bool) -> None:
    """Read the cohort once in each process."""
    gc.set_threshold(RARELY)
    _worker.update(cohort=read_cohort(head), keep_going=keep_going)


def decide_batch(batch: list[tuple[int | None, Any]]) -> list[Answer]:
    """A batch in a worker process."""
    return [
        decide_one(_worker["cohort"], number, student, _worker["keep_going"]) for number, student in batch
    ]
