"""Make a warehouse anew from an archive alone: all that ever came in, in the order it came.

Publishers' files and deliveries are landed at the moments that were noted of them, and judged
after each run as they were then; at the end one publication follows. What is not in the archive
does not come back: what was published earlier (schema `history`, which a backup holds), and texts
of agreements that the municipality's folder no longer has.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import psycopg

from afspraken import build, catalogue, night, publish, register
from afspraken.db import connect
from afspraken.settings import Settings
from ingestion import archive
from ingestion.cards import source_names
from ingestion.deliveries import receive_again
from ingestion.landing import land_again
from ingestion.tables import ensure_raw_tables


class RebuildError(RuntimeError):
    """Nothing was rebuilt; the message says why and what to do."""


@dataclass(frozen=True)
class Replayed:
    """How many publishers' files and deliveries came in again, and which notes nobody knows."""

    files: int
    deliveries: int
    unknown: tuple[str, ...]


def rebuild(settings: Settings, archive_dir: Path) -> Replayed:
    """Fill an empty, migrated warehouse from an archive, and publish it.

    Raises:
        RebuildError: the warehouse is not empty, or the archive has no notes.
    """
    from expectations import audit

    replayed = replay(settings, archive_dir)
    run_id = f"herbouw {settings.now():%Y-%m-%d %H:%M}"
    night.open_night(settings, run_id)
    try:
        register.load(settings)
        catalogue.load(settings)
        build.build(settings, run_id)
        audit(settings, run_id=run_id)
        publish.publish(settings, run_id)
    finally:
        night.close_night(settings, run_id)
    return replayed


def replay(settings: Settings, archive_dir: Path) -> Replayed:
    """Land, receive and judge everything again, without building or publishing."""
    from expectations import judge

    if archive_dir.resolve() != settings.archive_dir.resolve():
        shutil.copytree(archive_dir, settings.archive_dir, dirs_exist_ok=True)
    arrivals = list(_arrivals(archive.notes(settings.archive_dir)))
    if not arrivals:
        raise RebuildError(f"{archive_dir} holds no notes, so there is nothing to rebuild from.")
    cards, files, deliveries, unknown = set(source_names()), 0, 0, []
    with connect(settings, "loader", autocommit=True) as connection:
        ensure_raw_tables(connection)
        _must_be_empty(connection)
        for run_id, run in groupby(arrivals, key=lambda note: note.content.get("run_id")):
            then = settings
            for note in run:
                then = settings.model_copy(update={"clock": note.content["landed_at"]})
                if _is_delivery(note):
                    receive_again(note, then, connection, run_id=run_id)
                    deliveries += 1
                elif note.label in cards:
                    land_again(note, then, connection, run_id=run_id)
                    files += 1
                else:
                    unknown.append(note.label)
            judge(then, run_id=run_id)
    return Replayed(files, deliveries, tuple(sorted(set(unknown))))


def _arrivals(notes: Sequence[archive.Note]) -> Iterator[archive.Note]:
    """One note for each arrival: every file of a delivery has a note that tells all of it."""
    seen = set()
    for note in notes:
        if _is_delivery(note):
            if note.label in seen:
                continue
            seen.add(note.label)
        yield note


def _is_delivery(note: archive.Note) -> bool:
    return "inbox_key" in note.content


def _must_be_empty(connection: psycopg.Connection) -> None:
    row = connection.execute(
        "select exists (select from ops.landing) or exists (select from ops.delivery)"
    ).fetchone()
    if row == (True,):
        raise RebuildError(
            "This warehouse holds landings already. Remedy: point WAREHOUSE_DSN at an empty "
            "database and run `python -m afspraken.migrate` on it."
        )
