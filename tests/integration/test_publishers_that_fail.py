"""Whatever a publisher does wrong, the last good data stays in use, and it is said what, where and
what to do; one publisher's bad night is nobody else's.

One warehouse serves the whole module: every test leaves in use what it found in use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import httpx
import pytest

from afspraken.db import connect
from afspraken.settings import Settings
from expectations import judge_sources
from ingestion import Landed, LandingFailedError, land, land_publisher
from ingestion.cards import load_card, source_names
from ingestion.cards import publishers as publishers_with_a_card
from ingestion.fetch import Patience
from tests.conftest import TEMPLATE, _fresh

QUICK: Final = Patience(attempts=2, first_wait=0.005, longest_wait=0.02, timeout=20.0)
HASTY: Final = Patience(attempts=2, first_wait=0.005, longest_wait=0.02, timeout=0.15)
STAYS: Final = (
    r"De gegevens van \d+-\d+-20\d\d blijven in gebruik; "
    r"de volgende nacht wordt het weer geprobeerd\."
)

Misbehave = Callable[..., None]


def simulator_of(source: str) -> str:
    """The simulated publisher behind a source: the first step of its address there."""
    address = Settings().publisher_url(load_card(source).address)
    return httpx.URL(address).path.split("/")[1]


def one_of_each() -> list[str]:
    """One source for every publisher and format: its code is what a fault meets.

    What is asked day by day or home by home has tests of its own.
    """
    found: dict[tuple[str, str], str] = {}
    for source in source_names():
        card = load_card(source)
        if card.editions:
            found.setdefault((simulator_of(source), card.format), source)
    return sorted(found.values())


SOURCES: Final = one_of_each()
FILES: Final = [source for source in SOURCES if load_card(source).format == "csv_zip"]


@pytest.fixture(scope="module")
def landed(
    server: Settings, publishers: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """A warehouse in which every source was landed and accepted."""
    for settings in _fresh(server, TEMPLATE, tmp_path_factory.mktemp("faults"), publishers):
        for source in source_names():
            land(source, settings, run_id="goed")
        judge_sources(settings)
        yield settings


def outdate(settings: Settings, source: str) -> Settings:
    """From now on this source's publisher has something new, for all we know."""
    with connect(settings) as connection:
        connection.execute(
            "update ops.landing set publisher_version = 'vorige' where source = %s", [source]
        )
        connection.execute("delete from ops.source_check where source = %s", [source])
    return settings


@pytest.fixture
def misbehave(publishers: str) -> Iterator[Misbehave]:
    def tell(publisher: str, fault: str, after: int = 0, times: int | None = None) -> None:
        wish = {"publisher": publisher, "fault": fault, "after": after, "times": times}
        answer = httpx.post(f"{publishers}/_control", json=wish | {"seconds": 0.5})
        answer.raise_for_status()

    httpx.delete(f"{publishers}/_requests")
    yield tell
    httpx.delete(f"{publishers}/_control")


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def in_use(settings: Settings) -> list[tuple[Any, ...]]:
    return rows(settings, "select source, part, landing_id from ops.landing_in_use order by 1, 2")


def failures(settings: Settings, source: str, patience: Patience = QUICK) -> list[Landed]:
    with pytest.raises(LandingFailedError) as failure:
        land(source, settings, run_id="slecht", patience=patience)
    return [item for item in failure.value.landed if item.outcome == "failed"]


JSON: Final = {
    "down": "verbinding is verbroken|niet bereikbaar",
    "reset": "verbinding is verbroken",
    "wrong-length": "verbinding is verbroken",
    "status-401": r"sleutel wordt niet aanvaard \(401\)\. Controleer \.env",
    "status-403": r"weigert de toegang \(403\).*controleer het adres",
    "status-404": r"bestaat niet bij de bron \(404\).*pas dan de kaart aan",
    "status-500": r"fout 500 \(2 pogingen\)",
    "429": r"fout 429 en vraagt 1 seconden te wachten \(1 poging\)",
    "429-date": r"fout 429 en vraagt \d+ minuten te wachten \(1 poging\)",
    "html-200": "text/html in plaats van JSON",
    "login": "text/html in plaats van JSON",
    "truncated": "afgebroken JSON",
    "empty-body": "antwoord is leeg",
    "gzip-garbage": "niet uit te pakken",
    "slow": "antwoordt niet op tijd",
}
FILE: Final = JSON | {
    "html-200": "webpagina in plaats van een bestand",
    "login": "webpagina in plaats van een bestand",
    # also when the night before left a first part of the file to go on from
    "truncated": "niet te gebruiken: .*beschadigd|niet volledig binnengekomen",
    "empty-body": "bestand is leeg|niet volledig binnengekomen",
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("fault", JSON)
def test_a_failure_says_what_and_where_and_the_last_good_data_stays(
    landed: Settings, misbehave: Misbehave, source: str, fault: str
) -> None:
    before = in_use(outdate(landed, source))
    misbehave(simulator_of(source), fault)
    failed = failures(landed, source, HASTY if fault == "slow" else QUICK)
    assert {item.part for item in failed} == {
        edition.part for edition in load_card(source).editions
    }
    reason = (FILE if source in FILES else JSON)[fault]
    for item in failed:
        assert re.search(reason, item.message), item.message
        assert re.search(STAYS, item.message), item.message
    recorded = rows(
        landed,
        "select part, message from ops.source_check "
        f"where outcome = 'failed' and source = '{source}'",
    )
    assert sorted(recorded) == sorted((item.part, item.message) for item in failed)
    assert in_use(landed) == before
    text = str(recorded)
    assert "sig=" not in text and "voorbeeld-sleutel" not in text


@pytest.mark.parametrize(
    ("source", "fault", "after", "reason"),
    [
        ("pdok_bag", "status-500", 5, "fout 500"),
        ("pdok_bag", "reset", 40, "verbinding is verbroken"),
        ("pdok_bag", "repeat-page", 35, "komt twee keer voor"),
        ("pdok_bag", "loop-page", 35, "komt twee keer voor|herhalen zich"),
        ("pdok_bag", "count-mismatch", 35, "aangekondigd"),
        ("pdok_bag", "empty", 1, "geen objecten binnen"),
        ("pdok_bag", "missing-column", 1, r"verblijfsobject: missing \['oppervlakte'\]"),
        ("pdok_gebieden", "loop-page", 0, "komt twee keer voor"),
        ("pdok_gebieden", "missing-column", 0, r"gemeente: missing \['gemeentecode'\]"),
        ("pdok_gebieden", "empty", 0, "geen gebieden voor GM0917"),
        ("ep_online", "truncated", 1, "beschadigd"),
        ("ep_online", "html-200", 1, "webpagina in plaats van een bestand"),
        ("ep_online", "missing-column", 0, r"missing \['Energieklasse'\].*Pas de kaart"),
        ("cbs_pc6hnr", "missing-column", 0, r"missing \['Buurt2025'\].*Pas de kaart"),
        ("leefbaarometer", "missing-column", 0, r"missing \['lbm'\].*Pas de kaart"),
    ],
)
def test_a_failure_halfway_or_in_what_is_given_costs_the_refresh_and_nothing_else(
    landed: Settings, misbehave: Misbehave, source: str, fault: str, after: int, reason: str
) -> None:
    before = in_use(outdate(landed, source))
    counted = rows(landed, f"select count(*) from raw.{load_card(source).main_table}")
    misbehave(simulator_of(source), fault, after)
    for item in failures(landed, source):
        assert re.search(reason, item.message), item.message
    assert in_use(landed) == before
    assert rows(landed, f"select count(*) from raw.{load_card(source).main_table}") == counted


@pytest.mark.parametrize(
    ("source", "fault", "after"),
    [("pdok_bag", "skip-page", 0), ("cbs_pc6hnr", "empty", 0), ("leefbaarometer", "empty", 0)],
)
def test_what_no_protocol_betrays_is_held_back_by_the_size_it_should_have(
    landed: Settings, misbehave: Misbehave, source: str, fault: str, after: int
) -> None:
    before = in_use(outdate(landed, source))
    misbehave(simulator_of(source), fault, after)
    assert {item.outcome for item in land(source, landed, patience=QUICK)} == {"new"}
    states = {verdict.state for verdict in judge_sources(landed)}
    assert states == {"held_back"}
    assert in_use(landed) == before
    with connect(landed) as connection:
        connection.execute("delete from ops.landing where state = 'held_back'")


@pytest.mark.parametrize("publisher", publishers_with_a_card())
def test_a_publisher_that_is_down_stops_no_other(
    landed: Settings, misbehave: Misbehave, publisher: str
) -> None:
    down = {simulator_of(source) for source in source_names(publisher=publisher)}
    for name in down:
        misbehave(name, "status-404")
    for source in source_names(publisher=publisher):
        if load_card(source).editions:
            outdate(landed, source)
    for source in source_names():
        if simulator_of(source) not in down:
            assert {item.outcome for item in land(source, landed)} == {"unchanged"}
    with pytest.raises(ExceptionGroup):
        land_publisher(publisher, landed)


@pytest.mark.parametrize("publisher", publishers_with_a_card())
def test_a_night_without_news_asks_little_and_downloads_nothing(
    landed: Settings, publishers: str, publisher: str
) -> None:
    for source in source_names(publisher=publisher):
        land(source, landed)
    httpx.delete(f"{publishers}/_requests")
    assert {item.outcome for item in land_publisher(publisher, landed)} == {"unchanged"}
    log = httpx.get(f"{publishers}/_requests").json()
    parts = sum(len(load_card(source).editions) for source in source_names(publisher=publisher))
    assert len(log) <= parts
    assert all(entry["bytes"] < 4096 for entry in log), log


def test_a_publisher_that_cannot_say_what_changed_is_asked_again_after_four_weeks(
    landed: Settings, publishers: str
) -> None:
    land("pdok_gebieden", landed)
    httpx.delete(f"{publishers}/_requests")
    for day, asked in (("2026-11-11", 0), ("2026-11-13", 9)):
        later = landed.model_copy(update={"clock": f"{day}T02:30:00+01:00"})
        assert {item.outcome for item in land("pdok_gebieden", later)} == {"unchanged"}
        assert len(httpx.get(f"{publishers}/_requests").json()) == asked
    with connect(landed) as connection:
        connection.execute("delete from ops.source_check where checked_at > '2026-11-01'")
