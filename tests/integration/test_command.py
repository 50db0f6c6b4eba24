"""The command `afspraken` against a warehouse after its first night."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from afspraken.settings import ROOT, Settings
from tests.integration.test_night import as_environment

KEYS = [
    "indicator", "title", "onderdeel", "peildatum", "scope_type", "scope_code", "scope_name",
    "party", "numerator", "denominator", "value", "unit", "target", "path_value", "status",
]  # fmt: skip


def ask(settings: Settings, *words: str) -> list[dict[str, Any]]:
    answer = subprocess.run(
        [sys.executable, "-m", "afspraken.cli", "indicators", "--format", "json", *words],
        env=as_environment(settings),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    rows: list[dict[str, Any]] = json.loads(answer.stdout)
    return rows


def test_json_rows_have_the_documented_keys_in_order(first_night: Settings) -> None:
    rows = ask(first_night, "--code", "K23", "--scope", "GM0917")
    assert rows
    assert all(list(row) == KEYS for row in rows)


def test_a_yearly_stock_of_cbs_is_dated_on_the_first_of_january(first_night: Settings) -> None:
    rows = ask(first_night, "--code", "CBS-WONINGVOORRAAD", "--scope", "GM0917")
    values = {row["peildatum"]: row["value"] for row in rows}
    assert all(day.endswith("-01-01") for day in values)
    assert [values[f"{year}-01-01"] for year in range(2016, 2020)] == [45227, 45619, 45758, 45834]
    assert {row["unit"] for row in rows} == {"woningen"}
    assert {row["party"] for row in rows} == {""}


def test_a_percentage_runs_from_0_to_100(first_night: Settings) -> None:
    rows = ask(first_night, "--code", "CBS-CORPORATIEAANDEEL", "--scope", "GM0917")
    values = {row["peildatum"]: row["value"] for row in rows}
    assert {values[f"{year}-01-01"] for year in range(2016, 2020)} == {37}
    assert {row["unit"] for row in rows} == {"%"}
    solar = ask(first_night, "--code", "K30", "--scope", "GM0917", "--peildatum", "2026-09-30")
    (whole,) = [row for row in solar if row["party"] == "" and row["target"] == 30]
    assert whole["value"] == pytest.approx(22.4, abs=0.1)
    assert whole["value"] == pytest.approx(
        100 * whole["numerator"] / whole["denominator"], abs=1e-3
    )


def test_the_story_of_e_f_g_comes_out_per_corporation(first_night: Settings) -> None:
    rows = ask(first_night, "--code", "K23", "--scope", "GM0917", "--peildatum", "2026-09-30")
    agreed = {row["party"]: row for row in rows if row["onderdeel"] == "bruto"}
    assert {party: (row["value"], row["status"]) for party, row in agreed.items()} == {
        "": (1818, "aandacht"),
        "DKO": (610, "op koers"),
        "CAR": (640, "achter"),
        "MIJ": (270, "op koers"),
        "ZUI": (178, "aandacht"),
        "HOE": (120, "achter"),
    }
    assert agreed[""]["path_value"] == pytest.approx(1690, abs=1)
    assert agreed[""]["target"] == 0


def test_a_wijk_can_be_asked_for_and_an_unknown_code_gives_no_rows(
    first_night: Settings,
) -> None:
    words = ("--code", "K23", "--scope", "WK091720", "--peildatum", "2026-09-30", "--party", "")
    (gross,) = [row for row in ask(first_night, *words) if row["onderdeel"] == "bruto"]
    assert gross["value"] == 244
    assert gross["scope_type"] == "wijk"
    assert ask(first_night, "--code", "K99") == []
