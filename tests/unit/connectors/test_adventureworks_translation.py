"""What rows of AdventureWorks become: dates, opening stock, rejected goods, undated work, faults by name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipelines.connectors.adventureworks.read import ReadError, rows_of, shape_of
from pipelines.connectors.adventureworks.translate import Translation
from pipelines.connectors.translation import TranslatedCommand
from tests.unit.connectors.adventureworks_case import BIKE, FRAME, purchase, sale, tables, work


def stream(as_of: date | None = None, **changes: Any) -> tuple[Translation, list[TranslatedCommand]]:
    translation = Translation(tables(**changes), as_of=as_of)
    return translation, [*translation.master_data(), *translation.happenings()]


def one(commands: list[TranslatedCommand], name: str) -> TranslatedCommand:
    (found,) = [command for command in commands if command.name == name]
    return found


def test_sales_happen_153_days_after_the_date_in_the_file() -> None:
    _, commands = stream()
    assert one(commands, "create_sales_order").day == date(2011, 6, 3)
    assert one(commands, "ship_goods").day == date(2011, 6, 10)


def test_happenings_come_by_date_and_every_command_id_is_used_once() -> None:
    translation = Translation(tables())
    list(translation.master_data())
    happenings = list(translation.happenings())
    assert [command.day for command in happenings] == sorted(command.day for command in happenings)
    assert len({command.command_id for command in happenings}) == len(happenings)


def test_opening_stock_is_the_largest_shortfall_of_each_item() -> None:
    # 7 frames are accepted on 25 April, 10 go into 5 bikes on 20 May: 3 are short. 4 bikes come in, 3 are sold: none is.
    _, commands = stream()
    opening = one(commands, "book_opening_stock")
    assert [(line["item"], line["quantity"], line["unit_cost"]) for line in opening.data["lines"]] == [
        ("FR-1", Decimal(3), Decimal(10))
    ]


def test_opening_stock_does_not_depend_on_the_day_the_import_ends_on() -> None:
    _, whole = stream()
    _, part = stream(as_of=date(2011, 4, 30))
    assert one(whole, "book_opening_stock") == one(part, "book_opening_stock")


def test_order_limits_hold_only_where_the_vendor_counts_as_the_store_does() -> None:
    for unit, limits in (("EA", (Decimal(1), Decimal(50))), ("CTN", (None, None))):
        terms = [{**tables()["productvendor"][0], "unitmeasurecode": unit}]
        data = one(list(Translation(tables(productvendor=terms)).master_data()), "put_supplier_item").data
        assert (data["min_lot"], data["max_lot"]) == limits


def test_what_was_rejected_is_not_received_and_a_completed_order_is_closed_short() -> None:
    _, commands = stream()
    assert one(commands, "receive_goods").data["lines"] == [{"line": 1, "quantity": Decimal(7), "location": "L10"}]
    assert one(commands, "close_purchase_order").data == {"order": "cmd:adventureworks:po:1"}


def test_an_order_of_which_nothing_was_accepted_is_cancelled_and_not_billed() -> None:
    header, line = purchase(1, "10", "10", "10", status=3)
    _, commands = stream(purchaseorderheader=[header], purchaseorderdetail=[line])
    names = {command.name for command in commands}
    assert "cancel_purchase_order" in names
    assert not {"receive_goods", "book_supplier_bill"} & names


def test_control_totals_keep_the_fractions_of_the_file_beside_the_rounded_amounts() -> None:
    translation, _ = stream()
    total = translation.findings.totals[("sales_order", 2011)]
    assert (total.net_exact, total.net_rounded) == (Decimal("100.9326"), Decimal("100.93"))
    assert (total.tax_exact, total.tax_rounded) == (Decimal("2.6915"), Decimal("2.69"))


def test_work_without_days_follows_the_last_dated_order_and_takes_the_usual_time() -> None:
    undated = work(2, "1", StartDate=None, EndDate=None, DueDate=None)
    _, commands = stream(workorder=[work(1, "5"), undated])
    (order,) = [c for c in commands if c.command_id == "adventureworks:wo:2"]
    (completion,) = [c for c in commands if c.command_id == "adventureworks:wo:2:completion"]
    assert (order.day, completion.day) == (date(2011, 5, 11), date(2011, 5, 21))


def test_what_happens_after_the_day_of_the_company_is_counted_as_later_and_open_orders_stay_open() -> None:
    translation, commands = stream(as_of=date(2011, 5, 15))
    names = [command.name for command in commands]
    assert "create_production_order" in names
    assert "complete_production" not in names
    assert dict(translation.findings.later) == {"customer": 1, "currencyrate": 1, "sales_lines": 1, "store": 0}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sales_lines": [sale("SO1", 1, 99, "1")]}, "product 99 is not in the files"),
        ({"sales_lines": [sale("SO1", 1, BIKE, "-1")]}, "quantity, price or discount of line 1 is out of bounds"),
        ({"sales_lines": [sale("SO1", 1, BIKE, "1", CustomerKey=7)]}, "customer 7 is not in the files"),
        ({"sales_lines": [sale("SO1", 1, BIKE, "1", ShipDate=date(2010, 1, 1))]}, "ships before it is ordered"),
        ({"workorder": [work(1, "5", ProductID=FRAME)]}, "product 1 has no bill of material on 2011-05-10"),
        (
            {"workorder": [work(1, "5", StockedQty=Decimal(1))]},
            "stocked and scrapped do not make up the ordered quantity",
        ),
        ({"purchaseorderdetail": []}, "has no lines"),
        ({"purchaseorderheader": []}, "has no header"),
    ],
)
def test_a_row_that_cannot_be_booked_is_rejected_by_name(changes: dict[str, Any], reason: str) -> None:
    translation, _ = stream(**changes)
    assert [row.reason for row in translation.findings.rejected] == [reason]


def test_a_value_of_another_form_rejects_its_row_and_no_other() -> None:
    frame = pl.DataFrame({"unitmeasurecode": ["EA", "KG"], "name": ["Each", "Kilogram"]})
    assert rows_of(frame, shape_of("unitmeasure"))[1] == []
    rates = pl.DataFrame(
        {
            "fromcurrencycode": ["USD", "USD"],
            "tocurrencycode": ["EUR", "GBP"],
            "currencyrateid": ["1", "2"],
            "endofdayrate": ["0.7", "much"],
            "currencyratedate": ["2011-05-31 00:00:00.000", "2011-05-31 00:00:00.000"],
        }
    )
    rows, wrong = rows_of(rates, shape_of("currencyrate"))
    assert [row["tocurrencycode"] for row in rows] == ["EUR"]
    assert [(row.row, row.value) for row in wrong] == [("row 3", "much")]


def test_a_missing_column_names_the_file_and_the_column() -> None:
    with pytest.raises(ReadError, match="unitmeasure has no column name"):
        rows_of(pl.DataFrame({"unitmeasurecode": ["EA"]}), shape_of("unitmeasure"))
