"""E/F/G counted a second time, in pandas, straight from the sample's files.

Written apart from the SQL, so that a mistake in one is not a mistake in the other.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pandas as pd

REASONS_STILL_OWNED = {"REN", "PLA", "VEN", "TRA", "SLO"}
NOT_A_HOME = {"KAM", "WOW", "WWP"}
ADDRESS = ["postcode", "huisnummer", "huisletter", "huisnummertoevoeging"]


def efg_per_corporation(sample: Path, peildatum: str) -> pd.DataFrame:
    """Per corporation (index): bruto, uitgezonderd, netto, verlopen, nooit on a peildatum."""
    homes = _homes(sample, peildatum)
    certificates = _certificates(sample, peildatum)

    by_id = _latest(certificates[certificates["id"] != ""], ["id"])
    by_address = _latest(
        certificates[(certificates["id"] == "") & (certificates["detailaanduiding"] == "")],
        ADDRESS,
    )
    with_id = homes.merge(by_id, how="left", left_on="bag_object_id", right_on="id")
    unmatched = with_id["klasse"].isna()
    at_address = homes.merge(by_address, how="left", on=ADDRESS)
    for column in ("klasse", "geldig_tot"):
        with_id[column] = with_id[column].where(~unmatched, at_address[column].to_numpy())

    bruto = with_id["klasse"].isin(["E", "F", "G"])
    exempt = bruto & (with_id["efg_uitzondering"] != "")
    exempt &= with_id["efg_uitzondering_vanaf"].map(_iso) <= peildatum
    flags = pd.DataFrame(
        {
            "corporatie_code": with_id["corporatie_code"],
            "bruto": bruto,
            "uitgezonderd": exempt,
            "netto": bruto & ~exempt,
            "verlopen": bruto & (with_id["geldig_tot"] < peildatum.replace("-", "")),
            "nooit": with_id["klasse"].isna(),
        }
    )
    return flags.groupby("corporatie_code").sum().astype(int)


def _homes(sample: Path, peildatum: str) -> pd.DataFrame:
    """The last delivery per corporation that a person would accept, one row a home."""
    frames = []
    for party in sorted((sample / "inbox").iterdir()):
        manifests = [
            path
            for path in party.rglob("manifest.json")
            if (path.parent / "eenheid.csv").exists()
            and json.loads(path.read_text(encoding="utf-8"))["peildatum"] == peildatum
        ]
        if not manifests:
            continue
        received = max(manifests, key=lambda path: path.stat().st_mtime)
        frames.append(
            pd.read_csv(
                received.parent / "eenheid.csv",
                sep=";",
                dtype=str,
                keep_default_na=False,
                encoding="utf-8-sig",
            )
        )
    homes = pd.concat(frames, ignore_index=True)
    homes = homes[_is_sound(homes)]
    still_owned = homes["status"].isin(["VEH", "LEE"]) | (
        (homes["status"] == "UIT") & homes["uit_exploitatie_reden"].isin(REASONS_STILL_OWNED)
    )
    independent = (homes["zelfstandig"] == "J") & ~homes["detail_soort"].isin(NOT_A_HOME)
    homes = homes[still_owned & independent & (homes["soort"] == "WOO")]
    # a home of two owners counts for the one that took it into exploitation last
    homes = homes.sort_values(
        ["in_exploitatie_datum", "corporatie_code"], ascending=[False, True], kind="stable"
    )
    doubly = homes["bag_object_id"].duplicated() & (homes["bag_object_id"] != "")
    return homes[~doubly].reset_index(drop=True)


def _is_sound(homes: pd.DataFrame) -> pd.Series:
    """Rows that a reader of the contract would not send back."""
    rent = homes["netto_huur"].str.replace(",", ".", regex=False)
    return (
        (homes["bag_object_id"].str.fullmatch(r"\d{16}") | (homes["bag_object_id"] == ""))
        & homes["postcode"].str.fullmatch(r"\d{4}[A-Z]{2}|")
        & (rent.str.fullmatch(r"\d+(\.\d+)?") | (rent == ""))
        & homes["status"].isin(["VEH", "LEE", "UIT", "ADM"])
        & homes["zonnepanelen"].isin(["EIG", "COL", "ALG", "N", "ONB"])
        & homes["maatschappelijk_label"].isin(["DAE", "NDA"])
    )


def _certificates(sample: Path, peildatum: str) -> pd.DataFrame:
    archive = next((sample / "publishers").rglob("v*_v4_csv.zip"))
    with zipfile.ZipFile(archive) as file:
        text = file.read(file.namelist()[0]).decode("utf-8-sig")
    header = next(
        number for number, line in enumerate(text.splitlines()) if "Energieklasse" in line
    )
    frame = pd.read_csv(
        io.StringIO(text), sep=";", dtype=str, keep_default_na=False, skiprows=header
    )
    frame.columns = [name.lower() for name in frame.columns]
    frame = frame.rename(
        columns={
            "bagverblijfsobjectid": "id",
            "energieklasse": "klasse",
            "geldigtot": "geldig_tot",
        }
    )
    frame["volgorde"] = range(len(frame))
    placeholder = (frame["id"] != "") & frame["id"].str.endswith("0000000000")
    return frame[
        frame["gebouwklasse"].str.startswith("W")
        & (frame["klasse"] != "")
        & (frame["registratiedatum"] <= peildatum.replace("-", ""))
        & ~placeholder
    ]


def _latest(certificates: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    ordered = certificates.sort_values(["registratiedatum", "opnamedatum", "volgorde"])
    last = ordered.drop_duplicates(key, keep="last")
    return last[[*key, "klasse", "geldig_tot"]]


def _iso(day: str) -> str:
    return day or "9999-12-31"
