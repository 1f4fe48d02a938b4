"""How things are made: calendars, work centers, and the operations of each item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.kernel.errors import Refused
from app.ui import gateway
from app.ui.screens.set_up import SetUp, typed
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import ListScreen
from app.ui.widgets.values import Column

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _week(data: dict[str, Any]) -> dict[str, Any]:
    """The typed hours of each weekday as the command takes them.

    Raises:
        Refused: hours are not written as 08:00-12:00, 13:00-17:00.
    """
    hours: dict[str, list[tuple[str, str]]] = {}
    for day in _DAYS:
        for span in filter(None, (part.strip() for part in (data.get(day) or "").replace("，", ",").split(","))):
            begins, dash, ends = span.partition("-")
            if not dash:
                raise Refused("hours_written", field=day, value=span)
            hours.setdefault(day, []).append((begins.strip(), ends.strip()))
    return {"code": data["code"], "name": data["name"], "weekly_hours": hours, "exceptions": data["exceptions"]}


def _of_calendar(asked: Mapping[str, str]) -> dict[str, Any]:
    row = next((row for row in gateway.ask("calendars") if row["code"] == asked.get("id")), None)
    if row is None:
        return {}
    days = gateway.ask("calendar_exceptions", calendar=row["code"])
    lines = [{entry.name: day[entry.name] for entry in CALENDARS.form.lines} for day in days]
    return {**{entry.name: row[entry.name] for entry in CALENDARS.form.inputs}, "exceptions": lines}


def _of_routing(asked: Mapping[str, str]) -> dict[str, Any]:
    item = asked.get("id")
    steps = gateway.ask("routing_steps", item=item) if item else []
    if not steps:
        return {}
    lines = [{entry.name: typed(entry, step[entry.name]) for entry in ROUTINGS.form.lines} for step in steps]
    return {"item": item, "steps": lines}


CALENDARS: Final = SetUp(
    "calendar_month",
    ListScreen(
        path="calendars",
        title="nav.calendars",
        query="calendars",
        columns=(
            Column("code", "word.code", "code", opens="edit_calendar", opens_by="code"),
            Column("name", "word.name"),
            *(Column(day, f"weekday.{day}", "code") for day in _DAYS),
        ),
        create=("edit_calendar", "put_calendar", "action.new_calendar"),
        empty="empty.calendars",
    ),
    FormScreen(
        path="edit_calendar",
        title="term.calendar",
        command="put_calendar",
        submit="action.save",
        lead="form.calendar_lead",
        inputs=(
            Input("code", "word.code", needed=True),
            Input("name", "word.name", needed=True),
            *(Input(day, f"weekday.{day}", help="form.hours_help") for day in _DAYS),
        ),
        lines=(
            Input("on_date", "word.day", "date", needed=True),
            Input("working", "word.working", "flag"),
            Input("name", "word.name", needed=True),
        ),
        lines_name="exceptions",
        lines_needed=False,
        prefill=_of_calendar,
        shaped=_week,
    ),
)
WORK_CENTERS: Final = SetUp(
    "precision_manufacturing",
    ListScreen(
        path="work_centers",
        title="nav.work_centers",
        query="work_centers",
        columns=(
            Column("code", "word.code", "code", opens="edit_work_center", opens_by="code"),
            Column("name", "word.name"),
            Column("site", "word.site", "code"),
            Column("calendar", "term.calendar", "code"),
            Column("units", "word.machine_count", "count"),
            Column("efficiency", "word.efficiency_percent", "share"),
            Column("weekly_minutes", "word.weekly_minutes", "count"),
            Column("cost_per_hour", "word.cost_per_hour", "price"),
        ),
        create=("edit_work_center", "put_work_center", "action.new_work_center"),
        empty="empty.work_centers",
    ),
    FormScreen(
        path="edit_work_center",
        title="term.work_center",
        command="put_work_center",
        submit="action.save",
        inputs=(
            Input("code", "word.code", needed=True),
            Input("name", "word.name", needed=True),
            Input("site", "word.site", "lookup", query="sites"),
            Input("calendar", "term.calendar", "lookup", query="calendars"),
            Input("units", "word.machine_count", "count", default="1"),
            Input("efficiency", "word.efficiency_percent", "share", default="100"),
            Input("weekly_minutes", "word.weekly_minutes", "count", default="2400"),
            Input("cost_per_hour", "word.cost_per_hour", "price"),
        ),
    ),
)
ROUTINGS: Final = SetUp(
    "account_tree",
    ListScreen(
        path="routings",
        title="nav.routings",
        query="routing_steps",
        columns=(
            Column("item", "term.item_number", "code", opens="edit_routing", opens_by="item"),
            Column("item_name", "term.item"),
            Column("operation", "term.operation", "code"),
            Column("name", "word.name"),
            Column("work_center", "term.work_center", "code"),
            Column("setup_minutes", "word.setup_minutes", "quantity"),
            Column("run_minutes", "word.run_minutes", "quantity"),
            Column("priority", "word.priority", "count"),
        ),
        create=("edit_routing", "put_routing", "action.new_routing"),
        empty="empty.routings",
    ),
    FormScreen(
        path="edit_routing",
        title="term.routing",
        command="put_routing",
        submit="action.save",
        lead="form.routing_lead",
        inputs=(Input("item", "term.item_number", "lookup", needed=True, query="items"),),
        lines=(
            Input("operation", "term.operation", "count", needed=True),
            Input("name", "word.name", needed=True),
            Input("work_center", "term.work_center", "lookup", needed=True, query="work_centers"),
            Input("setup_minutes", "word.setup_minutes", "quantity"),
            Input("run_minutes", "word.run_minutes", "quantity"),
            Input("priority", "word.priority", "count", default="1"),
        ),
        lines_name="steps",
        prefill=_of_routing,
    ),
    known_by="item",
)

ROUTING_PAGES: Final = (*CALENDARS.pages(), *WORK_CENTERS.pages(), *ROUTINGS.pages())
