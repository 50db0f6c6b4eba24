"""What the command reads from the published marts: indicators as rows, agreements as a table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from psycopg.rows import dict_row

from afspraken.db import connect
from afspraken.settings import Settings

INDICATORS = """
select
    i.indicator,
    i.titel as title,
    i.onderdeel,
    i.peildatum,
    i.gebied_soort as scope_type,
    i.gebied_code as scope_code,
    i.gebied_naam as scope_name,
    i.corporatie_code as party,
    i.teller as numerator,
    i.noemer as denominator,
    i.waarde as value,
    i.eenheid as unit,
    d.doelwaarde as target,
    d.padwaarde as path_value,
    d.status_woord as status
from marts.mart_indicator as i
left join marts.mart_doel_stand as d
    on
        i.indicator = d.indicator
        and i.onderdeel = d.onderdeel
        and i.peildatum = d.peildatum
        and i.gebied_soort = d.gebied_soort
        and i.gebied_code = d.gebied_code
        and i.corporatie_code = d.corporatie_code
where
    (%(code)s::text is null or i.indicator = %(code)s)
    and (%(scope)s::text is null or i.gebied_code = %(scope)s)
    and (%(party)s::text is null or i.corporatie_code = %(party)s)
    and (%(peildatum)s::date is null or i.peildatum = %(peildatum)s)
order by
    i.indicator, i.onderdeel_volgorde, i.peildatum, i.gebied_soort, i.gebied_code,
    i.corporatie_code, d.doel_id
"""

AGREEMENTS = """
select nummer, titel, status_teken, status_woord, stand_tekst, doel_tekst, corporaties_achter,
    is_voorbeeld, realisatie is not null as heeft_stand
from marts.mart_afspraak_stand
order by volgorde
"""


def indicators(
    settings: Settings,
    code: str | None = None,
    scope: str | None = None,
    party: str | None = None,
    peildatum: date | None = None,
) -> list[dict[str, Any]]:
    """Published indicator values, one row a target (one row where nothing was agreed).

    Percentages run from 0 to 100; `scope_code` is the area, `party` the corporation (empty:
    all of them); the peildatum of a yearly CBS stock is 1 January.
    """
    wanted = {"code": code, "scope": scope, "party": party, "peildatum": peildatum}
    return _rows(settings, INDICATORS, wanted)


def agreements(settings: Settings) -> list[dict[str, Any]]:
    """Where every agreement in force stands, in the order of the register."""
    return _rows(settings, AGREEMENTS, {})


def as_json(value: object) -> object:
    """How a value of a row is written in JSON: whole numbers without a point."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def _rows(settings: Settings, query: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    with connect(settings, "reader") as connection:
        return connection.cursor(row_factory=dict_row).execute(query.encode(), params).fetchall()
