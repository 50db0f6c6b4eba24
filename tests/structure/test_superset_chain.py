"""Dashboard -> chart -> dataset -> column of a mart: checked from files, without a server."""

from __future__ import annotations

import importlib
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from afspraken.settings import ROOT

SUPERSET = ROOT / "superset"
EXPECTED = {"start", "efg-naar-nul"}


@pytest.fixture(scope="module")
def specs() -> ModuleType:
    """superset/specs.py: the folder is no package, for it would stand before Apache Superset."""
    sys.path.insert(0, str(SUPERSET))
    try:
        return importlib.import_module("specs")
    finally:
        sys.path.remove(str(SUPERSET))


@pytest.fixture(scope="module")
def assets(specs: ModuleType) -> ModuleType:
    sys.path.insert(0, str(SUPERSET))
    try:
        return importlib.import_module("assets")
    finally:
        sys.path.remove(str(SUPERSET))


@pytest.fixture
def copy(tmp_path: Path, specs: ModuleType) -> Callable[[str, str, str], list[str]]:
    """The problems after one text in one file of a copy was replaced."""

    def change(file: str, old: str, new: str) -> list[str]:
        shutil.copytree(SUPERSET, tmp_path / "superset", dirs_exist_ok=True)
        path = tmp_path / "superset" / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        found: list[str] = specs.problems(specs.read_specs(ROOT, tmp_path / "superset"), ROOT)
        return found

    return change


def test_the_chain_is_whole(specs: ModuleType) -> None:
    found = specs.read_specs(ROOT)
    assert {dashboard.slug for dashboard in found.dashboards} >= EXPECTED
    assert all(len(dashboard.charts) >= 10 for dashboard in found.dashboards)
    assert len(found.datasets) >= 8
    assert len(specs.mart_columns(ROOT)) >= 8
    assert len(specs.monitor_columns(ROOT)) >= 3
    assert specs.problems(found, ROOT) == []


def test_a_column_that_no_mart_has_is_named(copy: Callable[[str, str, str], list[str]]) -> None:
    found = copy("dashboards/start/dashboard.yml", "stand_tekst", "stand_woorden")
    assert found == [
        "dashboards/start: chart afspraken: marts.mart_afspraak_stand has no column stand_woorden"
    ]


def test_a_column_that_a_condition_asks_for_is_looked_up_too(
    copy: Callable[[str, str, str], list[str]],
) -> None:
    found = copy("dashboards/start/dashboard.yml", "where: status = 'aandacht'", "where: stat = ''")
    assert found == [
        "dashboards/start: chart aantal_aandacht: marts.mart_afspraak_stand has no column stat"
    ]


def test_a_column_that_a_metric_adds_up_is_looked_up_too(
    copy: Callable[[str, str, str], list[str]],
) -> None:
    found = copy("datasets/efg_stand.yml", "sum(bruto)", "sum(brutto)")
    assert found == [
        "datasets/efg_stand.yml: `sum(brutto)` uses brutto, which is not in marts.mart_efg_stand"
    ]


def test_a_column_that_a_monitor_view_lacks_is_named(
    copy: Callable[[str, str, str], list[str]],
) -> None:
    found = copy("datasets/levering.yml", "  rijen: {", "  regels: {")
    assert "datasets/levering.yml: monitor.levering has no ['regels']" in found


def test_a_misspelt_key_is_refused_by_name(
    copy: Callable[[str, str, str], list[str]], specs: ModuleType
) -> None:
    with pytest.raises(specs.SpecError, match=r"chart aandacht: unknown \['colums'\]"):
        copy("dashboards/start/dashboard.yml", "columns: [status_merk, afs", "colums: [status_m, a")


def test_a_chart_that_stands_nowhere_is_named(
    copy: Callable[[str, str, str], list[str]],
) -> None:
    found = copy("dashboards/start/dashboard.yml", "      - {chart: bronnen, width: 12}\n", "")
    assert found == ["dashboards/start: bronnen is not placed"]


def test_every_dashboard_says_how_old_its_figures_are(specs: ModuleType) -> None:
    for dashboard in specs.read_specs(ROOT).dashboards:
        first = [item.chart for item in dashboard.rows[0].items]
        shown = [dashboard.charts[key].dataset for key in first if key]
        assert "publicatie" in shown, dashboard.slug


def test_every_status_is_shown_with_its_word_and_mark(specs: ModuleType) -> None:
    """A status column may only be coloured where mark and word stand in the cell."""
    found = specs.read_specs(ROOT)
    coloured = [c for d in found.dashboards for c in d.charts.values() if c.status]
    assert coloured
    for chart in coloured:
        sql = found.datasets[chart.dataset].columns[chart.status].sql
        assert "status_teken" in sql
        assert "status_woord" in sql


def test_every_picture_has_a_table_in_its_row(specs: ModuleType) -> None:
    for dashboard in specs.read_specs(ROOT).dashboards:
        for row in dashboard.rows:
            kinds = [dashboard.charts[item.chart].viz for item in row.items if item.chart]
            if {"line", "bars"} & set(kinds):
                assert "table" in kinds, (dashboard.slug, kinds)


def test_no_dashboard_is_written_for_one_municipality() -> None:
    names = set()
    for path in sorted((ROOT / "municipalities").glob("*/municipality.yml")):
        names.add(yaml.safe_load(path.read_text("utf-8"))["gemeente"]["naam"])
    assert names
    for path in (SUPERSET / "dashboards").rglob("*.*"):
        text = path.read_text("utf-8")
        for name in names:
            assert not re.search(rf"\b{re.escape(name)}\b", text), f"{path} names {name}"


def test_ids_never_change_and_no_file_holds_the_password(
    specs: ModuleType, assets: ModuleType
) -> None:
    dsn = "postgresql://monitor_reader:wacht%40woord9@127.0.0.1:5432/warehouse"
    files = assets.bundle(specs.read_specs(ROOT), dsn, "")
    again = assets.bundle(specs.read_specs(ROOT), dsn, "")
    assert files == again
    assert "woord9" not in "".join(files.values())
    assert assets.password(dsn) == "wacht@woord9"
    ids = [yaml.safe_load(text).get("uuid") for text in files.values()]
    assert len(set(ids)) == len(ids)
    start = yaml.safe_load(files["dashboards/start.yaml"])
    assert start["uuid"] == "773c58ce-e8b9-5b47-88f3-879e1be8e638"


def test_the_folder_does_not_stand_before_apache_superset() -> None:
    assert not (SUPERSET / "__init__.py").exists()


def test_every_text_that_we_translate_is_one_that_superset_has() -> None:
    import json

    [shipped] = (ROOT / ".venv-superset").glob(
        "lib/python*/site-packages/superset/translations/nl/LC_MESSAGES/messages.json"
    )
    texts = json.loads(shipped.read_text("utf-8"))["locale_data"]["superset"]
    ours = json.loads((SUPERSET / "translations" / "nl.json").read_text("utf-8"))
    assert len(ours) > 100
    assert set(ours) - set(texts) == set()
