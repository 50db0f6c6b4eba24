"""Bulk files: the zip with a CSV of CBS or EP-Online, kept whole and read as a stream."""

from __future__ import annotations

from pathlib import Path

from ingestion.cards import Card, Edition, Fetched
from ingestion.csvfile import Opener, data_after, member, read_header, rows_with
from ingestion.download import download
from ingestion.fetch import Http
from ingestion.load import CsvRows, Rows
from ingestion.municipality import Municipality

# lines that may stand above the heading of EP-Online's total file
PUBLISHED = "PublicatieDatum"
SEQUENCE = "LaatstVerwerkteMutatievolgnummer"


def fetch_zip(
    card: Card,
    edition: Edition,
    base_url: str,
    http: Http,
    root: Path,
    known_version: str | None,
) -> Fetched | None:
    """Archive a file at a fixed address; None when its validators say that it did not change."""
    url = f"{base_url}{card.path}"

    kept = download(http, url, root, f"{card.name}-{edition.part}", known_version=known_version)
    if kept is None:
        return None
    return Fetched(
        part=edition.part,
        file_name=url.rsplit("/", 1)[-1],
        url=url,
        sha256=kept.archived.sha256,
        size=kept.archived.bytes,
        path=kept.archived.path,
        publisher_version=kept.version or kept.archived.sha256,
    )


def tables(card: Card, path: Path, municipality: Municipality) -> dict[str, CsvRows | Rows]:
    """The rows of an archived zip; a header that drifted is refused before any is written."""
    (table,) = card.tables
    opener = member_of(card, path)
    header = read_header(opener, (PUBLISHED, SEQUENCE), card.separators)
    columns = card.map_header(header.names)
    data = data_after(opener, header)
    keep = card.keep
    starts = keep.starts(municipality) if keep else ()
    if keep is None or not starts:
        return {table: CsvRows(tuple(columns), header.first_row, data, header.separator)}
    place = columns.index(keep.column)
    found = rows_with(data, header, place, starts, lambda cell: keep.matches(cell, municipality))
    loaded = [place for place, name in enumerate(columns) if name]
    rows = ((number, [values[place] for place in loaded]) for number, values in found)
    return {table: Rows(tuple(columns[place] for place in loaded), rows)}


def member_of(card: Card, path: Path) -> Opener:
    """An opener of the file in an archived zip that the card is about."""
    return member(path, card.is_member, card.max_unpacked_mb << 20)
