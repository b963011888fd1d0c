"""The archive itself: a tar encrypted by age, written and read as it flows."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import IO

import pyrage
from pyrage.x25519 import Identity, Recipient

from butrt.base.backups.manifest import NAME, Manifest, sha256
from butrt.base.nights.services import WentWrong

BLOCK = 1 << 16  # bytes
Flow = Callable[[IO[bytes]], None]


def write(target: Path, manifest: Manifest, pieces: Mapping[str, Path], recipients: Iterable[str]) -> None:
    """Write it whole or not at all: under another name until it is on the disk. Readable by its owner alone.

    Raises `OSError` (no room), `WentWrong`.
    """
    keys = [_recipient(key) for key in recipients]
    partial = target.with_name(f".{target.name}.partial")

    def pack(sink: IO[bytes]) -> None:
        with tarfile.open(fileobj=sink, mode="w|") as tar:
            _add(tar, NAME, manifest.as_bytes())
            for name, path in pieces.items():
                tar.add(path, name, recursive=False, filter=_nobodys)

    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            through_pipe(pack, lambda source: pyrage.encrypt_io(source, file, keys))
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
    except pyrage.EncryptError as error:
        raise OSError(str(error)) from error
    finally:
        partial.unlink(missing_ok=True)


def read(archive: Path, folder: Path, identity: Path) -> Manifest:
    """Decrypt it and put its pieces in a folder, each compared with what the manifest says.

    Raises `WentWrong` if the key does not open it, or if it is not whole.
    """
    key = _identity(identity)
    try:
        with archive.open("rb") as file:
            through_pipe(
                lambda sink: pyrage.decrypt_io(file, sink, [key]),
                lambda source: _unpack(source, folder),
            )
        manifest = Manifest.from_bytes((folder / NAME).read_bytes())
    except pyrage.DecryptError as error:
        raise WentWrong(
            f"La clé {identity} n’ouvre pas l’archive {archive.name} : elle est chiffrée pour une autre, "
            "ou ce n’est pas une archive."
        ) from error
    except (OSError, tarfile.TarError, EOFError) as error:
        if isinstance(error, OSError) and error.errno:  # age's own errors have no number
            raise WentWrong(f"L’archive {archive.name} ne peut pas être lue : {error.strerror}.") from error
        raise WentWrong(f"L’archive {archive.name} n’est pas entière : {error}.") from error
    for name, expected in manifest.pieces.items():
        path = folder / name
        if not path.is_file() or sha256(path) != expected:
            raise WentWrong(f"L’archive {archive.name} n’est pas entière : {name} manque ou a changé.")
    return manifest


def through_pipe(feed: Flow, drain: Flow) -> None:
    """Have one write, in a thread, what the other reads. Raises what stopped either."""
    source, sink = os.pipe()

    def run() -> None:
        with open(sink, "wb") as file:
            feed(file)

    with ThreadPoolExecutor(1, "feed") as pool:
        feeding = pool.submit(run)
        with open(source, "rb") as file:  # closed before the thread is waited for: it then stops too
            try:
                drain(file)
                while file.read(BLOCK):  # what follows the end of a tar
                    pass
            except tarfile.ReadError:  # it starved: what stopped the other says why
                feeding.result()
                raise
    feeding.result()


def _unpack(source: IO[bytes], folder: Path) -> None:
    """Plain files only, inside the folder, written by us: an archive may have been made by anyone."""
    with tarfile.open(fileobj=source, mode="r|") as tar:
        for member in tar:
            name = PurePosixPath(member.name)
            content = tar.extractfile(member) if member.isfile() else None
            if content is None or name.is_absolute() or ".." in name.parts:
                raise tarfile.TarError(f"{member.name} n’y a pas sa place")
            target = folder / name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                shutil.copyfileobj(content, file)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o600
    tar.addfile(member, io.BytesIO(content))


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _recipient(key: str) -> Recipient:
    try:
        return Recipient.from_str(key.strip())
    except pyrage.RecipientError as error:
        raise WentWrong(f"BUTRT_BACKUP_RECIPIENTS : « {key} » n’est pas une clé publique age.") from error


def _identity(path: Path) -> Identity:
    try:
        lines = path.read_text("utf-8").splitlines()
        return Identity.from_str(next(line for line in lines if line.startswith("AGE-SECRET-KEY-")))
    except OSError as error:
        raise WentWrong(f"La clé {path} ne se lit pas : {error.strerror}.") from error
    except (StopIteration, pyrage.IdentityError, UnicodeDecodeError) as error:
        raise WentWrong(f"{path} n’est pas une clé age (AGE-SECRET-KEY-…).") from error
