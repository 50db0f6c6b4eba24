"""Secrets of the one-machine run: made once, kept in files that only the owner reads."""

from __future__ import annotations

import os
import secrets as _secrets

from afspraken.settings import Settings


def secret(settings: Settings, name: str) -> str:
    """The secret called `name`; made on first use in `STATE_DIR/secrets/<name>` (mode 0600)."""
    path = settings.secrets_dir / name
    settings.secrets_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    value = _secrets.token_urlsafe(48)  # 64 characters: what Airflow's signing key needs
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(value)
    return value
