"""The same rules on a pandas frame: for the supplier's desk, without a database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from expectations.assertions import BAD, GOOD, KNOWN, SUM_TOLERANCE, TYPED, Relation, by_condition
from expectations.outcomes import FailedRow, Outcome
from expectations.suites import (
    ROW_INDEX,
    key_column,
    quiet_context,
    subject,
    suite,
    sum_column,
)
from ingestion.contract import Condition, FieldType, LaterThan, Rule


def validate(
    relation: Relation, frame: pd.DataFrame, sender: str | None, peildatum: date | None
) -> list[Outcome]:
    """All rules of a relation over a frame of text with `_landing_id` and `_row_number`."""
    typed = typed_frame(relation, frame.reset_index(drop=True), sender, peildatum)
    asset = quiet_context().data_sources.add_pandas("desk").add_dataframe_asset("rows")
    batches = asset.add_batch_definition_whole_dataframe("rows")
    outcomes = []
    for number, (condition, rules) in enumerate(by_condition(relation, relation.rules)):
        # what GX copies and hashes for each rule is only as wide as the rules that share a batch
        needed = {name for rule in rules for name in (rule.column, *subject(relation, rule))}
        rows = _where(typed, condition)[[*ROW_INDEX, *sorted(needed)]]
        result = batches.get_batch({"dataframe": rows}).validate(
            suite(relation, rules, f"{relation.table} {number}"),
            result_format={"result_format": "COMPLETE", "include_unexpected_rows": False},
        )
        by_id = {rule.rule_id: rule for rule in rules}
        for answer in result.results:
            rule = by_id[answer.expectation_config.meta["rule_id"]]
            if answer.exception_info.get("raised_exception"):
                raise RuntimeError(f"{rule.rule_id}: {answer.exception_info['exception_message']}")
            outcomes.append(
                Outcome(
                    rule,
                    _evaluated(rows, subject(relation, rule), typed["_landing_id"]),
                    _failed_rows(answer, rows, rule.column),
                )
            )
    return outcomes


def _evaluated(rows: pd.DataFrame, needed: list[str], landings: pd.Series) -> dict[int, int]:
    """Per landing, the number of rows in which all that a rule reads is filled."""
    about = rows["_landing_id"]
    for column in needed:
        about = about[rows[column].notna().reindex(about.index)]
    counts = about.value_counts()
    return {int(landing): int(counts.get(landing, 0)) for landing in landings.unique()}


def typed_frame(
    relation: Relation, frame: pd.DataFrame, sender: str | None, peildatum: date | None
) -> pd.DataFrame:
    """The typed relation of a frame of text, the same as Postgres makes of the raw table."""
    text = frame[list(relation.columns)].astype("string")
    text = text.apply(lambda column: column.str.strip(" ")).mask(lambda t: t == "")
    typed: dict[str, Any] = {
        "_landing_id": frame["_landing_id"],
        "_row_number": frame["_row_number"],
        "_afzender": sender,
        "_peildatum": pd.Timestamp(peildatum) if peildatum else pd.NaT,
        "_peiljaar_plus_1": peildatum.year + 1 if peildatum else None,
    }
    for column in relation.columns:
        typed[column] = text[column].astype(object).where(text[column].notna(), None)
    for column, type_ in relation.types.items():
        if type_ in TYPED:
            value = _value(text[column], type_, relation.forms[column])
            typed[f"{column}__waarde"] = value
            form = value.notna().map({True: GOOD, False: BAD})
            typed[f"{column}__vorm"] = form.where(text[column].notna(), None)
    for rule in relation.rules:
        if rule.kind == "unique":
            parts = text[list(rule.columns)]
            key = frame["_landing_id"].astype(str) + "|"
            for column in rule.columns:
                key = key + parts[column].fillna("") + "|"
            typed[key_column(rule)] = key.where(parts.notna().all(axis=1), None).astype(object)
        if rule.kind == "valid_code":
            typed[f"{rule.column}__geldig"] = _validity(rule, text[rule.column], peildatum)
        if rule.kind == "sum_equals":
            typed[sum_column(rule)] = _sum(*(typed[relation.typed(c)] for c in rule.columns))
    for column in relation.areas:
        # a desk has no list of areas: what can't be looked up is not held against the file
        typed[f"{column}__gebied"] = pd.Series(KNOWN, frame.index).where(text[column].notna(), None)
    return pd.DataFrame(typed, index=frame.index)


def _value(text: pd.Series, type_: FieldType, form: str) -> pd.Series:
    matching = text.where(text.str.match(form).fillna(False).astype(bool))
    match type_:
        case "date":
            return pd.to_datetime(matching, format="%Y-%m-%d", errors="coerce")
        case "month":
            return pd.to_datetime(matching, format="%Y-%m", errors="coerce")
        case _:
            number = pd.to_numeric(matching.str.replace(",", "."), errors="coerce")
            return number.astype("Float64")


def _sum(total: pd.Series, *parts: pd.Series) -> pd.Series:
    difference = sum((part.fillna(0) for part in parts), start=-total).abs()
    form = (difference < float(SUM_TOLERANCE)).map({True: GOOD, False: BAD})
    return form.where(total.notna(), None)


def _validity(rule: Rule, text: pd.Series, peildatum: date | None) -> pd.Series:
    outside = {
        code
        for code, (first, last) in rule.params["validity"].items()
        if peildatum and ((first and peildatum < first) or (last and peildatum > last))
    }
    form = text.isin(outside).map({True: BAD, False: GOOD})
    return form.where(text.notna(), None)


def _where(frame: pd.DataFrame, condition: Condition) -> pd.DataFrame:
    for column, wanted in condition.items():
        if wanted == "gevuld":
            frame = frame[frame[column].notna()]
        elif wanted == "leeg":
            frame = frame[frame[column].isna()]
        elif isinstance(wanted, LaterThan):
            later = frame[f"{column}__waarde"] > frame[f"{wanted.column}__waarde"]
            frame = frame[later.fillna(False).astype(bool)]
        else:
            frame = frame[frame[column].isin(list(wanted))]
    return frame


def _failed_rows(answer: Any, rows: pd.DataFrame, column: str) -> tuple[FailedRow, ...]:
    if answer.success:
        return ()
    labels = pd.Index(answer.result["unexpected_index_list"]).unique()
    failed = rows.loc[labels, [*ROW_INDEX, column]].sort_values(ROW_INDEX)
    return tuple(
        FailedRow(landing, row, None if pd.isna(value) else value)
        for landing, row, value in failed.itertuples(index=False, name=None)
    )
