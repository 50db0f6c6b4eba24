"""What goes into the reader and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

Row = tuple[int, list[str | None]]


@dataclass(frozen=True)
class SentFile:
    """A file as it was sent. `open` gives its bytes from the start; it is called for each reading.

    `name` may hold folders, as names in a zip do.
    """

    name: str
    size: int
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class Mend:
    """A value that could be read in one way only, and was. `kind` groups equal mends; Dutch."""

    row: int
    column: str
    given: str
    used: str
    kind: str
    message: str


@dataclass(frozen=True)
class Fault:
    """A cell without a value that can be used; it is empty in its row, which must not count."""

    row: int
    column: str
    given: str
    message: str
    remedy: str


@dataclass
class DeliveredTable:
    """Rows of one entity in one file or sheet.

    `file_name` is that of the first of `files`; VERA messages may come in more than one.
    `columns` are all columns of the contract, in its order; what was not delivered is empty.
    `rows()` gives `(row number, values)`: the number a spreadsheet shows (for VERA the number of
    the message). It starts again at each call, and `count`, `mends` and `faults` then belong to
    that reading; they are complete when it is exhausted.
    """

    entity: str
    file_name: str
    sheet: str | None
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]
    mends: list[Mend] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    count: int = 0
    files: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.files = self.files or (self.file_name,)


@dataclass(frozen=True)
class Delivered:
    """A delivery that was opened: its covering letter as written, if any, and its tables."""

    manifest: Mapping[str, Any] | None
    tables: tuple[DeliveredTable, ...]
    remarks: tuple[str, ...] = ()
