"""Every entity of the contract, by its example rows, which break no rule."""

from __future__ import annotations

import pytest

from ingestion.contract import entities, load_contract
from tests.sent import as_cells, csv_of, read, rows_of, sent, xlsx_of


@pytest.mark.parametrize("entity", entities())
def test_an_entity_is_known_by_its_heading_and_its_examples_need_no_mending(entity: str) -> None:
    contract = load_contract(entity)
    cells = as_cells(contract.example_rows, contract.columns)
    expected = [{c: row.get(c) for c in contract.columns} for row in contract.example_rows]
    assert expected
    for file in (
        sent("export.csv", csv_of(cells)),
        sent("export.csv", csv_of(cells, ",")),
        sent("export.xlsx", xlsx_of(Blad1=cells)),
        sent(f"DKO-{entity}-2026Q3.csv", csv_of(cells)),
    ):
        table = read(file)
        assert table.entity == entity
        assert rows_of(table) == expected
        assert table.mends == [] and table.faults == []


@pytest.mark.parametrize("entity", entities())
def test_the_titles_of_the_columns_will_do_for_their_names(entity: str) -> None:
    contract = load_contract(entity)
    _, *rows = as_cells(contract.example_rows, contract.columns)
    titles = [field.title for field in contract.fields]
    read_ = read(sent(f"{entity}.csv", csv_of([titles, *rows])))
    assert rows_of(read_)[0] == {c: contract.example_rows[0].get(c) for c in contract.columns}


def test_a_month_is_mended_from_a_day_and_from_its_name() -> None:
    contract = load_contract("toewijzing")
    example = dict(contract.example_rows[0])
    for given in ("2026-3", "3-2026", "mrt 2026", "15-3-2026", "202603"):
        cells = as_cells([{**example, "contract_maand": given}], contract.columns)
        table = read(sent("toewijzing.csv", csv_of(cells)))
        assert rows_of(table)[0]["contract_maand"] == "2026-03"
        assert [mend.kind for mend in table.mends] == ["maand"]
