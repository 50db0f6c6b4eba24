"""Bulk files: the zip with a CSV of CBS or EP-Online, kept whole and read as a stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ingestion.cards import Card, Edition, Fetched, HeaderDriftError
from ingestion.csvfile import Opener, data_after, member, read_header, rows_with
from ingestion.download import download
from ingestion.fetch import Http, LinkExpiredError, SourceUnavailableError, get_json
from ingestion.load import CsvRows, Rows

PUBLISHED = "PublicatieDatum"
SEQUENCE = "LaatstVerwerkteMutatievolgnummer"
_FRESH_LINKS = 2


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


def fetch_ep_online(
    card: Card,
    edition: Edition,
    base_url: str,
    api_key: str,
    http: Http,
    root: Path,
    known_version: str | None,
) -> Fetched | None:
    """Archive the total file; None when EP-Online still offers the one we have.

    The offer names a signed address that soon expires, so an expired one is asked for again.
    """
    url = f"{base_url}{card.path}"
    for tries_left in reversed(range(_FRESH_LINKS)):
        offer = get_json(http, url, params={"fileType": "csv"}, headers={"Authorization": api_key})
        if not isinstance(offer, dict) or not {"bestandsnaam", "downloadUrl"} <= set(offer):
            raise SourceUnavailableError(f"{url}: het antwoord noemt geen bestand.")
        name = str(offer["bestandsnaam"])
        if known_version and known_version.split("|")[0] == name:
            return None
        try:
            kept = download(http, str(offer["downloadUrl"]), root, name)
        except LinkExpiredError:
            if not tries_left:
                raise
            continue
        if kept is None:
            raise SourceUnavailableError(f"{url}: er kwam geen bestand.")
        stored = kept.archived
        header = read_header(_member(card, stored.path), (PUBLISHED, SEQUENCE))
        return Fetched(
            part=edition.part,
            file_name=name,
            url=url,
            sha256=stored.sha256,
            size=stored.bytes,
            path=stored.path,
            publisher_version=f"{name}|{header.preamble.get(SEQUENCE, '')}",
            published_on=_published_on(name, header.preamble.get(PUBLISHED)),
        )
    raise AssertionError("unreachable")


def tables(card: Card, path: Path, municipality_code: str) -> dict[str, CsvRows | Rows]:
    """The rows of an archived zip; a header that drifted is refused before any is written."""
    (table,) = card.tables
    opener = _member(card, path)
    header = read_header(opener, (PUBLISHED, SEQUENCE), card.separators)
    columns = card.map_header(header.names)
    data = data_after(opener, header)
    if card.keep is None:
        return {table: CsvRows(tuple(columns), header.first_row, data, header.separator)}
    keep = card.keep
    found = rows_with(
        data,
        header,
        columns.index(keep.column),
        keep.needle(municipality_code),
        lambda cell: keep.matches(cell, municipality_code),
    )
    loaded = [place for place, name in enumerate(columns) if name]
    rows = ((number, [values[place] for place in loaded]) for number, values in found)
    return {table: Rows(tuple(columns[place] for place in loaded), rows)}


def _member(card: Card, path: Path) -> Opener:
    return member(path, card.is_member, card.max_unpacked_mb << 20)


def tables_from_api(card: Card, records: Iterable[Mapping[str, Any]]) -> dict[str, CsvRows | Rows]:
    """The rows of API answers, which spell the same fields in their own way and leave some out.

    Raises HeaderDriftError for a field that no column of the card is known by.
    """
    (table,) = card.tables
    ours = {
        _spelling(heading): own
        for own, column in card.columns.items()
        for heading in (own, column.name, *column.aliases)
    }
    ignored = {_spelling(name) for name in card.ignored_columns}
    rows = []
    for number, record in enumerate(records, start=1):
        unknown = [n for n in record if _spelling(n) not in ours and _spelling(n) not in ignored]
        if unknown:
            raise HeaderDriftError(f"{card.name}: not yet mapped {unknown}")
        named = {ours.get(_spelling(name), ""): value for name, value in record.items()}
        values = [_api_text(named.get(column)) for column in card.tables[table].columns]
        rows.append((number, values))
    return {table: Rows(card.tables[table].columns, rows)}


def _spelling(name: str) -> str:
    return name.replace("_", "").lower()


def _api_text(value: object) -> str | None:
    """A JSON value as the CSV would write it."""
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    if isinstance(value, bool):
        return "Ja" if value else "Nee"
    if isinstance(value, float):
        return str(value).replace(".", ",")
    return None if value is None or value == "" else str(value)


def _published_on(file_name: str, preamble: str | None) -> date | None:
    """The day the file is of: its own first line, else its name (`v20260801_v4_csv.zip`)."""
    if preamble:
        day, month, year = preamble.split("-")
        return date(int(year), int(month), int(day))
    digits = "".join(c for c in file_name[1:9] if c.isdigit())
    return datetime.strptime(digits, "%Y%m%d").date() if len(digits) == 8 else None  # noqa: DTZ007
