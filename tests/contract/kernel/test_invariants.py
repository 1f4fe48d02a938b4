"""Verify finds nothing in an honest store, and names every invariant that somebody breaks behind its back, on both databases."""

from __future__ import annotations

import pytest

from app.jobs.invariants import INVARIANTS
from app.jobs.verify import verify
from tests.company import Company
from tests.tampering import tamper

pytestmark = pytest.mark.slow

_FIRST = "(select min(id) from {table} where {condition})"


def _first(table: str, change: str, condition: str = "1 = 1") -> str:
    return f"update {table} set {change} where id = " + _FIRST.format(table=table, condition=condition)


_LINE_OF = "document_id in (select id from document where kind = '{kind}')"
_RECEIPT = "(select min(id) from document where kind = 'goods_receipt')"

# How each invariant is broken; the statements run on both databases.
BREAKS: dict[str, tuple[str, ...]] = {
    "I-01": (_first("journal_line", "debit = debit + 100", "debit > 0"),),
    "I-02": (_first("journal_line", "credit = credit + 100", "credit > 0"),),
    "I-03": (_first("stock_balance", "quantity = quantity + 1000000"),),
    "I-03b": (
        "update stock_move set item_id = (select id from item where code = 'GOOD')"
        " where item_id = (select id from item where code = 'PART') and value > 0",
    ),
    "I-04": (_first("stock_balance", "reserved = reserved + 1000000", "quantity > reserved"),),
    "I-04b": (
        _first("document_line", "reserved_quantity = reserved_quantity + 1", _LINE_OF.format(kind="sales_order")),
    ),
    "I-05": (_first("stock_move", "value = value + 100", "value > 0"),),
    "I-05b": ("update item_value set value = value + 100 where value > 0",),
    "I-05c": (_first("cost_layer", "remaining_value = remaining_value + 100", "remaining_quantity > 0"),),
    "I-05d": (_first("open_item", "open_amount = open_amount - 100", "side = 'receivable'"),),
    "I-05e": (_first("open_item", "open_amount = open_amount - 100", "side = 'payable'"),),
    "I-05f": (
        _first("document_line", "invoiced_amount = invoiced_amount + 100", _LINE_OF.format(kind="goods_receipt")),
    ),
    "I-05g": ("update order_in_process set input_value = input_value + 100",),
    "I-05h": (_first("open_item", "amount = amount + 100"),),
    "I-51": ("update budget set committed_amount = committed_amount + 100",),
    "I-05i": ("update order_prepayment set open_amount = open_amount - 100 where open_amount > 0",),
    "I-06": (f"delete from stock_move where document_id = {_RECEIPT}",),
    "I-06b": (f"delete from journal_entry where document_id = {_RECEIPT}",),
    "I-06c": (
        "delete from journal_entry where document_id = (select min(id) from document where kind = 'payment_in')",
    ),
    "I-06d": (_first("document", "total_amount = total_amount + 100", "kind = 'customer_invoice'"),),
    "I-06e": (_first("document", "state = 'closed'", "kind = 'sales_order' and state = 'confirmed'"),),
    "I-06f": ("update document set posted_on = '2026-06-15' where kind = 'supplier_bill' and state = 'draft'",),
    "I-07": ("update number_series set last_number = last_number + 1 where series = 'shipment'",),
    "I-08": (_first("document", "number = 'GR-2026-00099'", "kind = 'goods_receipt'"),),
    "I-110": ("update forecast_override set override_number = override_number + 1",),
    "I-111": ("update forecast_override set after = null",),
    "I-112": ("update policy_acceptance set safety_stock_after = null",),
    "I-11": ("delete from command_receipt where position = 7",),
    "I-13": ("update feed set command_id = 'another' where position = 7",),
    "I-60": (_first("document_line", "quantity = quantity + 1000000", _LINE_OF.format(kind="transfer_dispatch")),),
    "I-61": (
        _first(
            "document_line",
            "fulfilled_quantity = fulfilled_quantity + 1000000",
            _LINE_OF.format(kind="transfer_dispatch"),
        ),
    ),
    "I-61b": ("delete from transfer_loss",),
    "I-66": ("update location set parent_id = id where code = 'BIN1'",),
    "I-66b": ("update item set put_away_strategy = 'fixed_place' where code = 'PART'",),
    "I-14": (_first("document_line", "fulfilled_quantity = 1", _LINE_OF.format(kind="purchase_order")),),
    "I-14b": (_first("journal_line", "description = 'as if'"),),
    "I-57": ("update stock_period set value = value + 100",),
    "I-58": ("update document set state = 'open' where kind = 'count_sheet' and state = 'closed'",),
    "I-59": (_first("count_snapshot", "counted_quantity = counted_quantity + 1000000"),),
    "I-87": (
        "update stock_balance set quantity = quantity + 1000000 where quantity > 0"
        " and item_id = (select id from item where code = 'PUMP')",
    ),
    "I-88": (_first("serial_warranty", "begins_on = '2020-01-01'"),),
    "I-89": (_first("stock_move", "value = 100", "owner_id <> 0"),),
    "I-90": (_first("stock_balance", "reserved = 1000000", "owner_id <> 0 and quantity > 0"),),
    "I-91": (
        _first(
            "stock_move",
            "quantity = quantity + 1000000",
            "owner_id <> 0 and document_id in (select to_id from document_link where kind = 'take_over')",
        ),
    ),
    "I-85": (_first("document_line", "returned_quantity = 2000000", _LINE_OF.format(kind="advance_issue")),),
    "I-85b": (_first("advance_settlement", "quantity = quantity + 1000000", "quantity > 0"),),
    "I-86": ("delete from count_sheet",),
    "I-40": (_first("document_line", "fulfilled_quantity = 7", _LINE_OF.format(kind="purchase_requisition")),),
    "I-41": ("update document_line set promised_on = '2029-01-01' where promised_on = '2026-06-25'",),
    "I-42": ("delete from claim_settlement",),
    "I-68": (_first("stock_balance", "status = 'available'", "status = 'provided' and quantity > 0"),),
    "I-69": ("update subcontract_component set consumed_quantity = consumed_quantity + 1000000",),
    "I-70": (_first("component_use", "quantity = quantity + 1000000"),),
    "I-71": (_first("component_use", "value = value + 100"),),
    "I-72": ("update subcontract_component set expected_quantity = expected_quantity + 2000000",),
    "I-78": (
        "update document set net_amount = net_amount + 100 where kind = 'goods_receipt'"
        " and id in (select from_id from document_link where kind = 'drop_shipment')",
    ),
    "I-79": (
        "update document_line set fulfilled_quantity = fulfilled_quantity + 9000000 where supplier_id is not null and "
        + _LINE_OF.format(kind="sales_order"),
    ),
    "I-14c": (_first("document_line", "stock_value = stock_value + 100", _LINE_OF.format(kind="customer_return")),),
    "I-14d": (
        _first("document_line", "returned_quantity = returned_quantity + 1", _LINE_OF.format(kind="sales_order")),
    ),
    "I-14e": (_first("document_line", "tax_amount = tax_amount + 100000", _LINE_OF.format(kind="credit_note")),),
    "I-14f": (
        _first(
            "document_line", "net_amount = net_amount + 100", _LINE_OF.format(kind="landed_cost") + " and kind = 'item'"
        ),
    ),
    "I-15": (_first("journal_entry", "posted_on = '2020-01-01'"),),
    "I-15b": ("update fiscal_period set state = 'locked', locked_at_position = 1 where code = '2026-06'",),
    "I-16": ("update approval_request set decided_by = requested_by",),
    "I-50": (
        "update approval_request set document_id ="
        " (select min(id) from document where kind = 'sales_order' and state = 'confirmed'),"
        " state = 'waiting', rule_id = (select min(id) from approval_rule where command = 'confirm_sales_order')",
    ),
    "I-73": (
        "update document_line set unit_price = unit_price + 1 where id in (select line_id from sales_order_change_line)",
    ),
    "I-74": ("update sales_order_change_line set quantity = quantity + 1000000 where quantity > 0",),
    "I-75": ("update sales_order_change set state = 'waiting', applied_at = null where change_number = 1",),
    "I-76": ("update promotion_tally set use_count = use_count + 1",),
    "I-77": (_first("line_price_reason", "amount = amount + 100", "kind = 'promotion'"),),
    "I-77b": ("update promotion set effect = 'free_freight', rate = null where effect = 'percent_off'",),
    "I-92": ("update order_line_routing set rule_version = rule_version + 7 where rule_id is not null",),
    "I-93": (
        "update document_line set location_id = (select min(id) from location where code = 'BIN1') where reserved_quantity > 0"
        " and id in (select order_line_id from order_line_routing)",
    ),
    "I-17": ("update order_in_process set completed_quantity = completed_quantity + 1000000",),
    "I-18": ("update feed set recorded_at = recorded_at - 86400000000 where position = 7",),
    "I-20": (_first("document_line", "item_id = 999999999", "item_id is not null"),),
    "I-22": (_first("document_line", "fulfilled_quantity = 1", _LINE_OF.format(kind="quotation")),),
    "I-21": ("update bom_line set component_id = (select item_id from bom where bom.id = bom_line.bom_id)",),
    "I-53": ("update pick_hold set to_pick = to_pick + 1000000 where to_pick > 0",),
    "I-53b": ("delete from pick_hold where to_pick > 0",),
    "I-54": (_first("document_line", "quantity = quantity + 1", _LINE_OF.format(kind="parcel")),),
    "I-54b": (_first("document", "state = 'reversed'", "kind = 'parcel' and state = 'posted'"),),
    "I-55": ("update parcel_tracking set state = 'failed'",),
    "I-55b": ("update carrier_handling set parcel_id = null where state = 'applied'",),
    "I-62": (_first("case_goods", "quantity = quantity + 1000000", "step = 'scrap'"),),
    "I-63": (_first("document", "state = 'open'", "kind = 'service_case' and state = 'settled'"),),
    "I-63b": ("delete from case_step",),
    "I-64": ("update service_case set outcome = null",),
    "I-80": ("update service_case set outcome = 'replacement' where outcome = 'credit'",),
    "I-81": (
        "update document_link set to_id = (select min(id) from document where kind = 'sales_order') where kind = 'service'"
        " and to_id in (select id from document where kind = 'credit_note')",
    ),
    "I-82": (
        "update case_clock set stopped_at = started_at, used_seconds = 0, look_at = null where stopped_at is null",
    ),
    "I-84": ("update customer_feedback set changed_at = given_at + 1300000000000",),
    "I-104": ("update case_measure set number = number + 1",),
    "I-83": ("update case_clock set used_seconds = 60 where stopped_at is not null",),
    "I-94": (
        _first("document_line", "fulfilled_quantity = fulfilled_quantity + 1", _LINE_OF.format(kind="repair_order")),
        _first("document_line", "quantity = quantity + 1000000", _LINE_OF.format(kind="material_return")),
        "update order_in_process set input_value = input_value + 100, settled_value = settled_value + 100 where document_id"
        " in (select id from repair_order)",
    ),
    "I-95": ("update order_in_process set output_value = 0 where document_id in (select id from repair_order)",),
    "I-96": (
        _first("document_line", "net_amount = net_amount + 200", _LINE_OF.format(kind="repair_order")),
        "update repair_order set returned_on = null",
    ),
    "I-100": (
        _first("repair_cost", "warranty_cost = 0", "warranty_cost > 0"),
        _first("claim_line", "reason = 'over'", "reason = 'defective'"),
    ),
    "I-101": (
        "update claim_settlement set outcome = 'accepted' where outcome = 'accepted_in_part'",
        "delete from journal_entry where fact = 'WarrantyCredited'",
    ),
    "I-98": ("update revaluation_line set booked_before = booked_before + 100, difference = difference - 100",),
    "I-65": ("update case_file set content_base64 = 'AAAA'",),
    "I-26": ("update shop_handling set shop_order_id = null where state = 'booked'",),
    "I-27": ("update shop_order set total_amount = total_amount + 100 where document_id is not null",),
    "I-102": (
        "update shop_discount set document_line_id ="
        " (select min(x.id) from document_line x join document y on y.id = x.document_id where y.kind = 'shipment')",
    ),
    "I-28": ("update shop_order set refunded_amount = refunded_amount + 100",),
}
# What only one of the databases lets anybody break.
_TYPES = {
    "sqlite": (
        "alter table item_value rename to item_value_before",
        "create table item_value (item_id integer primary key, quantity, value, last_unit_cost)",
        "insert into item_value select item_id, quantity * 1.0, value, last_unit_cost from item_value_before",
    ),
    "postgresql": ("alter table item_value alter column value type numeric",),
}
_ELSEWHERE = {
    "I-13b": "the anchors of the feed are tested with the feed",
    **dict.fromkeys(
        ("I-52", "I-56", "I-67", "I-97", "I-99"),
        "foreign currency is tested with its stories and in tests/contract/modules/test_buying_abroad.py",
    ),
}


def test_an_honest_store_is_clean(busy_works: Company) -> None:
    busy_works.assert_clean()


def test_every_invariant_is_broken_by_some_test(busy_works: Company) -> None:
    checked = set(verify(busy_works.gateway).checked)
    assert {invariant.code for invariant in INVARIANTS} <= checked
    assert checked == set(BREAKS) | set(_ELSEWHERE) | {"I-19"}


@pytest.mark.parametrize("code", BREAKS)
def test_a_broken_invariant_is_named(busy_works: Company, code: str) -> None:
    tamper(busy_works, *BREAKS[code])
    found = {finding.code for finding in verify(busy_works.gateway).findings}
    assert code in found


def test_a_number_that_is_no_integer_is_named(busy_works: Company, database: str) -> None:
    tamper(busy_works, *_TYPES[database])
    found = {finding.code for finding in verify(busy_works.gateway).findings}
    assert "I-19" in found
