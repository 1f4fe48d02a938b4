"""The customer's page of a repair: how far it is, what it would cost him, and a form by which he wants it or does not.

Public by an unguessable link, without script, without session, in three languages. What he sends is read as bytes of a stranger; a
form that is sent twice answers once, because it carries the id of its command and the version of the estimate that he saw.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from app.api.customers_page import Pace, customers_page
from app.kernel.access import SYSTEM
from app.kernel.gateway import Gateway, new_command_id
from app.kernel.i18n import format_day, format_money, format_quantity, format_share, negotiated, t
from app.modules.service.repair_answers import REPAIR_PAGE, repair_page

_MOST_BYTES: Final = 8_000
_LONGEST_NAME: Final = 200
_COMMAND_ID: Final = re.compile(r"[0-9a-f-]{36}")
_VERSION: Final = re.compile(r"[0-9]{1,9}")


def repair_page_routes(gateway: Gateway) -> APIRouter:
    """The page, and what its form sends."""
    router, pace = APIRouter(), Pace()

    async def opened(token: str, request: Request, lang: str) -> dict[str, Any] | Response:
        path = REPAIR_PAGE.path(token)
        if not pace.allows(request.client.host if request.client else ""):
            return customers_page(t("public.too_often", lang), "", path, lang, status=429)
        repair = await run_in_threadpool(repair_page, gateway, token)
        return customers_page(t("public.no_repair", lang), "", path, lang, status=404) if repair is None else repair

    @router.get(REPAIR_PAGE.path("{token}"), include_in_schema=False)
    async def shown(token: str, request: Request) -> Response:
        lang = negotiated(request.query_params.get("lang"), accept_language=request.headers.get("accept-language"))
        repair = await opened(token, request, lang)
        return repair if isinstance(repair, Response) else _drawn(repair, token, lang)

    @router.post(REPAIR_PAGE.path("{token}"), include_in_schema=False)
    async def answered(token: str, request: Request) -> Response:
        lang = negotiated(request.query_params.get("lang"), accept_language=request.headers.get("accept-language"))
        repair = await opened(token, request, lang)
        if isinstance(repair, Response):
            return repair
        read = _read(await request.body())
        if read is None:
            return _drawn(repair, token, lang, told="public.answer_incomplete", status=422)
        command_id, data = read
        receipt = await run_in_threadpool(
            gateway.submit,
            "answer_repair_by_link",
            {"link": repair["link"], **data},
            command_id=command_id,
            principal=SYSTEM,
        )
        if receipt.status != "done":
            now = await run_in_threadpool(repair_page, gateway, token)
            return _drawn(now or repair, token, lang, told="public.answer_too_late", status=409)
        return RedirectResponse(f"{REPAIR_PAGE.path(quote(token))}?lang={lang}", status_code=303)

    return router


def _read(body: bytes) -> tuple[str, dict[str, Any]] | None:
    """The id of the command that a form makes and what it says; None where it says no answer or nobody's."""
    if len(body) > _MOST_BYTES:
        return None
    try:
        given = {name: values[0].strip() for name, values in parse_qs(body.decode("utf-8"), max_num_fields=10).items()}
    except ValueError:
        return None
    name, wanted = given.get("answered_by", ""), given.get("wanted", "")
    readable = _COMMAND_ID.fullmatch(given.get("id", "")) and _VERSION.fullmatch(given.get("version", ""))
    if not readable or wanted not in {"yes", "no"} or not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        return None
    return given["id"], {"version": int(given["version"]), "wanted": wanted == "yes", "answered_by": name}


def _drawn(repair: Mapping[str, Any], token: str, lang: str, *, told: str | None = None, status: int = 200) -> Response:
    title = t("public.your_repair", lang, number=repair["number"])
    note = f'<p class="said" role="status">{escape(t(told, lang))}</p>' if told else ""
    contact = " · ".join(escape(str(repair["company"][name])) for name in ("phone", "email") if repair["company"][name])
    body = (
        f"{note}{_state(repair, lang)}{_piece(repair, lang)}{_estimate(repair, lang) if repair['lines'] else ''}"
        f'{_form(repair, token, lang) if repair["open"] else ""}<p class="contact">{contact}</p>'
    )
    path = REPAIR_PAGE.path(token)
    return customers_page(title, body, path, lang, seller=repair["company"]["name"], status=status)


def _name(row: Mapping[str, Any], lang: str) -> str:
    return str((row["item_name_zh"] if lang != "en" else None) or row["item_name"] or row.get("description") or "")


def _state(repair: Mapping[str, Any], lang: str) -> str:
    state = repair["state"]
    if state == "offered" and not repair["open"]:
        state = "declined" if repair["answered_on"] else "expired"
    when = ""
    if repair["returned_on"]:
        brought = " ".join(str(v) for v in (repair["carrier_name"], repair["tracking_number"]) if v)
        day = format_day(repair["returned_on"], lang)
        when = f'<p class="when">{escape(t("public.given_back_on", lang, day=day))}</p><p class="number">{escape(brought)}</p>'
    elif repair["answered_on"]:
        facts = {"name": repair["answered_by"] or "", "day": format_day(repair["answered_on"], lang)}
        when = f'<p class="when">{escape(t("public.answered_by", lang, **facts))}</p>'
    told = escape(t(f"public.repair_{state}", lang))
    return f'<section class="parcel"><p class="state">{told}</p>{when}</section>'


def _piece(repair: Mapping[str, Any], lang: str) -> str:
    rows = [("word.piece_received_on", format_day(repair["received_on"], lang)), ("word.fault", repair["fault"])]
    if repair["warranty_until"]:
        rows.append(("word.warranty_until", format_day(repair["warranty_until"], lang)))
    rows += [("word.diagnosis", repair.get("diagnosis")), ("word.repair_report", repair.get("report"))]
    said = "".join(
        f"<li><span><small>{escape(t(label, lang))}</small>{escape(str(value))}</span></li>"
        for label, value in rows
        if value
    )
    head = escape(" · ".join(part for part in (_name(repair, lang), repair["lot_code"]) if part))
    return f'<section><h2>{head}</h2><ul class="lines">{said}</ul></section>'


def _estimate(repair: Mapping[str, Any], lang: str) -> str:
    def money(amount: Any) -> str:
        return escape(format_money(amount, repair["currency"], lang))

    lines = ""
    for line in repair["lines"]:
        unit = line["unit_code"] or t("print.hours", lang)
        of = f"{format_quantity(line['billed_quantity'], lang)} {unit} × {money(line['unit_price'])}"
        if line["discount_rate"]:
            of += " · " + t("public.warranty_bears", lang, share=format_share(line["discount_rate"], lang))
        named = escape(_name(line, lang))
        lines += f"<li><span>{named}<small>{escape(of)}</small></span><b>{money(line['net_amount'])}</b></li>"
    if repair["tax_amount"]:
        lines += f"<li><span>{escape(t('word.tax_amount', lang))}</span><b>{money(repair['tax_amount'])}</b></li>"
    total = escape(t("public.you_pay", lang))
    lines += f"<li><b>{total}</b><b>{money(repair['total_amount'])}</b></li>"
    title = escape(t("public.estimate", lang))
    return f'<section><h2>{title}</h2><ul class="lines">{lines}</ul></section>'


def _form(repair: Mapping[str, Any], token: str, lang: str) -> str:
    wanted = escape(t("public.want_repair", lang))
    unwanted = escape(t("public.want_no_repair", lang))
    hints = []
    if repair["due_on"]:
        hints.append(t("public.valid_until", lang, day=format_day(repair["due_on"], lang)))
    if repair["diagnosis_fee"]:
        fee = format_money(repair["diagnosis_fee"], repair["currency"], lang)
        hints.append(t("public.fee_without_repair", lang, fee=fee))
    return (
        f'<section><form class="ordering" method="post" action="{escape(REPAIR_PAGE.path(token))}?lang={lang}">'
        f'<input type="hidden" name="id" value="{new_command_id()}">'
        f'<input type="hidden" name="version" value="{repair["version"]}">'
        f"<label>{escape(t('public.your_name', lang))}"
        f'<input type="text" name="answered_by" required maxlength="{_LONGEST_NAME}" autocomplete="name"></label>'
        f'<div class="answers"><button type="submit" name="wanted" value="yes">{wanted}</button>'
        f'<button class="no" type="submit" name="wanted" value="no">{unwanted}</button></div>'
        f"<small>{escape(' '.join(hints))}</small></form></section>"
    )
