"""Land: publishers' and parties' files, archived unchanged, checked, loaded into schema raw."""

from ingestion.deliveries import Received, receive_deliveries
from ingestion.landing import Landed, LandingFailedError, land, land_publisher

__all__ = [
    "Landed",
    "LandingFailedError",
    "Received",
    "land",
    "land_publisher",
    "receive_deliveries",
]
