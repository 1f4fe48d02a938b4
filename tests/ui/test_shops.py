"""A clerk with web shops: says what an unknown product is, decides about a message, and never sees a secret again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from app.jobs.shops import book_waiting
from app.kernel.access import SYSTEM
from tests.plant import Plant
from tests.ui.test_screens import shown
from tests.ui.test_set_up import fill, save

Run = Callable[..., AppTest]


def asked(plant: Plant, query: str, **arguments: Any) -> list[dict[str, Any]]:
    """The rows of a query."""
    return plant.gateway.query(query, arguments, principal=SYSTEM)


def test_a_message_is_discarded_with_a_reason_and_an_unknown_product_is_named(page: Run, plant: Plant) -> None:
    (unknown,) = asked(plant, "unmapped_shop_items")
    waiting = page("shop_message", login="clerk", id=plant.ids["shop_message"])
    assert "A product of which nobody has said the item" in shown(waiting)
    waiting.button(key="shop_message.discard").click().run()
    assert waiting.button(key="shop_message.go").disabled

    form = page("edit_shop_item", login="clerk", id=unknown["id"])
    assert form.text_input(key="form.edit_shop_item.external_id").value == "NO-SUCH"
    form.selectbox(key="form.edit_shop_item.item").set_value("KETTLE-2")
    save(form, "edit_shop_item")
    book_waiting(plant.gateway)
    (message,) = asked(plant, "shop_message_by_id", message=plant.ids["shop_message"])
    assert (message["state"], message["order_number"]) == ("booked", "#502")
    assert asked(plant, "unmapped_shop_items") == []


def test_a_shop_is_saved_by_form_and_its_secret_is_never_shown(page: Run, plant: Plant) -> None:
    form = fill(page("edit_shop", login="clerk"), "edit_shop", code="FORM", name="Form shop", secret="canary-secret")
    form.selectbox(key="form.edit_shop.system").set_value("woocommerce")
    form.selectbox(key="form.edit_shop.customer").set_value("C-100")
    save(form, "edit_shop")
    (shop,) = asked(plant, "shops", search="FORM")
    assert (shop["system"], shop["has_secret"], shop["address"]) == ("woocommerce", True, "/webhooks/woocommerce/FORM")
    again = page("edit_shop", login="clerk", id="FORM")
    assert again.text_input(key="form.edit_shop.secret").value == ""
    assert again.text_input(key="form.edit_shop.name").value == "Form shop"
    assert "canary-secret" not in shown(page("shops", login="clerk"))


def test_an_order_of_a_shop_shows_its_buyer_to_clerks_alone(page: Run, plant: Plant) -> None:
    assert "Lin Wei" in shown(page("shop_order", login="clerk", id=plant.ids["shop_order"]))
    for login in ("books", "boss", "planner"):
        assert "Lin Wei" not in shown(page("shop_order", login=login, id=plant.ids["shop_order"]))
