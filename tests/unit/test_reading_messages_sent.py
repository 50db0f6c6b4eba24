"""VERA messages as a delivery: in one file, or together in a zip."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ingestion.intake import content_faults, read_files
from ingestion.manifest import Manifest
from tests.sent import zip_named

UNITS = [{"id": f"U{n}", "bouwjaar": 1975, "zelfstandig": True} for n in range(3)]
FILES = {f"{unit['id']}.json": json.dumps(unit).encode() for unit in UNITS}


def manifest(files: dict[str, bytes], rows: int) -> Manifest:
    listed: list[dict[str, Any]] = [
        {
            "naam": name,
            "entiteit": "eenheid",
            "rijen": rows,
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        for name, content in files.items()
    ]
    return Manifest(
        levering_id="DKO-1",
        afzender_code="DKO",
        gemeente_code="GM0917",
        peildatum=date(2026, 9, 30),
        contractversie="1.0.0",
        soort="VOLLEDIG",
        bestanden=listed,
    )


def faults(folder: Path, sent: dict[str, bytes], letter: Manifest) -> list[str]:
    for name, content in sent.items():
        (folder / name).write_bytes(content)
    paths = sorted(folder.iterdir())
    return content_faults(letter, read_files(paths).tables, paths)


def test_messages_in_one_file_or_together_in_a_zip_are_what_the_manifest_names(
    tmp_path: Path,
) -> None:
    listed = {"eenheden.json": json.dumps(UNITS).encode()}
    (tmp_path / "a").mkdir()
    assert faults(tmp_path / "a", listed, manifest(listed, 3)) == []
    (tmp_path / "b").mkdir()
    assert faults(tmp_path / "b", {"x.zip": zip_named(FILES)}, manifest(FILES, 1)) == []


@pytest.mark.parametrize(
    ("sent", "rows", "told"),
    [
        ({"x.zip": zip_named(FILES)}, 2, "staan 3 eenheden, het manifest noemt er 6"),
        (FILES, 1, "in 3 losse bestanden. Zet ze als lijst in"),
    ],
)
def test_messages_that_are_not_counted_or_known_together_are_refused(
    tmp_path: Path, sent: dict[str, bytes], rows: int, told: str
) -> None:
    (fault,) = faults(tmp_path, sent, manifest(FILES, rows))
    assert told in fault
