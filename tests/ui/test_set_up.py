"""Setting up through forms: a user with roles and a password, a calendar, terms with prices; what is known is filled in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from app.kernel.access import SYSTEM
from schemas.operational import kernel
from tests.plant import Plant
from tests.ui.test_screens import shown

Run = Callable[..., AppTest]
_PASSWORD = "nine copper ladles ring"


def fill(form: AppTest, path: str, **values: str) -> AppTest:
    """Type into fields of a form."""
    for name, value in values.items():
        form.text_input(key=f"form.{path}.{name}").set_value(value)
    return form


def save(form: AppTest, path: str) -> AppTest:
    """Press the button of a form."""
    return pressed(form, path).run()


def pressed(form: AppTest, path: str) -> AppTest:
    """The form with its button pressed and not yet sent."""
    button = next(button for button in form.button if str(button.key).startswith(f"form.{path}.submit"))
    button.click()
    return form


def row(plant: Plant, query: str, **known: Any) -> dict[str, Any]:
    """The row of a query with these values."""
    rows = plant.gateway.query(query, {}, principal=SYSTEM)
    return next(row for row in rows if all(row[name] == value for name, value in known.items()))


def test_a_user_is_made_given_a_password_and_signs_in(page: Run, plant: Plant) -> None:
    form = fill(page("edit_user"), "edit_user", login="mei", name="Mei Lin")
    form.multiselect(key="form.edit_user.roles").set_value(["clerk", "planner"])
    save(form, "edit_user")
    assert row(plant, "users", login="mei")["roles"] == ["clerk", "planner"]

    form = page("set_password")
    form.selectbox(key="form.set_password.login").set_value("mei")
    form = fill(form, "set_password", password="short").run()
    assert "12" in shown(save(form, "set_password"))
    save(fill(form, "set_password", password=_PASSWORD), "set_password")
    assert plant.sessions.sign_in("mei", _PASSWORD, address="test")

    known = page("edit_user", id="mei")
    assert known.multiselect(key="form.edit_user.roles").value == ["clerk", "planner"]
    known.checkbox(key="form.edit_user.active").uncheck()
    save(known, "edit_user")
    assert row(plant, "users", login="mei")["state"] == "disabled"


def test_a_press_that_arrives_after_the_form_was_booked_books_nothing(page: Run, plant: Plant) -> None:
    form = page("receive_payment")
    form.selectbox(key="form.receive_payment.party").set_value("C-100")
    form = fill(form, "receive_payment", amount="7").run()
    here, before = form._finished_page_script_hash, len(plant.gateway.query("payments_in", {}, principal=SYSTEM))
    sent = pressed(form, "receive_payment")._tree.get_widget_states()
    form._run(sent)
    assert len(plant.gateway.query("payments_in", {}, principal=SYSTEM)) == before + 1
    form._page_hash = here
    form._run(sent)
    assert len(plant.gateway.query("payments_in", {}, principal=SYSTEM)) == before + 1


def test_a_password_is_never_kept_as_a_draft(page: Run, plant: Plant) -> None:
    form = page("set_password")
    form.selectbox(key="form.set_password.login").set_value("clerk")
    fill(form, "set_password", password=_PASSWORD).run()
    with plant.gateway.store.reading() as connection:
        kept = connection.execute(select(kernel.draft.c.form, kernel.draft.c.data)).all()
    assert any(form == "set_password" and "clerk" in data for form, data in kept)
    assert not any(_PASSWORD in data for _, data in kept)


def test_a_role_takes_a_permission_a_line(page: Run, plant: Plant) -> None:
    form = fill(page("edit_role"), "edit_role", code="packer", name="Packer")
    form.text_area(key="form.edit_role.permissions").set_value("sales.read\n\n sales.shipment.write ")
    save(form, "edit_role")
    assert row(plant, "roles", code="packer")["permissions"] == ["sales.read", "sales.shipment.write"]
    assert "sales.read" in str(page("edit_role", id="packer").text_area(key="form.edit_role.permissions").value)


def test_a_calendar_is_written_as_people_write_hours(page: Run, plant: Plant) -> None:
    form = fill(page("edit_calendar"), "edit_calendar", code="LATE", name="Late shift", mon="13:00-17:00, 18:00-22:00")
    fill(form, "edit_calendar", tue="afternoon")
    assert "afternoon" in shown(save(form, "edit_calendar"))
    fill(form, "edit_calendar", tue="22:00-06:00")
    assert "22:00-06:00" in shown(save(form, "edit_calendar"))
    save(fill(form, "edit_calendar", tue="13:00-17:00"), "edit_calendar")
    made = row(plant, "calendars", code="LATE")
    assert (made["mon"], made["tue"], made["wed"]) == ("13:00-17:00, 18:00-22:00", "13:00-17:00", "")
    assert page("edit_calendar", id="LATE").text_input(key="form.edit_calendar.tue").value == "13:00-17:00"


def test_a_tax_rate_is_typed_and_filled_in_as_a_percentage(page: Run, plant: Plant) -> None:
    save(fill(page("edit_tax_code"), "edit_tax_code", code="VAT1", name="VAT 1 %", rate="1.5"), "edit_tax_code")
    assert str(row(plant, "tax_codes", code="VAT1")["rate"]) == "0.01500000"
    assert page("edit_tax_code", id="VAT1").text_input(key="form.edit_tax_code.rate").value == "1.5"


def test_known_terms_of_a_supplier_are_filled_in_with_their_prices(page: Run, plant: Plant) -> None:
    terms = row(plant, "supplier_items", item="LID-1")
    form = page("edit_supplier_item", id=terms["id"])
    assert form.text_input(key="form.edit_supplier_item.min_lot").value == "50"
    save(fill(form, "edit_supplier_item", min_lot="60"), "edit_supplier_item")
    assert row(plant, "supplier_items", item="LID-1")["min_lot"] == 60
    prices = plant.gateway.query("supplier_item_prices", {"id": terms["id"]}, principal=SYSTEM)
    assert [str(price["unit_price"]) for price in prices] == ["8.50000000"]


def test_a_conversion_is_refused_in_words_when_it_is_there_with_another_fraction(page: Run, plant: Plant) -> None:
    for numerator, refused in (("12", False), ("10", True)):
        form = page("new_unit_conversion")
        for name, unit in (("from_unit", "BOX"), ("to_unit", "EA")):
            form.selectbox(key=f"form.new_unit_conversion.{name}").set_value(unit)
        form = save(fill(form, "new_unit_conversion", numerator=numerator), "new_unit_conversion")
        assert ('class="tw-note bad"' in shown(form)) is refused
    assert row(plant, "unit_conversions", from_unit="BOX")["numerator"] == 12
