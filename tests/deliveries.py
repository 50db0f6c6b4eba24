"""Small deliveries for the tests: valid homes, to be spoilt by the test that uses them."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ingestion.contract import load_contract

COLUMNS = load_contract("eenheid").columns


def home(
    number: int, party: str = "DKO", peildatum: str = "2026-09-30", **changed: str
) -> dict[str, str]:
    """A home that breaks no rule, with the fields that a test wants otherwise."""
    row = dict.fromkeys(COLUMNS, "")
    row |= {
        "corporatie_code": party,
        "eenheid_id": f"E{number:05d}",
        "peildatum": peildatum,
        "bag_object_id": f"091701{number:010d}",
        "postcode": "6411AA",
        "huisnummer": str(number),
        "complex_code": "C1",
        "soort": "WOO",
        "detail_soort": "TUS",
        "zelfstandig": "J",
        "maatschappelijk_label": "DAE",
        "eigendomspercentage": "100",
        "vve": "N",
        "status": "VEH",
        "in_exploitatie_datum": "1990-01-01",
        "in_exploitatie_reden": "NIE",
        "bestemming": "HUU",
        "bouwjaar": "1975",
        "netto_huur": "612,50",
        "monument": "GEEN",
        "aardgasaansluiting": "J",
        "zonnepanelen": "N",
        "nul_op_de_meter": "N",
        "warmtenet": "N",
        "toegankelijkheidslabel": "ONB",
    }
    return row | changed


def homes(count: int, party: str = "DKO", peildatum: str = "2026-09-30") -> list[dict[str, str]]:
    return [home(number, party, peildatum) for number in range(1, count + 1)]


def deliver(
    inbox: Path,
    rows: Iterable[Mapping[str, str]],
    *,
    party: str = "DKO",
    peildatum: str = "2026-09-30",
    number: int = 1,
    columns: Iterable[str] = COLUMNS,
    received: str = "2026-10-10T09:00:00+02:00",
    newline: str = "\n",
    bom: bool = False,
    **manifest: Any,
) -> Path:
    """Put a delivery in the inbox as a supplier would; `manifest` overrides its fields."""
    rows, columns = list(rows), list(columns)
    folder = inbox / party / f"{peildatum}-{number}"
    folder.mkdir(parents=True)
    path = folder / "eenheid.csv"
    with path.open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, columns, delimiter=";", extrasaction="ignore", lineterminator=newline
        )
        writer.writeheader()
        writer.writerows(rows)
    content = {
        "levering_id": f"{party}-{peildatum}-{number}",
        "afzender_code": party,
        "gemeente_code": "GM0917",
        "peildatum": peildatum,
        "contractversie": "1.0.0",
        "soort": "VOLLEDIG",
        "vervangt_levering_id": None,
        "bestanden": [
            {
                "naam": "eenheid.csv",
                "entiteit": "eenheid",
                "rijen": len(rows),
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
        ],
    } | manifest
    letter = folder / "manifest.json"
    letter.write_text(json.dumps(content), encoding="utf-8")
    moment = datetime.fromisoformat(received).timestamp()
    for file_ in (path, letter):
        os.utime(file_, (moment, moment))
    return folder


def example(entity: str, number: int = 1, **changed: str) -> dict[str, str]:
    """The first example row of a contract, as a party's own `number`th row."""
    contract = load_contract(entity)
    row = dict.fromkeys(contract.columns, "") | dict(contract.example_rows[0])
    for column in (contract.sender_column, contract.peildatum_column):
        if column:
            row[column] = {contract.sender_column: "DKO"}.get(column, "2026-09-30")
    for column in ("mutatie_id", "project_code"):
        if column in contract.key:
            row[column] = f"{row[column]}-{number}"
    return row | changed


def deliver_entities(
    inbox: Path,
    tables: Mapping[str, list[dict[str, str]]],
    *,
    party: str = "DKO",
    peildatum: str = "2026-09-30",
    number: int = 1,
    received: str = "2026-10-10T09:00:00+02:00",
    **manifest: Any,
) -> Path:
    """A delivery of several entities, a CSV for each; `manifest` overrides its fields."""
    folder = inbox / party / f"{peildatum}-{number}"
    folder.mkdir(parents=True)
    listed = []
    for entity, rows in tables.items():
        path = folder / f"{entity}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, load_contract(entity).columns, delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        listed.append({"naam": path.name, "entiteit": entity, "rijen": len(rows), "sha256": digest})
    content = {
        "levering_id": f"{party}-{peildatum}-{number}",
        "afzender_code": party,
        "gemeente_code": "GM0917",
        "peildatum": peildatum,
        "contractversie": "1.0.0",
        "soort": "VOLLEDIG",
        "bestanden": listed,
    } | manifest
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    moment = datetime.fromisoformat(received).timestamp()
    for path in folder.iterdir():
        os.utime(path, (moment, moment))
    return folder
