"""What the municipality delivers: agreements, targets, milestones, judgements, plans and areas.

The texts and parties of the agreements are those of `municipalities/heerlen-voorbeeld/`, as they
stood in force on the day of the delivery; the targets are invented in `story_parties`.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from local.sample import story, story_parties
from local.sample.areas import wijk_code
from local.sample.plan import CORPS
from local.sample.story_parties import HUURDERSORGANISATIES, Doel

Row = dict[str, str]
REGISTER: Final = Path(__file__).parents[2] / "municipalities" / "heerlen-voorbeeld"
GROUPS: Final = {
    "CORPORATIES": CORPS,
    "GEMEENTE": ("GEM",),
    "HUURDERSORGANISATIES": tuple(HUURDERSORGANISATIES),
}
SINCE: Final = date(2025, 1, 1)
# Planned deliveries are divided over the quarters of a year as project planning has them.
PLANNED: Final = (0.1, 0.4, 0.7, 1.0)
STEPS: Final = (0.25, 0.5, 0.75, 1.0)
SCENARIO: Final = "Voorbeeld, verzonnen"


def register_files() -> list[Path]:
    """The files that the deliveries follow."""
    return [REGISTER / "municipality.yml", *sorted(REGISTER.glob("agreements/*/*.yml"))]


@cache
def _register() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    municipality, *agreements = (
        yaml.safe_load(path.read_text(encoding="utf-8")) for path in register_files()
    )
    return municipality, agreements


def agreements(peildatum: date) -> list[Row]:
    """All versions of all agreements that were signed, and the frameworks above them."""
    municipality, documents = _register()
    rows = [_framework(k) for k in municipality["kaders"]]
    for document in documents:
        known = [v for v in document["versies"] if v["geldig_van"] <= _next_year(peildatum)]
        for number, version in enumerate(known, start=1):
            latest = number == len(known)
            until = document.get("geldig_tot") if latest else known[number]["geldig_van"]
            rows.append(
                {
                    "afspraak_id": document["nummer"],
                    "versie": str(number),
                    "nummer": document["nummer"],
                    "niveau": document["niveau"],
                    "bovenliggende_afspraak_id": document.get("kader", ""),
                    "thema": document["thema"],
                    "tekst": version["tekst"].strip(),
                    "tekst_bron": f"{SCENARIO}: {version['bron']}",
                    "soort": document["soort"],
                    "partijen": _parties(document["partijen"]),
                    "geldig_van": version["geldig_van"].isoformat(),
                    "geldig_tot": (until - timedelta(days=1)).isoformat() if until else "",
                    "status": "VAN_KRACHT" if latest else "GEWIJZIGD",
                    "besluit_ref": "" if latest else f"VB-{document['nummer']}-{number}",
                    "ondertekend_op": _day(version.get("ondertekend_op")),
                }
            )
    return rows


def _next_year(peildatum: date) -> date:
    """Agreements are signed in December for the year after."""
    return peildatum + timedelta(days=1) if peildatum.month == 12 else peildatum


def _framework(framework: dict[str, Any]) -> Row:
    until = framework.get("geldig_tot")
    return {
        "afspraak_id": framework["code"],
        "versie": "1",
        "nummer": framework["code"],
        "niveau": framework["niveau"],
        "bovenliggende_afspraak_id": "",
        "thema": "Algemeen en proces",
        "tekst": framework["titel"],
        "tekst_bron": framework["bron"],
        "soort": "INSPANNING",
        "partijen": "GEM:TREKKER",
        "geldig_van": _day(framework.get("geldig_van", SINCE)),
        "geldig_tot": (until - timedelta(days=1)).isoformat() if until else "",
        "status": "VAN_KRACHT",
        "besluit_ref": "",
        "ondertekend_op": _day(framework.get("geldig_van", SINCE)),
    }


def _parties(roles: dict[str, list[str]]) -> str:
    named: dict[str, str] = {}
    for role, parties in roles.items():
        for party in parties:
            for code in GROUPS.get(party, (party,)):
                named.setdefault(code, role)
    return "|".join(f"{code}:{role}" for code, role in named.items())


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def targets(peildatum: date) -> list[Row]:
    """Targets of the agreements in force, for the municipality and per corporation."""
    rows = []
    for doel in story_parties.DOELEN:
        signed = date(doel.datum.year - 1, 12, 31)
        if signed > peildatum and doel.datum.year <= story.LAATSTE.year:
            continue
        rows.append(_target(doel, "GEMEENTE", story.GEMEENTE, doel.code, doel.waarde,
                            doel.baseline))  # fmt: skip
        for i, (c, value) in enumerate(zip(CORPS, doel.verdeling or (), strict=False)):
            start = doel.baseline_verdeling[i] if doel.baseline_verdeling else None
            rows.append(_target(doel, "CORPORATIE", c, f"{doel.code}-{c}", value, start))
    return rows


def _target(doel: Doel, kind: str, scope: str, code: str, value: float, start: float | None) -> Row:
    path, steps = doel.pad, ""
    if path == "DAGEN" and start is None:
        path = "EINDDATUM"
    if path in ("STAPPEN", "PLANNING"):
        shares = PLANNED if path == "PLANNING" else STEPS
        if doel.eenheid == "procent" or doel.richting == "LAGER":
            steps = f"{doel.datum}={value:g}"
        else:
            ends = [date(doel.datum.year, m, d) for m, d in ((3, 31), (6, 30), (9, 30), (12, 31))]
            steps = "|".join(
                f"{end}={round(share * value)}" for end, share in zip(ends, shares, strict=True)
            )
    return {
        "doel_id": code,
        "versie": "1",
        "afspraak_id": doel.afspraak,
        "indicator": doel.indicator,
        "variant": doel.variant,
        "scope_soort": kind,
        "scope_code": scope,
        "richting": "OMHOOG" if doel.richting == "HOGER" else "OMLAAG",
        "waarde": f"{value:g}",
        "eenheid": doel.eenheid,
        "datum": doel.datum.isoformat(),
        "baseline_waarde": "" if start is None else f"{start:g}",
        "baseline_datum": "" if start is None else story.START.isoformat(),
        "padtype": path,
        "stappen": steps,
        "tolerantie_pct": "" if doel.tolerantie_pct is None else f"{doel.tolerantie_pct:g}",
        "tolerantie_abs": "" if doel.tolerantie_abs is None else f"{doel.tolerantie_abs:g}",
        "min_n": "10" if doel.indicator == "K04" else "",
        "herkomst": "VOORBEELD",
        "bron": SCENARIO,
    }


def milestones(peildatum: date) -> list[Row]:
    """All milestones as they stand: what was ready later is still open."""
    rows = []
    for m in story_parties.MIJLPALEN:
        done = m.gereed is not None and m.gereed <= peildatum
        rows.append(
            {
                "mijlpaal_id": m.code,
                "afspraak_id": m.afspraak,
                "omschrijving": m.omschrijving,
                "verantwoordelijke_partij": m.partij,
                "gepland_op": m.gepland.isoformat(),
                "gereed_op": _day(m.gereed) if done else "",
                "bewijs_ref": m.bewijs if done else "",
                "status_toelichting": m.toelichting if done else "",
                "gebied_code": m.gebied,
            }
        )
    return rows


def judgements(peildatum: date) -> list[Row]:
    return [
        {
            "afspraak_id": o.afspraak,
            "peildatum": o.peildatum.isoformat(),
            "auteur_rol": o.rol,
            "oordeel": o.oordeel,
            "reden": f"{o.reden} (voorbeeld)",
            "geldig_tot": o.geldig_tot.isoformat(),
        }
        for o in story_parties.OORDELEN
        if o.peildatum == peildatum
    ]


def plans(peildatum: date) -> list[Row]:
    return [
        {
            "plan_id": p.code,
            "peildatum": peildatum.isoformat(),
            "naam": f"{p.naam} (voorbeeld)",
            "buurt_code": p.buurt,
            "hardheid": p.hardheid,
            "fase": p.fase,
            "opleverjaar": str(p.jaar),
            "aantal_sociaal": str(p.sociaal),
            "aantal_midden": str(p.midden),
            "aantal_vrij": str(p.vrij),
            "aantal_koop_goedkoop": str(p.koop_goedkoop),
            "aantal_koop_overig": str(p.koop_overig),
            "aantal_sloop": str(p.sloop),
            "ontwikkelaar_soort": p.soort,
            "corporatie_code": p.corporatie,
        }
        for p in story_parties.PLANNEN
    ]


def areas_of_attention() -> list[Row]:
    """Heerlen-Noord, the wijken that can bear little more, and the focuswijken."""
    lists = {
        "HEERLEN_NOORD": [w.nummer for w in story.WIJKEN if w.noord],
        "KWETSBAAR": [w.nummer for w in story.WIJKEN if w.noord],
        "FOCUSWIJK": list(story_parties.FOCUSWIJKEN),
    }
    return [
        {
            "gebied_code": wijk_code(number),
            "lijst": name,
            "geldig_van": SINCE.isoformat(),
            "geldig_tot": "",
        }
        for name, numbers in lists.items()
        for number in numbers
    ]
