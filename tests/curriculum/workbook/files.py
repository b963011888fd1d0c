"""The workbook of a programme: written, changed, read."""

import io
from collections.abc import Callable

from openpyxl import Workbook, load_workbook

from curriculum.differences import differences
from curriculum.models import Programme
from curriculum.reading import programme_data
from curriculum.workbook.reading import Reading, read_workbook
from curriculum.workbook.writing import programme_workbook

S3 = "Semestre 3"


def written(programme: Programme) -> bytes:
    """Its workbook, written once for all that begin with the same programme."""
    key = (programme.pk, repr(programme_data(programme)))
    if key not in WRITTEN:
        WRITTEN[key] = programme_workbook(programme)
    return WRITTEN[key]


WRITTEN: dict[tuple[int, str], bytes] = {}


def edited(programme: Programme, *changes: Callable[[Workbook], object]) -> bytes:
    """The workbook as somebody sends it back: openpyxl keeps no result of a formula."""
    book = load_workbook(io.BytesIO(written(programme)))
    for change in changes:
        change(book)
    return saved(book)


def saved(book: Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def put(sheet: str, **cells: object) -> Callable[[Workbook], None]:
    """Write into cells: put("UE", E2=8)."""

    def change(book: Workbook) -> None:
        for ref, value in cells.items():
            book[sheet][ref].value = value

    return change


def read(programme: Programme, content: bytes) -> Reading:
    return read_workbook(content, department=programme.parcours.department, expected=programme)


def told(programme: Programme, content: bytes) -> list[tuple[str, str, tuple[tuple[str, str, str], ...]]]:
    """What a workbook changes: how, of what, which values."""
    reading = read(programme, content)
    assert reading.refusals == []
    return [
        (change.kind, change.about, tuple((each.name, each.before, each.after) for each in change.fields))
        for section in differences(programme_data(programme), reading.data)
        for change in section.changes
    ]


def many(book: Workbook) -> None:
    for number in range(600):
        book["Éléments"].append([f"X{number}", "X", "X", "X", "SAÉ", 3])
