"""The boards and statements lead from each number to what is behind it, and show costs only to those who may see them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from app.jobs.boards import boards_of
from app.kernel.access import Principal
from app.kernel.errors import Refused
from tests.plant import TODAY, Plant
from tests.ui.test_screens import shown

Run = Callable[..., AppTest]


def test_an_income_statement_leads_to_accounts_then_journal_lines_then_the_document(page: Run, plant: Plant) -> None:
    statement = shown(page("income_statement", login="boss", span="2026"))
    line = re.search(r'href="/statement_line\?part=income&amp;from=2026-01-01&amp;to=2026-03-10&amp;line=1"', statement)
    assert line is not None
    accounts = shown(
        page("statement_line", login="boss", part="income", line="1", **{"from": "2026-01-01", "to": "2026-03-10"})
    )
    account = re.search(r'href="/account_ledger\?account=(\d+)', accounts)
    assert account is not None
    lines = shown(page("account_ledger", login="boss", account=account.group(1), to="2026-03-10"))
    assert f'href="/customer_invoice?id={plant.ids["customer_invoice"]}"' in lines


def test_a_planner_sees_operations_but_not_the_money(page: Run) -> None:
    assert "tw-tile" in shown(page("operations_board", login="planner"))
    assert "Hello" in shown(page("finance_board", login="planner"))


def test_the_fulfilment_board_leads_from_a_month_to_its_shipments_and_from_there_to_the_document(
    page: Run, plant: Plant
) -> None:
    shown_board = shown(page("fulfilment_board", login="boss", span="2026"))
    month = re.search(r'href="/fulfilment_rows\?from=(2026-\d\d-01)&amp;to=(2026-\d\d-\d\d)"', shown_board)
    assert month is not None
    rows = shown(page("fulfilment_rows", login="boss", **{"from": month.group(1), "to": month.group(2)}))
    assert re.search(r'href="/shipment\?id=\d+"', rows)
    assert "tw-fresh" in rows


def test_the_after_sales_board_leads_to_its_cases_and_shows_costs_to_who_may_see_them(page: Run, plant: Plant) -> None:
    seen = shown(page("after_sales_board", login="boss", span="2026"))
    assert f'href="/service_case?id={plant.ids["service_case"]}"' in seen
    assert 'href="/cost_of_quality"' in seen
    assert "Hello" in shown(page("after_sales_board", login="clerk", span="2026"))


def test_costs_of_a_mart_are_empty_for_those_who_may_not_see_them(plant: Plant) -> None:
    boards = boards_of(plant.gateway.store.address)
    granted = frozenset({"marts.operations.read", "marts.money.read"})
    reader = Principal(77, "reader", "Reader", permissions=granted)
    seeing = Principal(78, "seer", "Seer", permissions=granted | {"inventory.cost.read"})
    hidden = boards.ask("stock_value_as_of", reader, as_of=TODAY)
    assert hidden.rows["value"].null_count() == hidden.rows.height > 0
    assert boards.ask("stock_value_as_of", seeing, as_of=TODAY).rows["value"].null_count() == 0
    assert boards.metric("gross_margin", reader, from_on=TODAY, to_on=TODAY) == {}
    boards.close()


def test_a_query_of_the_marts_is_refused_without_its_permission(plant: Plant) -> None:
    boards = boards_of(plant.gateway.store.address)
    with pytest.raises(Refused, match="not_permitted"):
        boards.ask("balance_sheet", Principal(79, "clerk", "Clerk"), as_of=TODAY)
    boards.close()


def test_the_budget_board_leads_from_a_budget_to_the_orders_that_draw_on_it(page: Run, plant: Plant) -> None:
    seen = shown(page("budget_board", login="boss"))
    assert "Raw material 2026" in seen
    for name in ("open_purchase_order", "sent_back_order"):
        assert f'href="/purchase_order?id={plant.ids[name]}"' in seen
    # Ordered before the budget was made, so it does not count against it.
    assert f'href="/purchase_order?id={plant.ids["purchase_order"]}"' not in seen
    assert "Raw material 2026" in shown(page("purchase_order", login="boss", id=plant.ids["open_purchase_order"]))


def test_the_instalment_board_leads_from_a_month_and_a_customer_to_the_invoice(page: Run, plant: Plant) -> None:
    seen = shown(page("instalment_board", login="boss"))
    month = re.search(r'href="/instalment_rows\?side=receivable&amp;from=(2026-02-01)&amp;to=(2026-02-28)"', seen)
    assert month is not None
    assert 'href="/instalment_rows?side=receivable&amp;party=C-200"' in seen
    assert [re.sub("<[^>]*>", "", head) for head in re.findall(r"<th[^>]*>.*?</th>", seen)][::8] == [
        "Month",
        "Customer",
    ]
    asked = {"from": month.group(1), "to": month.group(2)}
    for query in (asked, {"party": "C-200"}, {"open": "1", "to": "2026-03-09"}):
        rows = shown(page("instalment_rows", login="boss", side="receivable", **query))
        assert f'href="/customer_invoice?id={plant.ids["returned_invoice"]}"' in rows
        assert "1/2" in rows
        assert f'href="/customer_invoice?id={plant.ids["customer_invoice"]}"' not in rows
    assert "2/2" not in rows
    whole = shown(page("instalment_rows", login="boss", side="payable", all="1"))
    assert f'href="/supplier_bill?id={plant.ids["supplier_bill"]}"' in whole
    assert "Invoices and bills with a payment term" in shown(page("instalment_board", login="boss", side="payable"))
    assert "Hello" in shown(page("instalment_board", login="planner"))
    assert "分期看板" in shown(page("instalment_board", login="boss", lang="zh-Hans"))
