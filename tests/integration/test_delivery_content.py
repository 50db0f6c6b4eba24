"""What officers see of the deliveries that are in use."""

from __future__ import annotations

from afspraken.db import connect
from afspraken.settings import Settings


def test_officers_see_of_each_delivery_who_sent_it_and_how_many_rows_count(
    first_night: Settings,
) -> None:
    with connect(first_night, "reader") as connection:
        shown = connection.execute(
            "select afzender_code, peildatum, aantal_rijen, afgekeurd_aantal_rijen, "
            "afzender_naam <> afzender_code, ontvangen_op > peildatum "
            "from marts.mart_levering_inhoud where entiteit = 'eenheid' order by 1, 2"
        ).fetchall()
    with connect(first_night) as connection:
        in_use = connection.execute(
            "select l.sender, l.peildatum, l.row_count - count(distinct q.row_number), "
            "count(distinct q.row_number), true, true "
            "from ops.landing_in_use as l left join ops.quarantine as q using (landing_id) "
            "where l.source = 'levering_eenheid' "
            "group by l.sender, l.peildatum, l.landing_id, l.row_count order by 1, 2"
        ).fetchall()
    assert len(shown) > 20
    assert shown == in_use
