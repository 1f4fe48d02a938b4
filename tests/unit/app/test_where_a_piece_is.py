"""Where a piece is follows from all its moves, whatever order their ids tell."""

from __future__ import annotations

from typing import Any

import pytest

from app.modules.inventory.serial_queries import move_into_where_it_is

OPENING, BIN, MAIN, CUSTOMER, SUPPLIER = range(5)


@pytest.mark.parametrize(
    ("way", "last"),
    [
        ([(OPENING, MAIN)], 0),
        ([(OPENING, MAIN), (BIN, CUSTOMER), (MAIN, BIN)], 1),
        ([(OPENING, MAIN), (MAIN, CUSTOMER), (CUSTOMER, MAIN)], 2),
        ([(OPENING, MAIN), (CUSTOMER, MAIN), (MAIN, CUSTOMER)], 1),
        ([(SUPPLIER, MAIN), (MAIN, SUPPLIER)], 1),
    ],
    ids=["came", "was shipped before its transfer was numbered", "came back", "came back, numbered first", "went back"],
)
def test_the_move_into_where_a_piece_is(way: list[tuple[int, int]], last: int) -> None:
    moves: list[dict[str, Any]] = [{"from_location_id": start, "to_location_id": end} for start, end in way]
    assert move_into_where_it_is(moves) is moves[last]
