"""Settings: the environment, then `.env` in the root of the clone, then the local defaults.

An empty address or DSN means the part that `make up` runs on this machine, so that going
live is a matter of filling in addresses and keys.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
SAMPLE_MUNICIPALITY = "heerlen-voorbeeld"
# the night on which the sample's story stands
SAMPLE_CLOCK = "2026-10-15T02:30:00+02:00"
SAMPLE_KEY = "voorbeeld-sleutel"

Port = Annotated[int, Field(ge=1024, le=65535)]


class Settings(BaseSettings):
    """All settings of the product; `.env.example` says what each is for."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    state_dir: Path = Path(".state")
    municipality: str = SAMPLE_MUNICIPALITY
    clock: str = ""

    warehouse_dsn: str = ""
    airflow_db_dsn: str = ""
    superset_db_dsn: str = ""

    # what may hold a password is left out where settings are shown
    inbox_url: Annotated[str, Field(repr=False)] = ""
    inbox_options: Annotated[str, Field(repr=False)] = ""
    inbox_known_hosts: str = ""
    inbox_quiet_seconds: Annotated[int, Field(ge=0)] = 30
    deliveries_schedule: str = "*/10 * * * *"
    smtp_url: Annotated[str, Field(repr=False)] = ""
    mail_from: str = ""
    cbs_odata4_url: str = ""
    cbs_odata3_url: str = ""
    cbs_dataderden_url: str = ""
    cbs_download_url: str = ""
    ep_online_url: str = ""
    ep_online_api_key: str = ""
    pdok_url: str = ""
    leefbaarometer_url: str = ""

    postgres_port: Port = 15432
    airflow_port: Port = 18080
    superset_port: Port = 18088
    publishers_port: Port = 18090
    supervisor_port: Port = 18091

    @field_validator("state_dir")
    @classmethod
    def _below_the_root(cls, value: Path) -> Path:
        return value if value.is_absolute() else ROOT / value

    @field_validator("inbox_options")
    @classmethod
    def _options_are_an_object(cls, value: str) -> str:
        try:
            readable = not value or isinstance(json.loads(value), dict)
        except ValueError:
            readable = False
        if not readable:
            # the value itself is a secret, so the message doesn't repeat it
            raise PydanticCustomError("options", 'INBOX_OPTIONS is JSON, as in {"key": "value"}')
        return value

    @field_validator("clock")
    @classmethod
    def _a_clock_knows_its_zone(cls, value: str) -> str:
        if value and datetime.fromisoformat(value).tzinfo is None:
            raise ValueError("CLOCK needs a time zone, as in 2026-10-15T02:30:00+02:00")
        return value

    @property
    def root(self) -> Path:
        return ROOT

    @property
    def municipality_dir(self) -> Path:
        return ROOT / "municipalities" / self.municipality

    @property
    def archive_dir(self) -> Path:
        return self.state_dir / "archive"

    @property
    def sample_dir(self) -> Path:
        return self.state_dir / "sample"

    @property
    def logs_dir(self) -> Path:
        return self.state_dir / "logs"

    @property
    def secrets_dir(self) -> Path:
        return self.state_dir / "secrets"

    @property
    def is_sample(self) -> bool:
        """Whether this run shows invented deliveries: every screen then says so."""
        return self.municipality.endswith("-voorbeeld")

    def now(self) -> datetime:
        """The moment the night stands at: CLOCK, the sample's own night, or the real clock."""
        clock = self.clock or (SAMPLE_CLOCK if self.is_sample else "")
        if clock:
            return datetime.fromisoformat(clock).astimezone(AMSTERDAM)
        return datetime.now(AMSTERDAM)

    def today(self) -> date:
        return self.now().date()

    @cached_property
    def resolved_inbox_url(self) -> str:
        return self.inbox_url or (self.state_dir / "inbox").as_uri()

    def publisher_url(self, setting: str) -> str:
        """The address behind a setting such as `cbs_odata4_url`, without a slash at the end."""
        simulated = {
            "cbs_odata4_url": "/cbs/odata/v1/CBS",
            "cbs_odata3_url": "/cbs",
            "cbs_dataderden_url": "/cbs-dataderden",
            "cbs_download_url": "/cbs-download",
            "ep_online_url": "/ep-online/api/v5",
            "pdok_url": "/pdok",
            "leefbaarometer_url": "/leefbaarometer",
        }
        configured: str = getattr(self, setting)
        base = configured or f"http://127.0.0.1:{self.publishers_port}{simulated[setting]}"
        return base.rstrip("/")

    def publisher_key(self, setting: str) -> str:
        """A publisher's API key; the simulated publishers know one of their own."""
        configured: str = getattr(self, setting)
        return configured or (SAMPLE_KEY if not self.ep_online_url else "")
