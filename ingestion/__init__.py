"""Land: publishers' and parties' files, archived unchanged, checked, loaded into schema raw."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingestion.deliveries import Received, receive_deliveries
    from ingestion.landing import Landed, LandingFailedError, land, land_publisher
    from ingestion.mail import send_mails

__all__ = [
    "Landed",
    "LandingFailedError",
    "Received",
    "land",
    "land_publisher",
    "receive_deliveries",
    "send_mails",
]

_HOMES = {
    "Received": "deliveries",
    "receive_deliveries": "deliveries",
    "Landed": "landing",
    "LandingFailedError": "landing",
    "land": "landing",
    "land_publisher": "landing",
    "send_mails": "mail",
}


def __getattr__(name: str) -> Any:
    """Found when asked for: a supplier's desk reads contracts and files without a database."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
