"""Order lines as they are pasted: each row is read or says what is wrong with it, and none is lost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.modules.sales.pasted_lines import read_rows
from tests.company import Company

D = Decimal


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("PART\t10\t2.5", ("PART", D(10), D("2.5"), None)),
        ("PART, 10", ("PART", D(10), None, None)),
        ("PART；10；2", ("PART", D(10), D(2), None)),
        ("PART，１０，２.５", ("PART", D(10), D("2.5"), None)),
        ("PART\t1,200\t", ("PART", D(1200), None, None)),
        ('"PART"\t3\t\t\t', ("PART", D(3), None, None)),
        ("PART\t1,20", ("PART", None, None, "quantity")),
        ("PART\t5\t1.234,50", ("PART", D(5), None, "unit_price")),
        ("PART\t1234,500", ("PART", None, None, "quantity")),
        ("PART\t-1", ("PART", None, None, "quantity")),
        ("PART\tNaN", ("PART", None, None, "quantity")),
        ("PART\t1e30", ("PART", None, None, "quantity")),
        ("PART\t0.0000001", ("PART", None, None, "quantity")),
        ("PART\t1\tfree", ("PART", D(1), None, "unit_price")),
        ("PART\t1\t-2", ("PART", D(1), None, "unit_price")),
        ("PART", ("PART", None, None, "columns")),
        ("\t5", ("", None, None, "columns")),
        ("PART\t1\t2\tred", ("PART", None, None, "columns")),
    ],
)
def test_a_row_is_read_or_says_what_is_wrong(text: str, read: tuple[object, ...]) -> None:
    (row,) = read_rows(text)
    assert (row.item, row.quantity, row.unit_price, row.problem) == read
    assert row.text == text.strip(" ")


def test_rows_keep_their_numbers_and_empty_ones_are_passed_over() -> None:
    assert [row.row for row in read_rows("A\t1\r\n\r\n\t\t\nB\t2\n")] == [1, 4]


def test_items_are_known_by_code_barcode_or_a_name_that_fits_no_other(works: Company) -> None:
    works.do("put_item", code="P-100", name="Brass pipe 100", category="RAW", unit="EA", barcode="6901234567892")
    works.do("put_item", code="P-200", name="Brass pipe 200", category="RAW", unit="EA")
    text = "part\t1\n6901234567892\t2\npipe 200\t3\nBrass\t4\nGold\t5\nP-100%\t6"
    rows = works.ask("read_order_lines", text=text)
    assert [(row["item"], row["problem"]) for row in rows] == [
        ("PART", None),
        ("P-100", None),
        ("P-200", None),
        (None, "item_unclear"),
        (None, "item_unknown"),
        (None, "item_unknown"),
    ]
    assert rows[3]["candidates"] == ["P-100", "P-200"]


def test_rows_beyond_the_limit_are_told_and_not_dropped(works: Company) -> None:
    rows = works.ask("read_order_lines", text="NONE\t1\n" * 1001)
    assert [row["problem"] for row in rows[-2:]] == ["item_unknown", "too_many"]
