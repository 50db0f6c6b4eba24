"""What one rule found, on whatever engine it ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from ingestion.contract import Rule

# remarks that are listed row by row; the count per rule stays complete
REMARKS_LISTED = 100


@dataclass(frozen=True)
class FailedRow:
    landing_id: int
    row_number: int
    value: str | None


@dataclass(frozen=True)
class Outcome:
    """One rule over all pending landings: how many cells it looked at, and which rows fail it.

    `counts` says per landing how many fail, where not each of them is listed in `failed`.
    """

    rule: Rule
    evaluated: dict[int, int]
    failed: tuple[FailedRow, ...]
    counts: Mapping[int, int] | None = None

    def failed_count(self, landing_id: int) -> int:
        if self.counts is not None:
            return self.counts.get(landing_id, 0)
        return len(self.failed_by_landing.get(landing_id, []))

    @cached_property
    def failed_by_landing(self) -> dict[int, list[FailedRow]]:
        rows: dict[int, list[FailedRow]] = {}
        for row in self.failed:
            rows.setdefault(row.landing_id, []).append(row)
        return rows
