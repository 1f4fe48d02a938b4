"""A promotion is typed, tried and switched on by its form, shown while an order is typed, and explained on the order's page."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from streamlit.testing.v1 import AppTest

from app.kernel.access import SYSTEM
from app.kernel.gateway import new_command_id
from tests.company import Company
from tests.plant import Plant
from tests.ui.test_returns import pressed
from tests.ui.test_screens import shown

Run = Callable[..., AppTest]


def test_a_promotion_is_typed_tried_switched_on_and_explained(page: Run, plant: Plant) -> None:
    def ask(query: str, **arguments: Any) -> list[dict[str, Any]]:
        return plant.gateway.query(query, arguments, principal=SYSTEM)

    def do(command: str, **data: Any) -> Any:
        receipt = plant.gateway.submit(command, data, command_id=new_command_id(), principal=SYSTEM)
        assert receipt.status == "done", receipt
        return receipt

    form = page("edit_promotion", login="clerk")
    for name, value in (("code", "SUMMER"), ("name", "Summer sale"), ("rate", "10")):
        form.text_input(key=f"form.edit_promotion.{name}").set_value(value)
    form.selectbox(key="form.edit_promotion.effect").set_value("percent_off")
    form.checkbox(key="form.edit_promotion.active").set_value(True).run()
    assert "would have got it" in shown(form)
    pressed(form, "edit_promotion")
    found = next(row for row in ask("promotions") if row["code"] == "SUMMER")
    assert (found["active"], str(found["rate"])) == (True, "0.10000000")
    customer = next(row["code"] for row in ask("parties", role="customer") if row["currency"] == "CNY")
    item = next(row["code"] for row in ask("items") if row["list_price"])
    order = do("create_sales_order", customer=customer, lines=[{"item": item, "quantity": 2}], reserve=False).document
    for lang, why in (("en", "promotion"), ("zh-Hans", "促销"), ("zh-Hant", "促銷")):
        drawn = shown(page("sales_order", login="clerk", lang=lang, id=order))
        assert "Summer sale" in drawn
        assert why in drawn
    changing = page("change_order", login="clerk", order=order)
    assert "Summer sale" in shown(changing)
    results = page("promotion_results", login="clerk")
    assert _results(results)["SUMMER"] > 0
    results.date_input(key="list.promotion_results.until").set_value(date(2020, 1, 1)).run()
    assert _results(results)["SUMMER"] == 0
    do("put_promotion", code="SUMMER", name="Summer sale", valid_from="2026-01-01", effect="percent_off", rate="0.1")


def _results(test: AppTest) -> dict[str, int]:
    """On how many orders each promotion stands, as the list shows it."""
    return {
        code: int(count)
        for code, count in re.findall(r">([A-Z-]+)</td>.*?<td class=\"n\">(\d+)</td>", shown(test), flags=re.DOTALL)
    }


def test_free_freight_is_switched_on_shown_while_an_order_is_typed_and_explained(page: Run, plant: Plant) -> None:
    works = Company(plant.gateway)
    form = page("edit_promotion", login="clerk")
    for name, value in (("code", "CARRIAGE"), ("name", "Carriage paid"), ("minimum_amount", "1")):
        form.text_input(key=f"form.edit_promotion.{name}").set_value(value)
    form.selectbox(key="form.edit_promotion.effect").set_value("free_freight")
    form.checkbox(key="form.edit_promotion.active").set_value(True).run()
    assert "would have got it, giving away 0" in form.subheader[0].value
    pressed(form, "edit_promotion")
    customer = next(row["code"] for row in works.ask("parties", role="customer") if row["currency"] == "CNY")
    item = next(row["code"] for row in works.ask("items") if row["list_price"])
    form = page("quick_sales_order", login="clerk")
    form.selectbox(key="form.quick_sales_order.customer").set_value(customer)
    form.text_area(key="form.quick_sales_order.pasted").set_value(f"{item}\t2")
    form.text_input(key="form.quick_sales_order.freight").set_value("30")
    form.text_input(key="form.quick_sales_order.other_charges").set_value("5").run()
    assert "Carriage paid" in shown(form)
    pressed(form, "quick_sales_order")
    order = max(row["id"] for row in works.ask("sales_orders"))
    lines = works.ask("document_lines", document=order)
    charges = [(row["description"], row["net_amount"]) for row in lines if row["kind"] == "charge"]
    assert charges == [("Freight", Decimal(0)), ("Other charges", Decimal(5))]
    for lang, why in (("en", "freight"), ("zh-Hans", "运费"), ("zh-Hant", "運費")):
        drawn = shown(page("sales_order", login="clerk", lang=lang, id=order))
        assert ("Carriage paid" in drawn, why in drawn) == (True, True)
    quoted = works.do("create_quotation", customer=customer, lines=[{"item": item, "quantity": 2}]).document
    form = page("accept_quotation", login="clerk", order=quoted)
    form.text_input(key="form.accept_quotation.freight").set_value("12")
    pressed(form, "accept_quotation")
    accepted = max(row["id"] for row in works.ask("sales_orders"))
    charges = [row["net_amount"] for row in works.ask("document_lines", document=accepted) if row["kind"] == "charge"]
    assert (accepted > order, charges) == (True, [Decimal(0)])
    works.do("put_promotion", code="CARRIAGE", name="Carriage paid", valid_from="2026-01-01", effect="free_freight")
