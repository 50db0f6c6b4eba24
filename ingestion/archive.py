"""The archive: every file that ever came in, under the sha256 of its bytes, never rewritten.

Layout: `<root>/<first two of sha256>/<sha256>`, and beside it a small JSON note for each time that
a source or a party brought these bytes. `<root>/notes` holds notes about what left no bytes, such
as a refused delivery. With the notes in order of `noted_at` the archive alone tells all that came
in, and a warehouse can be made from it anew. `<root>/spool` holds what is still on its way.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

_BLOCK = 1 << 20
_SPOOL_DAYS = 7
_NOTES = "notes"
# what differs each time that the same thing is noted
_MOMENTS = frozenset({"noted_at", "landed_at", "run_id"})


@dataclass(frozen=True)
class Archived:
    """Bytes at rest. `is_new` is false when the archive held them already."""

    sha256: str
    bytes: int
    path: Path
    is_new: bool


class TruncatedError(OSError):
    """Fewer or more bytes came in than were announced; nothing was archived."""


def store(root: Path, chunks: Iterable[bytes], *, expected_bytes: int | None = None) -> Archived:
    """Write a stream to the archive, at once or not at all. The same bytes again: no effect."""
    spool = root / "spool"
    spool.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(dir=spool)
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            file.flush()
            os.fsync(file.fileno())
        if expected_bytes is not None and size != expected_bytes:
            raise TruncatedError(f"{size} bytes received, {expected_bytes} announced")
        return _move_in(root, partial, digest.hexdigest(), size)
    finally:
        partial.unlink(missing_ok=True)


class SpoolBusyError(OSError):
    """Another process is receiving the same file."""


class OtherFileError(OSError):
    """A download that went on turned out to be of another file."""


class Spool:
    """A file on its way: what came in so far, and by which version and length it can go on."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._path = path
        self._note = path.with_suffix(".json")
        self._digest = hashlib.sha256()
        self._expected = b""
        self.size = os.fstat(file.fileno()).st_size
        self.version: str | None = None
        self.length: int | None = None
        try:
            noted = json.loads(self._note.read_text("utf-8"))
            self.version, self.length = noted["version"], noted["length"]
        except (OSError, ValueError, KeyError):
            pass

    @property
    def resumable(self) -> bool:
        """Whether there is something to go on from, and a way to know it is the same file."""
        return self.size > 0 and self.version is not None

    def restart(self, version: str | None, length: int | None) -> None:
        """Forget what came in. Without a version this file can't go on when it breaks."""
        self._file.seek(0)
        self._file.truncate()
        self._digest, self._expected, self.size = hashlib.sha256(), b"", 0
        self.version, self.length = version, length
        self._note.write_text(json.dumps({"version": version, "length": length}), "utf-8")

    def go_on(self, start: int) -> None:
        """What is written next begins at `start`; what we have from there on must be the same."""
        self._file.seek(0)
        self._digest, left = hashlib.sha256(), start
        while left:
            block = self._file.read(min(_BLOCK, left))
            self._digest.update(block)
            left -= len(block)
        self._expected = self._file.read()
        self._file.seek(start)
        self.size = start

    def write(self, block: bytes) -> None:
        """Add to the file; raises OtherFileError where it differs from what was there already."""
        known, self._expected = self._expected[: len(block)], self._expected[len(block) :]
        if not block.startswith(known):
            raise OtherFileError("another file")
        self._file.write(block)
        self._digest.update(block)
        self.size += len(block)

    def keep(self, root: Path) -> Archived:
        """Move the whole file into the archive; raises TruncatedError when it is not whole."""
        if self._expected or (self.length is not None and self.size != self.length):
            received, announced = self.size, self.length
            if announced is not None and received > announced:
                self.restart(None, None)
            raise TruncatedError(f"{received} bytes received, {announced} announced")
        self._file.truncate()
        self._file.flush()
        os.fsync(self._file.fileno())
        kept = _move_in(root, self._path, self._digest.hexdigest(), self.size)
        self._path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)
        return kept


@contextmanager
def spooled(root: Path, name: str) -> Iterator[Spool]:
    """The spool file of this name, ours alone until the block ends; raises SpoolBusyError.

    It stays when the block ends without `keep`, also when the process is killed.
    """
    folder = root / "spool"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{re.sub(r'[^0-9A-Za-z._-]', '_', name)}.part"
    while True:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o640), "r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SpoolBusyError(f"{path} is in use") from error
            # who had it before us may have moved it into the archive since we opened it
            if not path.exists() or not os.path.samestat(path.stat(), os.fstat(file.fileno())):
                continue
            spool = Spool(file, path)
            try:
                yield spool
            finally:
                if not spool.size:
                    path.unlink(missing_ok=True)
                    path.with_suffix(".json").unlink(missing_ok=True)
            return


def sweep(root: Path) -> None:
    """Remove what a killed run left in the spool and nobody went on with for a week."""
    before = time.time() - _SPOOL_DAYS * 86400
    for path in (root / "spool").glob("*"):
        if path.stat().st_mtime < before:
            path.unlink(missing_ok=True)


def _move_in(root: Path, partial: Path, sha256: str, size: int) -> Archived:
    """Give a complete file its place; a file that is there already stays as it is."""
    target = path_of(root, sha256)
    if target.exists():
        return Archived(sha256, size, target, is_new=False)
    target.parent.mkdir(exist_ok=True)
    partial.chmod(0o440)
    partial.rename(target)
    _sync_folder(target.parent)
    return Archived(sha256, size, target, is_new=True)


def path_of(root: Path, sha256: str) -> Path:
    return root / sha256[:2] / sha256


@dataclass(frozen=True)
class Note:
    """What was noted when something came in. `path` is that of its bytes, None when none stayed."""

    label: str
    noted_at: datetime
    content: Mapping[str, Any]
    path: Path | None


def annotate(archived: Archived, label: str, content: Mapping[str, Any]) -> None:
    """Leave beside the bytes where they came from; what was noted last is not noted again."""
    _note(archived.path.parent, f"{archived.sha256}.{label}", label, content)


def record(root: Path, label: str, content: Mapping[str, Any]) -> None:
    """Note what came in and left no bytes."""
    folder = root / _NOTES
    folder.mkdir(parents=True, exist_ok=True)
    _note(folder, label, label, content)


def notes(root: Path) -> list[Note]:
    """Everything that was noted, in the order in which it came in."""
    found = []
    for path in root.glob("*/*.json"):
        if path.parent.name == "spool":
            continue
        content = json.loads(path.read_text("utf-8"))
        has_bytes = path.parent.name != _NOTES
        found.append(
            Note(
                content["label"],
                datetime.fromisoformat(content["noted_at"]),
                content,
                path.with_name(path.name.partition(".")[0]) if has_bytes else None,
            )
        )
    return sorted(found, key=lambda note: (note.noted_at, note.label))


@dataclass(frozen=True)
class Verified:
    """How many files the archive holds, and in English what is wrong with which."""

    files: int
    faults: tuple[str, ...]


def verify(root: Path) -> Verified:
    """Read every file and hold it against its name; a note whose bytes are gone is a fault too."""
    files, faults = 0, []
    for path in sorted(root.glob("??/*")):
        if path.suffix == ".partial":
            continue
        if path.suffix == ".json":
            if not path.with_name(path.name.partition(".")[0]).exists():
                faults.append(f"{path.relative_to(root)}: the bytes it is about are gone")
            continue
        files += 1
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if sha256 != path.name:
            faults.append(f"{path.relative_to(root)}: the bytes now have sha256 {sha256}")
    return Verified(files, tuple(faults))


def _note(folder: Path, name: str, label: str, content: Mapping[str, Any]) -> None:
    new = {"label": label, "noted_at": datetime.now(UTC).isoformat(), **content}
    text = json.dumps(new, ensure_ascii=False, indent=1, default=str)
    number, target = 1, folder / f"{name}.json"
    while target.exists():
        if _lasting(json.loads(target.read_text("utf-8"))) == _lasting(json.loads(text)):
            return
        number += 1
        target = folder / f"{name}.{number}.json"
    partial = target.with_suffix(".partial")
    partial.write_text(text, "utf-8")
    partial.rename(target)
    _sync_folder(folder)


def _lasting(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in _MOMENTS}


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
