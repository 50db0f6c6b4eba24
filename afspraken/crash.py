"""Named points at which a test can end the process as `kill -9` would."""

from __future__ import annotations

import os


def crash_point(name: str) -> None:
    """End this process at once when AFSPRAKEN_CRASH_AT names this point; else do nothing."""
    if os.environ.get("AFSPRAKEN_CRASH_AT") == name:
        os._exit(137)
