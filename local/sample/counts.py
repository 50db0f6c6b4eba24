"""What is delivered as counts and amounts: payments, liveability, participation and tellingen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd

from local.sample import lettings, story, story_parties
from local.sample.areas import wijk_code
from local.sample.margins import fit_table, largest_remainder
from local.sample.moments import owned, temporarily_out, vacant
from local.sample.plan import CORPS, NUMBERS, Q_2025, Q_LAST, Q_START, QUARTER
from local.sample.rents import span_of
from local.sample.story_parties import Telling

Row = dict[str, str]
FEWEST_CONTRACTS: Final = 10
FEWEST_SURVEYED: Final = 100
# Shares of the story have one decimal; with this much more those of its two parts agree with them.
ROUNDING: Final = 0.02
ARREARS_SPLIT: Final = (0.50, 0.21, 0.29)
MEAN_DEBT: Final = 1_085
NOORD: Final = np.array([w.noord for w in story.WIJKEN])


class Payments:
    """Contracts and tenants in arrears per corporation and wijk, quarter by quarter."""

    def __init__(self, units: pd.DataFrame) -> None:
        self._units = units
        self._tables: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def table(self, q: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Contracts, tenants in arrears and yearly rent: corporations by wijken."""
        if q not in self._tables:
            units = self._units
            let = owned(units, q) & ~vacant(units, q) & ~temporarily_out(units, q)
            part = units[let]
            keys = [part["corporatie"], part["wijk"]]
            shape = {"index": list(CORPS), "columns": list(NUMBERS)}
            contracts = part.groupby(keys).size().unstack(fill_value=0)
            rent = part.groupby(keys)[f"huur_{span_of(q)}"].sum().unstack(fill_value=0)
            contracts = contracts.reindex(**shape, fill_value=0).to_numpy()
            yearly = rent.reindex(**shape, fill_value=0).to_numpy() * 12
            self._tables[q] = (contracts, _arrears(contracts, q), yearly)
        return self._tables[q]

    def rows(self, corporation: str, q: int) -> list[Row]:
        i = CORPS.index(corporation)
        contracts, arrears, yearly = (table[i] for table in self.table(q))
        split = np.array([largest_remainder(ARREARS_SPLIT, int(n)) for n in arrears])
        common = {"corporatie_code": corporation, "peildatum": story.PEILDATA[q].isoformat()}
        evicted = story_parties.ONTRUIMINGEN[corporation][q - Q_START - 1] if q > Q_START else 0
        total = common | {"gebied_niveau": "GEMEENTE", "gebied_code": story.GEMEENTE}
        total |= _payment_fields(int(contracts.sum()), split.sum(axis=0), float(yearly.sum()))
        total |= {
            "bedrag_achterstand_vertrokken": f"{round(0.4 * MEAN_DEBT * arrears.sum(), 2):.2f}",
            "vonnissen": str(3 * evicted + len(corporation) % 2 + q % 3),
            "ontruiming_huurschuld": str(evicted),
            "ontruiming_overlast": str(int(corporation in ("DKO", "CAR") and q % 4 == 2)),
            "ontruiming_drugs": str(int(corporation == "DKO" and q % 4 == 3)),
            "ontruiming_onderhuur": "0",
            "ontruiming_overig": "0",
            "ontruiming_voorkomen": str(2 * evicted + 3 + i % 3),
        }
        wijken = [
            common
            | {"gebied_niveau": "WIJK", "gebied_code": wijk_code(NUMBERS[j])}
            | _payment_fields(int(contracts[j]), split[j], float(yearly[j]))
            | dict.fromkeys(_ONLY_MUNICIPALITY, "")
            for j in np.flatnonzero(contracts >= FEWEST_CONTRACTS).tolist()
        ]
        return [{name: row[name] for name in PAYMENT_FIELDS} for row in [total, *wijken]]


_ONLY_MUNICIPALITY: Final = (
    "bedrag_achterstand_vertrokken", "vonnissen", "ontruiming_huurschuld", "ontruiming_overlast",
    "ontruiming_drugs", "ontruiming_onderhuur", "ontruiming_overig", "ontruiming_voorkomen",
)  # fmt: skip
PAYMENT_FIELDS: Final = (
    "corporatie_code", "gebied_niveau", "gebied_code", "peildatum", "huurovereenkomsten",
    "achterstand_1_2_mnd", "achterstand_2_3_mnd", "achterstand_3plus_mnd",
    "bedrag_achterstand_zittend", "jaarhuur", "bedrag_achterstand_vertrokken",
    "betalingsregelingen_nieuw", "betalingsregelingen_actief", "huurkorting_nieuw",
    "huurkorting_actief", *_ONLY_MUNICIPALITY[1:],
)  # fmt: skip


def _payment_fields(contracts: int, arrears: np.ndarray, yearly: float) -> Row:
    behind = int(arrears.sum())
    return {
        "huurovereenkomsten": str(contracts),
        "achterstand_1_2_mnd": str(arrears[0]),
        "achterstand_2_3_mnd": str(arrears[1]),
        "achterstand_3plus_mnd": str(arrears[2]),
        "bedrag_achterstand_zittend": f"{behind * MEAN_DEBT:.2f}",
        "jaarhuur": f"{yearly:.2f}",
        "betalingsregelingen_nieuw": str(behind // 5),
        "betalingsregelingen_actief": str(behind * 11 // 20),
        "huurkorting_nieuw": str(behind // 40),
        "huurkorting_actief": str(behind // 16),
    }


def _arrears(contracts: np.ndarray, q: int) -> np.ndarray:
    """Tenants in arrears with the shares of the story per corporation and per part of Heerlen."""
    more = story_parties.ACHTERSTAND_DALING * (Q_LAST - q)
    shown = np.where(contracts >= FEWEST_CONTRACTS, contracts, 0)
    owners = [
        round((story_parties.ACHTERSTAND[c] + ROUNDING + more) / 100 * int(contracts[i].sum()))
        for i, c in enumerate(CORPS)
    ]
    _, rest = story_parties.ACHTERSTAND_NOORD
    zuid = round((rest + more) / 100 * int(contracts[:, ~NOORD].sum()))
    per_wijk = np.zeros(len(NUMBERS), dtype=np.int64)
    size = shown.sum(axis=0)
    per_wijk[~NOORD] = largest_remainder(size[~NOORD], zuid)
    per_wijk[NOORD] = largest_remainder(size[NOORD], sum(owners) - zuid)
    return fit_table(shown.astype(float), owners, per_wijk, cap=shown)


def liveability(units: pd.DataFrame, corporation: str, year: int) -> list[Row]:
    """Expenses per wijk and kind: of 2025, or of the first half of 2026."""
    table = _liveability_table(units)[CORPS.index(corporation)]
    van, tot = date(year, 1, 1), date(year, 12, 31)
    if year > story.START.year + 1:
        table, tot = table * 0.515, date(year, 6, 30)
    rows = []
    for j in np.flatnonzero(table > 0).tolist():
        for kind, share in story_parties.LEEFBAARHEID_SOORTEN.items():
            amount = round(float(table[j]) * share, 2)
            starts = int(amount // 9_000) if kind == "SOC" else 0
            rows.append(
                {
                    "corporatie_code": corporation,
                    "gebied_code": wijk_code(NUMBERS[j]),
                    "periode_van": van.isoformat(),
                    "periode_tot": tot.isoformat(),
                    "soort": kind,
                    "bedrag_begroot": f"{round(amount * 1.03, -1):.2f}",
                    "bedrag_werkelijk": f"{amount:.2f}",
                    "initiatieven_aantal": str(starts) if kind == "SOC" else "",
                    "initiatieven_bedrag": f"{starts * 1_650:.2f}" if kind == "SOC" else "",
                }
            )
    return rows


def _liveability_table(units: pd.DataFrame) -> np.ndarray:
    """Euros of 2025, corporations by wijken: the amounts per home of the story both ways."""
    homes = np.zeros((len(CORPS), len(NUMBERS)))
    for q in (Q_START, Q_2025):
        there = units[owned(units, q) & units["daeb"].to_numpy(dtype=bool)]
        counts = pd.crosstab(there["corporatie"], there["wijk"])
        counts = counts.reindex(index=list(CORPS), columns=list(NUMBERS), fill_value=0)
        homes += counts.to_numpy() / 2
    # the story rounds to whole euros; these fractions let both ways of adding up agree
    owners = np.array([story_parties.LEEFBAARHEID[c] + 0.4 for c in CORPS]) * homes.sum(axis=1)
    _, rest = story_parties.LEEFBAARHEID_NOORD
    zuid = (rest - 0.3) * homes[:, ~NOORD].sum()
    table = homes * np.where(NOORD, *story_parties.LEEFBAARHEID_NOORD)
    for _ in range(100):
        table *= (owners / table.sum(axis=1))[:, None]
        table[:, ~NOORD] *= zuid / table[:, ~NOORD].sum()
        table[:, NOORD] *= (owners.sum() - zuid) / table[:, NOORD].sum()
    return table


def participation(units: pd.DataFrame, sender: str, year: int) -> list[Row]:
    """Households reached by energy coaches and advised on provisions, per wijk, over a year."""
    van = date(year, 1, 1)
    tot = min(date(year, 12, 31), story.LAATSTE)
    mine = units[owned(units, Q_LAST)]
    if sender in CORPS:
        mine = mine[mine["corporatie"].eq(sender)]
    size = mine["wijk"].value_counts().reindex(NUMBERS, fill_value=0).to_numpy()
    coach = largest_remainder(size, story_parties.ENERGIECOACH[year][sender])
    advice = largest_remainder(size, story_parties.VOORZIENINGENWIJZER[year].get(sender, 0))
    rows = []
    for j in np.flatnonzero(coach + advice > 0).tolist():
        place = {
            "afzender_code": sender,
            "gebied_code": wijk_code(NUMBERS[j]),
            "periode_van": van.isoformat(),
            "periode_tot": tot.isoformat(),
        }
        if coach[j]:
            rows.append(_participation(place, "ECO", households=int(coach[j])))
        if advice[j]:
            rows.append(
                _participation(place, "VZW", households=int(advice[j]) + 1, advices=int(advice[j]))
            )
    return rows


def talks(sender: str, peildatum: date) -> list[Row]:
    """Formal talks of a tenants' organisation, and its meetings, over a half-year."""
    formal, meetings, people = story_parties.HUURDERSORGANISATIES[sender][peildatum]
    van = date(peildatum.year, 1 if peildatum.month <= 6 else 7, 1)
    place = {
        "afzender_code": sender,
        "gebied_code": story.GEMEENTE,
        "periode_van": van.isoformat(),
        "periode_tot": peildatum.isoformat(),
    }
    return [
        _participation(place, "OVL", meetings=formal),
        _participation(place, "BIJ", meetings=meetings, people=people),
    ]


def _participation(
    place: Row, kind: str, *, households: int | None = None, advices: int | None = None,
    meetings: int | None = None, people: int | None = None,
) -> Row:  # fmt: skip
    benefit = None if advices is None else advices * story_parties.VOORDEEL_PER_ADVIES
    return place | {
        "soort": kind,
        "huishoudens_uniek": _number(households),
        "adviezen_afgerond": _number(advices),
        "voordeel_totaal_eur": "" if benefit is None else f"{benefit:.2f}",
        "bijeenkomsten": _number(meetings),
        "deelnemers": _number(people),
    }


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def corporation_counts(contracts: pd.DataFrame, corporation: str, q: int) -> list[Telling]:
    """What a corporation counts at a quarter's end; more at the end of a year."""
    peildatum = story.PEILDATA[q]
    first = story.PEILDATA[q - 1] + timedelta(days=1)
    area = (story.GEMEENTE, corporation)
    answer = [
        Telling(corporation, "HOE_BEEINDIGD", *area, first, peildatum,
                lettings.ended(contracts, corporation, q))
    ]  # fmt: skip
    year = (date(peildatum.year, 1, 1), peildatum)
    if q == Q_2025:
        for name, (fits, of) in zip(
            ("PAS_LAND", "DAEB_LAND"), story_parties.LANDELIJK[corporation], strict=True
        ):
            answer.append(Telling(corporation, name, *area, *year, fits, of))
        for category, amounts in story_parties.INVESTERINGEN[corporation].items():
            for name, thousands in zip(("BEGROOT", "WERKELIJK"), amounts, strict=True):
                code = f"INV_{name}_{category}"
                answer.append(Telling(corporation, code, *area, *year, None,
                                      bedrag=1000 * thousands))  # fmt: skip
    for place, when in enumerate((Q_2025, Q_LAST)):
        if q == when:
            points = story_parties.VEILIGHEID_OPEN[corporation][place]
            answer.append(Telling(corporation, "VEI_OPEN", *area, peildatum, peildatum, points))
    return answer


def income_dependent(corporation: str, year: int) -> list[Telling]:
    """Income-dependent increases of 1 July as totals; never per home."""
    number, rent, rise = story_parties.IAH[corporation]
    when = date(year, 7, 1)
    area = (story.GEMEENTE, corporation, when, when)
    old = round(number * rent)
    return [
        Telling(corporation, "IAH_AANTAL", *area, number),
        Telling(corporation, "IAH_SOM_OUD", *area, None, bedrag=old),
        Telling(corporation, "IAH_SOM_NIEUW", *area, None, bedrag=round(old * (1 + rise / 100))),
    ]


def municipal_counts(peildatum: date) -> list[Telling]:
    """What the municipality counts: signals, statutory housing, mediation, portal and survey."""
    q = QUARTER[peildatum]
    first = story.PEILDATA[q - 1] + timedelta(days=1)
    half = date(peildatum.year, 1 if peildatum.month <= 6 else 7, 1)
    year = (date(peildatum.year, 1, 1), peildatum)

    def count(code: str, van: date, tot: date, value: float | None, **more: object) -> Telling:
        return Telling("GEM", code, story.GEMEENTE, "-", van, tot, value, **more)  # type: ignore[arg-type]

    received, followed = story_parties.VROEGSIGNALEN[q - Q_START - 1]
    answer = [
        count("VSG_ONTVANGEN", first, peildatum, received),
        count("VSG_OPGEVOLGD", first, peildatum, followed),
    ]
    if peildatum in story_parties.VERGUNNINGHOUDERS:
        task, housed, behind = story_parties.VERGUNNINGHOUDERS[peildatum]
        quota, out = story_parties.UITSTROOM[peildatum]
        days, n = story_parties.WMO_DAGEN[peildatum]
        answer += [
            count("VGH_TAAK", half, peildatum, task),
            count("VGH_GEHUISVEST", half, peildatum, housed),
            count("VGH_ACHTERSTAND", half, peildatum, behind),
            count("UMO_QUOTUM", half, peildatum, quota),
            count("UMO_GEHUISVEST", half, peildatum, out),
            count("WMO_DAGEN", half, peildatum, None, mediaan=days, n=n),
        ]
    if peildatum in (story.PEILDATA[Q_2025], story.LAATSTE):
        intake, closed, solved = story_parties.BUURTBEMIDDELING[peildatum.year]
        months, active, successful = story_parties.WOONRUIMTE[peildatum.year]
        works, agreed = story_parties.KETENS[peildatum.year]
        number, euros = story_parties.INITIATIEVEN[peildatum.year]
        answer += [
            count("BBM_INTAKE", *year, intake),
            count("BBM_AFGEROND", *year, closed),
            count("BBM_OPGELOST", *year, solved),
            count("INI_AANTAL", *year, number),
            count("INI_BEDRAG", *year, None, bedrag=euros),
            count("WRV_ZOEKDUUR", *year, None, mediaan=months, n=successful),
            count("WRV_ACTIEF", *year, active),
            count("WRV_GESLAAGD", *year, successful),
            count("KET_OPERATIONEEL", *year, works),
            count("KET_AFGESPROKEN", *year, agreed),
        ]
    if q == Q_2025:
        answer += _survey(year)
    return answer


def _survey(year: tuple[date, date]) -> list[Telling]:
    """Means of a survey: per wijk those of its part of Heerlen, and that of Heerlen itself."""
    answer = []
    for code, parts in (
        ("ENQ_LEEFOMGEVING", story_parties.LEEFOMGEVING),
        ("ENQ_COHESIE", story_parties.COHESIE),
    ):
        (noord, near), (rest, _) = parts
        asked = [w for w in story.WIJKEN if w.woningen >= FEWEST_SURVEYED]
        size = [sum(w.woningen for w in asked if w.noord is place) for place in (True, False)]
        whole = round((noord * size[0] + rest * size[1]) / sum(size), 1)
        scores = [(wijk_code(w.nummer), noord if w.noord else rest, 3 * near, 60 + w.woningen // 20)
                  for w in asked]  # fmt: skip
        for area, mean, margin, n in [*scores, (story.GEMEENTE, whole, near, 1_840)]:
            around = (round(mean - margin, 1), round(mean + margin, 1))
            answer.append(Telling("GEM", code, area, "-", *year, mean, n=n, marge=around))
    return answer


def telling_rows(tellingen: Iterable[Telling], made_on: date) -> list[Row]:
    return [
        {
            "afzender_code": t.afzender,
            "telling_code": t.code,
            "gebied_code": t.gebied,
            "corporatie_code": t.corporatie,
            "periode_van": t.van.isoformat(),
            "periode_tot": t.tot.isoformat(),
            "teller": _number(t.teller),
            "noemer": _number(t.noemer),
            "bedrag_eur": "" if t.bedrag is None else f"{t.bedrag:.2f}",
            "mediaan": _number(t.mediaan),
            "n": _number(t.n),
            "marge_onder": _number(t.marge[0] if t.marge else None),
            "marge_boven": _number(t.marge[1] if t.marge else None),
            "bron": story.VOORBEELD,
            "stand_op": made_on.isoformat(),
        }
        for t in tellingen
    ]
