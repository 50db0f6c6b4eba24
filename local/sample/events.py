"""Stock events (mutatie): each home that came or went, and those out of use for a while."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from local.sample import story
from local.sample.moments import not_yet_let
from local.sample.plan import QUARTER
from local.sample.rents import span_of
from local.sample.works import Works

IN: Final = {"NIE": "NIE", "AAN": "AAN", "SPL": "SPL_IN"}


class Events:
    """The events of all corporations, quarter by quarter.

    `units` are the corporations' own homes (row numbers as in `works`), with the texts that their
    eenheid rows carry.
    """

    def __init__(self, units: pd.DataFrame, texts: dict[str, np.ndarray], works: Works) -> None:
        self._units = units
        self._texts = texts
        self._built, self._demolished = works.project_of("NIE"), works.project_of("SLO")

    def rows(self, corporation: str, q: int) -> list[dict[str, str]]:
        """Rows of one delivery, in order of the day."""
        units = self._units
        mine = units["corporatie"].eq(corporation).to_numpy()
        unlet = not_yet_let(units, q)
        found = []
        for k in np.flatnonzero(mine & units["in_q"].eq(q).to_numpy()).tolist():
            kind = IN[units["in_reden"].iloc[k]]
            row = self._row(k, _day(units["in_datum"].iloc[k]), kind) | self._start(k, q, kind)
            if unlet[k]:
                row |= {"vraaghuur": row["netto_huur_aanvang"], "netto_huur_aanvang": "",
                        "contract_maand": ""}  # fmt: skip
            found.append(row)
        for k in np.flatnonzero(mine & units["uit_q"].eq(q).to_numpy()).tolist():
            kind = str(units["uit_reden"].iloc[k])
            row = self._row(k, _day(units["uit_datum"].iloc[k]), kind)
            found.append(row | {"project_code": self._demolished.get(k, "")})
        after = np.datetime64(story.PEILDATA[q - 1])
        until = np.datetime64(story.PEILDATA[q])
        for column, kind in (("uit_van", "TIJD_UIT"), ("uit_tot", "TIJD_IN")):
            when = units[column].to_numpy().astype("datetime64[D]")
            chosen = mine & (when > after) & (when <= until)
            if kind == "TIJD_IN":
                chosen &= units["uit_reden"].eq("").to_numpy()
            found += [self._row(k, str(when[k]), kind) for k in np.flatnonzero(chosen).tolist()]
        found.sort(key=lambda row: (row["mutatiedatum"], row["eenheid_id"], row["mutatiesoort"]))
        return [
            row | {"mutatie_id": f"{corporation}-{story.PEILDATA[q]:%Y%m}-{n:04d}"}
            for n, row in enumerate(found, start=1)
        ]

    def _row(self, k: int, when: str, kind: str) -> dict[str, str]:
        label = str(self._texts["maatschappelijk_label"][k])
        before = "GEEN" if kind in IN.values() else label
        stays = kind in ("TIJD_UIT", "TIJD_IN") or kind in IN.values()
        return {
            "corporatie_code": str(self._units["corporatie"].iloc[k]),
            "mutatie_id": "",
            "eenheid_id": str(self._units["eenheid_id"].iloc[k]),
            "bag_object_id": str(self._texts["bag_object_id"][k]),
            "mutatiedatum": when,
            "mutatiesoort": kind,
            "maatschappelijk_label_voor": before,
            "maatschappelijk_label_na": label if stays else "GEEN",
            "project_code": "",
            "contract_maand": "",
            "netto_huur_aanvang": "",
            "vraaghuur": "",
            "wws_punten_aanvang": "",
            "energieconcept": "",
            "aardgasaansluiting": "",
            "bat_score": "",
            "toegankelijkheidslabel": "",
            "woonvorm": "",
            "toelichting": "",
        }

    def _start(self, k: int, q: int, kind: str) -> dict[str, str]:
        """The start of the contract, and what a new home is like."""
        unit = self._units.iloc[k]
        start = {
            "contract_maand": _day(unit["in_datum"])[:7],
            "netto_huur_aanvang": f"{unit[f'huur_{span_of(q)}']:.2f}",
            "wws_punten_aanvang": str(self._texts["wws_punten"][k]),
        }
        if kind != "NIE":
            return start
        peildatum = story.PEILDATA[q]
        return start | {
            "project_code": self._built[k],
            "energieconcept": "NOM" if unit["klasse_nu"] == "A++++" else "AEL",
            "aardgasaansluiting": "N",
            "bat_score": "BAT2" if q > QUARTER_OF_BAT and unit["bouwjaar"] >= 2025 else "",
            "toegankelijkheidslabel": accessible(unit["zorg"], peildatum.isoformat()),
            "woonvorm": str(unit["zorg"]),
        }


QUARTER_OF_BAT: Final = QUARTER[story.PEILDATA[5]]


def accessible(care: str, peildatum: str) -> str:
    """The VERA code of a new home; the one for homes on one level came in January 2025."""
    if care:
        return "ROL"
    return "GNV" if peildatum >= "2025-01-24" else "GEL"


def _day(value: object) -> str:
    return pd.Timestamp(value).date().isoformat()
