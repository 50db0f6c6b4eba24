"""The corporations' quarterly deliveries: eenheid.csv with its manifest, in inbox layout."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from local.sample import story, story_parties
from local.sample.certificates import day
from local.sample.moments import (
    double_claim,
    is_efg,
    not_yet_let,
    owned,
    temporarily_out,
    vacant,
)
from local.sample.plan import CORPS, NEVER, Q_START, QUARTER
from local.sample.rents import span_of
from local.sample.seeds import Dice

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
CONTRACT: Final = "1.0.0"
FIELDS: Final = (
    "corporatie_code", "eenheid_id", "peildatum", "bag_object_id", "postcode", "huisnummer",
    "huisletter", "huisnummertoevoeging", "complex_code", "soort", "detail_soort", "zelfstandig",
    "maatschappelijk_label", "eigendomspercentage", "vve", "status", "detail_status",
    "status_vanaf", "in_exploitatie_datum", "in_exploitatie_reden", "uit_exploitatie_datum",
    "uit_exploitatie_reden", "bestemming", "beoogd_uit_exploitatie_datum", "bouwjaar",
    "gebruiksoppervlakte", "woningtype", "netto_huur", "netto_huur_aanvang", "contract_maand",
    "wws_punten", "label_klasse", "label_soort", "label_status", "label_registratiedatum",
    "label_einddatum", "ep2", "netto_warmtevraag", "compactheid", "efg_uitzondering",
    "efg_uitzondering_vanaf", "efg_uitzondering_besluit", "monument", "aardgasaansluiting",
    "zonnepanelen", "nul_op_de_meter", "warmtenet", "warmteleverancier", "klimaatbeheersing",
    "conditiescore", "conditie_datum", "conditie_niveau", "bat_score", "toegankelijkheidslabel",
    "woonvorm", "veiligheid_open",
)  # fmt: skip
# Some corporations' systems write a decimal comma, Windows line ends and a byte order mark.
COMMA: Final = frozenset({"CAR", "HOE"})
CRLF: Final = frozenset({"CAR", "HOE"})
BOM: Final = frozenset({"HOE"})
VERA_LABEL: Final = {"A+": "AP", "A++": "APP", "A+++": "AP3", "A++++": "AP4"}
LABEL_FIELDS: Final = FIELDS[31:39]
Rows = dict[str, list[str]]


def schedule() -> list[story.Levering]:
    """Every delivery that comes in, in order of receipt."""
    special = {(d.corporatie, d.peildatum) for d in story.AFWIJKENDE_LEVERINGEN}
    usual = []
    for i, c in enumerate(CORPS):
        for k, p in enumerate(story.PEILDATA):
            days = story.LEVERDAG[c] + (k * 5 + i * 3) % 4 - 2
            if p == story.LAATSTE:
                days = story.LEVERDAG_LAATSTE[c]
            if (c, p) not in special:
                usual.append(story.Levering(c, p, 1, p + timedelta(days=days)))
    return sorted([*usual, *story.AFWIJKENDE_LEVERINGEN], key=lambda d: (d.ontvangen, d.corporatie))


@dataclass(frozen=True)
class Units:
    """Everything that corporations deliver as a unit, with the texts that never change."""

    homes: pd.DataFrame
    texts: dict[str, npt.NDArray[np.object_]]

    def own(self) -> Units:
        """Each home once, at its true owner, in the order of the table of homes."""
        mine = self.homes["eigen"].to_numpy(dtype=bool)
        texts = {name: values[mine] for name, values in self.texts.items()}
        return Units(self.homes[mine].reset_index(drop=True), texts)


def make_units(everything: pd.DataFrame, dice: Dice) -> Units:
    delivered = _delivered_units(everything, dice)
    return Units(delivered, _static_columns(delivered, dice))


def write_deliveries(
    everything: pd.DataFrame, register: pd.DataFrame, units: Units, inbox: Path, dice: Dice
) -> tuple[dict[str, int], Rows]:
    """Write the homes of all corporations below `inbox`; gives rows per delivery.

    Gives also the homes that are not written here, because they come with everything else.
    """
    labels = _labels(register, units.homes)
    counts, kept = {}, {}
    for delivery in schedule():
        rows = _rows(delivery, units.homes, units.texts, labels, everything, dice)
        if (delivery.corporatie, delivery.peildatum) == story_parties.ALLES_IN_EEN:
            kept = rows
            continue
        _write(delivery, rows, inbox)
        counts[levering_id(delivery)] = len(rows["eenheid_id"])
    return counts, kept


def levering_id(delivery: story.Levering) -> str:
    return f"{delivery.corporatie}-{delivery.peildatum}-{delivery.volgnummer}"


def _delivered_units(everything: pd.DataFrame, dice: Dice) -> pd.DataFrame:
    """Homes of the corporations, the second claims, and units that are no homes."""
    rng = dice.stream("overige-eenheden")
    homes = everything[everything["corporatie"].ne("")].copy()
    homes["bron"] = homes.index
    homes["eigen"] = True
    homes["soort"] = "WOO"
    homes["zelfstandig"] = "J"
    claimant, _, _, _ = story.DUBBELE_CLAIM
    claims = homes[double_claim(homes)].copy()
    claims["corporatie"] = claimant
    claims["eigen"] = False
    claims["in_datum"] = day("2026-04-03")
    claims["complex"] = 9000
    claims["eenheid_id"] = [f"M{990_001 + k:07d}" for k in range(len(claims))]
    parts = [homes, claims]
    pool = rng.permutation(everything.index[everything["corporatie"].eq("")].to_numpy())
    used = 0
    for corporation, soort, detail, zelfstandig, count in story.OVERIGE_EENHEDEN:
        extra = everything.loc[pool[used : used + count]].copy()
        used += count
        extra["bron"] = -1
        extra["eigen"] = False
        extra["corporatie"], extra["soort"] = corporation, soort
        extra["detail_soort"], extra["zelfstandig"] = detail, zelfstandig
        extra["eenheid_id"] = [f"{corporation}-OV-{used:02d}{k:02d}" for k in range(count)]
        extra["complex"] = 9500
        extra["daeb"] = True
        extra["in_q"], extra["uit_q"], extra["groep"] = -1, NEVER, "oud"
        extra["eind_q"], extra["label_q"] = NEVER, NEVER
        extra["in_reden"], extra["in_datum"] = "NIE", day("1987-05-01")
        extra["monument"], extra["zon_zonder"], extra["zon_soort"] = "GEEN", "N", "EIG"
        extra["zon_q"] = extra["warmte_q"] = NEVER
        extra["leeg_van"] = extra["leeg_tot"] = day("2099-01-01")
        extra["uit_van"] = extra["uit_tot"] = day("2099-01-01")
        extra["conditie_niveau"] = "COMPLEX"
        extra[["huur_0", "huur_1", "huur_2", "huur_3"]] = (402.1, 421.3, 439.0, 455.5)
        parts.append(extra)
    return pd.concat(parts, ignore_index=True)


def _text(values: npt.ArrayLike) -> npt.NDArray[np.object_]:
    return np.asarray(values).astype(str).astype(object)


def _iso(days: Any) -> npt.NDArray[np.str_]:
    """Dates as YYYY-MM-DD; an unknown one is NaT."""
    return np.datetime_as_string(np.asarray(days).astype("datetime64[D]"))


def _static_columns(units: pd.DataFrame, dice: Dice) -> dict[str, npt.NDArray[np.object_]]:
    """What a home's row says in every quarter."""
    rng = dice.stream("leveringen")
    n = len(units)
    draw = rng.uniform(0, 1, (6, n))
    with_address = ~units["zonder_adres"].to_numpy(dtype=bool)
    new = units["groep"].eq("nieuw").to_numpy()
    old = units["bouwjaar"].to_numpy(dtype=int) < 1990
    mgw = units["mgw"].to_numpy(dtype=bool)
    known = units["conditie_bekend"].to_numpy(dtype=bool)
    columns = {
        "corporatie_code": _text(units["corporatie"]),
        "eenheid_id": _text(units["eenheid_id"]),
        "bag_object_id": _text(units["vbo"]),
        "postcode": np.where(with_address, _text(units["postcode"]), ""),
        "huisnummer": np.where(with_address, _text(units["huisnummer"].astype(int)), ""),
        "huisletter": np.where(with_address, _text(units["huisletter"]), ""),
        "huisnummertoevoeging": np.where(with_address, _text(units["toevoeging"]), ""),
        "complex_code": _text(units["corporatie"] + units["complex"].abs().map("-{:04d}".format)),
        "soort": _text(units["soort"]),
        "detail_soort": _text(units["detail_soort"]),
        "zelfstandig": _text(units["zelfstandig"]),
        "maatschappelijk_label": np.where(units["daeb"].to_numpy(dtype=bool), "DAE", "NDA"),
        "eigendomspercentage": np.full(n, "100", dtype=object),
        "vve": np.where(units["vve"].to_numpy(dtype=bool), "J", "N"),
        "in_exploitatie_datum": _text(_iso(units["in_datum"])),
        "in_exploitatie_reden": _text(units["in_reden"]),
        "bouwjaar": _text(units["bouwjaar"].astype(int)),
        "gebruiksoppervlakte": np.where(
            draw[0] < 0.97, _text(units["gebruiksoppervlakte"].astype(int)), ""
        ),
        "woningtype": np.where(mgw, "MGW", "EGW"),
        "netto_huur_aanvang": np.full(n, "", dtype=object),
        "contract_maand": np.full(n, "", dtype=object),
        "wws_punten": _text(np.round(np.where(new, 165, 118) + 34 * (draw[1] - 0.5), 2)),
        "monument": _text(units["monument"]),
        "nul_op_de_meter": np.where(
            units["klasse_nu"].eq("A++++").to_numpy(), "J", np.where(draw[2] < 0.03, "ONB", "N")
        ),
        "conditiescore": np.where(known, _text(units["conditie"]), ""),
        "conditie_datum": np.where(
            known, _text(_iso(units["conditie_datum"])), ""
        ),
        "conditie_niveau": np.where(known, _text(units["conditie_niveau"]), ""),
        "woonvorm": np.where(
            new, _text(units["zorg"]), np.where(mgw & (draw[3] < 0.04), "SEN", "")
        ),
        "veiligheid_open": np.select(
            [old & (draw[4] < 0.04), old & (draw[4] < 0.06), draw[4] < 0.08],
            ["ASBEST", "ASBEST|LOOD", "ONB"],
            "GEEN",
        ),
        "_nultreden_vanaf": np.ceil((draw[5] - story_parties.NULTREDEN_START)
                                    / story_parties.NULTREDEN_GROEI) + Q_START,
        "_toegankelijk": np.select(
            [units["corporatie"].isin(story_parties.ZONDER_TOEGANKELIJKHEID).to_numpy(),
             new & units["zorg"].ne("").to_numpy(), new, draw[5] > 0.97, mgw & (draw[5] < 0.60),
             draw[5] < 0.45],
            ["ONB", "ROL", "GNV", "ONB", "GNV", "ROG"], "ZON",
        ),
        "_gas": np.where(new, "N", np.where(draw[0] < 0.012, "ONB", "J")),
    }  # fmt: skip
    return {name: values.astype(object) for name, values in columns.items()}


def _labels(register: pd.DataFrame, units: pd.DataFrame) -> dict[str, Rows]:
    """The eight label fields before and after the change of a home's label."""
    history = register[register["rol"].isin(["start", "nieuw"])]
    answer: dict[str, Rows] = {}
    for rol in ("start", "nieuw"):
        own = history[history["rol"].eq(rol)].set_index("home")
        own = own.reindex(units["bron"])
        has = own["klasse"].fillna("").ne("").to_numpy()
        nta = own["nta"].eq(True).to_numpy()
        until = own["opname"] + pd.DateOffset(years=10)

        def shown(values: Any, where: npt.NDArray[np.bool_]) -> list[str]:
            return np.where(where, _text(values), "").tolist()

        answer[rol] = dict(
            zip(
                LABEL_FIELDS,
                (
                    shown(own["klasse"].map(lambda k: VERA_LABEL.get(k, k)), has),
                    shown(np.where(nta, "NTA", "EI"), has),
                    shown(np.full(len(own), "DEF"), has),
                    shown(_iso(own["registratie"]), has),
                    shown(_iso(until), has),
                    shown(own["ep2"], nta),
                    shown(own["warmtebehoefte"], nta),
                    shown(own["compactheid"], nta),
                ),
                strict=True,
            )
        )
    return answer


def _rows(
    delivery: story.Levering,
    units: pd.DataFrame,
    static: dict[str, npt.NDArray[np.object_]],
    labels: dict[str, Rows],
    everything: pd.DataFrame,
    dice: Dice,
) -> Rows:
    """Every field of one delivery as text, in the order of the homes' numbers."""
    q = QUARTER[delivery.peildatum]
    mine = units["corporatie"].eq(delivery.corporatie).to_numpy()
    sold = units["uit_q"].eq(q).to_numpy() & units["uit_reden"].eq("VAH").to_numpy()
    chosen = np.flatnonzero(mine & (owned(units, q) | sold))
    part = units.iloc[chosen].reset_index(drop=True)
    columns: dict[str, npt.NDArray[np.object_]] = {
        name: values[chosen] for name, values in static.items() if not name.startswith("_")
    }
    columns |= _state(delivery.peildatum, q, part, sold[chosen])
    columns |= _energy(delivery.peildatum, q, part, {k: v[chosen] for k, v in static.items()})
    columns |= _label_columns(delivery, q, part, chosen, labels, dice)
    rows: Rows = {name: list(columns[name]) for name in FIELDS}
    _add_faulty_rows(delivery, rows, everything, dice)
    if delivery.gebrek:
        _spoil(delivery, rows, part, dice)
    if delivery.corporatie in COMMA:
        for name in ("netto_huur", "wws_punten", "ep2", "netto_warmtevraag", "compactheid"):
            rows[name] = [value.replace(".", ",") for value in rows[name]]
    return rows


def _state(
    peildatum: date, q: int, part: pd.DataFrame, sold: npt.NDArray[np.bool_]
) -> dict[str, npt.NDArray[np.object_]]:
    """Status, destination, rent and exemption on the peildatum."""
    today = np.datetime64(peildatum)
    empty, out = vacant(part, q), temporarily_out(part, q)
    empty &= ~sold
    until = np.where(sold, part["uit_datum"].to_numpy(), part["uit_van"].to_numpy())
    out = out | sold
    since = np.where(out, until, part["leeg_van"].to_numpy())
    reason = np.where(sold, "VAH", part["uit_tijdelijk"].to_numpy())
    rent = np.where(not_yet_let(part, q), 0.01, part[f"huur_{span_of(q)}"].to_numpy())
    code = part["uitzondering"].to_numpy()
    valid_from = part["uitzondering_vanaf"].to_numpy()
    exempt = (code != "") & (valid_from <= today) & is_efg(part, q)
    planned = exempt & (code == "SLO")
    soon = part["eind"].eq("gesloopt").to_numpy() & (part["eind_q"].to_numpy() - q <= 4)
    for_sale = part["eind"].eq("verkocht").to_numpy() & (part["eind_q"].to_numpy() - q <= 2)
    leaves = np.where(soon, part["uit_datum"].to_numpy(), valid_from + np.timedelta64(900, "D"))
    decision = np.array(
        [f"BESLUIT-{c}-{str(v)[:4]}" for c, v in zip(code, valid_from, strict=True)]
    )
    return {
        "peildatum": np.full(len(part), peildatum.isoformat(), dtype=object),
        "status": np.select([out, empty], ["UIT", "LEE"], "VEH").astype(object),
        "detail_status": np.where(empty, part["leeg_soort"].to_numpy(), ""),
        "status_vanaf": _day_text(since, out | empty),
        "uit_exploitatie_datum": _day_text(until, out),
        "uit_exploitatie_reden": np.where(out, reason, ""),
        "bestemming": np.select([planned | soon, for_sale], ["SLO", "KOO"], "HUU").astype(object),
        "beoogd_uit_exploitatie_datum": _day_text(leaves, planned | soon),
        "netto_huur": np.array(
            ["" if o else f"{r:.2f}" for o, r in zip(out, rent, strict=True)], dtype=object
        ),
        "efg_uitzondering": np.where(exempt, code, ""),
        "efg_uitzondering_vanaf": _day_text(valid_from, exempt),
        "efg_uitzondering_besluit": np.where(exempt, decision, ""),
    }


def _day_text(values: Any, where: npt.NDArray[np.bool_]) -> npt.NDArray[np.object_]:
    return np.where(where, _iso(values).astype(object), "")


def _energy(
    peildatum: date, q: int, part: pd.DataFrame, static: dict[str, npt.NDArray[np.object_]]
) -> dict[str, npt.NDArray[np.object_]]:
    solar = part["zon_q"].to_numpy() <= q
    heat = part["warmte_q"].to_numpy() <= q
    new = part["groep"].eq("nieuw").to_numpy()
    access = static["_toegankelijk"]
    without_steps = ~new & (access != "ONB") & (static["_nultreden_vanaf"] <= q)
    access = np.where(without_steps, "NUL", access)
    # VERA got the codes for homes without steps in January and July 2025.
    if peildatum < date(2025, 1, 24):
        access = np.where(access == "NUL", "ROA", np.where(access == "GNV", "GEL", access))
    if peildatum < date(2025, 7, 11):
        access = np.where(access == "ROG", "GEL", access)
    bat = np.where(new & (part["bouwjaar"].to_numpy() >= 2025), "BAT2", "")
    dated = part["conditie_datum"].to_numpy().astype("datetime64[D]")
    measured = (static["conditiescore"] != "") & (dated <= np.datetime64(peildatum))
    return {
        "zonnepanelen": np.where(solar, part["zon_soort"], part["zon_zonder"]),
        "warmtenet": np.where(heat, "J", "N"),
        "warmteleverancier": np.where(heat, "MIJNWATER", ""),
        "klimaatbeheersing": np.select([heat, new], ["STV", "WAR"], "CEV").astype(object),
        "aardgasaansluiting": np.where(heat, "N", static["_gas"]),
        "toegankelijkheidslabel": access,
        "bat_score": bat if peildatum >= date(2025, 6, 27) else np.full(len(part), ""),
        "conditiescore": np.where(measured, static["conditiescore"], ""),
        "conditie_datum": np.where(measured, static["conditie_datum"], ""),
        "conditie_niveau": np.where(measured, static["conditie_niveau"], ""),
    }


def _label_columns(
    delivery: story.Levering,
    q: int,
    part: pd.DataFrame,
    chosen: npt.NDArray[np.int64],
    labels: dict[str, Rows],
    dice: Dice,
) -> dict[str, npt.NDArray[np.object_]]:
    """The label as the corporation knows it: now and then a quarter behind the register."""
    rng = dice.stream(f"label-{levering_id(delivery)[:14]}")
    behind = rng.uniform(0, 1, len(part)) < 0.06
    changed = part["label_q"].to_numpy() <= np.where(behind, q - 1, q)
    never = part["nooit"].to_numpy(dtype=bool) & (part.index.to_numpy() % 3 == 0)
    answer = {}
    provisional = ("D", "VEL", "VOO", "2015-01-01", "2025-01-01", "", "", "")
    for name, value in zip(LABEL_FIELDS, provisional, strict=True):
        before = np.array(labels["start"][name], dtype=object)[chosen]
        after = np.array(labels["nieuw"][name], dtype=object)[chosen]
        known = np.where(changed, after, before)
        answer[name] = np.where(never, value, known)
    return answer


def _add_faulty_rows(
    delivery: story.Levering, rows: Rows, everything: pd.DataFrame, dice: Dice
) -> None:
    """Rows with one fault each, of dwellings that are not the corporation's."""
    faults = [
        (column, value)
        for corporation, peildatum, column, value in story.FOUTE_RIJEN
        if corporation == delivery.corporatie and peildatum == delivery.peildatum
    ]
    if not faults:
        return
    rng = dice.stream(f"fout-{levering_id(delivery)}")
    pool = everything.index[everything["corporatie"].eq("")].to_numpy()
    for k, (column, value) in enumerate(faults):
        other = everything.loc[rng.choice(pool)]
        model = next(i for i, status in enumerate(rows["status"]) if status == "VEH")
        place = int(rng.integers(0, len(rows["eenheid_id"])))
        row = {name: rows[name][model] for name in FIELDS} | {
            "eenheid_id": f"{delivery.corporatie}-FOUT-{k + 1}",
            "bag_object_id": str(other["vbo"]),
            "postcode": str(other["postcode"]),
            "huisnummer": str(int(other["huisnummer"])),
            "huisletter": str(other["huisletter"]),
            "huisnummertoevoeging": str(other["toevoeging"]),
        }
        row[column] = value
        for name in FIELDS:
            rows[name].insert(place, row[name])


def _spoil(delivery: story.Levering, rows: Rows, part: pd.DataFrame, dice: Dice) -> None:
    """Make a delivery as bad as the story wants it."""
    rng = dice.stream(f"gebrek-{levering_id(delivery)}")
    bag = rows["bag_object_id"]
    if delivery.gebrek == story.ZERO_LOST:
        # a spreadsheet took them for numbers: no zero in front, and no last digits either
        lost = rng.uniform(0, 1, len(bag)) < 0.87
        rows["bag_object_id"] = [
            f"{float(b):.5E}".replace(".", ",") if x else b for b, x in zip(bag, lost, strict=True)
        ]
    elif delivery.gebrek == story.COLUMN_MISSING:
        del rows["zonnepanelen"]
    elif delivery.gebrek == story.WRONG_BAG:
        q = QUARTER[delivery.peildatum]
        by_number = dict(zip(part["eenheid_id"], range(len(part)), strict=True))
        poor = is_efg(part, q) & ~part["zonder_vbo"].to_numpy(dtype=bool)
        poor &= ~part["zonder_adres"].to_numpy(dtype=bool)
        wrong = set(rng.permutation(np.flatnonzero(poor))[: story.FOUT_BAG_AANTAL].tolist())
        rows["bag_object_id"] = [
            f"{b[:6]}{int(b[6:]) + 5_000_000:010d}" if by_number.get(number) in wrong else b
            for b, number in zip(bag, rows["eenheid_id"], strict=True)
        ]


def _lines(rows: Rows) -> Iterator[str]:
    yield ";".join(rows)
    for values in zip(*rows.values(), strict=True):
        yield ";".join(values)


def _write(delivery: story.Levering, rows: Rows, inbox: Path) -> None:
    folder = inbox / delivery.corporatie / levering_id(delivery)
    folder.mkdir(parents=True)
    end = "\r\n" if delivery.corporatie in CRLF else "\n"
    text = end.join(_lines(rows)) + end
    content = ("\ufeff" if delivery.corporatie in BOM else "").encode() + text.encode("utf-8")
    (folder / "eenheid.csv").write_bytes(content)
    received = datetime.combine(delivery.ontvangen, time(14, 5), tzinfo=AMSTERDAM)
    number = delivery.volgnummer
    replaces = f"{delivery.corporatie}-{delivery.peildatum}-{number - 1}"
    manifest = {
        "levering_id": levering_id(delivery),
        "afzender_code": delivery.corporatie,
        "gemeente_code": story.GEMEENTE,
        "peildatum": delivery.peildatum.isoformat(),
        "contractversie": CONTRACT,
        "soort": delivery.soort,
        "vervangt_levering_id": replaces if delivery.soort == "CORRECTIE" else None,
        "bestanden": [
            {
                "naam": "eenheid.csv",
                "entiteit": "eenheid",
                "rijen": len(rows["eenheid_id"]),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        ],
        "opgemaakt_op": (received - timedelta(hours=3)).isoformat(),
        "contact_rol": "gegevensbeheer",
        "volledigheid_toelichting": story.VOORBEELD,
    }
    (folder / "manifest.json").write_text(
        json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    stamp = received.timestamp()
    for path in (folder / "eenheid.csv", folder / "manifest.json", folder):
        os.utime(path, (stamp, stamp))
