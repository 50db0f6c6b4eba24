"""Read by every Airflow process at its start: the scheduler imports what its tasks need.

LocalExecutor's tasks are forks of the scheduler, so what is imported here is not paid again
by each task (dbt and Great Expectations take seconds each).
"""

import sys

if "scheduler" in sys.argv:
    import dbt.cli.main
    import great_expectations
    import pandas

    PRELOADED = (dbt.cli.main, great_expectations, pandas)
