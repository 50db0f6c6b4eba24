"""What is asserted about rows, free of any engine: made from a contract or from a source card.

Rules run on a typed relation. Beside each column as text (trimmed, empty is null) it has
`<column>__waarde` (the value as date or number, null when it can't be read; a month is its first
day), `<column>__vorm` (`goed` or `fout`), `<column>__gebied` (`bekend` or `onbekend`),
`<column>__geldig` (as `__vorm`), `<rule>__som` (as `__vorm`) and `<rule>__sleutel` (the parts of a
key together) where a rule asks for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ingestion.cards import Card, RowRule, load_card, source_names
from ingestion.contract import Condition, Contract, FieldType, Rule, entities, load_contract

GOOD, BAD = "goed", "fout"
KNOWN, UNKNOWN = "bekend", "onbekend"
TYPED: tuple[FieldType, ...] = ("date", "month", "integer", "number")
# a sum is right to the cent; no difference between amounts of six decimals is exactly this
SUM_TOLERANCE = "0.0050005"
CONTEXT_COLUMNS = ("_afzender", "_peildatum", "_peiljaar_plus_1")
_REMEDY_OF_A_PUBLISHER = "De bron levert dit zo aan; wij melden het daar."


@dataclass(frozen=True)
class Relation:
    """A raw table and everything that is asserted about its rows.

    Sources that share a table and its rules share a relation, and are judged together; `name` tells
    the relations of one table apart. `types` gives the type of each column that is more than text,
    `forms` the pattern that its text must have to be read as one. `areas` are columns that hold an
    area code, with the prefix that CBS writes before it.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    types: Mapping[str, FieldType]
    forms: Mapping[str, str]
    rules: tuple[Rule, ...]
    areas: Mapping[str, str]
    is_delivery: bool

    def typed(self, column: str) -> str:
        """The name under which a rule about values reads a column."""
        if column in self.types and self.types[column] in TYPED:
            return f"{column}__waarde"
        return column

    def when(self, rule: Rule) -> Condition:
        """The condition of a rule's asset. A pair with an empty side says nothing."""
        if rule.kind in ("equal", "a_not_before_b"):
            filled: dict[str, Literal["gevuld"]] = {
                self.typed(column): "gevuld" for column in rule.columns
            }
            return {**rule.when, **filled}
        return rule.when


def relations() -> dict[tuple[str, str], Relation]:
    """What is judged, by source and raw table: a contract's table, each table of a card."""
    found: dict[tuple[str, str], Relation] = {}
    for entity in entities():
        contract = load_contract(entity)
        found[contract.table, contract.table] = of_contract(contract)
    for source in source_names():
        card = load_card(source)
        for table in card.tables:
            relation = of_card(card, table)
            alike = [r for (_, other), r in found.items() if other == table]
            same = next((r for r in alike if replace(r, name=relation.name) == relation), None)
            named = f"{table}_{source}" if alike else table
            found[source, table] = same or replace(relation, name=named)
    return found


def of_contract(contract: Contract) -> Relation:
    return Relation(
        name=contract.table,
        table=contract.table,
        columns=contract.columns,
        types={f.name: f.type for f in contract.fields},
        forms={f.name: f.form for f in contract.fields if f.form},
        rules=contract.rules,
        areas={f.name: "" for f in contract.fields if f.is_area},
        is_delivery=True,
    )


def of_card(card: Card, table: str) -> Relation:
    content = card.tables[table]
    rules = [_of_row_rule(rule) for rule in card.rules if rule.table == table]
    if content.key:
        rules.append(
            Rule(
                rule_id=f"{table}-sleutel-uniek",
                kind="unique",
                column=content.key[0],
                columns=content.key,
                severity="blocks",
                message=f"Elke {' en '.join(content.key)} komt één keer voor.",
                remedy=_REMEDY_OF_A_PUBLISHER,
                when={},
                params={},
            )
        )
    return Relation(
        name=table,
        table=table,
        columns=content.columns,
        types={},
        forms={},
        rules=tuple(rules),
        areas={
            rule.column: rule.known_area
            for rule in card.rules
            if rule.table == table and rule.known_area is not None
        },
        is_delivery=False,
    )


def _of_row_rule(rule: RowRule) -> Rule:
    common = {
        "rule_id": rule.rule_id,
        "column": rule.column,
        "columns": (rule.column,),
        "severity": rule.severity,
        "message": rule.message,
        "remedy": _REMEDY_OF_A_PUBLISHER,
        "when": {},
    }
    if rule.present:
        return Rule(kind="present", params={}, **common)  # type: ignore[arg-type]
    if rule.known_area is not None:
        return Rule(kind="known_area", params={}, **common)  # type: ignore[arg-type]
    if rule.codes:
        return Rule(kind="codes", params={"value_set": list(rule.codes)}, **common)  # type: ignore[arg-type]
    return Rule(kind="pattern", params={"regex": rule.pattern}, **common)  # type: ignore[arg-type]


def by_condition(relation: Relation, rules: Sequence[Rule]) -> list[tuple[Condition, list[Rule]]]:
    """Rules grouped by the rows they are about, so that each group is one asset, read once."""
    groups: dict[str, tuple[Condition, list[Rule]]] = {}
    for rule in rules:
        condition = relation.when(rule)
        key = repr(sorted(condition.items()))
        groups.setdefault(key, (condition, []))[1].append(rule)
    return list(groups.values())
