"""Deliveries as they really are: what a party sends, read into rows of the contract.

    delivered = read_delivery([SentFile("eenheid.csv", size, open_it)])
    first_reading(delivered)        # every cell is looked at, nothing is kept
    for table in delivered.tables:
        for number, values in table.rows(): ...

One reader for the nightly pipeline and for the supplier's desk: no database, no Airflow, no
pandas. A delivery is a CSV set, a workbook (xlsx, xlsm, xls, ods), VERA JSON, or one of these in
a zip, with `manifest.json` or a sheet `levering` as its covering letter (which the caller judges).

What can be read in one way only is mended and said (`Mend`); what can't is left as it was given,
for the rules of the contract to refuse. A cell that holds no value at all (`#N/A`) is empty in the
row and listed in `faults`. Outer spaces mean nothing and go without a word.

Personal data is found in column names when the delivery is opened, and in values while rows are
read: `rows()` raises PersonalDataError when it is exhausted, so a first reading comes before
anything is archived. Sheets that are not loaded are searched too, because their bytes are kept. A
file that can't be read was not searched to its end, so nothing of it may be kept either.
"""

from ingestion.errors import PersonalDataError, UnreadableFileError
from ingestion.reading.delivery import first_reading, read_delivery
from ingestion.reading.model import Delivered, DeliveredTable, Fault, Mend, SentFile

__all__ = [
    "Delivered",
    "DeliveredTable",
    "Fault",
    "Mend",
    "PersonalDataError",
    "SentFile",
    "UnreadableFileError",
    "first_reading",
    "read_delivery",
]
