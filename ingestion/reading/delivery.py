"""A delivery opened: each file by what it is, and the covering letter among them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import PurePosixPath
from typing import Any

from ingestion.errors import UnreadableFileError
from ingestion.reading.delimited import read_csv
from ingestion.reading.heading import named_entity
from ingestion.reading.model import Delivered, DeliveredTable, SentFile

MANIFEST = "manifest.json"
_MANIFEST_BYTES = 1 << 20


def read_delivery(
    files: Sequence[SentFile], *, entities: Mapping[str, str] | None = None
) -> Delivered:
    """Open a delivery and check its headings. `entities` tells what a file holds, by its name;
    without it the manifest, the name of the file or sheet, and the heading tell.

    Raises UnreadableFileError with everything that is wrong, PersonalDataError for column names.
    """
    manifest: Mapping[str, Any] | None = None
    for file in files:
        if PurePosixPath(file.name).name.lower() == MANIFEST:
            manifest = _read_manifest(file)
    hints = {**_announced(manifest), **(entities or {})}
    tables: list[DeliveredTable] = []
    reasons: list[str] = []
    for file in files:
        name = PurePosixPath(file.name).name
        if name.lower() == MANIFEST:
            continue
        try:
            tables.append(read_csv(file, hints.get(name) or named_entity(name)))
        except UnreadableFileError as error:
            reasons += error.reasons
    if reasons:
        raise UnreadableFileError(*reasons)
    return Delivered(manifest, tuple(tables))


def first_reading(delivered: Delivered) -> int:
    """Read every row once and keep none; returns how many there are.

    Afterwards `count`, `mends` and `faults` of each table are complete. Raises PersonalDataError,
    UnreadableFileError.
    """
    for table in delivered.tables:
        for _ in table.rows():
            pass
    return sum(table.count for table in delivered.tables)


def _read_manifest(file: SentFile) -> Mapping[str, Any]:
    with closing(file.open()) as opened:
        content = opened.read(_MANIFEST_BYTES)
    try:
        manifest = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict):
        raise UnreadableFileError(f"{file.name} is geen geldige JSON. Maak het manifest opnieuw.")
    return manifest


def _announced(manifest: Mapping[str, Any] | None) -> dict[str, str]:
    listed = (manifest or {}).get("bestanden")
    return {
        entry["naam"]: entry["entiteit"]
        for entry in (listed if isinstance(listed, list) else [])
        if isinstance(entry, dict)
        and isinstance(entry.get("naam"), str)
        and isinstance(entry.get("entiteit"), str)
    }
