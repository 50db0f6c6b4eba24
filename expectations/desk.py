"""A delivery judged at the supplier's own desk: no database, no Airflow, the same verdict.

What only the monitor can tell stays open until the delivery is there: whether its id is free, what
it replaces, and how many rows there were the time before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from afspraken.settings import Settings
from expectations.verdicts import (
    DeliveryVerdict,
    Part,
    Pending,
    UnreadCell,
    decide_delivery,
    unread,
)
from ingestion.contract import load_contract
from ingestion.inbox import MANIFEST
from ingestion.intake import Intake, Letter, RefusalError, make_manifest, read_files, take_in
from ingestion.manifest import Manifest
from ingestion.municipality import read_municipality
from ingestion.reading import DeliveredTable, PersonalDataError
from ingestion.receipts import Receipt, mended_of, place_of

if TYPE_CHECKING:
    import pandas as pd

Rows = Mapping[str, Mapping[int, Sequence[str | None]]]


@dataclass(frozen=True)
class Checked:
    """The receipt that the delivery would get; `columns` and `rows` are of each file in it."""

    receipt: Receipt
    manifest: Manifest | None = None
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)


def check(paths: Sequence[Path], settings: Settings, letter: Letter) -> Checked:
    """Judge files as they would be judged when they were delivered now."""
    municipality = read_municipality(settings)
    manifest: Manifest | None = None
    try:
        delivered = read_files(paths)
        manifest = make_manifest(delivered, paths, municipality, letter)
        party = letter.party or manifest.afzender_code
        intake = take_in(delivered, paths, municipality, party, settings.today(), manifest)
    except PersonalDataError as error:
        return Checked(_receipt(paths, settings, letter, None, error.reasons))
    except RefusalError as error:
        return Checked(_receipt(paths, settings, letter, error.manifest, error.reasons))
    verdict = judge_intake(intake)
    places = {place_of(table): table for table in intake.tables}
    receipt = Receipt(
        delivery_id=manifest.levering_id,
        sender=manifest.afzender_code,
        peildatum=manifest.peildatum,
        received_at=settings.now(),
        judged_at=settings.now(),
        state=verdict.state,
        is_sample=settings.is_sample,
        kind=manifest.soort,
        reasons=verdict.reasons,
        remarks=intake.remarks,
        files=verdict.files,
        rows=verdict.rows,
        rejected_rows=verdict.rejected_rows,
        rules=verdict.rules,
        faults=verdict.faults,
        mends=mended_of(intake.tables),
        is_check=True,
    )
    wanted: dict[str, set[int]] = {place: set() for place in places}
    for fault in receipt.faults:
        wanted[fault.file_name].add(fault.row)
    for mended in receipt.mends:
        wanted[mended.file_name].update(mended.rows)
    return Checked(
        receipt,
        manifest,
        {place: table.columns for place, table in places.items()},
        {
            place: {n: values for n, values in table.rows() if n in wanted[place]}
            for place, table in places.items()
            if wanted[place]
        },
    )


def judge_intake(intake: Intake) -> DeliveryVerdict:
    """The verdict on a delivery that can be taken in, by the rules on a frame."""
    from expectations import frames
    from expectations.assertions import of_contract

    parts = []
    manifest = intake.manifest
    for number, table in enumerate(intake.tables, start=1):
        contract = load_contract(table.entity)
        outcomes = frames.validate(
            of_contract(contract), _frame(table, number), manifest.afzender_code, manifest.peildatum
        )
        cells = [
            UnreadCell(number, f.row, f.column, f.given, f"{f.message} {f.remedy}".strip())
            for f in sorted(table.faults, key=lambda f: (f.row, f.column))
        ]
        outcomes += unread(cells, {number: table.count})
        pending = Pending(
            landing_id=number,
            source=contract.table,
            part="",
            table=contract.table,
            file_name=place_of(table),
            sender=manifest.afzender_code,
            peildatum=manifest.peildatum,
            delivery_id=manifest.levering_id,
            received_at=None,
            rows=table.count,
            rows_in_use=None,
        )
        parts.append(Part(pending, contract, outcomes))
    return decide_delivery(parts, intake.remarks)


def _frame(table: DeliveredTable, landing_id: int) -> pd.DataFrame:
    import pandas as pd

    numbers, rows = [], []
    for number, values in table.rows():
        numbers.append(number)
        rows.append(values)
    frame = pd.DataFrame(rows, columns=list(table.columns), dtype=object)
    return frame.assign(_landing_id=landing_id, _row_number=numbers)


def _receipt(
    paths: Sequence[Path],
    settings: Settings,
    letter: Letter,
    manifest: Manifest | None,
    reasons: Sequence[str],
) -> Receipt:
    named = next((path.stem for path in paths if path.name != MANIFEST), MANIFEST)
    return Receipt(
        delivery_id=manifest.levering_id if manifest else named,
        sender=manifest.afzender_code if manifest else letter.party or "",
        peildatum=manifest.peildatum if manifest else letter.peildatum,
        received_at=settings.now(),
        judged_at=settings.now(),
        state="refused",
        is_sample=settings.is_sample,
        kind=manifest.soort if manifest else letter.kind,
        reasons=tuple(reasons),
        is_check=True,
    )
