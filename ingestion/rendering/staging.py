"""The dbt side of a contract: source, staging model with its yml, and the count of rows in use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from ingestion.contract import Contract, Field

FOLDER = "dbt_project/models/staging/levering"
_MADE = "made from ingestion/contracts/{}; change it there, then run `afspraken contracts`"
_PROVENANCE = (
    ("_landing_id", "Landing the row came in with."),
    ("_row_number", "Row number within that landing's file."),
)


def staging_files(contracts: Sequence[Contract]) -> dict[str, str]:
    """Every generated file of the dbt project: path below the root, and its text."""
    files = {f"{FOLDER}/_sources.yml": _sources(contracts)}
    for contract in contracts:
        files[f"{FOLDER}/{contract.staging_model}.sql"] = _model(contract)
        files[f"{FOLDER}/{contract.staging_model}.yml"] = _properties(contract)
    files["dbt_project/models/intermediate/levering/int_levering_rijen.sql"] = _counted(contracts)
    return files


def column_name(field: Field) -> str:
    """The name of a field in the warehouse: a J or N becomes `is_...`."""
    return f"is_{field.name}" if _is_boolean(field) else field.staging_name


def _is_boolean(field: Field) -> bool:
    return set(field.codes) == {"J", "N"}


def _cast(field: Field) -> str:
    type_ = field.staging_type or _usual_type(field)
    if type_.startswith("numeric"):
        precision, scale = type_.removeprefix("numeric(").removesuffix(")").split(",")
        return f"to_numeric('{field.name}', {precision}, {scale})"
    return f"to_{type_}('{field.name}')"


def _usual_type(field: Field) -> str:
    if field.precision:
        return "numeric({},{})".format(*field.precision)
    if _is_boolean(field):
        return "boolean"
    return field.type if field.type in ("date", "integer") else "text"


def _model(contract: Contract) -> str:
    rows = contract.staging_model.removeprefix("stg_levering__")
    columns = [
        f"    {{{{ {_cast(field)} }}}} as {column_name(field)}," for field in contract.fields
    ]
    return "\n".join(
        [
            f"-- {_MADE.format(f'{contract.entity}.odcs.yaml')}",
            f"with {rows} as (",
            f"    {{{{ accepted_rows('{contract.table}') }}}}",
            ")",
            "",
            "select",
            *columns,
            "    _landing_id,",
            "    _row_number",
            f"from {rows}",
            "",
        ]
    )


def _properties(contract: Contract) -> str:
    # a stock has one version in use for each sender and peildatum; other rows may be sent again
    is_stock = contract.peildatum_column is not None and not contract.may_be_partial
    key = [column_name(field) for name in contract.key if (field := contract.field(name))]
    model = {
        "name": contract.staging_model,
        "description": f"{contract.grain}, zoals geleverd. {contract.description}",
        "columns": [
            *(
                {"name": column_name(field), "description": field.description}
                for field in contract.fields
            ),
            *({"name": name, "description": text} for name, text in _PROVENANCE),
        ],
        "data_tests": [
            {
                "unique_combination": {
                    "arguments": {"columns": key if is_stock else ["_landing_id", *key]}
                }
            }
        ],
    }
    return _yaml(f"{contract.entity}.odcs.yaml", {"models": [model]})


def _sources(contracts: Iterable[Contract]) -> str:
    tables = [
        {
            "name": contract.table,
            "description": f"Deliveries by contract, entity {contract.entity}, text as delivered.",
        }
        for contract in contracts
    ]
    raw = {
        "name": "raw",
        "description": "Files of publishers and parties as they came in.",
        "schema": "raw",
        "tables": tables,
    }
    return _yaml("*.odcs.yaml", {"sources": [raw]})


def _counted(contracts: Iterable[Contract]) -> str:
    counts = [
        "\n".join(
            [
                "    select",
                f"        '{contract.entity}' as entiteit,",
                "        _landing_id as landing_id,",
                "        count(*) as aantal_rijen",
                f"    from {{{{ ref('{contract.staging_model}') }}}}",
                "    group by _landing_id",
            ]
        )
        for contract in contracts
    ]
    return "\n".join(
        [
            f"-- {_MADE.format('*.odcs.yaml')}",
            "with geteld as (",
            "\n    union all\n".join(counts),
            ")",
            "",
            "select * from geteld",
            "",
        ]
    )


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def _yaml(made_from: str, content: object) -> str:
    body = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=96)
    return f"# {_MADE.format(made_from)}\n{body}"
