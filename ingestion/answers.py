"""Receipts of deliveries that were judged, out of the warehouse."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from afspraken.db import connect
from afspraken.settings import Settings
from ingestion.contract import load_contract
from ingestion.marked import workbook


def find_receipt(settings: Settings, delivery_id: str) -> tuple[str, dict[str, Any]] | None:
    """A delivery's receipt as HTML and as content; None when there is none (yet)."""
    with connect(settings, "loader") as connection:
        row = connection.execute(
            "select receipt_html, receipt_json from ops.delivery "
            "where delivery_id = %s and receipt_json is not null",
            [delivery_id],
        ).fetchone()
    return (row[0], row[1]) if row else None


def receipt_workbook(settings: Settings, delivery_id: str, content: dict[str, Any]) -> bytes:
    """A receipt as a workbook, with the rows it names as they were loaded."""
    columns: dict[str, tuple[str, ...]] = {}
    rows: dict[str, dict[int, list[str | None]]] = {}
    with connect(settings, "loader") as connection:
        landings = connection.execute(
            "select landing_id, source, file_name from ops.landing where delivery_id = %s "
            "order by landing_id",
            [delivery_id],
        ).fetchall()
        for landing_id, source, place in landings:
            numbers = {f["row"] for f in content["fouten"] if f["file_name"] == place}
            for mended in content["hersteld"]:
                if mended["file_name"] == place:
                    numbers.update(mended["rows"])
            if not numbers:
                continue
            columns[place] = load_contract(source.removeprefix("levering_")).columns
            found = connection.execute(
                sql.SQL(
                    "select _row_number, {} from {} "
                    "where _landing_id = %s and _row_number = any(%s)"
                ).format(
                    sql.SQL(", ").join(map(sql.Identifier, columns[place])),
                    sql.Identifier("raw", source),
                ),
                [landing_id, sorted(numbers)],
            ).fetchall()
            rows[place] = {number: list(values) for number, *values in found}
    return workbook(content, columns, rows)
