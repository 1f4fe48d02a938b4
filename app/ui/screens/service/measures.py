"""Measures of cases: on the page of a case, as a list of all, and the form of each step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from app.ui import gateway
from app.ui.screens import trade
from app.ui.screens.page import Page
from app.ui.widgets.document import Action, Section
from app.ui.widgets.forms import FormScreen, Input
from app.ui.widgets.listing import Filter, ListScreen, draw_list
from app.ui.widgets.values import Column, draw_table

_ICON: Final = "rule"
_KINDS: Final = ("correction", "corrective", "preventive")
_STATES: Final = ("planned", "done", "effective", "not_effective", "dropped")
_ANY_STATE: Final = ("open", "inspected", "decided", "settled", "closed")
_NUMBER: Final = Column("measure", "word.measure", "count")
_MEASURE: Final = (
    Column("measure_kind", "word.measure_kind", "word", family="measure_kind"),
    Column("measure_state", "word.state", "word", family="measure_state"),
    Column("cause", "word.cause"),
    Column("action", "word.measure_action"),
    Column("owner_name", "word.owner"),
    Column("due_on", "word.due_on", "date"),
    Column("done_on", "word.done_on", "date"),
    Column("result", "word.measure_result"),
    Column("judged_on", "word.judged_on", "date"),
    Column("judgement", "word.judgement"),
)
COLLEAGUE: Final = Input("owner", "word.owner", "lookup", query="colleagues", help="form.case_owner_help")
MEASURES: Final = Section("case_measures", "document.case_measures", (_NUMBER, *_MEASURE))
_LIST: Final = ListScreen(
    path="measures",
    title="nav.measures",
    query="measures",
    columns=(
        Column("number", "kind.service_case", "code", opens="service_case", opens_by="document_id"),
        _NUMBER,
        Column("party_name", "term.customer"),
        *_MEASURE,
    ),
    filters=(
        Filter("measure_state", "word.state", _STATES, family="measure_state"),
        Filter("measure_kind", "word.measure_kind", _KINDS, family="measure_kind"),
    ),
    empty="empty.measures",
)
MEASURE_ACTIONS: Final = tuple(
    Action(f"action.{command}", command, _ANY_STATE, icon, form=command, seldom=True)
    for command, icon in (
        ("plan_case_measure", "rule"),
        ("change_case_measure", "edit_calendar"),
        ("finish_case_measure", "task_alt"),
        ("judge_case_measure", "verified"),
        ("drop_case_measure", "remove_done"),
    )
)


def _measures_of(asked: Mapping[str, str], *states: str) -> list[dict[str, Any]]:
    named = asked.get("order", "")
    rows = gateway.ask("case_measures", document=int(named)) if named.isdecimal() else []
    return [row for row in rows if row["measure_state"] in states]


def _case(asked: Mapping[str, str]) -> dict[str, Any]:
    named = asked.get("order", "")
    rows = gateway.ask("document_by_id", document=int(named)) if named.isdecimal() else []
    return {"case": rows[0]["number"]} if rows else {}


def _next(*states: str) -> Any:
    """Fills a form with the first measure that is in one of these states."""

    def filled(asked: Mapping[str, str]) -> dict[str, Any]:
        rows = _measures_of(asked, *states)
        return {**_case(asked), **({"measure": rows[0]["measure"]} if rows else {})}

    return filled


def _as_it_is(asked: Mapping[str, str]) -> dict[str, Any]:
    rows = _measures_of(asked, "planned")
    told = ("measure", "cause", "action", "owner", "due_on")
    return {**_case(asked), **({name: rows[0][name] for name in told} if rows else {})}


def _draw_measures(data: dict[str, Any], lang: str) -> None:
    """The measures of the case that a form names."""
    found = gateway.ask("documents_numbered", number=data["case"]) if data.get("case") else []
    if len(found) == 1:
        draw_table(MEASURES.columns[:7], gateway.ask("case_measures", document=found[0]["id"]), lang)


_CASE: Final = Input("case", "kind.service_case", needed=True)
_WHICH: Final = Input("measure", "word.measure", "count", needed=True, help="form.measure_help")
_PLANNED: Final = (
    Input("cause", "word.cause", "note", needed=True, help="form.cause_help"),
    Input("action", "word.measure_action", "note", needed=True),
    Input("owner", "word.owner", "lookup", needed=True, query="colleagues"),
    Input("due_on", "word.due_on", "date", needed=True),
)


def _form(command: str, inputs: tuple[Input, ...], prefill: Any) -> FormScreen:
    label = f"action.{command}"
    return FormScreen(
        path=command,
        title=label,
        command=command,
        submit=label,
        opens="service_case",
        lead=f"form.{command}_lead",
        inputs=(_CASE, *inputs),
        prefill=prefill,
        preview=_draw_measures,
    )


_FORMS: Final = (
    _form(
        "plan_case_measure",
        (
            Input("kind", "word.measure_kind", "choice", needed=True, choices=_KINDS, family="measure_kind"),
            *_PLANNED,
        ),
        _case,
    ),
    _form("change_case_measure", (_WHICH, *_PLANNED), _as_it_is),
    _form(
        "finish_case_measure",
        (
            _WHICH,
            Input("result", "word.measure_result", "note", needed=True),
            Input("done_on", "word.done_on", "date"),
        ),
        _next("planned"),
    ),
    _form(
        "judge_case_measure",
        (
            _WHICH,
            Input("effective", "word.effective", "flag"),
            Input("judgement", "word.judgement", "note", needed=True),
        ),
        _next("done"),
    ),
    _form("drop_case_measure", (_WHICH, Input("reason", "word.reason", "note", needed=True)), _next("planned")),
)
MEASURE_PAGES: Final = (
    Page(_LIST.path, _LIST.title, _ICON, partial(draw_list, _LIST), query=_LIST.query),
    *(trade.form_page(form, _ICON) for form in _FORMS),
)
