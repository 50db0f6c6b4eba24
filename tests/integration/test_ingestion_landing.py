"""Publishers' sources on a real Postgres: landed once, and never worse for a bad night."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from afspraken import register
from afspraken.build import dbt
from afspraken.db import connect
from afspraken.settings import ROOT, Settings
from expectations import judge_sources
from ingestion import LandingFailedError, archive, cbs, land, land_publisher
from ingestion.cards import SOURCES as SOURCES_FOLDER
from ingestion.cards import load_card, source_names
from ingestion.fetch import Patience
from ingestion.load import Landing, add_landing
from ingestion.tables import ensure_raw_tables
from tests.cbs import real_areas, resources_of_84799

QUICK = Patience(attempts=2, first_wait=0.01, longest_wait=0.05, timeout=1.0)
SOURCES = (
    "cbs_kwb",
    "cbs_misdrijven_jaar",
    "cbs_pc6hnr",
    "ep_online",
    "leefbaarometer",
    "pdok_bag",
    "pdok_gebieden",
)
PUBLISHER = {
    "cbs_kwb": "cbs",
    "cbs_misdrijven_jaar": "cbs-dataderden",
    "cbs_woningvoorraad_eigendom": "cbs",
    "cbs_pc6hnr": "cbs-download",
    "ep_online": "ep-online",
    "leefbaarometer": "leefbaarometer",
    "pdok_bag": "pdok",
    "pdok_gebieden": "pdok",
}
TABLE = {
    "cbs_kwb": "cbs_waarneming",
    "cbs_misdrijven_jaar": "cbs_waarneming",
    "cbs_pc6hnr": "cbs_pc6hnr",
    "ep_online": "ep_online_certificaat",
    "leefbaarometer": "leefbaarometer_buurt",
    "pdok_bag": "pdok_bag_object",
    "pdok_gebieden": "pdok_gebied",
}
Misbehave = Callable[..., None]


@pytest.fixture
def misbehave(publishers: str) -> Iterator[Misbehave]:
    """Tell a publisher to misbehave; afterwards everybody behaves again."""

    def tell(source: str, fault: str, times: int | None = None) -> None:
        wish = {"publisher": PUBLISHER[source], "fault": fault, "times": times, "seconds": 3}
        httpx.post(f"{publishers}/_control", json=wish).raise_for_status()

    yield tell
    httpx.delete(f"{publishers}/_control")


@pytest.fixture
def live(warehouse: Settings, publishers: str) -> Settings:
    """An empty warehouse whose publishers are the simulated ones."""
    return warehouse.model_copy(
        update={
            "cbs_odata4_url": f"{publishers}/cbs/odata/v1/CBS",
            "cbs_dataderden_url": f"{publishers}/cbs-dataderden",
            "cbs_download_url": f"{publishers}/cbs-download",
            "ep_online_url": f"{publishers}/ep-online/api/v5",
            "ep_online_api_key": "voorbeeld-sleutel",
            "pdok_url": f"{publishers}/pdok",
            "leefbaarometer_url": f"{publishers}/leefbaarometer",
        }
    )


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def files(settings: Settings) -> set[Path]:
    return {path for path in settings.archive_dir.rglob("*") if path.is_file()}


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_is_landed_once_and_the_next_night_changes_nothing(
    live: Settings, source: str
) -> None:
    first = land(source, live, run_id="een", patience=QUICK)
    assert {item.outcome for item in first} == {"new"}
    kept = files(live)
    counted = rows(live, f"select count(*), max(_landing_id) from raw.{TABLE[source]}")
    assert counted[0][0] > 50
    again = land(source, live, run_id="twee", patience=QUICK)
    assert {item.outcome for item in again} == {"unchanged"}
    assert rows(live, f"select count(*), max(_landing_id) from raw.{TABLE[source]}") == counted
    assert files(live) == kept
    checks = rows(live, "select outcome from ops.source_check order by recorded_at")
    # a part that its publisher has closed is not asked again so soon
    asked = sum(edition.ask_every_days == 0 for edition in load_card(source).editions)
    assert [outcome for (outcome,) in checks] == ["new"] * len(first) + ["unchanged"] * asked


def test_an_unchanged_source_costs_no_download(
    live: Settings, publishers: str, misbehave: Misbehave
) -> None:
    land("ep_online", live, patience=QUICK)
    httpx.delete(f"{publishers}/_requests")
    land("ep_online", live, patience=QUICK)
    asked = httpx.get(f"{publishers}/_requests", params={"publisher": "ep-online"}).json()
    assert [entry["path"].rsplit("/", 1)[-1] for entry in asked] == ["DownloadInfo"]


def test_every_row_says_from_which_landing_and_which_row_of_the_file_it_came(
    live: Settings, sample: Path
) -> None:
    land("ep_online", live, patience=QUICK)
    land("cbs_pc6hnr", live, patience=QUICK)
    # two lines of preamble and a heading stand above the first certificate
    with zipfile.ZipFile(sample / "publishers/ep-online/v20261001_v4_csv.zip") as packed:
        lines = packed.read(packed.namelist()[0]).decode().splitlines()
    loaded = rows(
        live,
        "select _row_number, registratiedatum, postcode, coalesce(bag_verblijfsobject_id, ''), "
        "_landing_id from raw.ep_online_certificaat order by 1",
    )
    assert len({landing for *_, landing in loaded}) == 1
    for number, registered, postcode, object_id, _ in loaded:
        cells = lines[number - 1].split(";")
        assert (cells[0], cells[12], cells[17]) == (registered, postcode, object_id)
    # certificates of other municipalities are archived, not loaded
    elsewhere = {line.split(";")[12] for line in lines[3:]} - {row[2] for row in loaded}
    assert elsewhere and all(postcode.startswith("6371") for postcode in elsewhere)
    assert rows(live, "select distinct gemeente from raw.cbs_pc6hnr") == [("0917",)]


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("cbs_kwb", "down"),
        ("cbs_kwb", "html-200"),
        ("cbs_kwb", "truncated"),
        ("cbs_kwb", "count-mismatch"),
        ("cbs_kwb", "repeat-page"),
        ("cbs_kwb", "missing-column"),
        ("cbs_kwb", "429"),
        ("cbs_misdrijven_jaar", "reset"),
        ("cbs_misdrijven_jaar", "html-200"),
        ("cbs_misdrijven_jaar", "truncated"),
        ("cbs_misdrijven_jaar", "repeat-page"),
        ("cbs_misdrijven_jaar", "missing-column"),
        ("cbs_pc6hnr", "truncated"),
        ("cbs_pc6hnr", "html-200"),
        ("cbs_pc6hnr", "reset"),
        ("cbs_pc6hnr", "missing-column"),
        ("ep_online", "down"),
        ("ep_online", "status-500"),
        ("ep_online", "slow"),
        ("ep_online", "truncated"),
        ("ep_online", "missing-column"),
        ("ep_online", "expired-link"),
        ("ep_online", "wrong-key"),
        ("pdok_gebieden", "reset"),
        ("pdok_gebieden", "count-mismatch"),
        ("pdok_gebieden", "empty"),
    ],
)
def test_a_publisher_that_misbehaves_costs_its_refresh_and_writes_no_row(
    live: Settings, misbehave: Misbehave, source: str, fault: str
) -> None:
    misbehave(source, fault)
    with pytest.raises(LandingFailedError) as failure:
        land(source, live, run_id="slecht", patience=QUICK)
    failed = {item.part for item in failure.value.landed if item.outcome == "failed"}
    landed = {part for (part,) in rows(live, "select part from ops.landing")}
    # of a fault that shows on a second page, a part of one page knows nothing
    assert failed and not failed & landed
    assert fault == "repeat-page" or not landed
    (counted,) = rows(
        live,
        f"select count(*) from raw.{TABLE[source]} "
        "where _landing_id not in (select landing_id from ops.landing)",
    )
    assert counted == (0,)
    checks = rows(live, "select distinct part from ops.source_check where outcome = 'failed'")
    assert {part for (part,) in checks} == failed
    text = str(failure.value) + str(rows(live, "select message from ops.source_check"))
    assert "sig=" not in text and "voorbeeld-sleutel" not in text


def test_a_bad_night_keeps_what_was_landed_and_a_good_one_catches_up(
    live: Settings, misbehave: Misbehave
) -> None:
    land("pdok_gebieden", live, patience=QUICK)
    before = rows(live, "select count(*) from raw.pdok_gebied")
    later = live.model_copy(update={"clock": "2026-12-01T02:30:00+01:00"})
    misbehave("pdok_gebieden", "status-500")
    with pytest.raises(LandingFailedError, match="fout 500"):
        land("pdok_gebieden", later, patience=QUICK)
    assert rows(live, "select count(*) from raw.pdok_gebied") == before
    misbehave("pdok_gebieden", "none")
    assert {item.outcome for item in land("pdok_gebieden", later, patience=QUICK)} == {"unchanged"}


def test_a_publisher_that_stumbles_once_is_tried_again(
    live: Settings, misbehave: Misbehave
) -> None:
    misbehave("pdok_gebieden", "status-500", times=1)
    assert {item.outcome for item in land("pdok_gebieden", live, patience=QUICK)} == {"new"}


@pytest.mark.parametrize(
    ("point", "landed"),
    [
        ("land.after_archive", 0),
        ("load.during_copy", 0),
        ("load.before_commit", 0),
        ("load.after_commit", 1),
    ],
)
def test_a_landing_that_is_killed_leaves_nothing_half_and_runs_again(
    live: Settings, point: str, landed: int
) -> None:
    killed = _land_in_a_process(live, "ep_online", point)
    assert killed.returncode == 137, killed.stderr
    assert rows(live, "select count(*) from ops.landing") == [(landed,)]
    ((count,),) = rows(live, "select count(*) from raw.ep_online_certificaat")
    assert (count > 0) == bool(landed)
    land("ep_online", live, patience=QUICK)
    assert rows(live, "select count(*) from ops.landing") == [(1,)]
    assert rows(live, "select count(*) from raw.ep_online_certificaat") == rows(
        live, "select row_count from ops.landing"
    )


def _land_in_a_process(
    settings: Settings, source: str, point: str
) -> subprocess.CompletedProcess[str]:
    values = {
        name.upper(): str(value) for name, value in settings.model_dump().items() if value != ""
    }
    return subprocess.run(
        [sys.executable, "-m", "ingestion", "land", source],
        cwd=ROOT,
        env={**os.environ, **values, "AFSPRAKEN_CRASH_AT": point},
        capture_output=True,
        text=True,
        check=False,
    )


def test_real_statline_exports_and_the_v3_edition_load_and_are_accepted_like_v4(
    warehouse: Settings, real_data: Path
) -> None:
    card = load_card("cbs_kwb")
    v3 = real_data / "cbs" / "84799NED_v3"
    areas = real_areas(real_data)
    with connect(warehouse, "loader", autocommit=True) as connection:
        ensure_raw_tables(connection)
        for edition in card.editions[:5]:
            if edition.year == 2020:
                path = v3 / "heerlen_rows.json"
                tables = cbs.tables(card, edition, resources_of_84799(v3), "GM0917")
            else:
                path = real_data / "cbs" / "statline_export" / f"kwb_{edition.year}_heerlen.csv"
                tables = cbs.tables_from_statline(card, edition, path.read_bytes(), areas)
            kept = archive.store(warehouse.archive_dir, [path.read_bytes()])
            landing = Landing(
                "cbs_kwb", edition.part, path.name, kept.sha256, kept.bytes, warehouse.now()
            )
            add_landing(connection, landing, tables)
    assert {verdict.state for verdict in judge_sources(warehouse)} == {"accepted"}
    figures = rows(
        warehouse,
        "select m.onderwerp, o.jaar::int, o.value::numeric::int from raw.cbs_waarneming as o "
        "inner join ops.landing_in_use as l on o._landing_id = l.landing_id "
        "inner join raw.cbs_maat as m "
        "on o._landing_id = m._landing_id and o.measure = m.identifier "
        "where o.gebied = 'GM0917' "
        "and m.onderwerp in ('woningvoorraad', 'inwoners', 'corporatiewoningen') order by 1, 2",
    )
    assert figures == [
        *(("corporatiewoningen", year, 37) for year in range(2016, 2020)),
        *(("inwoners", 2016 + n, v) for n, v in enumerate((87406, 87189, 86762, 86832, 87086))),
        *(("woningvoorraad", 2016 + n, v) for n, v in enumerate((45227, 45619, 45758, 45834))),
    ]


def test_an_edition_that_came_empty_is_held_back_and_the_last_good_one_stays(
    live: Settings, misbehave: Misbehave
) -> None:
    land("cbs_kwb", live, patience=QUICK)
    judge_sources(live)
    in_use = rows(live, "select landing_id from ops.landing_in_use order by 1")
    with connect(live) as connection:
        # as if CBS had revised its tables since
        connection.execute("update ops.landing set publisher_version = 'vorige'")
    misbehave("cbs_kwb", "empty")
    with pytest.raises(LandingFailedError):
        land("cbs_kwb", live, patience=QUICK)
    judge_sources(live)
    assert rows(live, "select landing_id from ops.landing_in_use order by 1") == in_use


def test_a_night_without_news_asks_each_open_table_of_cbs_once_and_takes_no_two_seconds(
    live: Settings, publishers: str
) -> None:
    land_publisher("cbs", live)
    httpx.delete(f"{publishers}/_requests")
    started = time.monotonic()
    again = land_publisher("cbs", live)
    assert time.monotonic() - started < 2
    assert {item.outcome for item in again} == {"unchanged"}
    log = httpx.get(f"{publishers}/_requests").json()
    cards = [load_card(name) for name in source_names(publisher="cbs")]
    editions = [
        edition
        for card in cards
        if card.format.startswith("cbs_odata")
        for edition in card.editions
    ]
    due = [edition.part for edition in editions if not edition.ask_every_days]
    assert len(due) < len(editions)
    tables = [entry["path"].split("/") for entry in log if entry["publisher"] != "cbs-download"]
    assert sorted(path[-2] for path in tables) == sorted(due)
    assert {path[-1] for path in tables} == {"Properties", "TableInfos"}


def test_a_closed_table_is_asked_again_after_its_pause_or_when_we_want_something_else(
    live: Settings, publishers: str
) -> None:
    land("cbs_verwarming", live, patience=QUICK)

    def asked_at(settings: Settings) -> int:
        httpx.delete(f"{publishers}/_requests")
        land("cbs_verwarming", settings, patience=QUICK)
        return len(httpx.get(f"{publishers}/_requests").json())

    assert asked_at(live) == 0
    later = live.model_copy(update={"clock": "2026-11-20T02:30:00+01:00"})
    assert asked_at(later) == 2
    assert asked_at(later) == 0
    with connect(live) as connection:
        connection.execute("update ops.landing set publisher_version = 'x andere-vraag'")
    assert asked_at(later) > 2


def test_a_source_is_out_of_reach_when_any_of_its_tables_was_in_the_last_round(
    live: Settings,
) -> None:
    def judged(checks: list[tuple[str, str, str]]) -> list[tuple[Any, ...]]:
        with connect(live) as connection:
            connection.execute("delete from ops.source_check")
            connection.cursor().executemany(
                "insert into ops.source_check (source, part, outcome, checked_at, recorded_at) "
                "values ('cbs_verwarming', %s, %s, %s, %s)",
                [(part, outcome, at, at) for part, outcome, at in checks],
            )
        view = "select oordeel from monitor.bron_versheid where bron = 'cbs_verwarming'"
        return rows(live, view)

    land("cbs_verwarming", live, patience=QUICK)
    judge_sources(live)
    tonight, yesterday = "2026-10-15T02:30:00+02:00", "2026-10-14T02:30:00+02:00"
    assert judged([("A", "failed", tonight), ("B", "new", tonight)]) == [("niet bereikbaar",)]
    assert judged(
        [("A", "failed", yesterday), ("A", "new", tonight), ("B", "unchanged", tonight)]
    ) == [("actueel",)]
    # a part that is no longer asked
    assert judged([("A", "failed", yesterday), ("B", "new", tonight)]) == [("actueel",)]


def test_a_provisional_year_that_becomes_definitive_is_a_new_version_and_the_old_one_stays(
    live: Settings, misbehave: Misbehave
) -> None:
    source = "cbs_woningvoorraad_eigendom"
    land(source, live, patience=QUICK)
    judge_sources(live)
    misbehave(source, "revised")
    second = land(source, live, patience=QUICK)
    assert {item.part: item.outcome for item in second}["86286NED"] == "new"
    judge_sources(live)
    versions = rows(
        live,
        "select o.value::numeric::int, c.status, l.landing_id is not null "
        "from raw.cbs_waarneming as o "
        "inner join raw.cbs_maat as m "
        "on o._landing_id = m._landing_id and o.measure = m.identifier "
        "inner join raw.cbs_code as c "
        "on o._landing_id = c._landing_id and o.periode = c.identifier "
        "left join ops.landing_in_use as l on o._landing_id = l.landing_id "
        "where m.onderwerp = 'woningvoorraad' and o.periode = '2026JJ00' "
        "and o.uitsplitsing = 'totaal' and o.tabel = '86286NED' order by o._landing_id",
    )
    assert versions == [(46639, "Voorlopig", False), (46640, "Definitief", True)]


def test_sources_that_share_a_table_are_judged_each_by_its_own_rows(live: Settings) -> None:
    land("cbs_huishoudens", live, patience=QUICK)
    land("cbs_aardgasvrij", live, patience=QUICK)
    with connect(live) as connection:
        connection.execute(
            "update raw.cbs_waarneming set gebied = 'BU07850917x' where tabel = '84838NED'"
        )
        connection.execute(
            "update raw.cbs_waarneming set value = 'veel' where tabel = '71486ned' and _row_number "
            "= (select min(_row_number) from raw.cbs_waarneming where tabel = '71486ned')"
        )
    verdicts = {verdict.pending.source: verdict for verdict in judge_sources(live)}
    assert verdicts["cbs_aardgasvrij"].state == "held_back"
    households = verdicts["cbs_huishoudens"]
    assert (households.state, households.rejected_rows) == ("accepted_with_remarks", 1)
    assert rows(live, "select value, column_name from ops.quarantine where value = 'veel'") == [
        ("veel", "value")
    ]


def test_a_source_with_a_rule_of_its_own_is_judged_by_it_and_no_other_is(
    live: Settings, cards: Path
) -> None:
    path = cards / "cbs" / "cbs_woz_waarde.yml"
    own = """
rules:
  - table: cbs_waarneming
    column: periode
    pattern: "^2026"
    severity: warns
    message: Alleen dit jaar.
"""
    path.write_text(path.read_text("utf-8") + own, "utf-8")
    land("cbs_woz_waarde", live, patience=QUICK)
    land("cbs_huishoudens", live, patience=QUICK)
    states = {verdict.pending.source: verdict.state for verdict in judge_sources(live)}
    assert states == {"cbs_woz_waarde": "accepted_with_remarks", "cbs_huishoudens": "accepted"}


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all cards to change, in the place of the real ones."""
    folder = tmp_path / "sources"
    shutil.copytree(SOURCES_FOLDER, folder)
    monkeypatch.setattr("ingestion.cards.SOURCES", folder)
    return folder


VACANCY = """
title: Bewoning van woningen
publisher: Centraal Bureau voor de Statistiek
licence: CC BY 4.0 (Bron = CBS)
description: Woningen naar bewoning, per gemeente.
address: cbs_odata4_url
cadence_days: 400
format: cbs_odata4
editions:
  - {part: 82900NED}
levels: [GM]
periods: {since: 2020}
split:
  StatusVanBewoning: {bewoond: [A028725]}
measures:
  bewoonde_woningen: {titles: [Totale woningvoorraad], units: [aantal]}
"""


def test_adding_a_table_of_cbs_is_one_card_and_nothing_else(live: Settings, cards: Path) -> None:
    (cards / "cbs" / "cbs_bewoning.yml").write_text(VACANCY, "utf-8")
    register.load(live)
    landed = land_publisher("cbs", live) + land("pdok_gebieden", live, patience=QUICK)
    new = [(item.part, item.outcome) for item in landed if item.source == "cbs_bewoning"]
    assert new == [("82900NED", "new")]
    assert {verdict.state for verdict in judge_sources(live)} == {"accepted"}
    # the tests of these models only, not those that compare them with homes
    wanted = ("--indirect-selection", "cautious", "--exclude-resource-type", "unit_test")
    models = ("+mart_cbs_kerncijfers", "+int_maat_cbs")
    outcome = dbt(live, "--quiet", "build", *wanted, "--select", *models)
    assert outcome.success, outcome.exception
    figures = rows(
        live,
        "select jaar, waarde::int, uitsplitsing, eenheid, gebied_naam, status "
        "from marts__next.mart_cbs_kerncijfers where reeks = 'cbs_bewoning' "
        "and onderwerp = 'bewoonde_woningen' order by jaar",
    )
    assert [row[0] for row in figures] == list(range(2020, 2026))
    homes = round((45_834 + 115) * 0.95)
    assert figures[0][1:] == (
        homes, "StatusVanBewoning=bewoond", "aantal", "Heerlen", "Definitief",
    )  # fmt: skip
    assert figures[-1][-1] == "Voorlopig"
    # the other series are what they were without it
    shares = rows(
        live,
        "select extract(year from periode_van)::int, round(waarde, 1) "
        "from intermediate.int_maat_cbs "
        "where maat_code = 'cbs_corporatieaandeel' and gebied_code = 'GM0917' order by 1",
    )
    assert dict(shares) == dict.fromkeys((*range(2016, 2020), *range(2021, 2026)), 37)
