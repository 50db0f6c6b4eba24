"""Landing publishers' sources: look what is new, archive it, check its header, load it.

A publisher that fails costs that source its refresh and nothing else: the failure is recorded in
ops.source_check and raised for that source, and what is in use stays in use.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import httpx
import psycopg

from afspraken.crash import crash_point
from afspraken.db import connect
from afspraken.settings import Settings
from ingestion import bag, bulk, cbs, ep_online, lookups, pdok
from ingestion.archive import Archived, Note, annotate, sweep
from ingestion.cards import Card, Edition, Fetched, HeaderDriftError, load_card, source_names
from ingestion.fetch import Http, Patience, SourceError, http_client
from ingestion.load import CsvRows, Landing, Rows, UnreadableFileError, add_landing, is_landed
from ingestion.municipality import Municipality, read_municipality
from ingestion.tables import ensure_raw_tables

Outcome = Literal["new", "unchanged", "failed"]
_SIDE_BY_SIDE = 4
_CBS = ("cbs_odata3", "cbs_odata4")
BrokenFile = (UnreadableFileError, zipfile.BadZipFile, zlib.error, EOFError)


@dataclass(frozen=True)
class Landed:
    """What became of one part of a source. `message` is Dutch, for the dashboards."""

    source: str
    part: str
    outcome: Outcome
    message: str = ""
    landing_id: int | None = None
    rows: int | None = None


class LandingFailedError(RuntimeError):
    """One or more parts of a source could not be landed; the others were."""

    def __init__(self, source: str, landed: list[Landed]) -> None:
        self.landed = landed
        failed = [f"{item.part}: {item.message}" for item in landed if item.outcome == "failed"]
        super().__init__(f"{source}: " + "; ".join(failed))


def land(
    source: str,
    settings: Settings,
    *,
    run_id: str | None = None,
    transport: httpx.BaseTransport | None = None,
    patience: Patience | None = None,
) -> list[Landed]:
    """Bring one source up to date; raises LandingFailedError after all its parts were tried."""
    card = load_card(source)
    with _desk(settings, run_id, transport, patience) as desk:
        return _land_card(desk, card, _look_ahead(desk, [card]))


def land_publisher(
    publisher: str,
    settings: Settings,
    *,
    run_id: str | None = None,
    transport: httpx.BaseTransport | None = None,
    patience: Patience | None = None,
) -> list[Landed]:
    """Land every source of a publisher; raises the failures together, after all were tried."""
    cards = [load_card(source) for source in source_names(publisher=publisher)]
    landed: list[Landed] = []
    failures: list[Exception] = []
    with _desk(settings, run_id, transport, patience) as desk:
        seen = _look_ahead(desk, cards)
        for card in cards:
            try:
                landed += _land_card(desk, card, seen)
            except LandingFailedError as error:
                landed += error.landed
                failures.append(error)
    if failures:
        raise ExceptionGroup(f"{publisher}: sources failed", failures)
    return landed


@dataclass(frozen=True)
class _Desk:
    """What landing needs at hand: one connection and one client for all sources of a publisher."""

    settings: Settings
    connection: psycopg.Connection
    http: Http
    municipality: Municipality
    run_id: str | None


@contextmanager
def _desk(
    settings: Settings,
    run_id: str | None,
    transport: httpx.BaseTransport | None,
    patience: Patience | None,
) -> Iterator[_Desk]:
    with connect(settings, "loader", autocommit=True) as connection:
        ensure_raw_tables(connection)
        sweep(settings.archive_dir)
        with http_client(transport, patience) as http:
            yield _Desk(settings, connection, http, read_municipality(settings), run_id)


Seen = Mapping[tuple[str, str], "cbs.Description | SourceError"]


def _look_ahead(desk: _Desk, cards: Sequence[Card]) -> Seen:
    """What CBS's tables say of themselves, asked side by side: a night asks dozens of them.

    A closed table that was asked not long ago, and of which we want nothing else, is left out.
    """
    wanted = [
        (card, edition)
        for card in cards
        if card.format in _CBS
        for edition in card.editions
        if _is_due(desk, card, edition)
    ]

    def look(item: tuple[Card, Edition]) -> cbs.Description | SourceError:
        card, edition = item
        try:
            base = desk.settings.publisher_url(card.address)
            return cbs.describe(card, edition, base, desk.http)
        except SourceError as error:
            return error

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        answers = list(pool.map(look, wanted))
    return {(c.name, e.part): a for (c, e), a in zip(wanted, answers, strict=True)}


def _is_due(desk: _Desk, card: Card, edition: Edition) -> bool:
    """Whether a part is asked for tonight; its edition may say that once in a while is enough."""
    if not edition.ask_every_days:
        return True
    known = _known_version(desk.connection, card.name, edition.part)
    mark = cbs.asked_mark(card, desk.municipality.code) if card.format in _CBS else ""
    if known is None or not known.endswith(mark):
        return True
    row = desk.connection.execute(
        "select max(checked_at) from ops.source_check "
        "where source = %s and part = %s and outcome <> 'failed'",
        [card.name, edition.part],
    ).fetchone()
    asked_at: datetime | None = row[0] if row else None
    pause = timedelta(days=edition.ask_every_days)
    return asked_at is None or desk.settings.now() - asked_at >= pause


def _land_card(desk: _Desk, card: Card, seen: Seen) -> list[Landed]:
    desk = replace(desk, http=desk.http.for_source(card.max_mb << 20))
    landed: list[Landed] = []

    def land_part(card: Card, edition: Edition) -> Landed:
        item = _land_part(desk, card, edition, seen)
        _record(desk.connection, item, desk.settings, desk.run_id)
        return item

    for edition in _parts(card, desk):
        if not _is_due(desk, card, edition):
            message = f"Wordt eens per {edition.ask_every_days} dagen gevraagd."
            landed.append(Landed(card.name, edition.part, "unchanged", message))
            continue
        landed.append(land_part(card, edition))
        if card.follows and landed[-1].outcome == "failed":
            # what is asked next would not follow on anything
            break
    if card.format == "ep_online_mutations":
        item = _follow(card, desk.connection, land_part)
        _record(desk.connection, item, desk.settings, desk.run_id)
        landed.append(item)
    if any(item.outcome == "failed" for item in landed):
        raise LandingFailedError(card.name, landed)
    return landed


def _parts(card: Card, desk: _Desk) -> Sequence[Edition]:
    """What a card's publisher is asked for tonight."""
    connection, settings = desk.connection, desk.settings
    match card.format:
        case "ep_online_mutations":
            return ep_online.days_to_ask(connection, card, settings.today())
        case "ep_online_lookup":
            return [lookups.next_part(connection, card, settings.today())]
        case _:
            return card.editions


def _follow(
    card: Card, connection: psycopg.Connection, land_part: Callable[[Card, Edition], Landed]
) -> Landed:
    """Say how far the mutations follow on the total file; at a gap, ask for a newer total first."""
    chain = ep_online.chain_of(connection, card)
    if chain is not None and chain.gap and card.follows:
        total = load_card(card.follows)
        for edition in total.editions:
            land_part(total, edition)
        chain = ep_online.chain_of(connection, card)
    if chain is None:
        message = "Er is geen totaalbestand met een mutatienummer; mutaties tellen nog niet mee."
        return Landed(card.name, "reeks", "unchanged", message)
    return Landed(card.name, "reeks", "failed" if chain.gap else "unchanged", chain.message)


def _land_part(desk: _Desk, card: Card, edition: Edition, seen: Seen) -> Landed:
    part, connection, settings = edition.part, desk.connection, desk.settings
    try:
        known = _known_version(connection, card.name, part)
        fetched = _fetch(desk, card, edition, seen, known)
        if fetched is None:
            return Landed(card.name, part, "unchanged", "Niets nieuws bij de bron.")
        archived = Archived(fetched.sha256, fetched.size, fetched.path, is_new=False)
        annotate(
            archived,
            card.name,
            {
                **fetched.model_dump(exclude={"path"}),
                "landed_at": settings.now().isoformat(),
                "run_id": desk.run_id,
            },
        )
        crash_point("land.after_archive")
        return _load(card, edition, fetched, settings, connection, desk.municipality, desk.run_id)
    except ep_online.NoFileError as error:
        return Landed(card.name, part, "unchanged", str(error))
    except SourceError as error:
        message = str(error)
    except HeaderDriftError as error:
        message = (
            f"De kolommen van de bron passen niet meer op de kaart: {error}. "
            f"Pas de kaart {card.name}.yml aan."
        )
    except BrokenFile as error:
        message = f"Het bestand is niet te gebruiken: {error}"
    return Landed(card.name, part, "failed", f"{message} {_still_in_use(connection, card, part)}")


def _load(
    card: Card,
    edition: Edition,
    fetched: Fetched,
    settings: Settings,
    connection: psycopg.Connection,
    municipality: Municipality,
    run_id: str | None,
) -> Landed:
    """Load an archived file as a new version of its part, unless its bytes were landed before."""
    part = edition.part
    if is_landed(connection, card.name, part, fetched.sha256):
        connection.execute(
            "update ops.landing set publisher_version = %s "
            "where source = %s and part = %s and sha256 = %s",
            [fetched.publisher_version, card.name, part, fetched.sha256],
        )
        return Landed(card.name, part, "unchanged", "De inhoud is dezelfde gebleven.")
    landing = Landing(
        source=card.name,
        part=part,
        file_name=fetched.file_name,
        url=fetched.url,
        sha256=fetched.sha256,
        bytes=fetched.size,
        publisher_version=fetched.publisher_version,
        published_on=fetched.published_on,
        landed_at=settings.now(),
        run_id=run_id,
    )
    tables = _tables(card, edition, fetched, municipality)
    landing_id, rows = add_landing(connection, landing, tables)
    message = f"{rows} rijen geladen. {fetched.remark}".strip()
    return Landed(card.name, part, "new", message, landing_id, rows)


def land_again(
    note: Note, settings: Settings, connection: psycopg.Connection, *, run_id: str | None = None
) -> Landed:
    """Land what the archive noted of a publisher once, as it was landed then.

    The clock of `settings` stands at that moment. Raises CardError for a source without a card.
    """
    card = load_card(note.label)
    fetched = Fetched.model_validate({**note.content, "path": note.path})
    known = {edition.part: edition for edition in card.editions}
    edition = known.get(fetched.part, Edition(part=fetched.part))
    municipality = read_municipality(settings)
    try:
        item = _load(card, edition, fetched, settings, connection, municipality, run_id)
    except BrokenFile as error:
        item = Landed(card.name, fetched.part, "failed", str(error))
    _record(connection, item, settings, run_id)
    return item


def _still_in_use(connection: psycopg.Connection, card: Card, part: str) -> str:
    """What a reader goes on with after a failure, and how old it is."""
    row = connection.execute(
        "select coalesce(published_on, landed_at::date) from ops.landing_in_use "
        "where source = %s and part = %s",
        [card.name, part],
    ).fetchone()
    if row is None:
        return "Er zijn nog geen eerdere gegevens; de volgende nacht wordt het opnieuw geprobeerd."
    day = f"{row[0].day}-{row[0].month}-{row[0].year}"
    return f"De gegevens van {day} blijven in gebruik; de volgende nacht wordt het weer geprobeerd."


def _fetch(
    desk: _Desk, card: Card, edition: Edition, seen: Seen, known: str | None
) -> Fetched | None:
    settings, http, municipality = desk.settings, desk.http, desk.municipality
    base, root = settings.publisher_url(card.address), settings.archive_dir
    key = settings.publisher_key(card.key) if card.key else ""
    match card.format:
        case "cbs_odata3" | "cbs_odata4":
            description = seen[card.name, edition.part]
            if isinstance(description, SourceError):
                raise description
            return cbs.fetch(card, edition, description, municipality.code, http, root, known)
        case "pdok_ogc":
            return pdok.fetch(card, edition, base, municipality.code, http, root, known)
        case "pdok_bag":
            return bag.fetch(card, edition, base, municipality.code, http, root, known)
        case "csv_zip":
            return bulk.fetch_zip(card, edition, base, http, root, known)
        case "ep_online":
            return ep_online.fetch_total(card, edition, base, key, http, root, known)
        case "ep_online_mutations":
            return ep_online.fetch_day(card, edition, base, key, http, root)
        case "ep_online_lookup":
            now = settings.now()
            homes = lookups.homes_to_ask(desk.connection, card, now)
            return lookups.fetch(card, edition, base, key, http, root, homes, now)


def _tables(
    card: Card, edition: Edition, fetched: Fetched, municipality: Municipality
) -> Mapping[str, CsvRows | Rows]:
    match card.format:
        case "cbs_odata3" | "cbs_odata4":
            return cbs.tables(card, edition, cbs.archived(fetched.path), municipality.code)
        case "pdok_ogc":
            return pdok.tables(card, edition, fetched.path)
        case "pdok_bag":
            return bag.tables(card, fetched.path)
        case "csv_zip" | "ep_online":
            return bulk.tables(card, fetched.path, municipality)
        case "ep_online_mutations":
            return ep_online.tables_of_day(card, fetched.path, municipality)
        case "ep_online_lookup":
            return lookups.tables(card, fetched.path)


def _known_version(connection: psycopg.Connection, source: str, part: str) -> str | None:
    row = connection.execute(
        "select publisher_version from ops.landing where source = %s and part = %s "
        "order by landing_id desc limit 1",
        [source, part],
    ).fetchone()
    return row[0] if row else None


def _record(
    connection: psycopg.Connection, item: Landed, settings: Settings, run_id: str | None
) -> None:
    connection.execute(
        "insert into ops.source_check (source, part, checked_at, outcome, message, run_id) "
        "values (%s, %s, %s, %s, %s, %s)",
        [item.source, item.part, settings.now(), item.outcome, item.message, run_id],
    )
