"""CBS StatLine: OData v4 and v3 from the network, StatLine exports from disk.

All of them come out as the same long rows in the same four raw tables, whatever the table: an
observation is a value of a measure, for an area, in a period, of one part of the further
dimensions. A value that CBS holds back has no value or no row at all; neither is zero.
"""

from ingestion.cbs.asked import area_pattern, asked_mark
from ingestion.cbs.odata import Description, describe, fetch
from ingestion.cbs.rows import Resources, archived, tables
from ingestion.cbs.statline import tables_from_statline

__all__ = [
    "Description",
    "Resources",
    "archived",
    "area_pattern",
    "asked_mark",
    "describe",
    "fetch",
    "tables",
    "tables_from_statline",
]
