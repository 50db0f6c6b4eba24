"""Judge: deliveries and sources before they are used, marts before they are published.

Importing this package is cheap; Great Expectations itself is loaded when something is judged.
"""

from expectations.audit import AuditFailedError, audit
from expectations.judge import judge, judge_deliveries, judge_sources

__all__ = ["AuditFailedError", "audit", "judge", "judge_deliveries", "judge_sources"]
