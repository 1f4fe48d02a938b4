"""The form: header fields, a line grid that takes a paste from a spreadsheet, a preview that answers while one types.

A form is described by a `FormScreen` and drawn by `draw_form`. Its command id is minted when it opens and renewed only
after the command is done, so that a double click, Enter and a retry book once (R3). What was typed is kept as a draft
until it is booked or thrown away. The preview (price, availability, totals) is asked of the operational store at every
committed cell; whether the document may be booked is the kernel's answer alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

import pandas as pd
import streamlit as st

from app.kernel.bus import Receipt
from app.kernel.errors import Refused
from app.kernel.gateway import new_command_id
from app.kernel.i18n import parsed_number, t
from app.ui import gateway
from app.ui.widgets import drafts, lookup, markup, notices

InputKind = Literal[
    "text",
    "note",
    "quantity",
    "amount",
    "price",
    "share",
    "date",
    "choice",
    "lookup",
    "several",
    "words",
    "secret",
    "flag",
    "count",
]

_NUMBERS: Final = frozenset({"quantity", "amount", "price", "share", "count"})
_EMPTY_LINES: Final = 4
_MOST_CHOICES: Final = 1000
_GRID_SECONDS: Final = 0.3
"""How long a cell that was just left may be on its way; the grid itself waits 0.15 s for more to be typed."""


@dataclass(frozen=True)
class Input:
    """One thing a form asks.

    Attributes:
        name: the field of the command.
        label: key of its title.
        kind: what is typed; `several` are chosen of a query, `words` stand a line each, a `secret` is never kept as a draft.
        needed: whether the command cannot do without it.
        default: value, or a function of the document the form was opened from.
        choices: for `choice`, the values named by `<family>.<value>`.
        family: the area of the texts of the choices.
        query: for `lookup` and `several`, the query that offers codes and names, with its arguments.
        arguments: the fixed arguments of that query.
        help: key of what to know about it.
        seldom: whether it stands with the others that are seldom typed, below those that are.
    """

    name: str
    label: str
    kind: InputKind = "text"
    needed: bool = False
    default: Any = None
    choices: tuple[str, ...] = ()
    family: str = "word"
    query: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    help: str | None = None
    seldom: bool = False


@dataclass(frozen=True)
class FormScreen:
    """What a form asks and which command it gives.

    Attributes:
        path: address of the form; also the name of its draft.
        title: key of its name.
        command: the command that it gives.
        inputs: header fields.
        lines: columns of the line grid; none means no grid.
        lines_name: the command's field that takes the lines.
        lines_needed: whether the command cannot do without at least one line.
        submit: key of the button.
        opens: page of the document that the command made.
        preview: draws what the lines will come to; given the data as typed so far.
        prefill: header values and lines from the query parameters, such as an order to ship.
        shaped: turns what was read into the command's data, where the form asks otherwise than the command takes.
    """

    path: str
    title: str
    command: str
    inputs: tuple[Input, ...]
    submit: str
    opens: str | None = None
    lines: tuple[Input, ...] = ()
    lines_name: str = "lines"
    lines_needed: bool = True
    lead: str | None = None
    preview: Callable[[dict[str, Any], str], None] | None = None
    prefill: Callable[[Mapping[str, str]], dict[str, Any]] | None = None
    shaped: Callable[[dict[str, Any]], dict[str, Any]] | None = None


@dataclass(frozen=True)
class Wrong:
    """A field that cannot be sent as it is: where, and what to do."""

    place: str
    message: str


def draw_form(screen: FormScreen) -> None:
    """Draw a form."""
    lang = gateway.visit().lang
    key = _key_of(screen)
    opened = _open(screen, key)
    markup.show(markup.heading(t(screen.title, lang), lead=t(screen.lead, lang) if screen.lead else None))
    _offer_draft_away(screen, key, lang)
    with st.container(key="header_fields"):
        typed = _header(screen, opened, key, lang)
    if screen.lines:
        typed[screen.lines_name] = _grid(screen, opened, key, lang)
    data, wrong = read(screen, typed, lang)
    if screen.preview is not None:
        screen.preview(data, lang)
    secrets = {entry.name for entry in screen.inputs if entry.kind == "secret"}
    shown = {name: value for name, value in typed.items() if name not in secrets}
    drafts.keep(screen.path, st.session_state[f"{key}.id"], shown)
    _submit(screen, data, wrong, key, lang)


def _open(screen: FormScreen, key: str) -> dict[str, Any]:
    """What the form opens with: its draft, else what the address asks for; with a command id for this opening."""
    asked = dict(st.query_params)
    if st.session_state.get(f"{key}.asked") != asked or f"{key}.id" not in st.session_state:
        kept = drafts.kept(screen.path)
        prefill = screen.prefill(asked) if screen.prefill is not None else {}
        st.session_state[f"{key}.asked"] = asked
        st.session_state[f"{key}.id"] = kept.command_id if kept and not prefill else new_command_id()
        st.session_state[f"{key}.opened"] = prefill or (kept.data if kept else {})
        st.session_state[f"{key}.restored"] = bool(kept) and not prefill
    return st.session_state[f"{key}.opened"]


def _offer_draft_away(screen: FormScreen, key: str, lang: str) -> None:
    if not st.session_state.get(f"{key}.restored"):
        return
    left, right = st.columns([5, 1], vertical_alignment="center")
    with left:
        markup.show(markup.note(t("form.draft_restored", lang), "info"))
    if right.button(t("form.start_afresh", lang), key=f"{key}.afresh", width="stretch"):
        _forget(screen, key)
        st.rerun()


def _key_of(screen: FormScreen) -> str:
    """The session's name of this opening: the browser keeps what was typed under a name, so a fresh form has a fresh one."""
    opened = st.session_state.get(f"openings.{screen.path}", 0)
    return f"form.{screen.path}.{opened}" if opened else f"form.{screen.path}"


def _forget(screen: FormScreen, key: str) -> None:
    drafts.drop(screen.path)
    st.session_state[f"openings.{screen.path}"] = st.session_state.get(f"openings.{screen.path}", 0) + 1
    for name in [name for name in st.session_state if str(name).startswith(f"{key}.")]:
        del st.session_state[name]


def _header(screen: FormScreen, opened: Mapping[str, Any], key: str, lang: str) -> dict[str, Any]:
    typed = _fields([entry for entry in screen.inputs if not entry.seldom], opened, key, lang)
    seldom = [entry for entry in screen.inputs if entry.seldom]
    if seldom:
        asked_for = any(opened.get(entry.name) not in (None, "", [], _default(entry)) for entry in seldom)
        with st.expander(t("form.seldom_fields", lang), expanded=asked_for):
            typed |= _fields(seldom, opened, key, lang)
    return typed


def _fields(entries: Sequence[Input], opened: Mapping[str, Any], key: str, lang: str) -> dict[str, Any]:
    """Inputs in two columns, and what is typed into them."""
    typed: dict[str, Any] = {}
    columns = st.columns(2, gap="large")
    for index, entry in enumerate(entries):
        with columns[index % 2]:
            typed[entry.name] = _widget(entry, opened.get(entry.name, _default(entry)), f"{key}.{entry.name}", lang)
    return typed


def _default(entry: Input) -> Any:
    return entry.default() if callable(entry.default) else entry.default


def _widget(entry: Input, value: Any, key: str, lang: str) -> Any:
    label = t(entry.label, lang) + (" *" if entry.needed else "")
    told = t(entry.help, lang) if entry.help else None
    match entry.kind:
        case "date":
            day = date.fromisoformat(value) if isinstance(value, str) and value else value
            return st.date_input(label, value=day or None, key=key, help=told, format="YYYY-MM-DD")
        case "flag":
            return st.checkbox(label, value=bool(value), key=key, help=told)
        case "choice":
            index = entry.choices.index(value) if value in entry.choices else None
            return st.selectbox(
                label,
                entry.choices,
                index=index,
                key=key,
                help=told,
                format_func=lambda v: t(f"{entry.family}.{v}", lang),
            )
        case "lookup":
            return _lookup(entry, value, label, told, key, lang)
        case "several":
            return _several(entry, value, label, told, key, lang)
        case _:
            return _written(entry, value, label, told, key)


def _written(entry: Input, value: Any, label: str, told: str | None, key: str) -> Any:
    """What is written by hand: words a line each, a note, a secret that no browser keeps, or one line."""
    match entry.kind:
        case "words":
            written = st.text_area(label, value="\n".join(value or ()), key=key, help=told, height="content")
            return [line.strip() for line in (written or "").splitlines() if line.strip()]
        case "note":
            return st.text_area(label, value=value or "", key=key, help=told, height=80)
        case "secret":
            return st.text_input(label, key=key, help=told, type="password", autocomplete="new-password")
        case _:
            shown = "" if value is None else str(value)
            return st.text_input(label, value=shown, key=key, help=told, autocomplete="off")


def _lookup(entry: Input, value: Any, label: str, told: str | None, key: str, lang: str) -> str | None:
    assert entry.query is not None, entry.name
    if not gateway.may_ask(entry.query):  # Who may not look the codes up types the one that he was told.
        return st.text_input(label, value=str(value or ""), key=key, help=told, autocomplete="off") or None
    return lookup.choose(entry.query, entry.arguments, value, label=label, told=told, key=key, lang=lang)


def _several(entry: Input, value: Any, label: str, told: str | None, key: str, lang: str) -> list[str]:
    assert entry.query is not None, entry.name
    most = {"limit": _MOST_CHOICES} if "limit" in gateway.arguments_of(entry.query) else {}
    named = gateway.ask(entry.query, **{**most, **entry.arguments})
    names = {str(row["code"]): str((lang != "en" and row.get("name_zh")) or row["name"]) for row in named}
    chosen = [code for code in value or () if code in names]
    return st.multiselect(
        label,
        list(names),
        default=chosen,
        key=key,
        help=told,
        placeholder=t("form.choose", lang),
        format_func=lambda code: f"{code}  {names[code]}",
    )


def _grid(screen: FormScreen, opened: Mapping[str, Any], key: str, lang: str) -> list[dict[str, Any]]:
    """The line grid; its base stays the same while it is edited, so that no keystroke is lost to a rerun."""
    st.subheader(t("form.lines", lang), anchor=False)
    if any(entry.name == "item" for entry in screen.lines) and gateway.may_ask("items"):
        lookup.find_item(key, lang)
    base = st.session_state.get(f"{key}.base")
    if base is None:
        given = opened.get(screen.lines_name) or []
        rows = [*given, *({} for _ in range(max(1, _EMPTY_LINES - len(given))))]
        base = pd.DataFrame({c.name: _grid_values(c, [row.get(c.name) for row in rows]) for c in screen.lines})
        st.session_state[f"{key}.base"] = base
    edited = st.data_editor(
        base,
        key=f"{key}.grid",
        num_rows="dynamic",
        hide_index=True,
        width="stretch",
        column_config={entry.name: _grid_column(entry, lang) for entry in screen.lines},
        placeholder="",
        alt=t("form.lines", lang),
    )
    markup.show(markup.quiet(t("form.lines_hint", lang)))
    found = edited.astype(object).where(edited.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in found if _typed_something(row)]


def _typed_something(row: Mapping[Any, Any]) -> bool:
    return any(value not in (None, "", False) for value in row.values())


def _grid_values(entry: Input, values: list[Any]) -> pd.Series:
    """A column of the grid with its type said, because an empty column of no type cannot be typed into."""
    if entry.kind == "date":
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="object")))
    if entry.kind == "flag":
        return pd.Series([bool(value) for value in values], dtype="bool")
    return pd.Series([None if value is None else str(value) for value in values], dtype="string")


def _grid_column(entry: Input, lang: str) -> Any:
    label = t(entry.label, lang)
    told = t(entry.help, lang) if entry.help else None
    if entry.kind == "date":
        return st.column_config.DateColumn(label, format="YYYY-MM-DD", help=told)
    if entry.kind == "flag":
        return st.column_config.CheckboxColumn(label, help=told)
    if entry.kind == "lookup" and entry.query is not None:
        codes = [str(row["code"]) for row in gateway.ask(entry.query, **entry.arguments)]
        return st.column_config.SelectboxColumn(label, options=codes, help=told)
    if entry.kind == "choice":
        return st.column_config.SelectboxColumn(
            label, options=list(entry.choices), help=told, format_func=lambda value: t(f"{entry.family}.{value}", lang)
        )
    side = "right" if entry.kind in _NUMBERS else "left"
    return st.column_config.TextColumn(label, alignment=side, help=told)


def read(screen: FormScreen, typed: Mapping[str, Any], lang: str) -> tuple[dict[str, Any], list[Wrong]]:
    """The command's data from what was typed, and what cannot be read or is missing."""
    wrong: list[Wrong] = []
    data = _read_fields(screen.inputs, typed, lang, "", wrong)
    if screen.lines:
        lines = []
        for index, row in enumerate(typed.get(screen.lines_name) or [], start=1):
            place = t("form.line_place", lang, line=str(index))
            lines.append(_read_fields(screen.lines, row, lang, place, wrong))
        data[screen.lines_name] = lines
        if screen.lines_needed and not lines:
            wrong.append(Wrong(t("form.lines", lang), t("form.needed", lang)))
    return data, wrong


def _read_fields(
    inputs: tuple[Input, ...], typed: Mapping[str, Any], lang: str, place: str, wrong: list[Wrong]
) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for entry in inputs:
        value = typed.get(entry.name)
        label = t(entry.label, lang)
        where = f"{place} · {label}" if place else label
        if value is None or value == "" or (entry.needed and value == []):
            if entry.needed:
                wrong.append(Wrong(where, t("form.needed", lang)))
            continue
        if entry.kind in _NUMBERS:
            number = _number(str(value), lang)
            if number is None:
                wrong.append(Wrong(where, t("form.not_a_number", lang, value=str(value))))
                continue
            data[entry.name] = str(number / 100 if entry.kind == "share" else number)
        elif isinstance(value, date):
            data[entry.name] = value.isoformat()[:10]
        else:
            data[entry.name] = value
    return data


def _number(text: str, lang: str) -> Decimal | None:
    try:
        return parsed_number(text, lang)
    except (ValueError, InvalidOperation):
        return None


def _submit(screen: FormScreen, data: dict[str, Any], wrong: list[Wrong], key: str, lang: str) -> None:
    """The button. It belongs to one opening of the form: a press that arrives after that was booked finds no button.

    The browser sends all that was typed with every press, but for the cell of a grid that was left by the press itself: that comes
    a moment later. A press on a form with a grid is therefore kept until the grid has been heard. A second press on its way while
    the first is booked would fill the form that opens afresh, and book it under a new id.
    """
    opening = st.session_state[f"{key}.id"]
    shown = st.session_state.pop(f"{key}.refused", None)
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            t(screen.submit, lang),
            type="primary",
            key=f"{key}.submit.{opening}",
            icon=":material/check:",
            shortcut="Ctrl+S",
        )
    if pressed and screen.lines:
        st.session_state[f"{key}.pressed"] = opening
        time.sleep(_GRID_SECONDS)
        st.rerun()
    if pressed or st.session_state.pop(f"{key}.pressed", None) == opening:
        shown = (t("form.cannot_send", lang), wrong) if wrong else _send(screen, data, key, lang)
    if shown is not None:
        message, places = shown
        notices.refusal(message, [(entry.place, entry.message) for entry in places])


def _send(screen: FormScreen, data: dict[str, Any], key: str, lang: str) -> tuple[str, list[Wrong]] | None:
    try:
        given = screen.shaped(data) if screen.shaped is not None else data
    except Refused as refusal:
        return t(f"refusal.{refusal.key}", lang, **refusal.values), []
    receipt: Receipt = gateway.send(screen.command, given, command_id=st.session_state[f"{key}.id"])
    message = gateway.message(receipt, lang)
    if receipt.status != "done":
        return message, []
    _forget(screen, key)
    notices.say_after_rerun(message)
    if screen.opens is not None and receipt.document is not None:
        st.session_state["go_to"] = (screen.opens, {"id": str(receipt.document)})
    return st.rerun()


def in_days(days: int) -> Callable[[], date]:
    """A default some days from today, as the company's clock has it."""
    return lambda: gateway.today() + timedelta(days=days)
