"""`decide` as people run it: files, streams, compressed, refusals, exit status; never the database."""

import gzip
import io
import json
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from jury.cases.cohortdecisions import decide_object
from tests.rules.cohorts import random_cohort

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "fixtures" / "contract" / "example-cohort.json"
COHORT = random_cohort(7, 150)
COHORT_HEAD = {field: value for field, value in COHORT.items() if field != "students"}
EXPECTED = json.loads(json.dumps(decide_object(COHORT)))
WRONG = {"id": "perdue", "year": 2, "semesters": [3], "programme": "IOM", "elements": {"R999": "12"}}


def whole_file(path, cohort=COHORT):
    path.write_text(json.dumps(cohort))
    return path


def lines_file(path, students=COHORT["students"]):
    path.write_text("\n".join(json.dumps(obj) for obj in [COHORT_HEAD, *students]) + "\n")
    return path


def read_lines(text):
    head, *students = map(json.loads, text.splitlines())
    return head | {"students": students}


def run(*arguments, stdin=b""):
    return subprocess.run(
        [sys.executable, "manage.py", "decide", *map(str, arguments)],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        check=False,
    )


def test_to_a_file(tmp_path):
    call_command("decide", str(whole_file(tmp_path / "c.json")), output=str(tmp_path / "d.json"))

    assert json.loads((tmp_path / "d.json").read_text()) == EXPECTED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.json", "d.json"]


def test_to_standard_output(tmp_path):
    out = io.StringIO()
    call_command("decide", str(whole_file(tmp_path / "c.json")), stdout=out)

    assert json.loads(out.getvalue()) == EXPECTED


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("name", ["c.jsonl", "c.ndjson", "c.txt"])
def test_lines(tmp_path, name, jobs):
    target = tmp_path / "d.jsonl"
    source = lines_file(tmp_path / name)
    call_command("decide", str(source), output=str(target), lines=name == "c.txt", jobs=jobs)

    assert target.read_text().splitlines()[0] == '{"format": "butrt-decisions/1"}'
    assert read_lines(target.read_text()) == EXPECTED


def test_two_processes_on_a_whole_file(tmp_path):
    out = io.StringIO()
    call_command("decide", str(whole_file(tmp_path / "c.json")), stdout=out, jobs=2)

    assert json.loads(out.getvalue()) == EXPECTED


def test_compressed(tmp_path):
    source = tmp_path / "c.jsonl.gz"
    source.write_bytes(gzip.compress(lines_file(tmp_path / "c.jsonl").read_bytes()))
    call_command("decide", str(source), output=str(tmp_path / "d.gz"))

    assert read_lines(gzip.decompress((tmp_path / "d.gz").read_bytes()).decode()) == EXPECTED


def test_from_standard_input_without_a_database(tmp_path):
    done = run("-", "-o", "-", stdin=EXAMPLE.read_bytes())

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == json.loads(json.dumps(decide_object(json.loads(EXAMPLE.read_text()))))


def test_refused_with_status_2_and_no_file(tmp_path):
    source = whole_file(tmp_path / "c.json", COHORT | {"students": [*COHORT["students"], WRONG]})
    target = tmp_path / "d.json"
    done = run(source, "-o", target)

    assert done.returncode == 2
    assert "étudiant perdue, elements.R999 : aucune UE de la cohorte n’a cet élément." in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""
    assert [path.name for path in tmp_path.iterdir()] == ["c.json"]


def test_an_earlier_answer_survives_a_refusal(tmp_path):
    target = tmp_path / "d.jsonl"
    target.write_text("avant")
    with pytest.raises(CommandError) as refusal:
        call_command("decide", str(lines_file(tmp_path / "c.jsonl", [WRONG])), output=str(target))

    assert refusal.value.returncode == 2
    assert target.read_text() == "avant"


@pytest.mark.parametrize("jobs", [1, 2])
def test_keep_going(tmp_path, jobs):
    source = lines_file(tmp_path / "c.jsonl", [COHORT["students"][0], WRONG, COHORT["students"][1]])
    with source.open("a") as file:
        file.write("pas du JSON\n")
    target = tmp_path / "d.jsonl"
    with pytest.raises(CommandError) as end:
        call_command("decide", str(source), output=str(target), keep_going=True, jobs=jobs)
    first, wrong, second, unread = read_lines(target.read_text())["students"]

    assert end.value.returncode == 1
    assert [first, second] == EXPECTED["students"][:2]
    assert wrong["id"] == "perdue"
    assert wrong["error"].startswith("étudiant perdue, elements.R999 : ")
    assert unread["id"] is None
    assert unread["error"].startswith("ligne 5 : ce n’est pas du JSON")


def test_the_first_line_holds_the_programmes(tmp_path):
    assert COHORT_HEAD.keys() == {"format", "regulation", "programmes"}
    students = COHORT["students"][:2]
    lost = [students[0] | {"id": "perdue", "programme": "Cyber"}]
    lost += [{field: value for field, value in lost[0].items() if field != "programme"}]
    source, target = lines_file(tmp_path / "c.jsonl", [students[0], *lost, students[1]]), tmp_path / "d.jsonl"
    with pytest.raises(CommandError):
        call_command("decide", str(source), output=str(target), keep_going=True)
    first, unknown, unsaid, second = read_lines(target.read_text())["students"]

    assert [first, second] == EXPECTED["students"][:2]
    assert unknown["error"] == 'étudiant perdue, programme : "Cyber" n’est pas un programme de la cohorte.'
    assert unsaid["error"].startswith("étudiant perdue, programme : ce champ manque")


NO_COHORT = {
    b"": "ce n’est pas du JSON",
    b"[]": "un objet {…} est attendu",
    b"\xff\xfe": "le texte n’est pas en UTF-8",
    b'{"format": "butrt-cohort/1", "units": {}}': "units : une liste […] est attendue",
}


@pytest.mark.parametrize(("content", "message"), NO_COHORT.items(), ids=str)
@pytest.mark.parametrize("name", ["c.json", "c.jsonl"])
def test_files_that_are_no_cohort(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CommandError) as refusal:
        call_command("decide", str(tmp_path / name), stdout=io.StringIO())

    assert refusal.value.returncode == 2
    assert message in str(refusal.value)


def test_a_whole_file_without_students_is_refused(tmp_path):
    with pytest.raises(CommandError, match="students : ce champ manque"):
        call_command("decide", str(whole_file(tmp_path / "c.json", COHORT_HEAD)), stdout=io.StringIO())


def test_a_first_line_with_students_is_refused(tmp_path):
    with pytest.raises(CommandError, match="la première ligne est la cohorte sans étudiants"):
        call_command("decide", str(whole_file(tmp_path / "c.jsonl")), stdout=io.StringIO())


@pytest.mark.parametrize(
    "content", [b"no gzip", gzip.compress(b'{"format": 1}', mtime=0)[:-4]], ids=["not gzip", "cut short"]
)
def test_a_damaged_compressed_file(tmp_path, content):
    (tmp_path / "c.json.gz").write_bytes(content)
    with pytest.raises(CommandError, match="fichier illisible"):
        call_command("decide", str(tmp_path / "c.json.gz"), stdout=io.StringIO())


@pytest.mark.parametrize(
    "arguments",
    [
        ["absent.json"],
        [EXAMPLE, "--jobs", "deux"],
    ],
    ids=str,
)
def test_what_cannot_be_done_ends_with_status_2(arguments):
    """What the command refuses, and what the reading of its arguments does."""
    done = run(*arguments)

    assert done.returncode == 2
    assert done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [EXAMPLE, "-o", "/nowhere/d.json"],
        [EXAMPLE, "--keep-going"],
        [EXAMPLE, "--jobs", "0"],
    ],
    ids=str,
)
def test_what_the_command_refuses_likewise_has_status_2(arguments):
    """In this process: how a refusal is told by a process of its own is the test above."""
    with pytest.raises(CommandError) as refusal:
        call_command("decide", *map(str, arguments))

    assert refusal.value.returncode == 2
    assert str(refusal.value)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (f"decide {EXAMPLE} >&-", "la sortie standard est fermée"),
        ("decide - <&-", "l’entrée standard est fermée"),
        ("decide", "indiquer le fichier de cohorte"),
        (f"decide {EXAMPLE} --jobs deux", "un nombre entier est attendu, trouvé « deux »"),
    ],
)
def test_what_the_shell_closes_or_forgets_is_told_in_french(command, said):
    done = subprocess.run(
        f"{sys.executable} manage.py {command}", shell=True, cwd=ROOT, capture_output=True, check=False
    )

    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_no_more_processes_than_processors(tmp_path, monkeypatch):
    """A hundred thousand of them, asked by mistake, would fill the memory of the machine."""
    asked = []

    class Pool(ProcessPoolExecutor):
        def __init__(self, workers, **options):
            asked.append(workers)
            super().__init__(1, **options)

    monkeypatch.setattr("jury.management.commands.decide.ProcessPoolExecutor", Pool)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    out = io.StringIO()
    call_command("decide", str(whole_file(tmp_path / "c.json")), stdout=out, jobs=100_000)

    assert asked == [3]
    assert json.loads(out.getvalue()) == EXPECTED


def test_it_loads_nothing_that_prints_signs_or_writes_workbooks():
    """A command that decides in a pipeline starts at once."""
    code = (
        "import sys, django; django.setup(); import jury.management.commands.decide; "
        "print([m for m in ('weasyprint', 'pyhanko', 'openpyxl') if m in sys.modules])"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "butrt.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
