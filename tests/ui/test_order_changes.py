"""A confirmed sales order is changed by its form, and its page shows what it was before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from streamlit.testing.v1 import AppTest

from app.kernel.access import SYSTEM
from tests.plant import Plant
from tests.ui.test_returns import pressed
from tests.ui.test_screens import shown

Run = Callable[..., AppTest]


def changes(plant: Plant, order: int) -> list[dict[str, Any]]:
    """What was changed of an order."""
    return plant.gateway.query("order_changes", {"document": order}, principal=SYSTEM)


def test_the_form_opens_with_the_order_as_it_is_and_changes_only_what_differs(page: Run, plant: Plant) -> None:
    order = plant.ids["open_sales_order"]
    form = page("change_order", login="clerk", order=order)
    assert form.text_input(key="form.change_order.order").value == plant.numbers["open_sales_order"]
    form.text_input(key="form.change_order.reason").set_value("he moved")
    form.text_area(key="form.change_order.address").set_value("2 New Road")
    pressed(form, "change_order")
    (row,) = changes(plant, order)
    assert (row["what"], row["new_address"], row["line"]) == ("header", "2 New Road", None)
    for lang, title in (("en", "Changes"), ("zh-Hans", "变更记录"), ("zh-Hant", "變更記錄")):
        text = shown(page("sales_order", login="clerk", lang=lang, id=order))
        assert title in text
        assert "2 New Road" in text


def test_a_new_day_of_the_order_moves_its_lines(page: Run, plant: Plant) -> None:
    order = plant.ids["open_sales_order"]
    form = page("change_order", login="clerk", order=order)
    form.text_input(key="form.change_order.reason").set_value("later")
    form.date_input(key="form.change_order.due_on").set_value(date(2026, 12, 24))
    pressed(form, "change_order")
    moved = {row["line"]: row["new_due_on"] for row in changes(plant, order) if row["reason"] == "later"}
    followers = [
        row["line"]
        for row in plant.gateway.query("document_lines", {"document": order}, principal=SYSTEM)
        if row["due_on"] == date(2026, 12, 24)
    ]
    assert followers
    assert moved == dict.fromkeys([None, *followers], date(2026, 12, 24))


def test_a_form_that_was_opened_before_a_change_overwrites_it_not(page: Run, plant: Plant) -> None:
    order = plant.ids["open_sales_order"]
    form = page("change_order", login="clerk", order=order)
    form.text_input(key="form.change_order.reason").set_value("the other clerk")
    form.text_area(key="form.change_order.address").set_value("9 Late Road")
    data = {"order": order, "reason": "first", "address": "8 Early Road"}
    plant.gateway.submit("change_sales_order", data, command_id="early", principal=SYSTEM)
    assert "has changed since" in shown(pressed(form, "change_order"))
    assert changes(plant, order)[0]["new_address"] == "8 Early Road"
