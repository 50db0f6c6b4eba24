"""The sample's register at the scale of the country: the same certificates in every municipality.

Rows of all municipalities stand mixed, which is the hardest order for whoever wants those of one.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from local.sample.certificates import COLUMNS, FILE, PREAMBLE

CERTIFICATES: Final = 6_100_000
OWN_CODE: Final = "0917"
_FIRST_CODE: Final = 2000
_POSTCODES_EACH: Final = 50
_AT_ONCE: Final = 100
# neighbours in the file are of different streets, so that it packs no better than a real one
_STRIDE: Final = 347
_POSTCODE, _VBO, _PAND = (
    COLUMNS.index(name) for name in ("Postcode", "BAGVerblijfsobjectID", "BAGPandIDs")
)


def write_national_file(sample: Path, target: Path, rows: int = CERTIFICATES) -> int:
    """Write the zipped total file of `rows` certificates from the zip of the sample's register.

    Every invented municipality has a code and postcodes of its own; all of the sample's register
    is in it unchanged. Memory does not grow with `rows`. Returns the bytes of the CSV.
    """
    own = _rows(sample)
    copies = max(1, -(-rows // len(own)))
    size = 0
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        archive.open(f"{FILE}.csv", "w", force_zip64=True) as file,
    ):
        size += file.write(("\ufeff" + PREAMBLE + ";".join(COLUMNS) + "\r\n").encode())
        left = rows
        for lines in _mixed(own, copies):
            size += file.write(("\r\n".join(lines[:left]) + "\r\n").encode())
            left -= len(lines[:left])
            if not left:
                break
    return size


def _rows(sample: Path) -> list[tuple[str, ...]]:
    """The sample's rows, each cut around the three cells that differ by municipality."""
    with zipfile.ZipFile(sample) as archive, archive.open(f"{FILE}.csv") as raw:
        lines = io.TextIOWrapper(raw, "utf-8-sig", newline="").read().split("\r\n")[3:]
    return [_cut(line.split(";")) for line in lines if line]


def _cut(cells: list[str]) -> tuple[str, ...]:
    return (
        ";".join(cells[:_POSTCODE]),
        cells[_POSTCODE],
        ";".join(cells[_POSTCODE + 1 : _VBO]),
        cells[_VBO],
        ";".join(cells[_VBO + 1 : _PAND]),
        cells[_PAND],
        ";".join(cells[_PAND + 1 :]),
    )


def _mixed(own: list[tuple[str, ...]], copies: int) -> Iterator[list[str]]:
    """A row of the sample, then one of every other municipality, and so on."""
    for start in range(0, len(own), _AT_ONCE):
        yield [
            _line(own[(place + number * _STRIDE) % len(own)], number)
            for place in range(start, min(start + _AT_ONCE, len(own)))
            for number in range(copies)
        ]


def _line(parts: tuple[str, ...], municipality: int) -> str:
    before, postcode, between, vbo, middle, pand, after = parts
    if municipality:
        code = f"{_FIRST_CODE + municipality:04d}"
        digits = 1000 + (int(postcode[:4]) - 1000 + municipality * _POSTCODES_EACH) % 9000
        postcode = f"{digits}{postcode[4:]}"
        vbo, pand = vbo.replace(OWN_CODE, code, 1), pand.replace(OWN_CODE, code)
    return f"{before};{postcode};{between};{vbo};{middle};{pand};{after}"
