"""The catalogue refuses what it can't be sure of, by file, key and remedy."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from afspraken.catalogue import read_catalogue
from afspraken.settings import ROOT
from afspraken.yamlfiles import FileError

TODAY = date(2026, 10, 15)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A dbt project with the true measures and one indicator."""
    (tmp_path / "indicators").mkdir()
    shutil.copy(ROOT / "dbt_project" / "measures.yml", tmp_path)
    shutil.copy(ROOT / "dbt_project" / "indicators" / "K24.yml", tmp_path / "indicators")
    return tmp_path


def change(project: Path, **changes: Any) -> Path:
    path = project / "indicators" / "K24.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8")) | changes
    content = {key: value for key, value in content.items() if value is not None}
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def refusal(project: Path) -> str:
    with pytest.raises(FileError) as error:
        read_catalogue(project, TODAY)
    return str(error.value)


def test_every_indicator_of_this_clone_is_accepted_without_a_warning() -> None:
    catalogue = read_catalogue(ROOT / "dbt_project", TODAY)
    codes = {indicator.code for indicator in catalogue.indicators}
    assert codes >= {"K01", "K12", "K13", "K23", "K24", "K26", "K30", "K65", "CBS-INWONERS"}
    assert catalogue.warnings == ()


def test_a_misspelt_measure_is_refused_and_the_nearest_one_is_named(project: Path) -> None:
    change(project, noemer=[{"maat": "bezitt", "onderdelen": ["daeb"]}])
    message = refusal(project)
    assert "K24.yml: `onderdelen.bruto.noemer`: measure 'bezitt' is not known" in message
    assert "did you mean 'bezit'" in message


def test_an_unknown_onderdeel_of_a_measure_is_refused(project: Path) -> None:
    change(project, noemer=[{"maat": "bezit", "onderdelen": ["daebb"]}])
    assert "measure bezit has no onderdeel 'daebb'. Remedy: did you mean 'daeb'" in refusal(project)


def test_a_missing_owner_is_refused(project: Path) -> None:
    path = change(project, eigenaar=None)
    assert f"{path}: `eigenaar` is missing. Remedy: add it." in refusal(project)


def test_a_misspelt_key_is_refused(project: Path) -> None:
    change(project, eigenar="Gemeente")
    assert "`eigenar` is not a known key. Remedy: correct the spelling" in refusal(project)


def test_a_key_that_is_there_twice_is_refused(project: Path) -> None:
    path = project / "indicators" / "K24.yml"
    path.write_text(path.read_text(encoding="utf-8") + "eenheid: woningen\n", encoding="utf-8")
    assert "`eenheid` is there twice. Remedy: keep one." in refusal(project)


def test_a_ratio_without_a_denominator_is_refused(project: Path) -> None:
    change(project, noemer=None)
    assert "onderdeel bruto has no noemer" in refusal(project)


def test_a_ratio_that_would_be_summed_over_areas_is_refused(project: Path) -> None:
    change(project, oprol="som")
    assert "a ratio is never summed" in refusal(project)


def test_a_figure_delivered_at_every_level_may_not_be_summed(project: Path) -> None:
    change(project, noemer=[{"maat": "cbs_woningvoorraad", "onderdelen": ["totaal"]}])
    assert "cbs_woningvoorraad is delivered at each level and would count twice" in refusal(project)


def test_a_headline_that_is_no_onderdeel_is_refused(project: Path) -> None:
    change(project, hoofdonderdeel="brutto")
    assert "there is no such onderdeel. Remedy: one of bruto, netto" in refusal(project)


def test_a_file_under_another_name_is_refused(project: Path) -> None:
    change(project, code="K25")
    assert "`code` is 'K25', the file is K24" in refusal(project)


def test_a_review_date_in_the_past_warns_and_names_who_is_to_act(project: Path) -> None:
    change(project, review_op=date(2026, 6, 1))
    (warning,) = read_catalogue(project, TODAY).warnings
    assert "`review_op` 2026-06-01 is past. Remedy: let Gemeente, team Duurzaamheid" in warning


def test_all_problems_of_all_files_are_told_at_once(project: Path) -> None:
    change(project, eigenaar=None, review_op=None)
    shutil.copy(project / "indicators" / "K24.yml", project / "indicators" / "K99.yml")
    assert len(refusal(project).splitlines()) == 4
