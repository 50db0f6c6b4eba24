"""Whole numbers with given margins."""

from __future__ import annotations

import numpy as np
import pytest

from local.sample.margins import UnreachableMarginsError, fit_table, largest_remainder


def test_parts_add_up_and_the_largest_remainders_get_the_rest() -> None:
    assert largest_remainder([1, 1, 1], 10).tolist() == [4, 3, 3]
    assert largest_remainder([0.5, 0.3, 0.2], 7).tolist() == [4, 2, 1]
    assert largest_remainder([0, 0], 0).tolist() == [0, 0]


def test_nothing_can_take_a_part() -> None:
    with pytest.raises(UnreachableMarginsError):
        largest_remainder([0, 0], 1)


@pytest.mark.parametrize("seed", range(5))
def test_a_table_meets_both_margins_and_its_caps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wanted = rng.integers(0, 40, (5, 23))
    cap = wanted + rng.integers(0, 3, wanted.shape)
    table = fit_table(
        rng.uniform(0.1, 5, wanted.shape), wanted.sum(axis=1), wanted.sum(axis=0), cap=cap
    )
    assert (table.sum(axis=1) == wanted.sum(axis=1)).all()
    assert (table.sum(axis=0) == wanted.sum(axis=0)).all()
    assert (table >= 0).all()
    assert (table <= cap).all()


def test_a_cell_that_starts_at_nothing_stays_empty() -> None:
    table = fit_table([[0, 1], [1, 1]], [3, 4], [2, 5])
    assert table.tolist() == [[0, 3], [2, 2]]


def test_margins_that_disagree_are_refused() -> None:
    with pytest.raises(UnreachableMarginsError, match="rows 3, columns 4"):
        fit_table([[1, 1]], [3], [2, 2])


def test_caps_that_leave_no_room_are_refused() -> None:
    with pytest.raises(UnreachableMarginsError, match="find no place"):
        fit_table([[1, 1]], [4], [2, 2], cap=[[1, 2]])
