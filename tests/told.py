"""The sample as a recipient reads it: every count of its tests starts from the written files.

The rules of counting are written out in pandas, apart from the generator and from the warehouse.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from local.sample import story

CORPS = tuple(story.CORPORATIES)
START, YEAR_END, LAST = date(2024, 12, 31), date(2025, 12, 31), date(2026, 9, 30)
STILL_OWNED = ("REN", "PLA", "VEN", "TRA", "SLO")
COLUMNS = [
    "corporatie_code", "eenheid_id", "bag_object_id", "postcode", "huisnummer", "huisletter",
    "huisnummertoevoeging", "soort", "detail_soort", "zelfstandig", "maatschappelijk_label",
    "status", "detail_status", "status_vanaf", "in_exploitatie_datum", "in_exploitatie_reden",
    "uit_exploitatie_reden", "bouwjaar", "netto_huur", "label_soort", "label_status",
    "efg_uitzondering", "efg_uitzondering_vanaf", "zonnepanelen", "warmtenet", "conditiescore",
]  # fmt: skip


REGISTER_KEYS = (
    "Registratiedatum",
    "Opnamedatum",
    "BAGVerblijfsobjectID",
    "Postcode",
    "Huisnummer",
    "Huisletter",
    "Huisnummertoevoeging",
    "Detailaanduiding",
)
LABEL_COLUMNS = (
    "Energieklasse",
    "GeldigTot",
    "Berekeningstype",
    "Projectnaam",
    "PrimaireFossieleEnergie",
    "PrimaireFossieleEnergieEMGForfaitair",
)


def _csv(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    return pd.read_csv(
        path, sep=";", dtype=str, keep_default_na=False, encoding="utf-8-sig", usecols=columns
    )


def _workbook(path: Path) -> dict[str, pd.DataFrame]:
    """All sheets as text: days and amounts as a CSV would have them."""
    sheets = pd.read_excel(path, sheet_name=None, header=None, engine="calamine")
    return {name: sheet.map(_as_text) for name, sheet in sheets.items()}


def _as_text(value: object) -> str:
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        return "" if value != value else f"{value:.2f}"
    return str(value)


@dataclass(frozen=True)
class Sample:
    """The written files, read as a recipient would."""

    folder: Path

    @cached_property
    def manifests(self) -> pd.DataFrame:
        """The deliveries of homes, in order of reception, with the folder each lies in."""
        rows = []
        for path in sorted((self.folder / "inbox").rglob("manifest.json")):
            document = json.loads(path.read_text(encoding="utf-8"))
            received = pd.Timestamp(path.stat().st_mtime, unit="s", tz="Europe/Amsterdam")
            if (path.parent / "eenheid.csv").exists():
                rows.append(document | {"folder": path.parent, "received": received})
        for path in sorted((self.folder / "inbox").rglob("*.xlsx")):
            book = _workbook(path)
            if "eenheid" in book:
                letter = dict(book["levering"].to_numpy().tolist())
                received = pd.Timestamp(path.stat().st_mtime, unit="s", tz="Europe/Amsterdam")
                rows.append(letter | {"folder": path, "received": received})
        frame = pd.DataFrame(rows)
        frame["peildatum"] = [date.fromisoformat(p) for p in frame["peildatum"]]
        return frame.sort_values("received", ignore_index=True)

    @cached_property
    def register(self) -> pd.DataFrame:
        archive = next((self.folder / "publishers/ep-online").glob("*.zip"))
        with zipfile.ZipFile(archive) as file:
            raw = file.read(file.namelist()[0])
        return pd.read_csv(
            io.BytesIO(raw), sep=";", dtype=str, keep_default_na=False, skiprows=2, encoding="utf-8"
        )

    @cached_property
    def labels(self) -> pd.DataFrame:
        """Certificates of dwellings with a class, the one that counts last."""
        rows = self.register[
            self.register["Gebouwklasse"].eq("W") & self.register["Energieklasse"].ne("")
        ].copy()
        rows["Registratiedatum"] = rows["Registratiedatum"].str.replace("-", "")
        rows = rows[[*REGISTER_KEYS, *LABEL_COLUMNS]]
        return rows.sort_values(["Registratiedatum", "Opnamedatum"], kind="stable")

    @cached_property
    def areas(self) -> pd.Series:
        with zipfile.ZipFile(next((self.folder / "publishers/cbs-download").glob("*.zip"))) as file:
            frame = pd.read_csv(file.open(file.namelist()[0]), sep=";", dtype=str)
        own = frame[frame["Gemeente2025"].eq("0917")]
        assert not own.duplicated(["PC6", "Huisnummer"]).any()
        return own.set_index(["PC6", "Huisnummer"])["Buurt2025"]

    @cached_property
    def homes(self) -> pd.DataFrame:
        return pd.concat([self.pop_b(p) for p in story.PEILDATA], ignore_index=True)

    def delivered(
        self, corporation: str, peildatum: date, *, accepted: bool = True
    ) -> pd.DataFrame:
        mine = self.manifests[
            self.manifests["afzender_code"].eq(corporation)
            & self.manifests["peildatum"].eq(peildatum)
        ]
        place = mine.iloc[-1 if accepted else 0]["folder"]
        if place.suffix == ".xlsx":
            sheet = _workbook(place)["eenheid"]
            rows = sheet.iloc[1:].set_axis(sheet.iloc[0].tolist(), axis=1).reset_index(drop=True)
            whole = rows["netto_huur"].str.fullmatch(r"\d+")  # a sheet has no cents of a whole euro
            rows["netto_huur"] = rows["netto_huur"].mask(whole, rows["netto_huur"] + ".00")
            return rows[COLUMNS]
        return _csv(place / "eenheid.csv", COLUMNS)

    def pop_b(self, peildatum: date, *, first_car: bool = False) -> pd.DataFrame:
        """Owned homes of one peildatum with label, area and rent, each counted once."""
        parts = [
            self.delivered(c, peildatum, accepted=not (first_car and c == "CAR")) for c in CORPS
        ]
        rows = pd.concat(parts, ignore_index=True)
        rows["netto_huur"] = rows["netto_huur"].str.replace(",", ".")
        sound = (
            rows["postcode"].str.fullmatch(r"(\d{4}[A-Z]{2})?")
            & rows["bag_object_id"].str.fullmatch(r"\d{4}0[123]\d{10}")
            & rows["netto_huur"].str.fullmatch(r"(\d+\.\d{2})?")
            & rows["status"].isin(["VEH", "LEE", "UIT", "ADM"])
            & rows["maatschappelijk_label"].isin(["DAE", "NDA"])
            & rows["zonnepanelen"].isin(["EIG", "COL", "ALG", "N", "ONB"])
            & rows["bouwjaar"].str.fullmatch(r"\d{4}")
        )
        rows = rows[sound]
        there = rows["status"].isin(["VEH", "LEE"]) | (
            rows["status"].eq("UIT") & rows["uit_exploitatie_reden"].isin(STILL_OWNED)
        )
        home = rows["soort"].eq("WOO") & rows["zelfstandig"].eq("J")
        home &= ~rows["detail_soort"].isin(["KAM", "WOW", "WWP"])
        rows = rows[there & home].sort_values(
            ["in_exploitatie_datum", "corporatie_code"], ascending=[False, True], kind="stable"
        )
        rows = rows.drop_duplicates("bag_object_id").reset_index(drop=True)
        rows["peildatum"] = peildatum
        rows["huur"] = pd.to_numeric(rows["netto_huur"], errors="coerce")
        rows = self._with_label(rows, peildatum)
        return self._with_area(rows)

    def _with_label(self, rows: pd.DataFrame, peildatum: date) -> pd.DataFrame:
        known = self.labels[self.labels["Registratiedatum"].le(f"{peildatum:%Y%m%d}")]
        ids = known["BAGVerblijfsobjectID"]
        by_id = known[ids.ne("") & ~ids.str.endswith("0" * 10)]
        by_id = by_id.drop_duplicates("BAGVerblijfsobjectID", keep="last")
        address = ["Postcode", "Huisnummer", "Huisletter", "Huisnummertoevoeging"]
        by_address = known[
            known["BAGVerblijfsobjectID"].eq("") & known["Detailaanduiding"].eq("")
        ].drop_duplicates(address, keep="last")
        own = ["postcode", "huisnummer", "huisletter", "huisnummertoevoeging"]
        first = rows.merge(
            by_id, left_on="bag_object_id", right_on="BAGVerblijfsobjectID", how="left"
        )
        second = rows.merge(by_address, left_on=own, right_on=address, how="left")
        found = first["Energieklasse"].notna().to_numpy()
        for name in LABEL_COLUMNS:
            rows[name] = first[name].where(found, second[name]).fillna("")
        rows["koppeling"] = np.select(
            [found, second["Energieklasse"].notna().to_numpy()], ["bag", "adres"], "geen"
        )
        rows["adres_register"] = first["Postcode"].fillna("") + "|" + first["Huisnummer"].fillna("")
        rows["efg"] = rows["Energieklasse"].isin(["E", "F", "G"])
        rows["verlopen"] = rows["Energieklasse"].ne("") & rows["GeldigTot"].lt(
            f"{peildatum:%Y%m%d}"
        )
        valid = rows["efg_uitzondering_vanaf"].ne("")
        valid &= rows["efg_uitzondering_vanaf"].le(peildatum.isoformat())
        rows["uitgezonderd"] = rows["efg"] & rows["efg_uitzondering"].ne("") & valid
        return rows

    def _with_area(self, rows: pd.DataFrame) -> pd.DataFrame:
        own = rows["postcode"] + "|" + rows["huisnummer"]
        place = own.where(rows["postcode"].ne(""), rows["adres_register"])
        split = place.str.split("|", n=1, expand=True)
        keys = pd.MultiIndex.from_frame(split)
        rows["buurt"] = self.areas.reindex(keys).to_numpy()
        rows["wijk"] = rows["buurt"].str[4:6]
        return rows


def per_corporation(rows: pd.DataFrame) -> dict[str, int]:
    return rows["corporatie_code"].value_counts().reindex(CORPS, fill_value=0).to_dict()


def on(told: Sample, peildatum: date) -> pd.DataFrame:
    return told.homes[told.homes["peildatum"].eq(peildatum)]


def in_exploitation(rows: pd.DataFrame) -> pd.DataFrame:
    let = rows["status"].isin(["VEH", "LEE"]) & rows["maatschappelijk_label"].eq("DAE")
    return rows[let & rows["huur"].gt(0.01)]


def rent_class(rent: pd.Series, year: int) -> np.ndarray:
    """0 to 4; a rent exactly on a limit belongs to the class below it."""
    return np.searchsorted(np.array(story.HUURGRENZEN[year]), rent.to_numpy(), side="left")
