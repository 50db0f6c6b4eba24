"""Rent increases (huurverhoging): 1 July for sitting tenants, and what works did to the rent."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from local.sample import story, story_parties
from local.sample.moments import owned, pick, temporarily_out, vacant
from local.sample.plan import CORPS, QUARTER
from local.sample.rents import span_of
from local.sample.seeds import Dice
from local.sample.works import Action, Works

JULY: Final = {2025: date(2025, 7, 1), 2026: date(2026, 7, 1)}
# Homes whose rent also went up for an installation, which is allowed.
WITH_INSTALLATION: Final = 6


class Increases:
    """The yearly deliveries of all corporations; `units` as in `works`."""

    def __init__(self, units: pd.DataFrame, works: Works, dice: Dice) -> None:
        self._units = units
        self._rng = dice.stream("huurverhoging")
        self._corp = units["corporatie"].to_numpy()
        self._number = units["eenheid_id"].to_numpy()
        daeb, middle = units["daeb"].to_numpy(dtype=bool), units["segment"].eq("midden")
        self._segment = np.select([daeb, middle.to_numpy()], ["LAAG", "MIDDEN"], "VRIJ")
        self._by_home = {a.home: a for a in works.insulated()}
        self._at_july = self._choose_at_july()

    def rows(self, corporation: str, year: int) -> list[dict[str, str]]:
        """Changes from 2 July of the year before until 1 July, in order of home and day."""
        rows = self._yearly(corporation, year) + self._after_works(corporation, year)
        return sorted(rows, key=lambda row: (row["eenheid_id"], row["ingangsdatum"]))

    def _choose_at_july(self) -> dict[int, str]:
        """Homes insulated in the second quarter of 2025 whose rent changed with it on 1 July."""
        q = QUARTER[date(2025, 6, 30)]
        first = story.PEILDATA[q - 1]
        let = self._sitting(2025)
        answer: dict[int, str] = {}
        for c in CORPS:
            pool = np.zeros(len(self._units), dtype=bool)
            for k, a in self._by_home.items():
                pool[k] = first < a.gereed <= story.PEILDATA[q] and let[k] and self._corp[k] == c
            kinds = (
                ("inbreuk", story_parties.ISOLATIE_INBREUK[c]),
                ("nieuwe huurder", story_parties.ISOLATIE_NIET_TE_BEOORDELEN[c]),
                ("installatie", min(WITH_INSTALLATION, int(pool.sum()) // 2)),
            )
            for kind, count in kinds:
                for k in pick(pool, count, self._rng).tolist():
                    answer[k] = kind
                    pool[k] = False
        return answer

    def _sitting(self, year: int) -> np.ndarray:
        """Let before and after 1 July to the same tenant, with the increase of that day."""
        units = self._units
        after = QUARTER[date(year, 9, 30)]
        mask = owned(units, after - 1) & owned(units, after)
        for q in (after - 1, after):
            mask &= ~vacant(units, q) & ~temporarily_out(units, q)
        old, new = self._spans(year)
        share = (new / old - 1) * 100
        mean = np.array([story.HUURVERHOGING[c][year - 2024] for c in self._corp])
        usual = np.abs(share / mean - 1) < 0.1
        market = ~units["daeb"].to_numpy(dtype=bool) & (share > 1.0)
        return mask & (usual | market)

    def _spans(self, year: int) -> tuple[np.ndarray, np.ndarray]:
        span = span_of(QUARTER[date(year, 9, 30)])
        return (
            self._units[f"huur_{span - 1}"].to_numpy(),
            self._units[f"huur_{span}"].to_numpy(),
        )

    def _yearly(self, corporation: str, year: int) -> list[dict[str, str]]:
        old, new = self._spans(year)
        mine = self._corp == corporation
        sitting = mine & self._sitting(year)
        if year == 2025:
            sitting[list(self._at_july)] = False
        rows = [
            self._row(k, JULY[year], old[k], new[k], "JAA")
            for k in np.flatnonzero(sitting).tolist()
        ]
        after = QUARTER[date(year, 9, 30)]
        frozen = mine & owned(self._units, after - 1) & (old == new)
        frozen &= self._units["groep"].eq("oud").to_numpy() & ~vacant(self._units, after)
        frozen &= self._units["daeb"].to_numpy(dtype=bool) & ~temporarily_out(self._units, after)
        return rows + [
            self._row(k, JULY[year], old[k], new[k], "BEV")
            for k in np.flatnonzero(frozen)[: story_parties.BEVROREN].tolist()
        ]

    def _after_works(self, corporation: str, year: int) -> list[dict[str, str]]:
        """One row for each insulated home, on the first of the month after the works."""
        first, last = date(year - 1, 7, 1), JULY[year]
        rows = []
        for k, action in self._by_home.items():
            if self._corp[k] != corporation:
                continue
            kind = self._at_july.get(k, "")
            when = JULY[2025] if kind else _month_after(action.gereed)
            if first < when <= last:
                rows.append(self._works_row(k, action, when, kind))
        return rows

    def _works_row(self, k: int, action: Action, when: date, kind: str) -> dict[str, str]:
        old, new = self._spans(2025)
        rise = round(float(new[k] - old[k]), 2)
        parts = {"deel_isolatie": 0.0, "deel_installatie": 0.0, "deel_overig": 0.0}
        index = 0.0
        if not kind:
            q = next(i for i, p in enumerate(story.PEILDATA) if p >= when)
            rent = float(self._units[f"huur_{span_of(q)}"].iloc[k])
            row = self._row(k, when, rent, rent, "REN")
        else:
            row = self._row(k, when, float(old[k]), float(new[k]), "REN")
            part = {"inbreuk": ("deel_isolatie", 12.5), "installatie": ("deel_installatie", 8.0)}
            name, amount = part.get(kind, ("deel_overig", rise))
            parts[name] = amount
            index = round(rise - amount, 2)
        row["zelfde_huurder"] = "N" if kind == "nieuwe huurder" else "J"
        row["project_code"] = action.project
        row |= {name: f"{value:.2f}" for name, value in parts.items()}
        row["deel_index"] = f"{index:.2f}" if kind else ""
        row["servicekosten_energie_wijziging"] = "0.00"
        return row

    def _row(self, k: int, when: date, old: float, new: float, reason: str) -> dict[str, str]:
        return {
            "corporatie_code": str(self._corp[k]),
            "eenheid_id": str(self._number[k]),
            "ingangsdatum": when.isoformat(),
            "netto_huur_oud": f"{old:.2f}",
            "netto_huur_nieuw": f"{new:.2f}",
            "wijzigingsreden": reason,
            "zelfde_huurder": "J",
            "segment": str(self._segment[k]),
            "project_code": "",
            "deel_isolatie": "",
            "deel_installatie": "",
            "deel_overig": "",
            "deel_index": "",
            "epv_nieuw": "",
            "servicekosten_energie_wijziging": "",
        }


def _month_after(day: date) -> date:
    """The first of the month after a day; not in July, when rents rise anyway."""
    year, month = (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
    return date(year, 8 if month == 7 else month, 1)
