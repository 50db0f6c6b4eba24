"""What every party sends beside the homes of `deliveries`, and when."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pandas as pd

from local.sample import counts, deliveries, lettings, municipal, packing, story, story_parties
from local.sample.deliveries import Rows, Units
from local.sample.events import Events
from local.sample.increases import JULY, Increases
from local.sample.packing import Delivery, Table, received_on
from local.sample.plan import CORPS, Q_2025, Q_LAST, QUARTER
from local.sample.seeds import Dice
from local.sample.works import Works, action_rows, make_works, project_rows

FIRST_EVENTS: Final = QUARTER[story_parties.EERSTE_MUTATIES]
FIRST_FIGURES: Final = QUARTER[story_parties.EERSTE_CIJFERS]
HALF_2026: Final = QUARTER[date(2026, 6, 30)]


def write_parties(
    units: Units, register: pd.DataFrame, homes: Rows, inbox: Path, dice: Dice
) -> dict[str, int]:
    """Write everything below `inbox`; gives rows per delivery.

    `homes` are those of the one quarter that is sent in one workbook with everything else.
    """
    sent = {}
    for delivery in Parties(units, register, dice).deliveries():
        if (delivery.sender, delivery.peildatum) == story_parties.ALLES_IN_EEN:
            table = [
                dict(zip(homes, row, strict=True)) for row in zip(*homes.values(), strict=True)
            ]
            delivery = replace(
                delivery,
                delivery_id=f"{delivery.sender}-{delivery.peildatum}-1",
                tables={"eenheid": table} | delivery.tables,
            )
        packing.write(delivery, inbox)
        sent[delivery.delivery_id] = delivery.rows
    return sent


class Parties:
    """All parties' rows, ready to be sent."""

    def __init__(self, units: Units, register: pd.DataFrame, dice: Dice) -> None:
        own = units.own()
        homes = own.homes
        self.works: Works = make_works(homes, register, dice)
        self.lettings = lettings.make_lettings(homes, dice)
        self._homes = homes
        self._events = Events(homes, own.texts, self.works)
        self._increases = Increases(homes, self.works, dice)
        self._payments = counts.Payments(homes)

    def deliveries(self) -> Iterator[Delivery]:
        for corporation in CORPS:
            for q in range(FIRST_EVENTS, Q_LAST + 1):
                yield self._quarter(corporation, q)
            for year in JULY:
                yield from self._july(corporation, year)
        yield from self._municipality()
        yield from self._tenants()

    def tables(self, corporation: str, q: int) -> dict[str, Table]:
        """What a corporation has to tell over a quarter, beside its homes."""
        peildatum = story.PEILDATA[q]
        tables: dict[str, Table] = {"mutatie": self._events.rows(corporation, q)}
        if q >= FIRST_FIGURES:
            tables["project"] = project_rows(self.works, corporation, peildatum)
            tables["projecteenheid"] = action_rows(self.works, corporation, peildatum)
            tables["betaling"] = self._payments.rows(corporation, q)
        if q > FIRST_FIGURES:
            tables["toewijzing"] = lettings.rows(self.lettings, corporation, q)
            counted = counts.corporation_counts(self.lettings, corporation, q)
            tables["telling"] = counts.telling_rows(counted, peildatum + timedelta(days=6))
        if q == Q_2025:
            tables["leefbaarheid"] = counts.liveability(self._homes, corporation, 2025)
            tables["participatie"] = counts.participation(self._homes, corporation, 2025)
        elif q == HALF_2026:
            tables["leefbaarheid"] = counts.liveability(self._homes, corporation, 2026)
        elif q == Q_LAST:
            tables["participatie"] = counts.participation(self._homes, corporation, 2026)
        return {entity: table for entity, table in tables.items() if table}

    def _quarter(self, corporation: str, q: int) -> Delivery:
        peildatum = story.PEILDATA[q]
        # they come with the homes that were delivered as a whole
        homes = [
            d.ontvangen
            for d in deliveries.schedule()
            if (d.corporatie, d.peildatum, d.soort) == (corporation, peildatum, "VOLLEDIG")
        ]
        return _delivery(corporation, peildatum, "K1", homes[-1], self.tables(corporation, q))

    def _july(self, corporation: str, year: int) -> Iterator[Delivery]:
        """The rent increases of 1 July, and the income-dependent ones as totals."""
        day = JULY[year] + timedelta(days=story_parties.HUURVERHOGING_ONTVANGEN[corporation] - 1)
        rows = self._increases.rows(corporation, year)
        counted = counts.telling_rows(counts.income_dependent(corporation, year), day)
        tables = {"huurverhoging": rows, "telling": counted}
        number = 1
        if (corporation, year) == story_parties.INKOMEN_GENOEMD[:2]:
            spoilt = copy.deepcopy(rows)
            for row in spoilt[:: max(1, len(rows) // story_parties.INKOMEN_GENOEMD[2])]:
                row["wijzigingsreden"] = "INK"
            first = day - timedelta(days=7)
            yield _delivery(corporation, JULY[year], "1", first, {"huurverhoging": spoilt})
            number = 2
        yield _delivery(corporation, JULY[year], str(number), day, tables)

    def _municipality(self) -> Iterator[Delivery]:
        for q in range(FIRST_FIGURES, Q_LAST + 1):
            peildatum = story.PEILDATA[q]
            day = peildatum + timedelta(days=story_parties.GEMEENTE_ONTVANGEN)
            tables: dict[str, Table] = {}
            if peildatum.month == 12 or peildatum == date(2026, 3, 31):
                tables["afspraak"] = municipal.agreements(peildatum)
            if peildatum.month == 12:
                tables["doel"] = municipal.targets(peildatum)
                tables["gebiedslijst"] = municipal.areas_of_attention()
            tables["mijlpaal"] = municipal.milestones(peildatum)
            if peildatum.month in (6, 12) or q == Q_LAST:
                tables["plancapaciteit"] = municipal.plans(peildatum)
            if q > FIRST_FIGURES:
                counted = counts.municipal_counts(peildatum)
                tables["telling"] = counts.telling_rows(counted, day)
            if q in (Q_2025, Q_LAST):
                tables["participatie"] = counts.participation(self._homes, "GEM", peildatum.year)
            tables["oordeel"] = municipal.judgements(peildatum)
            kept = {entity: table for entity, table in tables.items() if table}
            yield _delivery("GEM", peildatum, "1", day, kept)

    def _tenants(self) -> Iterator[Delivery]:
        for sender, halves in story_parties.HUURDERSORGANISATIES.items():
            for peildatum in halves:
                day = peildatum + timedelta(days=story_parties.HUURDERS_ONTVANGEN[sender])
                tables = {"participatie": counts.talks(sender, peildatum)}
                yield _delivery(sender, peildatum, "1", day, tables)


def _delivery(
    sender: str, peildatum: date, number: str, day: date, tables: dict[str, Table]
) -> Delivery:
    for fault in story_parties.FOUTE_CIJFERS:
        if (fault.afzender, fault.peildatum) == (sender, peildatum) and fault.entiteit in tables:
            table = tables[fault.entiteit]
            bad = table[len(table) // 2] | {fault.sleutel: "FOUT-1", fault.kolom: fault.waarde}
            tables[fault.entiteit] = [*table[: len(table) // 2], bad, *table[len(table) // 2 :]]
    return Delivery(
        sender,
        f"{sender}-{peildatum}-{number}",
        peildatum,
        received_on(day),
        story_parties.VORM[sender],
        tables,
    )
