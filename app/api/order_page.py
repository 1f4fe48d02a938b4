"""The customer's page of his order: public by an unguessable link, without script, without session, in three languages.

What was delivered or settled he may give a mark, by a form of the page itself; what he says is judged like any input.

Whoever asks too often waits. A link that is none, expired or taken back is answered alike, so nothing is learnt from the answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from app.api.customers_page import Pace, customers_page
from app.api.feedback_form import feedback_forms, read_feedback, take_feedback
from app.kernel.gateway import Gateway
from app.kernel.i18n import format_day, format_moment, format_quantity, negotiated, t
from app.modules.fulfilment.sharing import order_page
from app.modules.service.feedback import feedback_asked


def order_page_routes(gateway: Gateway) -> APIRouter:
    """The one route of the page."""
    router, pace = APIRouter(), Pace()

    @router.get("/o/{token}", include_in_schema=False)
    async def shown(token: str, request: Request) -> Response:
        lang = negotiated(request.query_params.get("lang"), accept_language=request.headers.get("accept-language"))
        if not pace.allows(request.client.host if request.client else ""):
            return customers_page(t("public.too_often", lang), "", f"/o/{token}", lang, status=429)
        return await run_in_threadpool(drawn, token, lang, said=request.query_params.get("said"))

    def drawn(
        token: str, lang: str, *, said: str | None = None, given: Mapping[str, str] | None = None, status: int = 200
    ) -> Response:
        order = order_page(gateway, token)
        if order is None:
            return customers_page(t("public.no_order", lang), "", f"/o/{token}", lang, status=404)
        forms = feedback_forms(feedback_asked(gateway, token), token, lang, said=said, given=given)
        return customers_page(
            _title(order, lang),
            _body(order, lang, forms),
            f"/o/{token}",
            lang,
            seller=order["company_name"],
            status=status,
        )

    @router.post("/o/{token}", include_in_schema=False)
    async def spoken(token: str, request: Request) -> Response:
        lang = negotiated(request.query_params.get("lang"), accept_language=request.headers.get("accept-language"))
        if not pace.allows(request.client.host if request.client else ""):
            return customers_page(t("public.too_often", lang), "", f"/o/{token}", lang, status=429)
        given = read_feedback(await request.body())
        if not await run_in_threadpool(take_feedback, gateway, token, given):
            return await run_in_threadpool(drawn, token, lang, said="no", given=given, status=422)
        return RedirectResponse(f"/o/{quote(token)}?lang={lang}&said=yes", status_code=303)

    return router


def _title(order: Mapping[str, Any], lang: str) -> str:
    return t("public.your_order", lang, number=order["shop_number"] or order["number"])


def _body(order: Mapping[str, Any], lang: str, forms: str) -> str:
    zone = ZoneInfo(order["time_zone"])
    parcels = "".join(_parcel(parcel, zone, lang) for parcel in order["parcels"])
    parcels += "".join(_sent_direct(row, lang) for row in order["direct"] if row["waybill"])
    lines = "".join(_line(line, lang) for line in order["lines"])
    dates = [t("public.ordered_on", lang, day=order["document_on"])]
    if order["due_on"]:
        dates.append(t("public.promised_for", lang, day=order["due_on"]))
    contact = " · ".join(escape(str(v)) for v in (order["company_phone"], order["company_email"]) if v)
    return (
        f'<p class="dates">{escape(" · ".join(dates))}</p>{parcels or _without_parcels(order["lines"], lang)}'
        f'<section><h2>{escape(t("public.goods", lang))}</h2><ul class="lines">{lines}</ul></section>'
        f'{forms}<p class="contact">{contact}</p>'
    )


def _without_parcels(lines: Sequence[Mapping[str, Any]], lang: str) -> str:
    """How far an order is of which no parcel is told: goods may have left without one."""
    if any(line["shipped_quantity"] for line in lines):
        whole = all(line["shipped_quantity"] >= line["quantity"] for line in lines)
        told = "public.all_shipped" if whole else "public.partly_shipped"
    else:
        told = "public.being_prepared"
    return f'<section class="parcel"><p class="state">{escape(t(told, lang))}</p></section>'


def _line(line: Mapping[str, Any], lang: str) -> str:
    name = (line["name_zh"] if lang != "en" else None) or line["name"]
    ordered = f"{format_quantity(line['quantity'], lang)} {line['unit'] or ''}".strip()
    told = t("public.shipped_of", lang, shipped=line["shipped_quantity"], ordered=line["quantity"])
    return f"<li><span>{escape(name)}<small>{escape(told)}</small></span><b>{escape(ordered)}</b></li>"


def _parcel(parcel: Mapping[str, Any], zone: ZoneInfo, lang: str) -> str:
    state = parcel["tracking_state"] or "announced"
    when = ""
    if parcel["delivered_on"]:
        when = t("public.delivered_on", lang, day=format_day(parcel["delivered_on"], lang, weekday=True))
    elif parcel["expected_on"]:
        when = t("public.expected_on", lang, day=format_day(parcel["expected_on"], lang, weekday=True))
    brought = " ".join(str(v) for v in (parcel["carrier_name"], parcel["tracking_number"]) if v)
    events = "".join(_event(event, zone, lang) for event in parcel["events"])
    return (
        f'<section class="parcel {escape(state)}"><p class="state">{escape(t(f"tracking_state.{state}", lang))}</p>'
        f'<p class="when">{escape(when)}</p><p class="number">{escape(brought)}</p><ol class="events">{events}</ol></section>'
    )


def _sent_direct(sent: Mapping[str, Any], lang: str) -> str:
    """What a supplier sent, which no carrier of ours tells about: its day and waybill."""
    when = t("public.sent_on", lang, day=format_day(sent["posted_on"], lang, weekday=True))
    return (
        f'<section class="parcel"><p class="state">{escape(t("public.sent", lang))}</p><p class="when">{escape(when)}</p>'
        f'<p class="number">{escape(sent["waybill"])}</p></section>'
    )


def _event(event: Mapping[str, Any], zone: ZoneInfo, lang: str) -> str:
    at: datetime = event["happened_at"]
    said = event["said"] or (t(f"tracking_state.{event['state']}", lang) if event["state"] else "")
    moment = format_moment(at, lang, zone=zone)
    return f"<li><time>{escape(moment)}</time><span>{escape(said)}<small>{escape(event['place'])}</small></span></li>"
