"""Great Expectations suites, made from rules; the same suite runs in Postgres and on a frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from expectations.assertions import GOOD, KNOWN, Relation
from ingestion.contract import Rule

ROW_INDEX = ["_landing_id", "_row_number"]


def suite(relation: Relation, rules: Iterable[Rule], name: str) -> Any:
    """A suite that reads as the list of requirements it was made from."""
    import great_expectations as gx

    return gx.ExpectationSuite(
        name=name, expectations=[expectation(relation, rule) for rule in rules]
    )


def expectation(relation: Relation, rule: Rule) -> Any:
    """The expectation of one rule; its id and severity are in `meta`, its text in `description`."""
    import great_expectations.expectations as gxe

    common: dict[str, Any] = {
        "meta": {"rule_id": rule.rule_id, "severity": rule.severity},
        "description": rule.message,
    }
    column = rule.column
    match rule.kind:
        case "present":
            return gxe.ExpectColumnValuesToNotBeNull(column=column, **common)
        case "absent":
            # GX's own rule for null gives no query for the rows that fail it
            return gxe.ExpectColumnValuesToMatchRegex(column=column, regex="^$", **common)
        case "type":
            return gxe.ExpectColumnValuesToBeInSet(
                column=f"{column}__vorm", value_set=[GOOD], **common
            )
        case "valid_code":
            return gxe.ExpectColumnValuesToBeInSet(
                column=f"{column}__geldig", value_set=[GOOD], **common
            )
        case "sum_equals":
            return gxe.ExpectColumnValuesToBeInSet(
                column=sum_column(rule), value_set=[GOOD], **common
            )
        case "known_area":
            return gxe.ExpectColumnValuesToBeInSet(
                column=f"{column}__gebied", value_set=[KNOWN], **common
            )
        case "codes":
            return gxe.ExpectColumnValuesToBeInSet(column=column, **rule.params, **common)
        case "pattern":
            return gxe.ExpectColumnValuesToMatchRegex(column=column, **rule.params, **common)
        case "not_pattern":
            return gxe.ExpectColumnValuesToNotMatchRegex(column=column, **rule.params, **common)
        case "between":
            return gxe.ExpectColumnValuesToBeBetween(
                column=relation.typed(column), **rule.params, **common
            )
        case "unique":
            return gxe.ExpectColumnValuesToBeUnique(column=key_column(rule), **common)
        case "equal":
            first, second = (relation.typed(name) for name in rule.columns)
            return gxe.ExpectColumnPairValuesToBeEqual(
                column_A=first, column_B=second, **rule.params, **common
            )
        case "a_not_before_b":
            first, second = (relation.typed(name) for name in rule.columns)
            return gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=first, column_B=second, **rule.params, **common
            )


def key_column(rule: Rule) -> str:
    """The column that holds a key's parts together: GX's own compound rule can't name its rows."""
    return f"{rule.rule_id.replace('-', '_')}__sleutel"


def sum_column(rule: Rule) -> str:
    """The column that says whether the parts are the total."""
    return f"{rule.rule_id.replace('-', '_')}__som"


def subject(relation: Relation, rule: Rule) -> list[str]:
    """The columns of the typed relation that must be filled for a rule to say something."""
    match rule.kind:
        case "present":
            return []
        case "type":
            return [f"{rule.column}__vorm"]
        case "valid_code":
            return [f"{rule.column}__geldig"]
        case "known_area":
            return [f"{rule.column}__gebied"]
        case "unique":
            return [key_column(rule)]
        case "sum_equals":
            return [sum_column(rule)]
        case "equal" | "a_not_before_b":
            return [relation.typed(column) for column in rule.columns]
        case "between":
            return [relation.typed(rule.column)]
        case _:
            return [rule.column]


def quiet_context() -> Any:
    """An ephemeral GX context: no files, no progress bars, nothing sent home."""
    import logging
    import os

    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context
