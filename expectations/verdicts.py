"""From rule outcomes to a verdict on each landing: what is used, what waits, what goes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from expectations.outcomes import REMARKS_LISTED, FailedRow, Outcome
from ingestion.contract import Contract, Rule, Severity
from ingestion.receipts import FilePart, RowFault, RuleResult

State = Literal["accepted", "accepted_with_remarks", "held_back", "refused"]
_WORST_FIRST: tuple[State, ...] = ("refused", "held_back", "accepted_with_remarks", "accepted")


@dataclass(frozen=True)
class Pending:
    """A landing that is loaded and not yet judged, with what its plausibility is measured by.

    `rows_in_use` is the row count of the version it would replace, or for a delivery that of the
    sender's accepted delivery before it (none for a part of a delivery). `newer_delivery` names
    one that was received later and is in use already.
    """

    landing_id: int
    source: str
    part: str
    table: str
    file_name: str
    sender: str | None
    peildatum: date | None
    delivery_id: str | None
    received_at: datetime | None
    rows: int
    rows_in_use: int | None
    newer_delivery: str | None = None


@dataclass(frozen=True)
class CountRule:
    """Whether a landing's size is plausible: a range, and at most so much less than before."""

    rule_id: str
    severity: Severity
    passed: bool
    message: str


@dataclass(frozen=True)
class Verdict:
    """The judgement of one landing."""

    pending: Pending
    state: State
    reasons: tuple[str, ...]
    rejected_rows: int
    rules: tuple[RuleResult, ...]
    faults: tuple[RowFault, ...]
    counts: tuple[CountRule, ...]


@dataclass(frozen=True)
class UnreadCell:
    """A cell without a usable value; its row does not count. `message` has the remedy in it."""

    landing_id: int
    row: int
    column: str
    given: str | None
    message: str


@dataclass(frozen=True)
class Part:
    """A landing of a delivery with all that its verdict is made from."""

    pending: Pending
    contract: Contract
    outcomes: Sequence[Outcome]


@dataclass(frozen=True)
class DeliveryVerdict:
    """One verdict on all files of a delivery: all of them are used or none is."""

    state: State
    reasons: tuple[str, ...]
    parts: tuple[Verdict, ...]

    @property
    def rows(self) -> int:
        return sum(part.pending.rows for part in self.parts)

    @property
    def rejected_rows(self) -> int:
        return sum(part.rejected_rows for part in self.parts)

    @property
    def rules(self) -> tuple[RuleResult, ...]:
        return tuple(rule for part in self.parts for rule in part.rules)

    @property
    def faults(self) -> tuple[RowFault, ...]:
        faults = (fault for part in self.parts for fault in part.faults)
        return tuple(sorted(faults, key=lambda fault: fault.severity))

    @property
    def files(self) -> tuple[FilePart, ...]:
        return tuple(
            FilePart(
                part.pending.file_name,
                part.pending.source.removeprefix("levering_"),
                part.pending.rows,
                part.rejected_rows,
            )
            for part in self.parts
        )


def decide_delivery(parts: Sequence[Part], remarks: Sequence[str] = ()) -> DeliveryVerdict:
    """The verdict of a delivery, in the pipeline and at the supplier's desk alike.

    `remarks` were made before its rows were looked at; they are told, and make a remark of it.
    """
    verdicts = []
    for part in parts:
        pending, contract = part.pending, part.contract
        verdicts.append(
            decide(
                pending,
                part.outcomes,
                delivered_count(pending, contract.deviation_percent),
                contract.tolerated(pending.rows),
            )
        )
    state = min((verdict.state for verdict in verdicts), key=_WORST_FIRST.index)
    if state == "accepted" and remarks:
        state = "accepted_with_remarks"
    several = len(verdicts) > 1
    reasons = [
        f"{verdict.pending.file_name}: {reason}" if several else reason
        for verdict in verdicts
        for reason in verdict.reasons
        # a good file of a refused delivery has nothing to add to why it went back
        if verdict.state == state or state not in ("refused", "held_back")
    ]
    return DeliveryVerdict(
        state,
        tuple(dict.fromkeys(reasons)),
        tuple(replace(v, state=state, reasons=v.reasons or tuple(reasons)) for v in verdicts),
    )


def unread(cells: Sequence[UnreadCell], rows: Mapping[int, int]) -> list[Outcome]:
    """Cells that could not be read, as the outcomes of a rule for each column.

    `rows` gives the row count of each landing.
    """
    groups: dict[tuple[str, str], list[UnreadCell]] = {}
    for cell in cells:
        groups.setdefault((cell.column, cell.message), []).append(cell)
    numbers: dict[str, int] = {}
    outcomes = []
    for (column, message), found in groups.items():
        numbers[column] = numbers.get(column, 0) + 1
        suffix = "" if numbers[column] == 1 else f"-{numbers[column]}"
        rule = Rule(
            rule_id=f"{column}-leesbaar{suffix}",
            kind="type",
            column=column,
            columns=(column,),
            severity="blocks",
            message=message,
            remedy="",
            when={},
            params={},
        )
        failed = tuple(FailedRow(c.landing_id, c.row, c.given) for c in found)
        outcomes.append(Outcome(rule, dict(rows), failed))
    return outcomes


def decide(
    pending: Pending,
    outcomes: Sequence[Outcome],
    counts: Sequence[CountRule],
    tolerated_rows: int,
) -> Verdict:
    """One landing's verdict. More rejected rows than tolerated: the whole of it goes back."""
    rules, faults = [], []
    rejected: set[int] = set()
    for outcome in outcomes:
        rule = outcome.rule
        rows = outcome.failed_by_landing.get(pending.landing_id, [])
        rules.append(
            RuleResult(
                rule.rule_id,
                rule.severity,
                outcome.evaluated.get(pending.landing_id, 0),
                outcome.failed_count(pending.landing_id),
                rule.message,
                rule.remedy,
                pending.file_name,
            )
        )
        if rule.severity == "blocks":
            rejected |= {row.row_number for row in rows}
        else:
            rows = rows[:REMARKS_LISTED]
        faults += [
            RowFault(
                pending.file_name,
                row.row_number,
                rule.column,
                row.value,
                rule.rule_id,
                rule.severity,
                rule.message,
                rule.remedy,
            )
            for row in rows
        ]
    faults.sort(key=lambda fault: (fault.severity, fault.row, fault.column, fault.rule_id))
    reasons: list[str] = []
    blocked = [count.message for count in counts if count.severity == "blocks" and not count.passed]
    remarks = [count.message for count in counts if count.severity == "warns" and not count.passed]
    # a publisher can't be asked to send again; what it sent waits for somebody to look at it
    turned_down: State = "refused" if pending.delivery_id else "held_back"
    state: State
    if blocked:
        state = turned_down
        reasons += blocked
    elif len(rejected) > tolerated_rows:
        state = turned_down
        reasons.append(
            f"{_rejected(len(rejected), pending.rows)}; "
            f"ten hoogste {_count(tolerated_rows)} is toegestaan."
        )
    elif pending.newer_delivery:
        state = "held_back"
        reasons.append(
            f"Levering {pending.newer_delivery} over dezelfde peildatum is later ontvangen en "
            "blijft in gebruik."
        )
    elif remarks or any(rule.failed for rule in rules):
        state = "accepted_with_remarks"
        reasons += remarks
        if rejected:
            counting = "telt" if len(rejected) == 1 else "tellen"
            reasons.append(f"{_rejected(len(rejected), pending.rows)} en {counting} niet mee.")
    else:
        state = "accepted"
    return Verdict(
        pending, state, tuple(reasons), len(rejected), tuple(rules), tuple(faults), tuple(counts)
    )


def plausible_counts(
    pending: Pending,
    table_rows: Mapping[str, int],
    limits: Mapping[str, tuple[int, int]],
    shrink_percent: float,
) -> list[CountRule]:
    """A publisher's landing against its card: row counts in range, not much less than in use."""
    rules = []
    for table, rows in table_rows.items():
        low, high = limits[table]
        rules.append(
            CountRule(
                f"{table}-aantal",
                "blocks",
                low <= rows <= high,
                f"{table}: {_count(rows)} rijen; aannemelijk is {_count(low)} tot {_count(high)}.",
            )
        )
    if pending.rows_in_use:
        floor = pending.rows_in_use * (1 - shrink_percent / 100)
        rules.append(
            CountRule(
                f"{pending.table}-krimp",
                "blocks",
                pending.rows >= floor,
                f"{_count(pending.rows)} rijen, terwijl er {_count(pending.rows_in_use)} in "
                f"gebruik zijn: meer dan {shrink_percent:g}% minder.",
            )
        )
    return rules


def delivered_count(pending: Pending, deviation_percent: float | None) -> list[CountRule]:
    """A delivery against the one before it: a big change of stock asks for a word."""
    if not pending.rows_in_use or deviation_percent is None:
        return []
    entity = pending.source.removeprefix("levering_")
    change = 100 * (pending.rows - pending.rows_in_use) / pending.rows_in_use
    return [
        CountRule(
            f"{entity}-aantal",
            # what is always there can't all be gone at once
            "warns" if pending.rows else "blocks",
            abs(change) <= deviation_percent,
            f"Het aantal rijen is {_count(pending.rows)}; vorige keer was het "
            f"{_count(pending.rows_in_use)}. Klopt dat? Licht het toe in het manifest.",
        )
    ]


def _rejected(count: int, rows: int) -> str:
    verb = "is" if count == 1 else "zijn"
    return f"{_count(count)} van de {_count(rows)} rijen {verb} afgekeurd"


def _count(number: int) -> str:
    return f"{number:,}".replace(",", ".")
