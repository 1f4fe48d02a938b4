"""Rules of order routing are tried and activated on their pages, and an order's page shows where each line goes and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from app.kernel.access import SYSTEM
from tests.plant import Plant
from tests.ui.test_returns import pressed
from tests.ui.test_screens import shown

Run = Callable[..., AppTest]


def test_a_draft_is_typed_tried_activated_and_routes_an_order_again(page: Run, plant: Plant) -> None:
    def ask(query: str, **arguments: Any) -> list[dict[str, Any]]:
        return plant.gateway.query(query, arguments, principal=SYSTEM)

    form = page("edit_order_routing_rule", login="admin")
    form.text_input(key="form.edit_order_routing_rule.code").set_value("EVERY")
    form.text_input(key="form.edit_order_routing_rule.queue").set_value("clerk").run()
    assert "EVERY" in shown(form)
    pressed(form, "edit_order_routing_rule")
    assert [(row["code"], row["state"]) for row in ask("order_routing_rules")] == [("EVERY", "draft")]
    trial = page("order_routing_trial", login="admin")
    trial.button(key="routing.activate").click().run()
    assert [(row["code"], row["state"]) for row in ask("order_routing_rules")] == [("EVERY", "active")]
    order = plant.ids["open_sales_order"]
    assert ask("order_routings", document=order)[0]["decided_by"] == "default"
    again = page("reroute_sales_order", login="clerk", order=order)
    pressed(again, "reroute_sales_order")
    assert ask("order_routings", document=order)[0]["rule"] == "EVERY"
    for lang, why in (
        ("en", "The rule holds for every line"),
        ("zh-Hans", "该规则适用于每一行"),
        ("zh-Hant", "該規則適用於每一行"),
    ):
        assert why in shown(page("sales_order", login="clerk", lang=lang, id=order))
    assert plant.numbers["open_sales_order"] in shown(page("orders_by_queue", login="clerk"))
    other = page("override_order_routing", login="clerk", order=order)
    other.text_input(key="form.override_order_routing.line").set_value("1")
    other.text_input(key="form.override_order_routing.reason").set_value("the planner asked")
    other.text_input(key="form.override_order_routing.queue").set_value("planner")
    pressed(other, "override_order_routing")
    now = next(row for row in ask("order_routings", document=order) if row["line"] == 1)
    assert (now["decided_by"], now["queue"], now["reason"]) == ("override", "planner", "the planner asked")
