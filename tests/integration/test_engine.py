"""The engine on a real Postgres, from hand-made measures to marts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg.rows import dict_row

from afspraken import catalogue
from afspraken.db import connect
from afspraken.settings import ROOT, Settings
from tests.measures import Measure, deliver, prepare, run_engine, story

LAST = date(2026, 9, 30)
DESIRED = """
code: PROEF
titel: Woningen zonder label per woning
definitie: Het deel van de woningen dat nooit een label kreeg.
waarom: Om te proberen.
gezag: {soort: eigen, bron: proef}
thema: Duurzaamheid
eenheid: "%"
factor: 100
decimalen: 1
richting: omlaag
oprol: verhouding van sommen
privacyklasse: openbaar
onderdelen:
  nooit: {titel: Nooit een label, teller: [{maat: label_status, onderdelen: [nooit]}]}
noemer: [{maat: bezit, onderdelen: [daeb, niet_daeb]}]
hoofdonderdeel: nooit
bronnen: [proef]
eigenaar: proef
review_op: 2030-01-01
"""


@pytest.fixture
def engine(warehouse: Settings) -> Iterator[Settings]:
    """A warehouse with catalogue, register, areas and a register of certificates; no measures."""
    prepare(warehouse)
    yield warehouse


def rows(settings: Settings, query: str) -> list[dict[str, Any]]:
    with connect(settings, "transformer") as connection:
        return connection.cursor(row_factory=dict_row).execute(query.encode()).fetchall()


def targets(settings: Settings, code: str, where: str = "is_laatste") -> dict[str, dict[str, Any]]:
    query = f"select * from marts__next.mart_doel_stand where doel_id ~ '^{code}($|-)' and {where}"
    return {row["corporatie_code"]: row for row in rows(settings, query)}


def test_the_story_comes_out_with_its_statuses_paces_and_the_month_of_zero(
    engine: Settings,
) -> None:
    with connect(engine, "transformer") as connection:
        deliver(connection, story())
    run_engine(engine)

    efg = targets(engine, "C12-EFG", "is_laatste and indicator = 'K23'")
    gaps = {code: (round(row["verschil"]), row["status_woord"]) for code, row in efg.items()}
    assert gaps == {
        "": (128, "aandacht"),
        "DKO": (-38, "op koers"),
        "CAR": (133, "achter"),
        "MIJ": (0, "op koers"),
        "ZUI": (15, "aandacht"),
        "HOE": (19, "achter"),
    }
    all_of_them = efg[""]
    assert round(all_of_them["tempo_per_maand"]) == 56
    assert round(all_of_them["nodig_per_maand"]) == 67
    assert all_of_them["prognose_datum"].strftime("%Y-%m") == "2029-06"
    assert (
        "128 woningen achter op het pad (4,3% van de hele afstand)" in all_of_them["status_uitleg"]
    )
    assert all_of_them["status_uitleg"].endswith("wordt het doel in juni 2029 gehaald.")

    (commitment,) = rows(
        engine, "select * from marts__next.mart_afspraak_stand where nummer = 'C12'"
    )
    assert commitment["stand_tekst"] == "1.818 (pad 1.690)"
    assert commitment["doel_tekst"] == "0 op 31-12-2028"
    assert commitment["corporaties_achter"] == "Carboonwonen, Hoensveste"
    assert commitment["corporaties_aandacht"] == "Zuiderlicht Wonen"
    assert commitment["is_voorbeeld"]

    states = rows(engine, "select status, count(*) from marts__next.mart_afspraak_stand group by 1")
    assert sum(state["count"] for state in states) == 25

    (rest,) = rows(
        engine,
        "select niet_verdeeld from marts__next.mart_doel_stand "
        "where doel_id = 'C02-VOORRAAD' and is_laatste",
    )
    assert rest["niet_verdeeld"] == 10

    path = rows(
        engine,
        "select pad from marts__next.mart_efg_verloop "
        "where corporatie_code = '' and datum = '2026-12-31'",
    )
    assert path == [{"pad": Decimal("1501.0267")}]


def test_a_corporation_that_did_not_deliver_leaves_the_total_empty_and_never_green(
    engine: Settings,
) -> None:
    late = [m for m in story() if not (m.corporatie == "CAR" and m.peildatum == LAST)]
    with connect(engine, "transformer") as connection:
        deliver(connection, late)
    run_engine(engine)

    unknown = targets(engine, "C12-EFG", f"peildatum = '{LAST}' and indicator = 'K23'")
    assert {unknown[code]["status"] for code in ("", "CAR")} == {"geen_gegevens"}
    assert unknown[""]["status_uitleg"] == "Nog niet geleverd door: Carboonwonen."
    assert unknown["DKO"]["status"] == "op_koers"
    # what is shown as the latest is the last day on which everybody delivered
    shown = targets(engine, "C12-EFG", "is_laatste and indicator = 'K23'")
    assert {row["peildatum"] for row in shown.values()} == {date(2026, 6, 30)}
    assert shown[""]["realisatie"] is not None


def test_old_data_loses_its_colour(engine: Settings) -> None:
    later = engine.model_copy(update={"clock": "2027-03-01T02:30:00+01:00"})
    with connect(engine, "transformer") as connection:
        deliver(connection, story())
        connection.execute("update ops.run set started_at = %s", [later.now()])
    run_engine(later)

    stale = targets(later, "C12-EFG", "is_laatste and indicator = 'K23'")
    assert {row["status"] for row in stale.values()} == {"geen_gegevens"}
    assert "152 dagen geleden" in stale["DKO"]["status_uitleg"]


def test_declaring_homes_exempt_does_not_bring_the_gross_target_nearer(engine: Settings) -> None:
    exempt = [Measure("efg", "uitgezonderd", LAST, 600, "CAR")]
    net = [m for m in story() if m.onderdeel != "netto"]
    with connect(engine, "transformer") as connection:
        deliver(connection, [*net, Measure("efg", "netto", LAST, 40, "CAR"), *exempt])
    run_engine(engine)

    behind = targets(engine, "C12-EFG", "is_laatste and indicator = 'K23'")["CAR"]
    assert (behind["realisatie"], behind["status"]) == (640, "achter")


def test_a_new_file_of_known_measures_is_a_new_indicator(engine: Settings, tmp_path: Path) -> None:
    project = tmp_path / "dbt_project"
    shutil.copytree(ROOT / "dbt_project" / "indicators", project / "indicators")
    shutil.copy(ROOT / "dbt_project" / "measures.yml", project)
    before = {indicator.code for indicator in catalogue.read_catalogue(project, LAST).indicators}
    (project / "indicators" / "PROEF.yml").write_text(DESIRED, encoding="utf-8")
    assert yaml.safe_load(DESIRED)["code"] not in before

    with connect(engine, "transformer") as connection:
        catalogue.replace_catalogue(connection, catalogue.read_catalogue(project, LAST))
        deliver(connection, story())
        deliver(connection, [Measure("label_status", "nooit", LAST, 66, "CAR", None)])
    run_engine(engine)

    shown = rows(
        engine,
        "select gebied_soort, corporatie_code, teller, noemer, waarde from "
        "marts__next.mart_indicator where indicator = 'PROEF' and is_laatste "
        "and corporatie_code in ('', 'CAR') and gebied_soort in ('gemeente', 'wijk') order by 1, 2",
    )
    assert [(r["gebied_soort"], r["corporatie_code"], r["teller"], r["noemer"]) for r in shown] == [
        ("gemeente", "", 66, 17159),
        ("gemeente", "CAR", 66, 3934),
        ("wijk", "", 0, 17159),
        ("wijk", "CAR", 0, 3934),
    ]
    assert round(shown[1]["waarde"], 2) == Decimal("1.68")
    explained = rows(engine, "select titel from marts__next.mart_uitleg where code = 'PROEF'")
    assert explained == [{"titel": "Woningen zonder label per woning"}]


def test_a_municipality_without_deliveries_shows_its_commitments_without_data(
    warehouse: Settings,
) -> None:
    real = warehouse.model_copy(
        update={"municipality": "heerlen", "clock": "2026-10-15T02:30+02:00"}
    )
    prepare(real)
    run_engine(real)

    states = rows(
        real,
        "select status, is_voorbeeld, count(*) from marts__next.mart_afspraak_stand group by 1, 2",
    )
    assert states == [{"status": "geen_gegevens", "is_voorbeeld": False, "count": 25}]
    efg = targets(real, "C12-EFG")
    assert efg[""]["doelwaarde"] == 0
    assert efg[""]["status_uitleg"] == "Er zijn geen gegevens voor 15-10-2026."
    assert rows(real, "select * from marts__next.mart_efg_verloop") == []
