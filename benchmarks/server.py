"""The simulated publishers, in a process of their own for as long as a benchmark asks them."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from afspraken.settings import ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(sample: Path) -> Iterator[int]:
    """Serve the sample on loopback; yields the port."""
    port = free_port()
    words = ["-m", "local.publishers", "--sample", str(sample), "--port", str(port)]
    with subprocess.Popen([sys.executable, *words], cwd=ROOT) as process:
        try:
            _wait_for(f"http://127.0.0.1:{port}")
            yield port
        finally:
            process.terminate()


def _wait_for(address: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            httpx.get(f"{address}/_health", timeout=1).raise_for_status()
            return
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
