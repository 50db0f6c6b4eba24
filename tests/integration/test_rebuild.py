"""An archive alone is enough to make the whole warehouse anew."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from afspraken.db import connect
from afspraken.rebuild import RebuildError, rebuild, replay
from afspraken.settings import Settings
from expectations import judge
from ingestion import receive_deliveries
from tests.conftest import TEMPLATE, _fresh
from tests.deliveries import COLUMNS, deliver, home, homes
from tests.integration.test_delivery_outcomes import correction, withdrawal
from tests.integration.test_night import figures

# what a delivery and a landing are, apart from the numbers that the database gave them
DELIVERIES = """
select delivery_id, sender, peildatum, kind, received_at, state, rows, rejected_rows, replaces,
    reason, run_id, inbox_key, receipt_json - 'beoordeeld_op'
from ops.delivery order by received_at, delivery_id
"""
LANDINGS = """
select source, part, sender, peildatum, delivery_id, file_name, sha256, landed_at, published_on,
    publisher_version, row_count, state, judged_at, reason, run_id
from ops.landing order by source, part, landed_at, sha256
"""

QUARANTINE = """
select l.delivery_id, l.source, q.row_number, q.column_name, q.value, q.rule_id
from ops.quarantine as q inner join ops.landing as l on q.landing_id = l.landing_id
order by 1, 2, 3, 4, 6
"""
IN_USE = "select source, part, delivery_id from ops.landing_in_use order by 1, 2, 3"


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(query.encode()).fetchall()


def test_what_is_rebuilt_from_the_archive_alone_is_what_was_published(
    first_night: Settings, warehouse: Settings
) -> None:
    replayed = rebuild(warehouse, first_night.archive_dir)
    assert replayed.unknown == ()
    assert replayed.deliveries == len(rows(first_night, "select 1 from ops.delivery"))
    for query in (DELIVERIES, LANDINGS):
        assert rows(warehouse, query) == rows(first_night, query)
    assert figures(warehouse) == figures(first_night)


def test_refused_repeated_corrected_and_withdrawn_deliveries_come_back_as_they_were(
    server: Settings, warehouse: Settings, tmp_path: Path
) -> None:
    inbox = warehouse.state_dir / "inbox"
    deliver(inbox, homes(40), number=1)
    deliver(inbox, homes(3), number=2, gemeente_code="GM0882")
    named = [{**row, "bsn": "123456782"} for row in homes(3)]
    deliver(inbox, named, number=3, columns=(*COLUMNS, "bsn"))
    deliver(inbox, [home(n, "CAR", status="XXX") for n in range(1, 20)], party="CAR")
    night(warehouse, "nacht-1")
    deliver(inbox, homes(40), number=4, received="2026-10-11T09:00:00+02:00")
    correction(inbox, "DKO-2026-09-30-1", 5, count=39)
    correction(inbox, "DKO-2026-09-30-5", 6, count=38)
    night(warehouse, "nacht-2")
    withdrawal(inbox, "DKO-2026-09-30-6")
    night(warehouse, "nacht-3")
    states = {row[5] for row in rows(warehouse, DELIVERIES)}
    assert states == {"accepted", "refused", "repeated", "withdrawn"}

    # another inbox, that holds nothing: the archive alone must do
    with contextmanager(_fresh)(server, TEMPLATE, tmp_path / "anew") as anew:
        replayed = replay(anew, warehouse.archive_dir)
        assert (replayed.files, replayed.deliveries) == (0, 8)
        for query in (DELIVERIES, LANDINGS, QUARANTINE, IN_USE):
            assert rows(anew, query) == rows(warehouse, query)
        again = {path.name: path.read_bytes() for path in anew.archive_dir.glob("*/*")}
        assert again == {path.name: path.read_bytes() for path in warehouse.archive_dir.glob("*/*")}
        with pytest.raises(RebuildError, match="holds landings already"):
            replay(anew, warehouse.archive_dir)


def night(settings: Settings, run_id: str) -> None:
    receive_deliveries(settings, run_id=run_id)
    judge(settings, run_id=run_id)


def test_an_archive_without_notes_is_no_archive(warehouse: Settings, tmp_path: Path) -> None:
    (tmp_path / "leeg").mkdir()
    with pytest.raises(RebuildError, match="nothing to rebuild from"):
        replay(warehouse, tmp_path / "leeg")
