"""Files made to hurt: always an answer, or a message and exit status 2; never a traceback."""

import gzip
import io
import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jury.cases.cohortdecisions import decide_object
from jury.cases.cohortfile import parse
from jury.cases.cohortvalues import CohortError
from tests.jury.cases.test_cohortfile import COHORT

from .test_decide import ROOT

WHOLE = json.dumps(COHORT)
HEAD = json.dumps({field: value for field, value in COHORT.items() if field != "students"})


def student_text(**fields):
    """The text of a student, fields replaced by JSON text."""
    student = {"id": '"s1"', "year": "1", "semesters": "[1, 2]"} | fields
    inside = ", ".join(f'"{field}": {text}' for field, text in student.items())
    return f"{{{inside}}}"


def with_student(text):
    return f'{HEAD[:-1]}, "students": [{text}]}}'


def nested(depth):
    return "[" * depth + "]" * depth


STUDENTS = {
    **{f"nested {depth} times": student_text(jury=nested(depth)) for depth in (100, 900, 985)},
    "a number beyond floats": student_text(year="1e999999999"),
    "a number below floats": student_text(year="-1e-999999999"),
    "a million digits": student_text(year="9" * 10**6),
    "a million digits quoted": student_text(averages=f'{{"UE11": "{"9" * 10**6}"}}'),
    "a million decimals": student_text(averages=f'{{"UE11": "9.{"9" * 10**6}"}}'),
    "four thousand digits": student_text(extra_repeats="9" * 4000),
    "an exponent quoted": student_text(averages='{"UE11": "1e999999999"}'),
    "infinity": student_text(year="Infinity"),
    "infinity quoted": student_text(averages='{"UE11": "Infinity"}'),
    "not a number": student_text(year="NaN"),
    "a lone surrogate as id": student_text(id='"\\ud800"'),
    "a lone surrogate as field": student_text(**{"\\ud800": "1"}),
    "a lone surrogate as unit": student_text(averages='{"\\udfff": "12"}'),
    "a lone surrogate as code": student_text(status='"\\ud800"'),
    "a zero character as field": student_text(**{"\\u0000": "1"}),
    "a control character": student_text(id='"s\0001"'),
    "an id without end": student_text(id=f'"{"s" * 10**5}"', year="9"),
    "a field without end": student_text(**{"x" * 10**5: "1"}),
    "an element without end": student_text(elements=f'{{"{"R" * 10**5}": "12"}}'),
}
HOSTILE = {
    "objects without end": '{"a":' * 100_000,
    "lists without end": "[" * 100_000,
    "lists closed": nested(50_000),
    **{
        f"units nested {d} times": HEAD.replace('"units": [', f'"units": [{nested(d)}, ')
        for d in (100, 900, 985)
    },
    **{name: with_student(text) for name, text in STUDENTS.items()},
    "a zero byte": "\0" + WHOLE,
    "a zero byte after": WHOLE + "\0",
    "two cohorts": WHOLE + WHOLE,
    "a comment": "// cohorte\n" + WHOLE,
    "a comma too many": WHOLE[:-1] + ",}",
    "simple quotes": WHOLE.replace('"', "'"),
    "the same id written otherwise": WHOLE.replace(
        '"students": [', '"students": [{"id": "\\u00731", "year": 1, "semesters": [1]}, '
    ),
    "the same field written otherwise": WHOLE.replace('"units"', '"units": [], "\\u0075nits"', 1),
}
BYTES = {
    "UTF-16": WHOLE.encode("utf-16"),
    "UTF-32": WHOLE.encode("utf-32"),
    "Latin-1": WHOLE.replace("s1", "é").encode("latin-1"),
    "an overlong character": WHOLE.encode().replace(b"s1", b"\xc0\xaf"),
    "a surrogate in UTF-8": WHOLE.encode().replace(b"s1", b"\xed\xa0\x80"),
    "half a character": WHOLE.encode()[:-1] + b"\xc3",
    "two byte order marks": b"\xef\xbb\xbf" * 2 + WHOLE.encode(),
    "an archive under a wrong name": gzip.compress(WHOLE.encode(), mtime=0),
}
FILES = {name: text.encode() for name, text in HOSTILE.items()} | BYTES


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_message_and_status_2(tmp_path, content):
    source, target = tmp_path / "c.json", tmp_path / "d.json"
    source.write_bytes(content)
    with pytest.raises(CommandError) as refusal:
        call_command("decide", str(source), output=str(target))

    assert refusal.value.returncode == 2
    assert len(str(refusal.value)) < 500
    assert not target.exists()


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_hostile_line_has_its_own_refusal(tmp_path, jobs):
    """As lines, with --keep-going: the students between them are decided."""
    right = json.dumps(COHORT["students"][0])
    source, target = tmp_path / "c.jsonl", tmp_path / "d.jsonl"
    source.write_text("\n".join([HEAD, *(line for wrong in STUDENTS.values() for line in (wrong, right))]))
    with pytest.raises(CommandError) as end:
        call_command("decide", str(source), output=str(target), keep_going=True, jobs=jobs)
    _, *answers = map(json.loads, target.read_text().splitlines())

    assert end.value.returncode == 1
    assert all("error" in answer for answer in answers[::2])
    assert all(answer["id"] == "s1" for answer in answers[1::2])
    assert len(answers) == 2 * len(STUDENTS)


@pytest.mark.parametrize("depth", [100, 900, 985])
def test_two_processes_refuse_what_is_nested_too_deeply(tmp_path, depth):
    (tmp_path / "c.json").write_text(with_student(student_text(jury=nested(depth))))
    with pytest.raises(CommandError) as refusal:
        call_command("decide", str(tmp_path / "c.json"), stdout=io.StringIO(), jobs=2)

    assert refusal.value.returncode == 2


COMPRESSED = gzip.compress(WHOLE.encode(), mtime=0)


@pytest.mark.parametrize("end", [0, 1, 5, 10, len(COMPRESSED) // 2, len(COMPRESSED) - 8, len(COMPRESSED) - 1])
@pytest.mark.parametrize("name", ["c.json.gz", "c.jsonl.gz"])
def test_compressed_files_cut_short(tmp_path, name, end):
    (tmp_path / name).write_bytes(COMPRESSED[:end])
    with pytest.raises(CommandError) as refusal:
        call_command("decide", str(tmp_path / name), stdout=io.StringIO())

    assert refusal.value.returncode == 2


@pytest.mark.parametrize(
    "name", ["a lone surrogate as field", "a lone surrogate as unit", "objects without end"]
)
def test_the_message_can_be_printed(name):
    done = subprocess.run(
        [sys.executable, "manage.py", "decide", "-"],
        cwd=ROOT,
        input=FILES[name],
        capture_output=True,
        env={"LC_ALL": "C", "PYTHONIOENCODING": "ascii:strict", "BUTRT_DEMO": "1"},
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.strip()
    assert b"Traceback" not in done.stderr


@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=3))
@settings(max_examples=400, deadline=None)
def test_any_byte_changed_gives_an_answer_or_a_message(place, intruder):
    content = WHOLE.encode()
    decide_or_refuse(lambda: parse(content[:place] + intruder + content[place + len(intruder) :]))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["UE11", "R1", "ADM", "12"]),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(sorted(WHOLE.split('"'))), inside)
    ),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(["regulation", "units", "students"], VALUES)), VALUES)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_shape_gives_an_answer_or_a_message(fields, jury):
    decide_or_refuse(lambda: COHORT | fields)
    decide_or_refuse(lambda: COHORT | {"students": [COHORT["students"][0] | {"jury": jury}]})


def decide_or_refuse(read):
    try:
        answer = decide_object(read())
    except CohortError as error:
        answer = {"message": str(error)}
    assert answer.get("format") == "butrt-decisions/1" or answer["message"]


ELEMENT = next(iter(COHORT["units"][0]["coefficients"]))


@pytest.mark.parametrize(
    ("mark", "field"),
    [('{"value": "12", "code": null}', "code"), ('{"value": null, "code": "ABI"}', "value")],
)
def test_null_is_not_an_absent_field(mark, field):
    text = with_student(student_text(elements=f'{{"{ELEMENT}": {{"marks": [{mark}]}}}}'))
    with pytest.raises(CohortError) as refusal:
        decide_object(parse(text))

    where = f"étudiant s1, elements.{ELEMENT}.marks[0].{field}"
    assert str(refusal.value) == f"{where} : un texte entre guillemets est attendu, trouvé null."


def test_a_unit_without_end_is_cut_in_every_message():
    long = "U" * 10**5
    unit = {"code": long, "semester": 1, "competence": "RT1", "level": 1, "ects": "6"}
    twice = [{"unit": long, "average": "12", "code": "ADM"}] * 2
    student = {"id": "s", "year": 1, "semesters": [1], "earlier": twice}
    thrice = [unit, unit | {"code": long + "2", "semester": 2}, unit | {"code": long + "3", "semester": 2}]
    head = {"format": "butrt-cohort/1"}
    for cohort in (head | {"units": [unit], "students": [student]}, head | {"units": thrice, "students": []}):
        with pytest.raises(CohortError) as refusal:
            decide_object(cohort)

        assert len(str(refusal.value)) < 500


def test_a_field_twice_obeys_nothing_either():
    with pytest.raises(CohortError, match=r'le champ "a\\x9b\\u202e" est écrit deux fois'):
        parse('{"a\x9b\u202e": 1, "a\x9b\u202e": 2}')


def test_a_message_stays_on_its_line_and_obeys_nothing():
    text = with_student(student_text(id='"Zoé\\n\\u001b[31m"', year="9"))
    with pytest.raises(CohortError) as refusal:
        decide_object(parse(text))

    assert str(refusal.value).startswith("étudiant Zoé\\n\\x1b[31m, year : ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "une valeur est attendue"),
        ('{"a": 1,}', "un nom de champ entre guillemets est attendu"),
        ('{"a" 1}', "« : » est attendu"),
        ("[1 2]", "« , » est attendue"),
        ('"a', "un texte n’est pas fermé par un guillemet"),
        ('"a\nb"', "un texte contient un saut de ligne ou un autre caractère de contrôle"),
        ('"\\x"', "un « \\ » n’est pas suivi de ce qu’il faut"),
        ('"\\u12"', "un « \\ » n’est pas suivi de ce qu’il faut"),
        ("[] []", "il reste du texte après la fin"),
    ],
)
def test_what_is_no_json_is_told_in_french(text, said):
    with pytest.raises(CohortError) as refusal:
        parse(text)

    assert f" : {said})." in str(refusal.value)
