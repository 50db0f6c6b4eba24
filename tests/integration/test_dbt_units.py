"""dbt's own unit tests: the edges that an officer will ask about, on the night's tables."""

from __future__ import annotations

from afspraken.build import dbt
from afspraken.settings import Settings


def test_every_unit_test_of_dbt_passes(first_night: Settings) -> None:
    outcome = dbt(first_night, "test", "--select", "test_type:unit")
    assert outcome.exception is None
    results = list(outcome.result)
    assert len(results) >= 20
    assert [r.node.name for r in results if str(r.status) != "pass"] == []
