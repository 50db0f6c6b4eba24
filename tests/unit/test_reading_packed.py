"""Zip files: what may come in one, and what is refused before it can do harm."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from ingestion.reading import UnreadableFileError, packed, read_delivery
from tests.deliveries import homes
from tests.sent import as_cells, csv_of, manifest_of, read, rows_of, sent, xlsx_of, zip_named

TABLE = csv_of(as_cells(homes(3)))
LETTER = manifest_of(bestanden=[{"naam": "woningen.csv", "entiteit": "eenheid"}])


def test_a_csv_set_in_a_folder_of_a_zip_is_read_and_litter_is_passed_over() -> None:
    content = zip_named(
        {
            "levering 2026Q3/manifest.json": LETTER,
            "levering 2026Q3/woningen.csv": TABLE,
            "levering 2026Q3/.DS_Store": b"\0\1",
            "levering 2026Q3/Thumbs.db": b"\0\1",
            "levering 2026Q3/~$woningen.xlsx": b"\0\1",
            "__MACOSX/levering 2026Q3/._woningen.csv": b"\0\1",
        }
    )
    delivered = read_delivery([sent("levering.zip", content)])
    (table,) = delivered.tables
    assert delivered.manifest is not None and table.file_name == "levering 2026Q3/woningen.csv"
    assert len(rows_of(table)) == 3
    # a second reading opens the zip again
    assert len(rows_of(table)) == 3


def test_a_workbook_in_a_zip_is_read_as_a_workbook() -> None:
    content = zip_named({"eenheid.xlsx": xlsx_of(eenheid=as_cells(homes(2)))})
    assert read(sent("levering.zip", content)).count == 2


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({}, "is leeg"),
        ({"x.zip": zip_named({"eenheid.csv": TABLE})}, "een zip in een zip"),
        ({"x.csv": zip_named({"eenheid.csv": TABLE})}, "een zip in een zip"),
        ({"../../etc/eenheid.csv": TABLE}, "buiten de zip"),
        ({"/eenheid.csv": TABLE}, "buiten de zip"),
        ({"C:\\x\\eenheid.csv": TABLE}, "buiten de zip"),
        ({"brief.pdf": b"%PDF-1.7", "eenheid.csv": TABLE}, r"brief\.pdf is een document"),
    ],
)
def test_what_does_not_belong_in_a_delivery_is_refused(
    members: dict[str, bytes], told: str
) -> None:
    with pytest.raises(UnreadableFileError, match=told):
        read(sent("levering.zip", zip_named(members)))


def test_a_member_with_a_password_is_named() -> None:
    content = bytearray(zip_named({"eenheid.csv": TABLE}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    with pytest.raises(UnreadableFileError, match=r"eenheid\.csv is beveiligd met een wachtwoord"):
        read(sent("levering.zip", bytes(content)))


def test_two_members_of_one_name_are_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made, pytest.warns(UserWarning):
        made.writestr("eenheid.csv", TABLE)
        made.writestr("eenheid.csv", TABLE)
    with pytest.raises(UnreadableFileError, match="meer dan één keer"):
        read(sent("levering.zip", target.getvalue()))


@pytest.mark.parametrize("kept", [30, 200, -30])
def test_a_broken_zip_is_refused_in_words(kept: int) -> None:
    content = zip_named({"eenheid.csv": TABLE})
    with pytest.raises(UnreadableFileError, match="beschadigd of afgebroken"):
        read(sent("levering.zip", content[:kept]))


def test_a_damaged_member_is_named_while_it_is_read() -> None:
    content = bytearray(zip_named({"eenheid.csv": TABLE}, zipfile.ZIP_STORED))
    place = content.index(b"E00002")
    content[place : place + 6] = b"E00009"
    with pytest.raises(UnreadableFileError, match=r"levering\.zip: eenheid\.csv is beschadigd"):
        read(sent("levering.zip", bytes(content)))


CEILINGS = packed.Ceilings(members=3, unpacked=50_000, times=20, harmless=10_000)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({f"{n}.csv": b"" for n in range(4)}, "heeft 4 bestanden; ten hoogste 3"),
        ({"a.csv": bytes(range(250)) * 300}, "veel meer"),
        ({"a.csv": b"0" * 40_000}, "veel meer"),
        ({"a.csv": b"0" * 9_000}, None),
    ],
)
def test_more_members_or_bytes_than_a_delivery_needs_are_refused(
    members: dict[str, bytes], told: str | None
) -> None:
    file = sent("bom.zip", zip_named(members))
    if told is None:
        (member,) = packed.members(file, CEILINGS)
        assert len(member.open().read()) == 9_000
        return
    with pytest.raises(UnreadableFileError, match=told):
        packed.members(file, CEILINGS)


def lying(content: bytes, claimed: int) -> bytes:
    """A zip whose headers claim another size for its only member, with a checksum to match."""
    made = bytearray(content)
    with zipfile.ZipFile(io.BytesIO(content)) as whole:
        checksum = zlib.crc32(whole.read(whole.namelist()[0])[:claimed])
    for mark, place in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        start = made.rindex(mark) + place
        struct.pack_into("<I", made, start, checksum)
        struct.pack_into("<I", made, start + 8, claimed)
    return bytes(made)


def test_a_size_that_is_claimed_is_not_believed() -> None:
    content = lying(zip_named({"a.csv": b"0" * 9_000_000}), 100)
    (member,) = packed.members(sent("bom.zip", content), CEILINGS)
    assert len(member.open().read()) == 100
    (info,) = packed.entries("bom.xlsx", content)
    assert sum(map(len, packed.inflated("bom.xlsx", content, info))) == 9_000_000


def test_a_workbook_that_unpacks_far_beyond_its_size_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packed, "WORKBOOK", CEILINGS)
    content = lying(zip_named({"xl/workbook.xml": b" " * 3_000_000}), 10)
    with pytest.raises(UnreadableFileError, match="veel meer"):
        read(sent("bom.xlsx", content))
