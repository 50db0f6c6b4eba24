"""Hand-made measures: what the engine is tried on, without homes, files or publishers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

import psycopg

from afspraken import catalogue, register
from afspraken.build import dbt
from afspraken.db import connect
from afspraken.settings import Settings

GEMEENTE = "GM0917"
SOURCE = "levering_eenheid"
MODELS = (
    "path:models/staging/reference",
    "path:models/intermediate/indicators",
    "path:models/intermediate/assessment",
)
MARTS = "path:models/marts"
OF_SOURCES = (
    "mart_bag_verschil",
    "mart_cbs_kerncijfers",
    "mart_certificaat",
    "mart_label_verschil",
    "mart_leefbaarometer",
    "mart_levering_inhoud",
)


class Measure(NamedTuple):
    """One row of int_maten, of a stock."""

    maat: str
    onderdeel: str
    peildatum: date
    waarde: float
    corporatie: str | None = "DKO"
    gebied: str | None = "BU09172100"
    gebied_soort: str = "buurt"
    periode_van: date | None = None


def quarter_ends(first: date, last: date) -> Iterator[date]:
    for year in range(first.year, last.year + 1):
        for month, day in ((3, 31), (6, 30), (9, 30), (12, 31)):
            if first <= date(year, month, day) <= last:
                yield date(year, month, day)


def prepare(settings: Settings) -> None:
    """Load catalogue and register, and make the tables that the engine reads from."""
    register.load(settings)
    catalogue.load(settings)
    with connect(settings, "transformer") as connection:
        connection.execute(
            """
            create table intermediate.int_maten (
                maat_code text, onderdeel text, periode_van date, periode_tot date,
                gemeente_code text, gebied_soort text, gebied_code text, corporatie_code text,
                complex_code text, waarde numeric(18, 4));
            create table intermediate.int_gebieden (
                gebied_soort text, gebied_code text, gebied_naam text, wijk_code text,
                wijk_naam text, gemeente_code text, jaar integer, geometrie text);
            create table intermediate.int_peildata (peildatum date, is_reconstructie boolean);
            insert into intermediate.int_gebieden values
            ('gemeente', 'GM0917', 'Heerlen', null, null, 'GM0917', 2024, null),
            ('wijk', 'WK091721', 'Passart', 'WK091721', 'Passart', 'GM0917', 2024, null),
            ('wijk', 'WK091733', 'Centrum', 'WK091733', 'Centrum', 'GM0917', 2024, null),
            ('buurt', 'BU09172100', 'Passart', 'WK091721', 'Passart', 'GM0917', 2024, null),
            ('buurt', 'BU09172101', 'Kom', 'WK091721', 'Passart', 'GM0917', 2024, null),
            ('buurt', 'BU09173300', 'Centrum', 'WK091733', 'Centrum', 'GM0917', 2024, null)
            """
        )
        stand_at(connection, settings)
        land_register(connection)


def stand_at(connection: psycopg.Connection, settings: Settings) -> None:
    """Let the night stand at the settings' clock."""
    connection.execute(
        "insert into ops.run (run_id, started_at) values ('proef', %s) "
        "on conflict (run_id) do update set started_at = excluded.started_at",
        [settings.now()],
    )


def land_register(connection: psycopg.Connection) -> None:
    """Let the register of certificates be there."""
    connection.execute(
        "insert into ops.landing (source, part, file_name, sha256, bytes, landed_at, row_count, "
        "state) values ('ep_online', 'totaal', 'ep.zip', %s, 1, now(), 1, 'accepted')",
        ["e" * 64],
    )


def deliver(connection: psycopg.Connection, measures: Iterable[Measure]) -> None:
    """Add measures, and the accepted deliveries that they came in with."""
    rows = list(measures)
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into intermediate.int_maten values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (r.maat, r.onderdeel, r.periode_van or r.peildatum, r.peildatum, GEMEENTE,
                 r.gebied_soort, r.gebied, r.corporatie, "X1" if r.corporatie else None, r.waarde)
                for r in rows
            ],
        )  # fmt: skip
        delivered = sorted({(r.corporatie, r.peildatum) for r in rows if r.corporatie})
        cursor.executemany(
            "insert into ops.landing (source, part, sender, peildatum, file_name, sha256, bytes, "
            "landed_at, row_count, state) values (%s, %s, %s, %s, 'eenheid.csv', %s, 1, now(), 1, "
            "'accepted') on conflict do nothing",
            [
                (SOURCE, f"{sender}/{day}", sender, day, f"{sender}{day}".ljust(64, "0"))
                for sender, day in delivered
            ],
        )


def run_engine(settings: Settings) -> None:
    """Build everything after int_maten, without the tests on it."""
    models = ("status", *MODELS, MARTS)
    kinds = ("--exclude-resource-type", "test", "unit_test")
    # these tell of sources and homes, not of measures
    without = ("--exclude", *OF_SOURCES)
    dbt_quietly(settings, "build", "--select", *models, *without, *kinds)


def dbt_quietly(settings: Settings, *words: str) -> None:
    outcome = dbt(settings, "--quiet", *words)
    assert outcome.success, outcome.exception or [
        f"{result.node.name}: {result.message}"
        for result in outcome.result
        if str(result.status) not in ("success", "pass", "skipped")
    ]


# sample-story: stock and E/F/G per corporation at the days it names
STORY_DAYS = (date(2024, 12, 31), date(2025, 12, 31), date(2026, 9, 30))
STORY_STOCK = {
    "DKO": (6900, 6933, 6994),
    "CAR": (3950, 3925, 3934),
    "MIJ": (3150, 3172, 3181),
    "ZUI": (2000, 2006, 2011),
    "HOE": (1050, 1040, 1039),
}
STORY_EFG = {
    "DKO": (1150, 835, 610),
    "CAR": (900, 775, 640),
    "MIJ": (480, 362, 270),
    "ZUI": (290, 228, 178),
    "HOE": (180, 148, 120),
}


def story() -> Iterator[Measure]:
    """Stock and E/F/G of the story, even between the days it names."""
    for day in quarter_ends(STORY_DAYS[0], STORY_DAYS[-1]):
        for corporatie in STORY_STOCK:
            stock = _between(STORY_STOCK[corporatie], day)
            efg = _between(STORY_EFG[corporatie], day)
            yield Measure("bezit", "daeb", day, stock, corporatie)
            yield Measure("efg", "bruto", day, efg, corporatie)
            yield Measure("efg", "netto", day, efg, corporatie)
            yield Measure("label_status", "geregistreerd", day, stock, corporatie)


def _between(values: tuple[int, int, int], day: date) -> int:
    after = next(n for n, known in enumerate(STORY_DAYS) if day <= known)
    if STORY_DAYS[after] == day:
        return values[after]
    start, end = STORY_DAYS[after - 1], STORY_DAYS[after]
    share = (day - start).days / (end - start).days
    return round(values[after - 1] + (values[after] - values[after - 1]) * share)
