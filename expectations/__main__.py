"""Judge by hand.

    python -m expectations deliveries|sources|audit

Exit code 1: something was refused or held back, or the audit failed.
"""

from __future__ import annotations

import argparse
import sys

from afspraken.settings import Settings
from expectations.audit import AuditFailedError, audit
from expectations.judge import judge_deliveries, judge_sources
from expectations.verdicts import Verdict
from ingestion.receipts import VERDICTS


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m expectations", description=__doc__)
    parser.add_argument("what", choices=["deliveries", "sources", "audit"])
    parser.add_argument("--run-id", default=None, help="the run to record this under")
    asked = parser.parse_args(arguments)
    if asked.what == "audit":
        return _audit(asked.run_id)
    judge = judge_deliveries if asked.what == "deliveries" else judge_sources
    verdicts = judge(Settings(), run_id=asked.run_id)
    for verdict in verdicts:
        _show(verdict)
    if not verdicts:
        print("Niets te beoordelen.")
    return int(any(verdict.state in ("refused", "held_back") for verdict in verdicts))


def _show(verdict: Verdict) -> None:
    word, pending = VERDICTS[verdict.state], verdict.pending
    told = f"{word.word}. {' '.join(verdict.reasons)}"
    print(f"{word.mark:3} {pending.source} {pending.part}: {told}")


def _audit(run_id: str | None) -> int:
    try:
        findings = audit(Settings(), run_id=run_id)
    except AuditFailedError as error:
        print(error, file=sys.stderr)
        return 1
    for finding in findings:
        mark = "✓" if finding.passed else "!"
        print(f"{mark} {finding.check.rule_id} ({finding.evaluated}): {finding.message}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
