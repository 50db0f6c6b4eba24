"""EP-Online: the monthly total file, and the mutations of each day after it.

A mutation is known by its number. A file of a day follows on what we have when it begins at the
number after the last; a higher number is a gap, a lower one was applied before. Which mutations
count is worked out again every night (dbt, int_certificaatmutaties); here files are only kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.parsers import expat

import psycopg

from ingestion.archive import Archived
from ingestion.bulk import PUBLISHED, SEQUENCE, member_of
from ingestion.cards import Card, Edition, Fetched, HeaderDriftError
from ingestion.csvfile import Opener, read_header
from ingestion.download import download
from ingestion.fetch import (
    Http,
    LinkExpiredError,
    NotFoundError,
    SourceError,
    SourceUnavailableError,
    get_json,
)
from ingestion.load import BLOCK, CsvRows, Rows, UnreadableFileError
from ingestion.municipality import Municipality

NAMESPACE = "http://schemas.ep-online.nl/EpbdExportTypesV4"
_FRESH_LINKS = 2

Record = Mapping[str, Any]


class NoFileError(SourceError):
    """EP-Online has no file for a day: not yet, or no longer."""


def fetch_total(
    card: Card,
    edition: Edition,
    base_url: str,
    api_key: str,
    http: Http,
    root: Path,
    known_version: str | None,
) -> Fetched | None:
    """Archive the total file; None when EP-Online still offers the one we have."""
    url = f"{base_url}{card.path}"
    counter = _Counter(http, url, {"fileType": "csv"}, api_key)
    offer = counter.offer()
    if known_version and known_version.split("|")[0] == offer["bestandsnaam"]:
        return None
    name, stored = counter.take(offer, root)
    header = read_header(member_of(card, stored.path), (PUBLISHED, SEQUENCE))
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


def fetch_day(
    card: Card, edition: Edition, base_url: str, api_key: str, http: Http, root: Path
) -> Fetched:
    """Archive the mutations of a day; raises NoFileError when EP-Online has none.

    The version names the first and last number in the file; both are empty in a file without any.
    """
    url = f"{base_url}{card.path}/{edition.part}"
    counter = _Counter(http, url, {}, api_key)
    try:
        offer = counter.offer()
    except NotFoundError as error:
        raise NoFileError("EP-Online heeft van deze dag geen bestand (meer).") from error
    name, stored = counter.take(offer, root)
    numbers = sorted(_number(message) for message in _messages(member_of(card, stored.path)))
    first, last = (numbers[0], numbers[-1]) if numbers else ("", "")
    return Fetched(
        part=edition.part,
        file_name=name,
        url=url,
        sha256=stored.sha256,
        size=stored.bytes,
        path=stored.path,
        publisher_version=f"{name}|{first}|{last}",
        published_on=date.fromisoformat(edition.part),
    )


@dataclass(frozen=True)
class _Counter:
    """Where EP-Online says which file it has, and a signed address for it that soon expires."""

    http: Http
    url: str
    params: Mapping[str, str]
    api_key: str

    def offer(self) -> Record:
        headers = {"Authorization": self.api_key}
        offer = get_json(self.http, self.url, params=self.params, headers=headers)
        if not isinstance(offer, dict) or not {"bestandsnaam", "downloadUrl"} <= set(offer):
            raise SourceUnavailableError(f"{self.url}: het antwoord noemt geen bestand.")
        return offer

    def take(self, offer: Record, root: Path) -> tuple[str, Archived]:
        """The name and the archived bytes; an expired address is asked for once more."""
        for tries_left in reversed(range(_FRESH_LINKS)):
            name = str(offer["bestandsnaam"])
            try:
                kept = download(self.http, str(offer["downloadUrl"]), root, name)
            except LinkExpiredError:
                if not tries_left:
                    raise
                offer = self.offer()
                continue
            if kept is None:
                raise SourceUnavailableError(f"{self.url}: er kwam geen bestand.")
            return name, kept.archived
        raise AssertionError("unreachable")


def _published_on(file_name: str, preamble: str | None) -> date | None:
    """The day the file is of: its own first line, else its name (`v20260801_v4_csv.zip`)."""
    if preamble:
        day, month, year = preamble.split("-")
        return date(int(year), int(month), int(day))
    digits = "".join(c for c in file_name[1:9] if c.isdigit())
    return datetime.strptime(digits, "%Y%m%d").date() if len(digits) == 8 else None  # noqa: DTZ007


@dataclass(frozen=True)
class DayFile:
    """The mutations of one day that we have: first and last number, None in a file without any."""

    day: date
    first: int | None
    last: int | None


@dataclass(frozen=True)
class Chain:
    """How far the days' files follow on the total file.

    `through` is the last number that counts and `until` the last day reached without a gap;
    `gap` are the first and last number that are missing before the file of `resumes_on`;
    `repeated` says how many files the total file held already.
    """

    through: int
    until: date
    gap: tuple[int, int] | None = None
    resumes_on: date | None = None
    repeated: int = 0

    @property
    def message(self) -> str:
        """Dutch, for the dashboards."""
        said = f"Mutaties tot en met nummer {self.through} zijn verwerkt."
        if self.repeated:
            files = "1 dagbestand stond"
            if self.repeated > 1:
                files = f"{self.repeated} dagbestanden stonden"
            said += f" {files} al in het totaalbestand."
        if self.gap and self.resumes_on:
            first, last = self.gap
            said += (
                f" Mutaties {first} tot en met {last} ontbreken: wat EP-Online vanaf "
                f"{self.resumes_on:%d-%m-%Y} leverde telt pas mee na een nieuw totaalbestand."
            )
        return said


def follow(total: int, start: date, files: Iterable[DayFile]) -> Chain:
    """How the files from `start` on follow on a total file that ends with mutation `total`.

    A day without a file is only a gap when the numbers say that something was missed.
    """
    through, until, repeated = total, start - timedelta(days=1), 0
    for file in sorted(files, key=lambda file: file.day):
        if file.first is not None and file.last is not None:
            if file.first > through + 1:
                gap = (through + 1, file.first - 1)
                return Chain(through, until, gap, file.day, repeated)
            repeated += file.last <= through
            through = max(through, file.last)
        until = file.day
    return Chain(through, until, repeated=repeated)


def chain_of(connection: psycopg.Connection, card: Card) -> Chain | None:
    """The chain of the newest total file; None without one, or when it names no number."""
    files = _day_files(connection, card)
    row = connection.execute(
        "select split_part(publisher_version, '|', 2), published_on from ops.landing "
        "where source = %s and state in ('loaded', 'accepted', 'accepted_with_remarks') "
        "order by landing_id desc limit 1",
        [card.follows],
    ).fetchone()
    if row is None or not row[0] or row[1] is None:
        return None
    # the file of the day before may end after the total file was made
    start = row[1] - timedelta(days=1)
    return follow(int(row[0]), start, [file for file in files if file.day >= start])


def days_to_ask(connection: psycopg.Connection, card: Card, today: date) -> list[Edition]:
    """The days up to yesterday that we have no file of, from the last one without a gap on."""
    chain = chain_of(connection, card)
    if chain is None:
        return []
    have = {file.day for file in _day_files(connection, card)}
    days = (chain.until + timedelta(days=n) for n in range(1, (today - chain.until).days))
    return [Edition(part=day.isoformat()) for day in days if day not in have]


def _day_files(connection: psycopg.Connection, card: Card) -> list[DayFile]:
    rows = connection.execute(
        "select part, publisher_version from ops.landing "
        "where source = %s and state in ('loaded', 'accepted', 'accepted_with_remarks')",
        [card.name],
    ).fetchall()
    files = []
    for part, version in rows:
        _, first, last = str(version).split("|")
        files.append(
            DayFile(
                date.fromisoformat(part),
                int(first) if first else None,
                int(last) if last else None,
            )
        )
    return files


def tables_of_day(card: Card, path: Path, municipality: Municipality) -> dict[str, CsvRows | Rows]:
    """The mutations of an archived day; a row's number is the place of its message in the file.

    Of a municipality with postcodes only its own mutations are kept, and those without postcode.
    """
    (table,) = card.tables
    read = _reader(card)
    place = list(card.columns).index(card.keep.column) if card.keep else None

    def ours() -> Iterator[tuple[int, Sequence[str | None]]]:
        messages = _messages(member_of(card, path))
        for number, message in enumerate(messages, start=1):
            values = read(message)
            postcode = values[place] if place is not None else None
            if postcode and municipality.postcodes and postcode[:4] not in municipality.postcodes:
                continue
            yield number, values

    return {table: Rows(tuple(card.columns), ours())}


def _messages(open_file: Opener) -> Iterator[Record]:
    """The messages of a mutation file, one at a time: element name to text.

    Elements around others are transparent; a name that occurs again is added after a comma.
    Raises UnreadableFileError for anything else than a mutation file without entities.
    """
    found: list[Record] = []
    open_elements: list[str] = []
    text: list[str] = []
    message: dict[str, str] = {}

    def start(name: str, _: object) -> None:
        if not open_elements and name != f"{NAMESPACE} MutationMessage":
            raise UnreadableFileError("Het bestand is geen mutatiebestand van EP-Online, versie 4.")
        open_elements.append(name.rpartition(" ")[2])
        text.clear()

    def end(_: str) -> None:
        name, value = open_elements.pop(), "".join(text).strip()
        text.clear()
        if name == "Mutatiebericht":
            found.append(dict(message))
            message.clear()
        elif value:
            message[name] = f"{message[name]},{value}" if name in message else value

    def refuse(*_: object) -> None:
        raise UnreadableFileError(
            "Het XML-bestand beschrijft eigen entiteiten; dat is niet veilig."
        )

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text.append, refuse
    with open_file() as file:
        while True:
            block = file.read(BLOCK)
            try:
                parser.Parse(block, not block)
            except expat.ExpatError as error:
                raise UnreadableFileError(
                    f"Het XML-bestand is afgebroken of ongeldig bij regel {error.lineno}."
                ) from error
            yield from found
            found.clear()
            if not block:
                return


def _number(message: Record) -> int:
    text = str(message.get("Mutatievolgnummer", ""))
    if not text.isdecimal():
        raise UnreadableFileError(f"Een mutatie heeft geen volgnummer maar {text!r}.")
    return int(text)


def tables_from_api(card: Card, records: Iterable[Record]) -> dict[str, CsvRows | Rows]:
    """The rows of API answers, which spell the same fields in their own way and leave some out.

    Raises HeaderDriftError for a field that no column of the card is known by.
    """
    (table,) = card.tables
    read = _reader(card)
    rows = [(number, read(record)) for number, record in enumerate(records, start=1)]
    return {table: Rows(tuple(card.columns), rows)}


def _reader(card: Card) -> Callable[[Record], list[str | None]]:
    """A function from a record to the values of the card's columns, as the CSV would write them.

    Names are compared without capitals and underscores. It raises HeaderDriftError for a field
    that no column of the card is known by.
    """
    ours = {
        _spelling(heading): own
        for own, column in card.columns.items()
        for heading in (own, column.name, *column.aliases)
    }
    ignored = {_spelling(name) for name in card.ignored_columns}
    known: dict[str, str] = {}

    def read(record: Record) -> list[str | None]:
        for name in record.keys() - known.keys():
            spelled = _spelling(name)
            if spelled not in ours and spelled not in ignored:
                raise HeaderDriftError(f"{card.name}: not yet mapped [{name!r}]")
            known[name] = ours.get(spelled, "")
        named = {known[name]: value for name, value in record.items()}
        values = [_text(named.get(column)) for column in card.columns]
        return [None if value in card.missing_values else value for value in values]

    return read


def _spelling(name: str) -> str:
    return name.replace("_", "").lower()


def _text(value: object) -> str | None:
    """A JSON value as the CSV would write it."""
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    if isinstance(value, bool):
        return "Ja" if value else "Nee"
    if isinstance(value, float):
        return str(value).replace(".", ",")
    return None if value is None else str(value)
