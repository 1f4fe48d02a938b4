"""A confirmed sales order is changed by its form, and its page shows what it was before."""

from __future__ import annotations

from collections.abc import Callable
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
