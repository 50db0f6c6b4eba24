"""Zip files: what may be in one, and how much may come out of it.

Sizes in a zip are claims of whoever made it. `zipfile` gives no more of a member than it claims,
and finds the checksum wrong; what others unpack (`inflated`) is counted as it comes out.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from ingestion.errors import UnreadableFileError
from ingestion.reading.model import SentFile

BLOCK = 1 << 20
_LITTER = re.compile(
    r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|~\$|\._)", re.IGNORECASE
)
_OUTSIDE = re.compile(r"^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)")


@dataclass(frozen=True)
class Ceilings:
    """What a zip may hold: members, bytes unpacked, and how many times its packed size.

    The last counts only above `harmless` bytes: a sheet of formatted empty rows packs very well.
    """

    members: int = 1_000
    unpacked: int = 2 << 30
    times: int = 200
    harmless: int = 100 << 20

    def are_passed(self, unpacked: int, packed: int) -> bool:
        return unpacked > self.unpacked or (
            unpacked > self.harmless and unpacked > self.times * max(packed, 1)
        )


DELIVERY = Ceilings()
WORKBOOK = Ceilings(unpacked=512 << 20)


def members(file: SentFile, ceilings: Ceilings = DELIVERY) -> list[SentFile]:
    """The files in a zip that were meant to be sent; raises UnreadableFileError."""
    with _in_words(file.name), file.open() as opened, zipfile.ZipFile(opened) as packed:
        infos = _checked(file.name, packed.infolist(), ceilings)
    total = sum(info.file_size for info in infos)
    if ceilings.are_passed(total, file.size):
        raise too_big(file.name)
    return [
        SentFile(info.filename, info.file_size, _opener(file, info))
        for info in infos
        if not info.is_dir() and not _LITTER.search(info.filename)
    ]


def entries(name: str, data: bytes, ceilings: Ceilings = WORKBOOK) -> list[zipfile.ZipInfo]:
    """The members of a zip in memory, after the same checks."""
    with _in_words(name), zipfile.ZipFile(io.BytesIO(data)) as packed:
        return _checked(name, packed.infolist(), ceilings)


def inflated(name: str, data: bytes, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """All that really comes out of a member, whatever size it claims."""
    start = info.header_offset
    with _in_words(name):
        lengths = struct.unpack("<HH", data[start + 26 : start + 30])
        start += 30 + sum(lengths)
        content = memoryview(data)[start : start + info.compress_size]
        if info.compress_type == zipfile.ZIP_STORED:
            yield bytes(content)
            return
        if info.compress_type != zipfile.ZIP_DEFLATED:
            raise zipfile.BadZipFile("method")
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        for place in range(0, len(content), BLOCK):
            rest = bytes(content[place : place + BLOCK])
            while rest:
                block = engine.decompress(rest, BLOCK)
                rest = engine.unconsumed_tail
                if block:
                    yield block
                if engine.eof:
                    return


def too_big(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"{name}: er komt veel meer uit het bestand dan bij een levering past. "
        "Lever alleen de gegevens, zonder lege opgemaakte rijen en zonder andere bestanden."
    )


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    try:
        yield
    except UnreadableFileError:
        raise
    # what zipfile lets slip when the offsets in a zip are nonsense
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, OSError, ValueError) as error:
        raise UnreadableFileError(
            f"{name} is beschadigd of afgebroken. Maak het bestand opnieuw en lever het nog eens."
        ) from error
    except (RuntimeError, NotImplementedError) as error:
        raise UnreadableFileError(
            f"{name} is ingepakt op een manier die wij niet kunnen lezen. "
            "Maak een gewone zip zonder wachtwoord."
        ) from error


def _checked(name: str, infos: list[zipfile.ZipInfo], ceilings: Ceilings) -> list[zipfile.ZipInfo]:
    if len(infos) > ceilings.members:
        raise UnreadableFileError(
            f"{name} heeft {len(infos)} bestanden; ten hoogste {ceilings.members} mag. "
            "Lever alleen de bestanden van deze levering."
        )
    seen: set[str] = set()
    for info in infos:
        if _OUTSIDE.search(info.filename):
            raise UnreadableFileError(
                f"{name} heeft een bestand met een pad dat buiten de zip wijst. "
                "Maak de zip opnieuw, met alleen gewone bestandsnamen."
            )
        if info.flag_bits & 0x1:
            raise UnreadableFileError(
                f"{name}: {info.filename} is beveiligd met een wachtwoord. "
                "Lever zonder wachtwoord; de verbinding is al beveiligd."
            )
        if info.filename in seen:
            raise UnreadableFileError(
                f"{name}: {info.filename} zit er meer dan één keer in. Maak de zip opnieuw."
            )
        seen.add(info.filename)
    return infos


class _Member(io.RawIOBase):
    """A member of a zip; what goes wrong while it is read becomes words."""

    def __init__(self, file: SentFile, info: zipfile.ZipInfo) -> None:
        super().__init__()
        self._name = f"{file.name}: {PurePosixPath(info.filename).name}"
        self._outer = file.open()
        with _in_words(self._name):
            self._zip = zipfile.ZipFile(self._outer)
            self._inner = self._zip.open(info)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = cast(memoryview, buffer)
        with _in_words(self._name):
            block = self._inner.read(len(target))
        target[: len(block)] = block
        return len(block)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            self._zip.close()
            self._outer.close()
        super().close()


def _opener(file: SentFile, info: zipfile.ZipInfo) -> Callable[[], BinaryIO]:
    return lambda: io.BufferedReader(_Member(file, info), BLOCK)
