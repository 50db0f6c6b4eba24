"""The archive: every file that ever came in, under the sha256 of its bytes, never rewritten.

Layout: `<root>/<first two of sha256>/<sha256>`, and beside it a small JSON note for each source
that brought these bytes, so that the archive alone tells what it holds.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


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
        sha256 = digest.hexdigest()
        target = path_of(root, sha256)
        if target.exists():
            return Archived(sha256, size, target, is_new=False)
        target.parent.mkdir(exist_ok=True)
        partial.chmod(0o440)
        partial.rename(target)
        _sync_folder(target.parent)
        return Archived(sha256, size, target, is_new=True)
    finally:
        partial.unlink(missing_ok=True)


def path_of(root: Path, sha256: str) -> Path:
    return root / sha256[:2] / sha256


def annotate(archived: Archived, source: str, note: Mapping[str, Any]) -> None:
    """Leave beside the bytes where they came from. The first note of a source stays."""
    target = archived.path.with_name(f"{archived.sha256}.{source}.json")
    if target.exists():
        return
    partial = target.with_suffix(".partial")
    partial.write_text(json.dumps(note, ensure_ascii=False, indent=1, default=str), "utf-8")
    partial.rename(target)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
