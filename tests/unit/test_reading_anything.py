"""Whatever is sent: the same rows in every format, and never a crash."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.reading import (
    PersonalDataError,
    SentFile,
    UnreadableFileError,
    first_reading,
    read_delivery,
)
from tests.deliveries import COLUMNS, home, homes
from tests.sent import as_cells, csv_of, ods_of, read, rows_of, sent, xls_of, xlsx_of, zip_named

SLOW = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow], database=None
)

# no signs that a file can't hold, and no outer spaces, which mean nothing
TEXT = (
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
    .map(lambda text: f"C{text}")
    .filter(lambda text: "@" not in text)
)
HOMES = st.lists(
    st.fixed_dictionaries(
        {
            "complex_code": TEXT,
            "netto_huur": st.decimals(0, 2000, places=2).map(lambda d: f"{d}".replace(".", ",")),
            "label_klasse": st.sampled_from(["", "A", "AP3", "G"]),
            "in_exploitatie_datum": st.dates().filter(lambda d: d.year >= 1800).map(str),
        }
    ),
    min_size=1,
    max_size=4,
)


@SLOW
@given(HOMES, st.permutations(COLUMNS), st.integers(0, 3))
def test_a_valid_table_reads_the_same_from_every_format(
    changed: list[dict[str, Any]], columns: list[str], titles: int
) -> None:
    rows = [home(n, **values) for n, values in enumerate(changed, start=1)]
    cells = [[f"Titel {n}"] for n in range(titles)] + as_cells(rows, columns)
    expected = [{name: value or None for name, value in row.items()} for row in rows]
    table = csv_of(cells)
    for file in (
        sent("eenheid.csv", table),
        sent("eenheid.csv", csv_of(cells, ",", "utf-8-sig", "\r\n")),
        sent("eenheid.csv", csv_of(cells, "\t", "utf-16")),
        sent("x.zip", zip_named({"map/eenheid.csv": table})),
        sent("x.xlsx", xlsx_of(eenheid=cells)),
        sent("x.ods", ods_of(eenheid=cells)),
        sent("x.xls", xls_of("eenheid", cells)),
    ):
        found = read(file)
        assert rows_of(found) == expected, file.name
        assert [number for number, _ in found.rows()] == [titles + 2 + n for n in range(len(rows))]
        assert found.mends == [] and found.faults == []


def survives(*files: SentFile) -> None:
    try:
        first_reading(read_delivery(files))
    except (UnreadableFileError, PersonalDataError) as refused:
        assert refused.reasons and all(refused.reasons)


@SLOW
@given(st.binary(max_size=2_000), st.sampled_from(["csv", "xlsx", "xls", "json", "zip", "ods"]))
def test_random_bytes_never_crash_the_reader(content: bytes, suffix: str) -> None:
    for start in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"[", b"{"):
        survives(sent(f"eenheid.{suffix}", start + content))
    survives(sent("manifest.json", content), sent("eenheid.csv", csv_of(as_cells(homes(1)))))


WHOLE = {
    "a.csv": csv_of(as_cells(homes(3))),
    "a.xlsx": xlsx_of(eenheid=as_cells(homes(3)), levering=[["peildatum", 46295]]),
    "a.xls": xls_of("eenheid", as_cells(homes(3))),
    "a.ods": ods_of(eenheid=as_cells(homes(3))),
    "a.zip": zip_named({"eenheid.csv": csv_of(as_cells(homes(3)))}),
    "a.json": json.dumps([{"id": "x", "bouwjaar": 1975, "adres": {"huisnummer": "1"}}]).encode(),
}


@SLOW
@given(st.sampled_from(sorted(WHOLE)), st.integers(0, 2**32), st.integers(1, 8))
def test_a_file_damaged_anywhere_never_crashes_the_reader(name: str, seed: int, hits: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    content = bytearray(WHOLE[name])
    for _ in range(hits):
        content[chance.randrange(len(content))] = chance.randrange(256)
    survives(sent(name, bytes(content)))
    survives(sent(name, bytes(content[: chance.randrange(len(content))])))
