"""The page on which a customer orders: public by an unguessable link, without script, without session, in three languages.

What he types is read as bytes of a stranger. A form that is sent twice orders once, because it carries the id of its command.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from app.api.customers_page import Pace, customers_page
from app.kernel.access import SYSTEM
from app.kernel.gateway import Gateway, new_command_id
from app.kernel.i18n import format_price, negotiated, t
from app.modules.sales.ordering_forms import ordering_form

_MOST_BYTES: Final = 64_000
_MOST_SHOWN: Final = 300
_LONGEST_SEARCH: Final = 100
_COMMAND_ID: Final = re.compile(r"[0-9a-f-]{36}")
_QUANTITY: Final = re.compile(r"[0-9]{1,9}([.,][0-9]{1,6})?")


class _WrongError(Exception):
    """What was typed cannot be an order; says in words of a key what to do."""

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__(key)
        self.key, self.values = key, values


def ordering_form_routes(gateway: Gateway) -> APIRouter:
    """The page, and what its form sends."""
    router, pace = APIRouter(), Pace()

    def admitted(request: Request) -> bool:
        return pace.allows(request.client.host if request.client else "")

    @router.get("/f/{token}", include_in_schema=False)
    async def shown(token: str, request: Request) -> Response:
        asked = request.query_params
        lang = negotiated(asked.get("lang"), accept_language=request.headers.get("accept-language"))
        if not admitted(request):
            return customers_page(t("public.too_often", lang), "", f"/f/{token}", lang, status=429)
        search = asked.get("q", "")[:_LONGEST_SEARCH].strip()
        form = await run_in_threadpool(partial(ordering_form, gateway, token, search, most=_MOST_SHOWN))
        if form is None:
            return customers_page(t("public.no_form", lang), "", f"/f/{token}", lang, status=404)
        told = t("public.ordered", lang, number=asked.get("ordered", "")[:40]) if asked.get("ordered") else ""
        return _drawn(form, token, lang, told=told, search=search)

    @router.post("/f/{token}", include_in_schema=False)
    async def sent(token: str, request: Request) -> Response:
        lang = negotiated(request.query_params.get("lang"), accept_language=request.headers.get("accept-language"))
        if not admitted(request):
            return customers_page(t("public.too_often", lang), "", f"/f/{token}", lang, status=429)
        form = await run_in_threadpool(ordering_form, gateway, token)
        if form is None:
            return customers_page(t("public.no_form", lang), "", f"/f/{token}", lang, status=404)
        given: dict[str, str] = {}
        try:
            given = _read(await request.body(), len(form["items"]))
            command_id, data = _ordered(form, given)
            receipt = await run_in_threadpool(
                gateway.submit, "order_by_form", data, command_id=command_id, principal=SYSTEM
            )
            if receipt.status != "done":
                raise _WrongError(receipt.message_key, **receipt.values)
        except _WrongError as wrong:
            told = t(wrong.key, lang, **wrong.values)
            return _drawn(form, token, lang, told=told, given=given, status=422)
        number = quote(str(receipt.number))
        return RedirectResponse(f"/f/{quote(token)}?lang={lang}&ordered={number}", status_code=303)

    return router


def _read(body: bytes, items: int) -> dict[str, str]:
    if len(body) > _MOST_BYTES:
        raise _WrongError("public.form_too_large")
    try:
        given = parse_qs(body.decode("utf-8"), max_num_fields=items + 10)
    except ValueError as error:
        raise _WrongError("public.form_unreadable") from error
    return {name: values[0].strip() for name, values in given.items()}


def _ordered(form: Mapping[str, Any], given: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """The command that a form makes, with its id.

    Raises:
        _WrongError: a quantity or the day is none, nothing is ordered, or the form is not ours.
    """
    command_id = given.get("id", "")
    if not _COMMAND_ID.fullmatch(command_id):
        raise _WrongError("public.form_unreadable")
    lines = []
    for item in form["items"]:
        typed = given.get(f"q{item['id']}", "")
        if typed and _quantity(typed, item) > 0:
            lines.append({"item": item["code"], "quantity": str(_quantity(typed, item))})
    if not lines:
        raise _WrongError("public.nothing_ordered")
    data: dict[str, Any] = {"form": form["id"], "lines": lines}
    if given.get("due_on"):
        try:
            data["due_on"] = date.fromisoformat(given["due_on"]).isoformat()
        except ValueError as error:
            raise _WrongError("public.wrong_day", day=given["due_on"][:20]) from error
    data |= {name: given[name] for name in ("reference", "note") if given.get(name)}
    return command_id, data


def _quantity(typed: str, item: Mapping[str, Any]) -> Decimal:
    if not _QUANTITY.fullmatch(typed):
        raise _WrongError("public.wrong_quantity", item=item["code"], quantity=typed[:20])
    return Decimal(typed.replace(",", "."))


def _drawn(
    form: Mapping[str, Any],
    token: str,
    lang: str,
    *,
    told: str = "",
    search: str = "",
    given: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    known = given or {}
    said = f'<p class="said" role="status">{escape(told)}</p>' if told else ""
    contact = " · ".join(escape(str(form["company"][name])) for name in ("phone", "email") if form["company"][name])
    body = (
        f'<p class="dates">{escape(form["customer"]["name"])}</p>{said}{_search(token, lang, search)}'
        f"{_form(form, token, lang, known) if form['items'] else _nothing(lang, search)}"
        f'<p class="contact">{contact}</p>'
    )
    title = t("public.order_here", lang)
    return customers_page(title, body, f"/f/{token}", lang, seller=form["company"]["name"], status=status)


def _search(token: str, lang: str, search: str) -> str:
    return (
        f'<form class="search" method="get" action="/f/{escape(token)}"><input type="hidden" name="lang" value="{lang}">'
        f'<input type="search" name="q" value="{escape(search)}" aria-label="{escape(t("public.search", lang))}"'
        f' placeholder="{escape(t("public.search", lang))}"><button type="submit">{escape(t("public.find", lang))}</button></form>'
    )


def _nothing(lang: str, search: str) -> str:
    return f"<section><p>{escape(t('public.found_nothing' if search else 'public.offers_nothing', lang))}</p></section>"


def _form(form: Mapping[str, Any], token: str, lang: str, given: Mapping[str, str]) -> str:
    rows = "".join(_item(item, form["customer"]["currency"], lang, given) for item in form["items"])
    command_id = given.get("id", "") if _COMMAND_ID.fullmatch(given.get("id", "")) else new_command_id()

    def field(name: str, kind: str, more: str = "") -> str:
        label, value = escape(t(f"public.{name}", lang)), escape(given.get(name, ""))
        return f'<label>{label}<input type="{kind}" name="{name}" value="{value}" {more}></label>'

    asked = field("due_on", "date", f'min="{form["today"].isoformat()}"') + field("reference", "text", 'maxlength="64"')
    note = escape(given.get("note", ""))
    return (
        f'<form class="ordering" method="post" action="/f/{escape(token)}?lang={lang}">'
        f'<input type="hidden" name="id" value="{command_id}"><section><ul class="lines">{rows}</ul></section>'
        f"<section>{asked}<label>{escape(t('public.note', lang))}"
        f'<textarea name="note" rows="3" maxlength="2000">{note}</textarea></label>'
        f'<button type="submit">{escape(t("public.send_order", lang))}</button>'
        f"<small>{escape(t('public.order_hint', lang))}</small></section></form>"
    )


def _item(item: Mapping[str, Any], currency: str, lang: str, given: Mapping[str, str]) -> str:
    name = (item["name_zh"] if lang != "en" else None) or item["name"]
    price = f"{currency} {format_price(item['price'], lang)} / {item['unit']}"
    price += f" ({t('public.with_tax', lang)})" if item["tax_included"] else ""
    value = escape(given.get(f"q{item['id']}", ""))
    label = escape(t("public.how_many", lang, item=name))
    mode = "numeric" if item["decimals"] == 0 else "decimal"
    return (
        f"<li><span>{escape(name)}<small>{escape(item['code'])} · {escape(price)}</small></span>"
        f'<input type="text" inputmode="{mode}" name="q{item["id"]}" value="{value}" aria-label="{label}" maxlength="16"></li>'
    )
