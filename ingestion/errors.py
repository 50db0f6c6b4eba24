"""What a file can be refused for; messages are Dutch and meant for whoever sent it."""

from __future__ import annotations


class UnreadableFileError(ValueError):
    """A file that is no table we can read: where it breaks (file, sheet, row) and the remedy.

    `reasons` holds each fault apart, so that a sender can mend them all at once.
    """

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class PersonalDataError(ValueError):
    """A delivery with personal data: file, column, row and kind of data, never the value."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons
