"""The register refuses what it can't be sure of, by file, key, value and remedy."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from afspraken.catalogue import Indicator, read_catalogue
from afspraken.register import Register, read_register, undivided
from afspraken.settings import ROOT
from afspraken.yamlfiles import FileError

INDICATORS: tuple[Indicator, ...] = read_catalogue(
    ROOT / "dbt_project", date(2026, 10, 15)
).indicators


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example municipality with only commitment C12."""
    source = ROOT / "municipalities" / "heerlen-voorbeeld"
    target = tmp_path / "heerlen-voorbeeld"
    (target / "agreements" / "2026").mkdir(parents=True)
    shutil.copy(source / "municipality.yml", target)
    shutil.copy(source / "agreements" / "2026" / "C12.yml", target / "agreements" / "2026")
    return target


def c12(folder: Path) -> tuple[Path, dict[str, Any]]:
    path = folder / "agreements" / "2026" / "C12.yml"
    return path, yaml.safe_load(path.read_text(encoding="utf-8"))


def write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def change_target(folder: Path, **changes: Any) -> None:
    path, content = c12(folder)
    target = content["doelen"][0] | changes
    content["doelen"][0] = {key: value for key, value in target.items() if value is not None}
    write(path, content)


def refusal(folder: Path) -> str:
    with pytest.raises(FileError) as error:
        read_register(folder, INDICATORS)
    return str(error.value)


@pytest.mark.parametrize("name", ["heerlen", "heerlen-voorbeeld"])
def test_every_municipality_of_this_clone_has_its_25_commitments(name: str) -> None:
    register = read_register(ROOT / "municipalities" / name, INDICATORS)
    numbers = [afspraak.nummer for _, afspraak in register.afspraken]
    assert numbers == [f"C{number:02}" for number in range(1, 26)]


def test_the_real_municipality_holds_no_example_and_the_example_nothing_else() -> None:
    for name, example in (("heerlen", False), ("heerlen-voorbeeld", True)):
        register = read_register(ROOT / "municipalities" / name, INDICATORS)
        origins = {doel.herkomst for _, a in register.afspraken for doel in a.doelen}
        assert origins == ({"VOORBEELD"} if example else {"AFSPRAAK"})
        assert register.municipality.voorbeeld is example


def test_targets_of_corporations_that_do_not_add_up_leave_an_undivided_rest() -> None:
    register: Register = read_register(ROOT / "municipalities" / "heerlen-voorbeeld", INDICATORS)
    assert register.undivided == (("C02-VOORRAAD", Decimal(10)),)


def test_nothing_is_undivided_where_nobody_else_has_a_target(folder: Path) -> None:
    change_target(folder, waarden=[{"start": 3000, "doel": 0}])
    register = read_register(folder, INDICATORS)
    assert undivided(register.afspraken[0][1].doelen[0]) is None


def test_an_indicator_that_is_not_in_the_catalogue_is_refused(folder: Path) -> None:
    change_target(folder, indicator="K99")
    message = refusal(folder)
    assert "C12.yml: `doelen.C12-EFG.indicator` is 'K99', which is not in the catalogue" in message
    assert "Remedy: add dbt_project/indicators/K99.yml" in message


def test_an_onderdeel_that_the_indicator_lacks_is_refused(folder: Path) -> None:
    change_target(folder, onderdeel="brutto")
    assert "`doelen.C12-EFG.onderdeel` is 'brutto'. Remedy: one of bruto" in refusal(folder)


def test_a_target_on_context_is_refused(folder: Path) -> None:
    change_target(folder, indicator="K12", onderdeel="boven", hoofddoel=False, richting="omlaag")
    assert "K12 is context and gets no status" in refusal(folder)


def test_a_corporation_that_is_no_party_is_refused(folder: Path) -> None:
    change_target(folder, waarden=[{"corporatie": "DKX", "start": 3, "doel": 0}])
    assert "'DKX' is no corporation. Remedy: one of DKO, CAR" in refusal(folder)


def test_a_scope_that_is_there_twice_is_refused(folder: Path) -> None:
    change_target(folder, waarden=[{"doel": 0}, {"doel": 1}])
    assert "a scope is there twice" in refusal(folder)


def test_a_path_by_days_without_a_first_day_is_refused(folder: Path) -> None:
    change_target(folder, startdatum=None)
    assert "pad dagen needs a startdatum" in refusal(folder)


def test_a_term_that_ends_before_it_starts_is_refused(folder: Path) -> None:
    change_target(folder, doeldatum=date(2024, 1, 1))
    assert "startdatum 2024-12-31 is not before doeldatum 2024-01-01" in refusal(folder)


def test_steps_without_a_path_of_steps_are_refused(folder: Path) -> None:
    step = {"datum": date(2025, 12, 31), "waarde": 2250}
    change_target(folder, waarden=[{"start": 3000, "doel": 0, "stappen": [step]}])
    assert "pad dagen and stappen don't go together" in refusal(folder)


def test_a_norm_has_no_distance_to_take_a_percentage_of(folder: Path) -> None:
    change_target(folder, pad="norm")
    assert "a norm has no distance. Remedy: tolerantie per: eenheid" in refusal(folder)


def test_an_exchanged_tolerance_is_refused(folder: Path) -> None:
    tolerance = {"aandacht": 10, "achter": 3, "per": "procent van de afstand"}
    change_target(folder, tolerantie=tolerance)
    assert "achter (3) is nearer than aandacht (10). Remedy: exchange them" in refusal(folder)


def test_a_target_of_an_example_municipality_is_marked_as_example(folder: Path) -> None:
    change_target(folder, herkomst="AFSPRAAK")
    assert "`doelen.C12-EFG.herkomst` is AFSPRAAK in an example municipality" in refusal(folder)


def test_an_unknown_theme_party_or_frame_is_refused(folder: Path) -> None:
    path, content = c12(folder)
    content |= {"thema": "Duurzaam", "kader": "NPA-2021", "partijen": {"TREKKER": ["XYZ"]}}
    write(path, content)
    message = refusal(folder)
    assert "`thema` is 'Duurzaam'. Remedy: one of" in message
    assert "`kader` is 'NPA-2021'. Remedy: one of" in message
    assert "`partijen.TREKKER`: 'XYZ' is no party" in message


def test_a_wijk_of_another_municipality_is_refused(folder: Path) -> None:
    path = folder / "municipality.yml"
    text = path.read_text(encoding="utf-8").replace("WK091710", "WK088210")
    path.write_text(text, encoding="utf-8")
    assert "'WK088210' is not in Heerlen. Remedy: codes start with WK0917" in refusal(folder)
