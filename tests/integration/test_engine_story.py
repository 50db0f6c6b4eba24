"""After a whole night the published marts answer an officer's questions as the story tells it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from psycopg.rows import dict_row

from afspraken.db import connect
from afspraken.settings import Settings

pytestmark = pytest.mark.night

AT_ONCE = "peildatum = '2026-09-30' and gebied_soort = 'gemeente'"


def rows(settings: Settings, query: str) -> list[dict[str, Any]]:
    """What the dashboards' own login reads."""
    with connect(settings, "reader") as connection:
        return connection.cursor(row_factory=dict_row).execute(query.encode()).fetchall()


def test_which_agreements_are_behind_and_who_is_furthest_off(first_night: Settings) -> None:
    shown = {
        row["nummer"]: row
        for row in rows(first_night, "select * from marts.mart_afspraak_stand order by volgorde")
    }
    assert list(shown) == [f"C{number:02}" for number in range(1, 26)]
    coloured = {n: r["status_woord"] for n, r in shown.items() if r["status"] != "geen_gegevens"}
    assert coloured == {"C06": "op koers", "C12": "aandacht", "C14": "op koers"}
    efg = shown["C12"]
    assert (efg["stand_tekst"], efg["doel_tekst"]) == ("1.818 (pad 1.690)", "0 op 31-12-2028")
    assert efg["corporaties_achter"] == "Carboonwonen, Hoensveste"
    assert shown["C06"]["corporaties_aandacht"] == "Mijnstede"
    assert shown["C14"]["stand_tekst"] == "22,4% (pad 21,5%)"
    assert "17.159 woningen" in shown["C02"]["bijzonderheden"]
    assert "gewijzigd op 1-3-2026" in shown["C16"]["bijzonderheden"]
    assert all(row["is_voorbeeld"] for row in shown.values())


def test_the_path_is_not_kept_and_zero_comes_in_june_2029(first_night: Settings) -> None:
    query = (
        "select corporatie_code, bruto, round(verschil) as verschil, status_woord, prognose_datum, "
        "round(tempo_per_maand) as tempo, round(nodig_per_maand) as nodig, uitgezonderd, verlopen, "
        f"nooit from marts.mart_efg_stand where {AT_ONCE}"
    )
    shown = {row.pop("corporatie_code"): row for row in rows(first_night, query)}
    stands = {c: (r["bruto"], r["verschil"], r["status_woord"]) for c, r in shown.items()}
    assert stands == {
        "": (1818, 128, "aandacht"),
        "DKO": (610, -38, "op koers"),
        "CAR": (640, 133, "achter"),
        "MIJ": (270, 0, "op koers"),
        "ZUI": (178, 15, "aandacht"),
        "HOE": (120, 19, "achter"),
    }
    total = shown[""]
    assert (total["tempo"], total["nodig"]) == (56, 67)
    assert total["prognose_datum"].strftime("%Y-%m") == "2029-06"
    assert (total["uitgezonderd"], total["verlopen"], total["nooit"]) == (281, 85, 190)


def test_heerlen_noord_and_the_rest_make_up_the_city(first_night: Settings) -> None:
    query = (
        "select gebied_naam, bruto_start, bruto, gebied_soort from marts.mart_efg_stand "
        "where corporatie_code = '' and gebied_soort in ('aandachtsgebied', 'gemeente')"
    )
    shown = {
        row["gebied_naam"]: (row["bruto_start"], row["bruto"]) for row in rows(first_night, query)
    }
    assert shown == {
        "Heerlen-Noord": (2455, 1568),
        "Rest van Heerlen": (545, 250),
        "Heerlen": (3000, 1818),
    }


def test_the_line_of_2028_is_drawn_by_days_with_a_band_around_the_expectation(
    first_night: Settings,
) -> None:
    query = "select * from marts.mart_efg_verloop where corporatie_code = '' order by datum"
    line = {row["datum"]: row for row in rows(first_night, query)}
    measured = [day for day, row in line.items() if row["realisatie"] is not None]
    assert (min(measured), max(measured)) == (date(2023, 12, 31), date(2026, 9, 30))
    assert round(line[date(2026, 12, 31)]["pad"], 2) == Decimal("1501.03")
    assert line[date(2028, 12, 31)]["pad"] == 0
    assert line[date(2026, 9, 30)]["prognose"] == 1818
    end = line[date(2028, 12, 31)]
    assert 0 < end["prognose_laag"] < end["prognose"] < end["prognose_hoog"]


def test_a_new_limit_moves_rent_classes_and_the_constant_one_does_not(
    first_night: Settings,
) -> None:
    query = (
        "select onderdeel, peildatum, waarde from marts.mart_indicator where indicator = 'K12' "
        "and gebied_soort = 'gemeente' and corporatie_code = '' "
        "and onderdeel in ('kwaliteitskorting', 'vast_kwaliteitskorting') "
        "and peildatum in ('2025-12-31', '2026-03-31')"
    )
    shown = {(r["onderdeel"], r["peildatum"]): r["waarde"] for r in rows(first_night, query)}
    before, after = date(2025, 12, 31), date(2026, 3, 31)
    jump = shown["kwaliteitskorting", after] - shown["kwaliteitskorting", before]
    drift = shown["vast_kwaliteitskorting", after] - shown["vast_kwaliteitskorting", before]
    assert jump > Decimal("0.3")
    assert abs(drift) < Decimal("0.05")


def test_every_figure_is_explained(first_night: Settings) -> None:
    query = (
        "select indicator from marts.mart_indicator except select code from marts.mart_uitleg "
        "union all (select code from marts.mart_uitleg where definitie = '' or eigenaar = '')"
    )
    assert rows(first_night, query) == []
    labels = rows(
        first_night,
        "select sum(aandeel_pct) as som from marts.mart_label_verdeling "
        "where is_laatste and corporatie_code = ''",
    )
    assert round(labels[0]["som"], 2) == 100
