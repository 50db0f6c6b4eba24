"""The real files of CBS, in the form in which an archived document gives its rows."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from ingestion import cbs


def real_areas(real_data: Path) -> list[tuple[str, str]]:
    """Code and title of Heerlen and its areas, in CBS order."""
    listed = pd.read_parquet(
        real_data / "cbs" / "84799NED_v3" / "cbs.v3.84799NED_WijkenEnBuurten.parquet"
    )
    pattern = cbs.area_pattern("GM0917")
    return [
        (code.strip(), title.strip())
        for code, title in zip(listed.Key, listed.Title, strict=True)
        if pattern.match(code.strip())
    ]


def resources_of_84799(folder: Path) -> cbs.Resources:
    """The real v3 table of 2020, its rows those of Heerlen."""
    described = {
        name: pd.read_parquet(folder / f"cbs.v3.84799NED_{name}.parquet").to_dict("records")
        for name in ("DataProperties", "WijkenEnBuurten")
    }
    typed = json.loads((folder / "heerlen_rows.json").read_text("utf-8"))
    info = json.loads((folder / "cbs.v3.84799NED_Metadata.json").read_text("utf-8"))
    resources = {"TableInfos": [info], "TypedDataSet": typed, **described}
    return {name: list(enumerate(rows, start=1)) for name, rows in resources.items()}
