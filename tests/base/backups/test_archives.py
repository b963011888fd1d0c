"""An archive opens whole with its key, or not at all."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from butrt.base.backups import archives
from butrt.base.backups.contents import Contents, Table
from butrt.base.backups.keys import new_key
from butrt.base.backups.manifest import Manifest
from butrt.base.backups.rotation import Kept, named, rotate, worth_keeping
from butrt.base.nights.services import WentWrong

CONTENTS = Contents({"grades_mark": Table(2, "a" * 64)}, ["grades 0001_initial"], [{"chain": 0, "count": 7}])


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Of one piece of some megabytes, for the key beside it."""
    piece = tmp_path / "piece"
    piece.write_bytes(bytes(range(256)) * 12_000)
    pieces = {"database": piece}
    manifest = Manifest.of(
        made_at=datetime(2026, 11, 29, 2, tzinfo=UTC),
        vendor="sqlite",
        server="SQLite 3",
        contents=CONTENTS,
        pieces=pieces,
    )
    archives.write(tmp_path / "a.tar.age", manifest, pieces, [new_key(tmp_path / "key")])
    return tmp_path / "a.tar.age"


def opened(archive: Path, key: str = "key") -> Manifest:
    folder = archive.parent / "out"
    folder.mkdir()
    return archives.read(archive, folder, archive.parent / key)


def test_it_comes_back_to_the_byte_and_its_owner_alone_reads_it(archive):
    manifest = opened(archive)

    assert manifest.contents == CONTENTS
    assert (archive.parent / "out" / "database").read_bytes() == (archive.parent / "piece").read_bytes()
    assert (
        stat.S_IMODE(archive.stat().st_mode) == stat.S_IMODE((archive.parent / "key").stat().st_mode) == 0o600
    )
    assert not list(archive.parent.glob("*.partial"))


def test_another_key_does_not_open_it(archive):
    new_key(archive.parent / "other")

    with pytest.raises(WentWrong, match=r"n’ouvre pas l’archive a\.tar\.age"):
        opened(archive, "other")


@pytest.mark.parametrize("kept", [100_000, 2_000_000, 40])
def test_cut_short_it_is_refused(archive, kept):
    archive.write_bytes(archive.read_bytes()[:kept])

    with pytest.raises(WentWrong, match=r"a\.tar\.age"):
        opened(archive)


def test_one_changed_byte_is_refused(archive):
    content = bytearray(archive.read_bytes())
    content[1_500_000] ^= 1
    archive.write_bytes(content)

    with pytest.raises(WentWrong, match="n’est pas entière"):
        opened(archive)


def test_a_piece_that_would_leave_the_folder_is_refused(archive, tmp_path):
    """Anyone who has the public key can make an archive."""
    piece = tmp_path / "piece"
    manifest = Manifest.of(
        made_at=datetime.now(UTC), vendor="sqlite", server="", contents=CONTENTS, pieces={"../away": piece}
    )
    public = (tmp_path / "key").read_text().split()[3]
    archives.write(archive, manifest, {"../away": piece}, [public])

    with pytest.raises(WentWrong, match="n’y a pas sa place"):
        opened(archive)
    assert not (tmp_path / "away").exists()


def test_what_is_no_key_or_no_archive_is_said(archive, tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(WentWrong, match="n’est pas une clé age"):
        opened(archive, "empty")
    (tmp_path / "out").rmdir()
    with pytest.raises(WentWrong, match="ne se lit pas"):
        opened(archive, "nowhere")
    (tmp_path / "out").rmdir()
    with pytest.raises(WentWrong, match="nowhere ne peut pas être lue : No such file"):
        opened(tmp_path / "nowhere")
    with pytest.raises(WentWrong, match="n’est pas une clé publique"):
        archives.write(tmp_path / "b", None, {}, ["age1nothing"])
    with pytest.raises(FileExistsError):
        new_key(tmp_path / "key")


def test_a_disk_that_fills_leaves_nothing_behind(archive, tmp_path):
    (tmp_path / ".b.tar.age.partial").symlink_to("/dev/full")
    manifest = Manifest.of(
        made_at=datetime.now(UTC), vendor="sqlite", server="", contents=CONTENTS, pieces={"database": archive}
    )
    public = (tmp_path / "key").read_text().split()[3]

    with pytest.raises(OSError, match="No space left"):
        archives.write(tmp_path / "b.tar.age", manifest, {"database": archive}, [public])
    assert not (tmp_path / "b.tar.age").exists()
    assert not list(tmp_path.glob(".b*"))


# ---------- differences ----------


def test_differences_are_said_by_table():
    copy = Contents(
        {"grades_mark": Table(2, "c" * 64), "more": Table(0, "")},
        CONTENTS.migrations,
        [{"chain": 0, "count": 6}],
    )

    assert CONTENTS.differences(CONTENTS) == []
    assert CONTENTS.differences(copy) == [
        "La table grades_mark n’a pas le même contenu.",
        "La table more est de trop.",
        "Les têtes du journal ne sont pas les mêmes.",
    ]
    assert CONTENTS.differences(Contents({"grades_mark": Table(1, "")}, [], CONTENTS.journal)) == [
        "La table grades_mark a 1 ligne au lieu de 2.",
        "Les migrations ne sont pas les mêmes.",
    ]


# ---------- rotation ----------


def test_days_weeks_and_months_are_kept():
    nights = [datetime(2026, 11, 29, 2, tzinfo=UTC) - timedelta(days=days) for days in range(400)]

    kept = [f"{date:%m-%d}" for date in sorted(worth_keeping(nights, Kept(7, 5, 12)), reverse=True)]

    assert kept == [
        *("11-29", "11-28", "11-27", "11-26", "11-25", "11-24", "11-23"),  # the last seven days
        *("11-22", "11-15", "11-08", "11-01"),  # the Sundays of the four weeks before
        *("10-31", "09-30", "08-31", "07-31", "06-30", "05-31"),
        *("04-30", "03-31", "02-28", "01-31", "12-31"),
    ]


def test_nothing_but_archives_is_removed(tmp_path):
    dates = [datetime(2026, 11, day, 2, tzinfo=UTC) for day in (1, 2, 4)]
    for name in (*map(named, dates), "notes.txt", "butrt-copie.tar.age"):
        (tmp_path / name).touch()

    gone = rotate(tmp_path, Kept(1, 0, 0))

    assert [path.name for path in gone] == [named(dates[1]), named(dates[0])]
    assert {path.name for path in tmp_path.iterdir()} == {named(dates[2]), "notes.txt", "butrt-copie.tar.age"}


def test_several_of_one_day_are_kept_for_two_days(tmp_path):
    """The one before an update must outlive the one after it."""
    for hour in (2, 9, 10):
        (tmp_path / named(datetime(2026, 11, 3, hour, tzinfo=UTC))).touch()

    assert rotate(tmp_path, Kept(1, 0, 0)) == []


def test_age_itself_is_what_wrote_it(archive):
    """So that an archive opens without this site: its first lines are age's."""
    assert archive.read_bytes().startswith(b"age-encryption.org/v1\n")
