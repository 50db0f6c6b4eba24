"""What was recorded of an agreement stays as it was."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from afspraken.catalogue import read_catalogue
from afspraken.db import connect
from afspraken.register import read_register, record
from afspraken.settings import ROOT, Settings
from afspraken.yamlfiles import FileError

CATALOGUE = read_catalogue(ROOT / "dbt_project", date(2026, 10, 15))
DIRECTIONS = {indicator.code: indicator.richting for indicator in CATALOGUE.indicators}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "municipalities" / "heerlen-voorbeeld", tmp_path / "proef"))


def load(settings: Settings, folder: Path, correct: str | None = None) -> None:
    register = read_register(folder, CATALOGUE.indicators)
    with connect(settings, "transformer") as connection:
        record(connection, register, DIRECTIONS, now=settings.now(), correct=correct)


def edit(folder: Path, number: str, old: str, new: str) -> None:
    path = folder / "agreements" / "2026" / f"{number}.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def fetch(settings: Settings, query: str) -> list[Any]:
    with connect(settings, "loader") as connection:
        return connection.execute(query.encode()).fetchall()


def test_loading_twice_changes_nothing(warehouse: Settings, folder: Path) -> None:
    load(warehouse, folder)
    tables = ("afspraak", "afspraak_partij", "doel", "partij", "gebiedslijst", "kader")
    before = [fetch(warehouse, f"select * from reference.{t} order by 1, 2") for t in tables]
    load(warehouse, folder)
    assert before == [
        fetch(warehouse, f"select * from reference.{t} order by 1, 2") for t in tables
    ]
    assert all(before)


def test_a_recorded_target_that_is_changed_in_its_file_is_refused(
    warehouse: Settings, folder: Path
) -> None:
    load(warehouse, folder)
    edit(folder, "C12", "start: 3000, doel: 0", "start: 3000, doel: 500")
    with pytest.raises(FileError) as error:
        load(warehouse, folder)
    assert "doel C12-EFG version 1 was recorded before: `waarde` was 0, is now 500" in str(
        error.value
    )
    assert "add version 2 with its geldig_van" in str(error.value)
    assert fetch(warehouse, "select waarde from reference.doel where doel_id = 'C12-EFG'") == [(0,)]


def test_a_slip_of_the_pen_is_mended_and_what_it_said_is_kept(
    warehouse: Settings, folder: Path
) -> None:
    load(warehouse, folder)
    edit(folder, "C12", "start: 3000, doel: 0", "start: 3001, doel: 0")
    load(warehouse, folder, correct="tikfout in de bijlage")
    query = "select sleutel, was, werd, reden from reference.register_correctie"
    assert fetch(warehouse, query) == [
        (
            "C12-EFG",
            {"baseline_waarde": "3000"},
            {"baseline_waarde": "3001"},
            "tikfout in de bijlage",
        )
    ]


def test_a_target_that_is_gone_from_the_files_is_refused(warehouse: Settings, folder: Path) -> None:
    load(warehouse, folder)
    edit(folder, "C12", "      - {corporatie: HOE, start: 180, doel: 0}\n", "")
    with pytest.raises(FileError, match="doel C12-EFG-HOE version 1 was recorded and is no longer"):
        load(warehouse, folder)


def test_a_new_text_is_a_new_version_beside_the_old_one(warehouse: Settings, folder: Path) -> None:
    load(warehouse, folder)
    edit(
        folder,
        "C12",
        "doelen:\n",
        "  - geldig_van: 2026-12-01\n    tekst: Nieuw.\n    bron: Voorbeeld\ndoelen:\n",
    )
    load(warehouse, folder)
    query = "select versie, status from reference.afspraak where nummer = 'C12' order by versie"
    assert fetch(warehouse, query) == [(1, "GEWIJZIGD"), (2, "VAN_KRACHT")]


def test_the_register_of_another_municipality_takes_the_place_of_this_one(
    warehouse: Settings, folder: Path
) -> None:
    load(warehouse, folder)
    load(warehouse, ROOT / "municipalities" / "heerlen")
    assert fetch(warehouse, "select map, is_voorbeeld from reference.gemeente") == [
        ("heerlen", False)
    ]
    assert fetch(warehouse, "select distinct herkomst from reference.doel") == [("AFSPRAAK",)]
