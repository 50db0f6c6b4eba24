"""What the parties deliver beside homes tells the story too: counted from the rows they send."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pytest

from expectations import frames
from expectations.assertions import of_contract
from ingestion.contract import entities, load_contract
from ingestion.reading import SentFile, read_delivery
from local.sample import DEFAULT_SEED, make_world, packing, story, story_parties
from local.sample.packing import Delivery
from local.sample.parties import Parties
from tests.told import CORPS, LAST, START, YEAR_END, Sample, on

NOORD = {f"WK0917{w.nummer:02d}" for w in story.WIJKEN if w.noord}
IN = {"NIE", "TRA", "AAN", "SPL_IN"}
OUT = {"SLO", "VAH", "SAM"}
DAEB_LIMIT = {year: limits[3] for year, limits in story.HUURGRENZEN.items()}
MIDDLE_LIMIT = {2024: 1_157.95, 2025: 1_184.82, 2026: 1_184.82}


@pytest.fixture(scope="module")
def sent() -> list[Delivery]:
    world = make_world(DEFAULT_SEED)
    return list(Parties(world.units, world.register, world.dice).deliveries())


class Rows:
    """Good rows of all deliveries, by entity: without the refused one and the faulty rows."""

    def __init__(self, sent: list[Delivery]) -> None:
        self._sent = [d for d in sent if not _names_income(d)]

    def of(self, entity: str, peildatum: date | None = None) -> pd.DataFrame:
        parts = [
            pd.DataFrame(d.tables[entity]).assign(sender=d.sender, delivered=d.peildatum)
            for d in self._sent
            if entity in d.tables and peildatum in (None, d.peildatum)
        ]
        rows = pd.concat(parts, ignore_index=True)
        return rows[~rows.eq("FOUT-1").any(axis=1)].reset_index(drop=True)


def _names_income(delivery: Delivery) -> bool:
    rows = delivery.tables.get("huurverhoging", [])
    return any(row["wijzigingsreden"] == "INK" for row in rows)


@pytest.fixture(scope="module")
def rows(sent: list[Delivery]) -> Rows:
    return Rows(sent)


def number(values: pd.Series) -> pd.Series:
    return pd.to_numeric(values, errors="raise")


def shares(hits: pd.Series, by: pd.Series, decimals: int = 0) -> dict[str, float]:
    percent = hits.groupby(by).mean().mul(100).round(decimals)
    return {c: float(percent[c]) for c in CORPS}


def test_every_entity_of_the_contract_is_delivered_with_exactly_its_columns(
    sent: list[Delivery],
) -> None:
    seen = {entity: list(table[0]) for d in sent for entity, table in d.tables.items()}
    assert set(seen) | {"eenheid"} == set(entities())
    for entity, columns in seen.items():
        assert tuple(columns) == load_contract(entity).columns, entity
    senders = {entity: {d.sender for d in sent if entity in d.tables} for entity in seen}
    assert senders["betaling"] == set(CORPS)
    assert senders["afspraak"] == {"GEM"}
    assert senders["telling"] == {*CORPS, "GEM"}
    assert senders["participatie"] == {*CORPS, "GEM", *story_parties.HUURDERSORGANISATIES}


@pytest.mark.parametrize("entity", [e for e in entities() if e != "eenheid"])
def test_only_the_rows_that_are_meant_to_break_a_blocking_rule(
    sent: list[Delivery], entity: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = load_contract(entity)
    relation = of_contract(contract)
    typed = []
    for place, delivery in enumerate(sent):
        if entity in delivery.tables:
            frame = pd.DataFrame(delivery.tables[entity])
            frame["_landing_id"], frame["_row_number"] = place, range(2, len(frame) + 2)
            typed.append(frames.typed_frame(relation, frame, delivery.sender, delivery.peildatum))
    # one judgement over all deliveries: a suite costs more than its rows
    whole = pd.concat(typed, ignore_index=True)
    monkeypatch.setattr(frames, "typed_frame", lambda *_: whole)
    broken = Counter(
        (sent[row.landing_id].delivery_id, outcome.rule.column)
        for outcome in frames.validate(relation, whole, None, None)
        if outcome.rule.severity == "blocks"
        for row in outcome.failed
    )
    meant = {
        (d.delivery_id, f.kolom): 1
        for f in story_parties.FOUTE_CIJFERS
        for d in sent
        if f.entiteit == entity and (d.sender, d.peildatum) == (f.afzender, f.peildatum)
    }
    income = [d for d in sent if _names_income(d)]
    if entity == "huurverhoging":
        assert len(income) == 1
        broken.pop((income[0].delivery_id, "wijzigingsreden"))
    assert dict(broken) == meant


def test_stock_events_agree_with_the_homes_one_by_one(told: Sample, rows: Rows) -> None:
    events = rows.of("mutatie")
    for before, after in zip(story.PEILDATA, story.PEILDATA[1:], strict=False):
        had, has = on(told, before), on(told, after)
        quarter = events[events["delivered"].eq(after)]
        assert quarter["mutatiedatum"].between(f"{before:%F}", f"{after:%F}").all()
        came = quarter[quarter["mutatiesoort"].isin(IN)]
        left = quarter[quarter["mutatiesoort"].isin(OUT)]
        assert sorted(came["eenheid_id"]) == sorted(set(has["eenheid_id"]) - set(had["eenheid_id"]))
        assert sorted(left["eenheid_id"]) == sorted(set(had["eenheid_id"]) - set(has["eenheid_id"]))


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_stock_events_by_kind_are_the_flows_of_the_story(rows: Rows, year: int) -> None:
    events = rows.of("mutatie")
    events = events[events["mutatiedatum"].str.startswith(str(year))]
    for flow in (s for s in story.STROMEN if s.jaar == year):
        mine = events[events["corporatie_code"].eq(flow.corporatie)]
        kinds = mine["mutatiesoort"].value_counts()
        new = mine[mine["mutatiesoort"].eq("NIE")]
        rent = number(new["netto_huur_aanvang"].where(new["vraaghuur"].eq(""), new["vraaghuur"]))
        points = number(new["wws_punten_aanvang"])
        middle = rent.gt(DAEB_LIMIT[year]) & rent.le(MIDDLE_LIMIT[year]) & points.between(144, 186)
        assert int(rent.le(DAEB_LIMIT[year]).sum()) == flow.nieuw_sociaal
        assert int(middle.sum()) == flow.nieuw_midden == len(new) - flow.nieuw_sociaal
        assert kinds.get("AAN", 0) == flow.aangekocht
        assert kinds.get("SLO", 0) == flow.gesloopt
        assert kinds.get("VAH", 0) == flow.verkocht
        assert kinds.get("SPL_IN", 0) - kinds.get("SAM", 0) == flow.overig
        care = new["woonvorm"].isin(["GEC", "ZWO"]) | new["toegankelijkheidslabel"].eq("NUL")
        assert int(care.sum()) == story_parties.ZORGWONINGEN[year][flow.corporatie]


@pytest.mark.parametrize("year", [2025, 2026])
def test_rents_rise_as_the_story_says_and_never_above_the_law(
    told: Sample, rows: Rows, year: int
) -> None:
    given = rows.of("huurverhoging", date(year, 7, 1))
    yearly = given[given["wijzigingsreden"].isin(["JAA", "BEV"]) & given["segment"].eq("LAAG")]
    old, new = number(yearly["netto_huur_oud"]), number(yearly["netto_huur_nieuw"])
    assert ((new / old - 1) * 100).max() <= story_parties.MAX_VERHOGING[year]
    per_corp = yearly["corporatie_code"]
    rise = (new.groupby(per_corp).sum() / old.groupby(per_corp).sum() - 1) * 100
    assert rise.round(1).to_dict() == {c: story.HUURVERHOGING[c][year - 2024] for c in CORPS}
    assert round((new.sum() / old.sum() - 1) * 100, 1) == {2025: 4.3, 2026: 3.8}[year]

    july = yearly[["corporatie_code", "eenheid_id"]].assign(old=old, new=new)
    for peildatum, column in ((date(year, 6, 30), "old"), (date(year, 9, 30), "new")):
        known = july.merge(on(told, peildatum), on=["corporatie_code", "eenheid_id"])
        assert len(known) > 0.99 * len(july)
        assert (known[column] == known["huur"]).all()


def test_insulation_raises_the_rent_of_four_homes_and_thirteen_cannot_be_judged(
    rows: Rows,
) -> None:
    works = rows.of("projecteenheid", LAST)
    done = works[works["isolatie"].ne("") & works["gereed_werkelijk"].str.startswith("2025")]
    done = done.drop_duplicates(["corporatie_code", "eenheid_id"])
    rents = rows.of("huurverhoging")
    rents = rents[rents["wijzigingsreden"].eq("REN")]
    both = done.merge(rents, on=["corporatie_code", "eenheid_id", "project_code"], how="left")
    assert len(both) == len(done) == 690
    assert both["zelfde_huurder"].notna().all()
    days = pd.to_datetime(both["ingangsdatum"]) - pd.to_datetime(both["gereed_werkelijk"])
    assert days.dt.days.between(-90, 180).all()
    moved = both["zelfde_huurder"].eq("N")
    breach = ~moved & number(both["deel_isolatie"]).gt(0)
    for c in CORPS:
        mine = both["corporatie_code"].eq(c)
        assert int(mine.sum()) == story_parties.GEISOLEERD[2025][c]
        assert int((mine & breach).sum()) == story_parties.ISOLATIE_INBREUK[c]
        assert int((mine & moved).sum()) == story_parties.ISOLATIE_NIET_TE_BEOORDELEN[c]
    assert (int(breach.sum()), int(moved.sum())) == (4, 13)
    explained = number(both["deel_index"].replace("", "0")) + number(both["deel_installatie"])
    explained += number(both["deel_isolatie"]) + number(both["deel_overig"])
    difference = number(both["netto_huur_nieuw"]) - number(both["netto_huur_oud"])
    assert (explained - difference).abs().max() < 0.005


def test_homes_renovated_in_2025(rows: Rows) -> None:
    works = rows.of("projecteenheid", LAST)
    done = works[works["actie"].eq("REN") & works["gereed_werkelijk"].str.startswith("2025")]
    assert done.groupby("corporatie_code")["eenheid_id"].nunique().to_dict() == {
        "DKO": 205, "CAR": 96, "MIJ": 102, "ZUI": 54, "HOE": 22,
    }  # fmt: skip
    assert len(done) == 479
    at_year_end = rows.of("projecteenheid", YEAR_END)
    known = at_year_end["actie"].eq("REN") & at_year_end["gereed_werkelijk"].str.startswith("2025")
    assert int(known.sum()) == 479


def test_homes_left_efg_by_works_that_were_delivered_or_without_any(
    told: Sample, rows: Rows
) -> None:
    was, now = (on(told, p).set_index("eenheid_id") for p in (START, LAST))
    stayed = now.loc[now.index.intersection(was.index[was["efg"]])]
    better = stayed.index[~stayed["efg"]]
    works = rows.of("projecteenheid", LAST)
    done = works[works["actie"].isin(["REN", "ISO"]) & works["gereed_werkelijk"].gt(f"{START:%F}")]
    assert int(better.isin(done["eenheid_id"]).sum()) == 1_010
    assert int((~better.isin(works["eenheid_id"])).sum()) == 118
    homes = done.merge(was.reset_index(), on="eenheid_id", suffixes=("", "_was"))
    poor = homes[homes["efg"]]
    assert (poor["label_voor"] == poor["Energieklasse"]).all()


def test_efg_homes_with_a_project(told: Sample, rows: Rows) -> None:
    homes = on(told, LAST).query("efg")
    works = rows.of("projecteenheid", LAST)
    open_works = works[works["gereed_werkelijk"].eq("")]
    assert not open_works.duplicated(["eenheid_id", "actie"]).any()
    planned = homes["eenheid_id"].isin(open_works["eenheid_id"])
    assert homes[planned]["corporatie_code"].value_counts().to_dict() == {
        "DKO": 470, "CAR": 330, "MIJ": 190, "ZUI": 95, "HOE": 35,
    }  # fmt: skip
    assert int((~planned).sum()) == 698
    assert int(homes[~planned]["uitgezonderd"].sum()) == 281
    labels = open_works.merge(homes, on=["corporatie_code", "eenheid_id"])
    assert (labels["label_voor"] == labels["Energieklasse"]).all()


def test_projects_by_phase_and_by_name(rows: Rows) -> None:
    projects = rows.of("project", LAST)
    phases = {"UIT": 9, "CON": 5, "VER": 4, "BES": 4, "HAA": 1, "STO": 1}
    assert projects["fase"].value_counts().to_dict() == phases
    by_name = projects.set_index("naam")
    vrieheide = projects[projects["naam"].str.startswith("Vrieheide")]
    assert number(vrieheide["aantal_verbeteren"]).sum() == 96
    assert vrieheide["gereed_gepland"].eq("2027-03-31").all()
    assert (vrieheide["gereed_gepland"] == vrieheide["gereed_gepland_bij_ondertekening"]).all()
    passart = by_name.loc["Passart hoogbouw"]
    assert (passart["aantal_verbeteren"], passart["vertraging_oorzaak"]) == ("144", "NET")
    late = pd.Period(passart["gereed_gepland"], "M") - pd.Period(
        passart["gereed_gepland_bij_ondertekening"], "M"
    )
    assert late.n == 9
    lotbroek = by_name.loc["Nieuw Lotbroek: sloop en vervangende nieuwbouw"]
    assert (lotbroek["aantal_sociaal"], lotbroek["aantal_midden"]) == ("72", "24")
    grasbroek = by_name.loc["Grasbroek: renovatie"]
    consent = int(grasbroek["aantal_ingestemd"]) / int(grasbroek["aantal_aangesproken_huurders"])
    assert round(100 * consent) == 66
    assert grasbroek["aantal_verbeteren"] == "48"
    centrum = by_name.loc["Centrum: nieuwbouw all-electric"]
    assert int(centrum["aantal_sociaal"]) + int(centrum["aantal_midden"]) == 72
    husken = by_name.loc["Husken: sloop (besluit volgt)"]
    assert (husken["aantal_sloop"], husken["fase"], husken["besluit_datum"]) == ("20", "HAA", "")
    works = rows.of("projecteenheid", LAST)
    de_dem = works[works["project_code"].eq("DK-P102") & works["actie"].eq("WNT")]
    assert len(de_dem) == 60


def test_a_project_never_falls_back_a_phase(rows: Rows) -> None:
    order = ["INI", "HAA", "BES", "VER", "CON", "UIT", "OPL", "STO"]
    projects = rows.of("project")
    place = projects["fase"].map(order.index)
    keys = [projects["corporatie_code"], projects["project_code"]]
    assert place.groupby(keys).apply(lambda p: p.is_monotonic_increasing).all()
    assert projects["fase"].eq("OPL").sum() > 20
    for peildatum, there in projects.groupby("delivered"):
        assert there["fase_sinds"].le(f"{peildatum:%F}").all()


def test_lettings_of_2025_fit_and_reach_the_daeb_group(rows: Rows) -> None:
    lettings = rows.of("toewijzing")
    lettings = lettings[lettings["contract_maand"].str.startswith("2025")]
    counts = lettings["corporatie_code"].value_counts().to_dict()
    assert counts == {"DKO": 520, "CAR": 310, "MIJ": 235, "ZUI": 150, "HOE": 75}
    by = lettings["corporatie_code"]
    poor = lettings["passend_doelgroep"].eq("J")
    rent = number(lettings["netto_huur"])
    _, low, high, _ = story.HUURGRENZEN[2025]
    fits = rent.le(np.where(lettings["huishoudgrootte_klasse"].eq("3+"), high, low))
    assert (fits[poor] == lettings["passendheid"].eq("PAS")[poor]).all()
    assert shares(fits[poor], by) == {"DKO": 98, "CAR": 97, "MIJ": 96, "ZUI": 98, "HOE": 100}
    assert round(100 * fits[poor].mean()) == 97
    tested = lettings["daeb_doelgroep"].isin(["J", "N"]) & lettings["maatschappelijk_label"].eq(
        "DAE"
    )
    group = lettings["daeb_doelgroep"].eq("J")
    assert shares(group[tested], by) == {"DKO": 94, "CAR": 93, "MIJ": 93, "ZUI": 95, "HOE": 96}
    assert round(100 * group[tested].mean()) == 94


def test_special_lettings_weigh_on_heerlen_noord(rows: Rows) -> None:
    lettings = rows.of("toewijzing")
    last_year = lettings["contract_maand"].ge("2025-10") & lettings["maatschappelijk_label"].eq(
        "DAE"
    )
    lettings = lettings[last_year]
    noord = lettings["wijk_code"].isin(NOORD)
    special = lettings["groep"].eq("BIJ")
    assert special.sum() >= 20
    assert round(noord[special].mean() / noord.mean(), 2) == story_parties.DRAAGKRACHT_NOORD


def test_arrears_on_30_september_2026(rows: Rows) -> None:
    payments = rows.of("betaling", LAST)
    behind = sum(number(payments[f"achterstand_{span}_mnd"]) for span in ("1_2", "2_3", "3plus"))
    contracts = number(payments["huurovereenkomsten"])
    whole = payments["gebied_niveau"].eq("GEMEENTE")
    for c in CORPS:
        mine = whole & payments["corporatie_code"].eq(c)
        share = 100 * behind[mine].sum() / contracts[mine].sum()
        assert round(share, 1) == story_parties.ACHTERSTAND[c]
        parts = ~whole & payments["corporatie_code"].eq(c)
        assert behind[parts].sum() == behind[mine].sum()
        assert contracts[parts].min() >= 10
    assert round(100 * behind[whole].sum() / contracts[whole].sum(), 1) == 4.0
    for place, share in zip((True, False), story_parties.ACHTERSTAND_NOORD, strict=True):
        here = ~whole & payments["gebied_code"].isin(NOORD).eq(place)
        assert round(100 * behind[here].sum() / contracts[here].sum(), 1) == share
    per_wijk = behind[~whole].groupby(payments["gebied_code"]).sum()
    assert 4 in set(per_wijk)


def test_evictions_for_debt(rows: Rows) -> None:
    payments = rows.of("betaling")
    payments = payments[payments["gebied_niveau"].eq("GEMEENTE")]
    evicted = number(payments["ontruiming_huurschuld"])
    year = payments["peildatum"].str[:4]
    table = evicted.groupby([year, payments["corporatie_code"]]).sum()
    assert {c: table["2025", c] for c in CORPS} == {
        "DKO": 4,
        "CAR": 4,
        "MIJ": 2,
        "ZUI": 1,
        "HOE": 0,
    }
    assert {c: table["2026", c] for c in CORPS} == {
        "DKO": 2,
        "CAR": 3,
        "MIJ": 1,
        "ZUI": 0,
        "HOE": 0,
    }


def test_liveability_per_daeb_home_in_2025(told: Sample, rows: Rows) -> None:
    spent = rows.of("leefbaarheid")
    spent = spent[spent["periode_tot"].eq("2025-12-31")]
    euros = number(spent["bedrag_werkelijk"])
    homes = pd.concat(
        on(told, p).query("maatschappelijk_label == 'DAE'") for p in (START, YEAR_END)
    )
    for c in CORPS:
        mean = homes["corporatie_code"].eq(c).sum() / 2
        assert (
            round(euros[spent["corporatie_code"].eq(c)].sum() / mean)
            == (story_parties.LEEFBAARHEID[c])
        )
    assert round(euros.sum() / (len(homes) / 2)) == story_parties.LEEFBAARHEID[""]
    place = ("WK09" + homes["buurt"].str[2:6]).isin(NOORD)
    for noord, wanted in zip((True, False), story_parties.LEEFBAARHEID_NOORD, strict=True):
        there = spent["gebied_code"].isin(NOORD).eq(noord)
        assert round(euros[there].sum() / (place.eq(noord).sum() / 2)) == wanted


def test_counts_of_2025_follow_the_story(rows: Rows) -> None:
    counted = rows.of("telling")
    ended = counted[counted["telling_code"].eq("HOE_BEEINDIGD")]
    ended = ended[ended["periode_tot"].str.startswith("2025")]
    per_corp = number(ended["teller"]).groupby(ended["corporatie_code"]).sum().to_dict()
    assert per_corp == {"DKO": 520, "CAR": 310, "MIJ": 235, "ZUI": 150, "HOE": 75}
    survey = counted[counted["telling_code"].eq("ENQ_LEEFOMGEVING")].set_index("gebied_code")
    assert set(number(survey.loc[survey.index.isin(NOORD), "teller"])) == {6.4}
    assert counted["bron"].eq(story.VOORBEELD).all()
    reached = rows.of("participatie", YEAR_END)
    advised = reached[reached["soort"].eq("VZW")]
    per_corp = number(advised["adviezen_afgerond"]).groupby(advised["afzender_code"]).sum()
    assert per_corp.to_dict() == story_parties.VOORZIENINGENWIJZER[2025]


def test_the_municipality_delivers_versions_targets_and_a_judgement_that_lapses(
    rows: Rows,
) -> None:
    texts = rows.of("afspraak", date(2026, 3, 31))
    assert {f"C{n:02d}" for n in range(1, 26)} <= set(texts["afspraak_id"])
    changed = texts[texts["versie"].eq("2")]
    assert changed[["afspraak_id", "geldig_van"]].to_numpy().tolist() == [["C16", "2026-03-01"]]
    before = rows.of("afspraak", YEAR_END)
    assert not before["versie"].eq("2").any()
    targets = rows.of("doel", YEAR_END)
    assert targets["herkomst"].eq("VOORBEELD").all()
    social = targets[targets["doel_id"].str.startswith("C02-K02-2026")].set_index("scope_soort")
    value = number(social["waarde"])
    assert (value["GEMEENTE"], value["CORPORATIE"].sum()) == (200, 190)
    judged = rows.of("oordeel")
    assert judged["geldig_tot"].lt("2026-10-15").sum() == 1
    noord = rows.of("gebiedslijst", YEAR_END).query("lijst == 'HEERLEN_NOORD'")
    assert set(noord["gebied_code"]) == NOORD


@pytest.mark.parametrize("form", ["map", "zip", "werkboek"])
def test_a_delivery_has_the_same_bytes_whenever_it_is_written(
    sent: list[Delivery], form: str, tmp_path: Path
) -> None:
    delivery = replace(next(d for d in sent if "oordeel" in d.tables), form=form)
    written = []
    for name in ("once", "again"):
        packing.write(delivery, tmp_path / name)
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        written.append({p.name: p.read_bytes() for p in files})
        assert all(p.stat().st_mtime == delivery.received.timestamp() for p in files)
    assert written[0] == written[1]


def test_every_party_sends_in_its_own_way_and_says_it_is_an_example(
    sent: list[Delivery],
) -> None:
    assert {d.form for d in sent} == {"map", "zip", "werkboek"}
    for delivery in sent:
        letter = packing.manifest(delivery, [])
        assert letter["volledigheid_toelichting"] == story.VOORBEELD
        assert len(delivery.delivery_id) <= 36
    ids = [d.delivery_id for d in sent]
    assert len(set(ids)) == len(ids)


def test_a_comma_set_in_cp1252_keeps_numbers_and_letters(
    sent: list[Delivery], tmp_path: Path
) -> None:
    delivery = next(d for d in sent if d.delivery_id == f"CAR-{LAST}-K1")
    packing.write(delivery, tmp_path)
    folder = tmp_path / "CAR" / delivery.delivery_id
    projects = (folder / "project.csv").read_bytes()
    assert "één".encode("cp1252") in projects
    assert b"\r\n" in projects
    payments = pd.read_csv(folder / "betaling.csv", sep=";", dtype=str, encoding="cp1252")
    assert payments["jaarhuur"].str.contains(",").all()
    listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["bestanden"]
    assert {f["naam"] for f in listed} == {f"{e}.csv" for e in delivery.tables}


@pytest.mark.parametrize("sender", [*CORPS, "GEM", *story_parties.HUURDERSORGANISATIES])
def test_what_a_party_sends_is_read_back_without_mending(
    sent: list[Delivery], sender: str, tmp_path: Path
) -> None:
    delivery = [d for d in sent if d.sender == sender][-1]
    packing.write(delivery, tmp_path)
    (place,) = (tmp_path / sender).iterdir()
    files = [place] if place.is_file() else sorted(place.iterdir())
    opened = read_delivery([SentFile(f.name, f.stat().st_size, _opener(f)) for f in files])
    assert opened.manifest is not None
    assert opened.manifest["levering_id"] == delivery.delivery_id
    assert {table.entity for table in opened.tables} == set(delivery.tables)
    for table in opened.tables:
        read = [[_plain(value) for value in values] for _, values in table.rows()]
        assert read == [
            [_plain(value) for value in row.values()] for row in delivery.tables[table.entity]
        ]
        assert not table.mends
        assert not table.faults


def _opener(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _plain(value: str | None) -> str:
    """An amount as a number has it, whatever its comma and its last noughts."""
    text = (value or "").replace(",", ".")
    whole, point, cents = text.partition(".")
    return f"{whole}{point}{cents}".rstrip("0").rstrip(".") if cents.isdigit() else text


def test_a_workbook_opens_with_its_letter(sent: list[Delivery]) -> None:
    delivery = next(d for d in sent if d.form == "werkboek")
    content = packing.workbook(delivery)
    sheets = pd.read_excel(io.BytesIO(content), sheet_name=None, header=None, engine="calamine")
    assert next(iter(sheets)) == "levering"
    letter = dict(sheets["levering"].to_numpy().tolist())
    assert letter["levering_id"] == delivery.delivery_id
    assert set(sheets) == {"levering", *delivery.tables}
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert {i.date_time for i in book.infolist()} == {(2026, 10, 1, 6, 0, 0)}
