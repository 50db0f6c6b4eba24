"""Land by hand.

    python -m ingestion land cbs_kwb|cbs|all
    python -m ingestion deliveries|mails

Exit code 1: a publisher could not be read, or a delivery was refused; the rest was done.
"""

from __future__ import annotations

import argparse
import sys

from afspraken.settings import Settings
from ingestion.cards import publishers, source_names
from ingestion.deliveries import receive_deliveries
from ingestion.landing import Landed, LandingFailedError, land
from ingestion.mail import send_mails


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ingestion", description=__doc__)
    parser.add_argument("--run-id", default=None, help="the run to record this under")
    steps = parser.add_subparsers(dest="step", required=True)
    landing = steps.add_parser("land", help="bring a source, or all of a publisher, up to date")
    landing.add_argument("source", choices=["all", *publishers(), *source_names()])
    steps.add_parser("deliveries", help="take in what lies in the inbox")
    steps.add_parser("mails", help="mail the receipts that wait")
    asked = parser.parse_args(arguments)
    if asked.step == "deliveries":
        return _deliveries(asked.run_id)
    if asked.step == "mails":
        return _mails()
    wanted = "*" if asked.source == "all" else asked.source
    sources = source_names(publisher=wanted) or [asked.source]
    return max(_land(source, asked.run_id) for source in sources)


def _land(source: str, run_id: str | None) -> int:
    try:
        landed, code = land(source, Settings(), run_id=run_id), 0
    except LandingFailedError as error:
        landed, code = error.landed, 1
    for item in landed:
        _show(item)
    return code


def _show(item: Landed) -> None:
    print(f"{item.source:28} {item.part:12} {item.outcome:10} {item.message}")


def _deliveries(run_id: str | None) -> int:
    received = receive_deliveries(Settings(), run_id=run_id)
    for item in received:
        what = " ".join(item.reasons) or f"{item.rows} rijen geladen."
        print(f"{item.sender:8} {item.peildatum!s:10} {item.outcome:10} {what}")
    if not received:
        print("Geen nieuwe leveringen.")
    return int(any(item.outcome == "refused" for item in received))


def _mails() -> int:
    done = send_mails(Settings())
    print(f"{done.sent} verstuurd, {done.waiting} wachten, {done.given_up} opgegeven.")
    return int(bool(done.waiting or done.given_up))


if __name__ == "__main__":
    sys.exit(main())
