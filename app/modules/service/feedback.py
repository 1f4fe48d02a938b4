"""What customers say: once for each delivered order and each settled case, by the link of the order, changeable for fourteen days.

Nobody here gives it for a customer: the door of his link does, and only about what his link shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlalchemy import Connection, Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.sql.expression import ColumnElement

from app.kernel.access import Principal
from app.kernel.bus import Context, Outcome, Query, answers, handles
from app.kernel.document_queries import Arguments, OneDocument, Sorted, page_of, parcels_of, rows_of
from app.kernel.documents import find_document
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.modules.fulfilment.sharing import ORDER_PAGE
from schemas.commands import service as commands
from schemas.operational import kernel, master_data
from schemas.operational import service as tables
from schemas.operational.documents import document, document_line
from schemas.vocabulary.documents import DocumentKind, DocumentState

READ: Final = "service.read"
CHANGEABLE: Final = timedelta(days=14)
MOST_CHANGES: Final = 20
_SAID: Final = tables.customer_feedback
_SETTLED: Final = (DocumentState.SETTLED, DocumentState.CLOSED)
_PROMOTES: Final = 9
_DETRACTS: Final = 6


@handles(commands.GiveFeedback, permission="service.feedback.give")
def give_feedback(ctx: Context, data: commands.GiveFeedback) -> Outcome:
    """Keep what a customer says of an order or a case, or within fourteen days what he says instead, at most twenty times."""
    about = find_document(ctx, data.about, DocumentKind.SALES_ORDER, DocumentKind.SERVICE_CASE)
    if not ctx.uow.changes:
        ctx.uow.write_earlier()
    if not _is_over(ctx.uow.connection, about.id, about.kind, about.state):
        raise Refused("feedback_too_early", field="about", number=about.number)
    said = {"satisfaction": data.satisfaction, "recommendation": data.recommendation, "comment": data.comment}
    row = ctx.uow.one(_SAID, "about_id", about.id, lock=True)
    if row is None:
        ctx.uow.insert(_SAID, about_id=about.id, given_at=ctx.now, changed_at=ctx.now, change_count=0, **said)
    elif ctx.now - row.given_at > CHANGEABLE:
        raise Refused("feedback_too_late", field="about", number=about.number, days=CHANGEABLE.days)
    elif any(row[name] != value for name, value in said.items()):
        if row.change_count >= MOST_CHANGES:
            raise Refused("feedback_changed_often", field="about", number=about.number, most=MOST_CHANGES)
        changed = {"changed_at": max(ctx.now, row.given_at), "change_count": row.change_count + 1}
        ctx.uow.update(_SAID, row, **changed, **said)
    return Outcome("receipt.changed", about, {"what": "customer_feedback", "code": about.number})


def _is_over(connection: Connection, about_id: int, kind: str, state: str) -> bool:
    """Whether a customer can say how it was: his case is settled, or all of his order was shipped and its parcels delivered."""
    if kind == DocumentKind.SERVICE_CASE:
        return state in _SETTLED
    line = document_line
    goods = select(func.count(), func.sum(case((line.c.fulfilled_quantity > 0, 1), else_=0))).where(
        line.c.document_id == about_id, line.c.kind == "item"
    )
    waiting = exists().where(
        line.c.document_id == about_id,
        line.c.kind == "item",
        line.c.closed.is_(False),
        line.c.fulfilled_quantity < line.c.quantity,
    )
    count, shipped = connection.execute(goods).one()
    if not count or not shipped or connection.execute(select(waiting)).scalar_one():
        return False
    parcels = [row for row in parcels_of(connection, about_id) if row["document_state"] == "posted"]
    return all(row["tracking_state"] == "delivered" for row in parcels)


def feedback_asked(gateway: Gateway, token: str) -> list[dict[str, Any]]:
    """What the holder of a link may speak about, with what he said: settled cases of his order first, then the order.

    Returns:
        Rows of about_id, kind, number, satisfaction, recommendation, comment, and whether it is `changeable`; none for a bad link.
    """
    with gateway.store.reading() as connection:
        link = ORDER_PAGE.opened(gateway, connection, token)
        if link is None:
            return []
        order_id = link.document_id
        now = gateway.clock.now()
        query = (
            select(
                document.c.id.label("about_id"),
                document.c.kind,
                document.c.number,
                document.c.state,
                _SAID.c.satisfaction,
                _SAID.c.recommendation,
                _SAID.c.comment,
                _SAID.c.given_at,
                _SAID.c.change_count,
            )
            .outerjoin(_SAID, _SAID.c.about_id == document.c.id)
            .where(or_(document.c.id == order_id, document.c.id.in_(_cases_of(order_id))))
            .order_by(document.c.kind.desc(), document.c.id.desc())
        )
        rows = rows_of(connection, query)
        asked = [row for row in rows if _is_over(connection, row["about_id"], row["kind"], row["state"])]
    return [{**row, "changeable": _is_changeable(row, now)} for row in asked]


def _is_changeable(row: Mapping[str, Any], now: datetime) -> bool:
    """Whether a customer may say it, or say it otherwise."""
    return row["given_at"] is None or (now - row["given_at"] <= CHANGEABLE and row["change_count"] < MOST_CHANGES)


def _cases_of(order_id: int) -> Select[tuple[int]]:
    """The cases about goods of an order."""
    sold, about = document_line.alias("sold"), document_line.alias("about")
    return (
        select(about.c.document_id)
        .join(tables.case_line, tables.case_line.c.id == about.c.id)
        .join(sold, sold.c.id == tables.case_line.c.order_line_id)
        .where(sold.c.document_id == order_id)
    )


@answers(OneDocument, permission=READ)
def case_feedback(connection: Connection, asked: OneDocument, _principal: Principal) -> list[dict[str, Any]]:
    """What the customer said of a case."""
    return rows_of(connection, select(_SAID).where(_SAID.c.about_id == asked.document))


class FeedbackList(Sorted):
    """Which feedback to list."""

    about: Literal["sales_order", "service_case"] | None = None
    at_most: Annotated[int, Field(ge=1, le=5)] | None = None


@answers(FeedbackList, permission=READ)
def customer_feedback(connection: Connection, asked: FeedbackList, _principal: Principal) -> list[dict[str, Any]]:
    """What customers said, the latest first; with `at_most` only of those who were no more content than that."""
    party = master_data.party
    query: Select[*tuple[Any, ...]] = (
        select(
            *_SAID.c,
            document.c.kind,
            document.c.number,
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
        )
        .join(document, document.c.id == _SAID.c.about_id)
        .join(party, party.c.id == document.c.party_id)
    )
    if asked.about is not None:
        query = query.where(document.c.kind == asked.about)
    if asked.at_most is not None:
        query = query.where(_SAID.c.satisfaction <= asked.at_most)
    return page_of(connection, query, asked, _SAID.c.given_at.desc(), _SAID.c.id.desc())


class FeedbackReport(Arguments):
    """By what feedback is counted, and from which day to which it was given; both days of the company, ends included."""

    by: Literal["month", "item", "customer", "supplier"] = "month"
    from_on: date | None = None
    to_on: date | None = None


@answers(FeedbackReport, permission=READ)
def feedback_report(connection: Connection, asked: FeedbackReport, _principal: Principal) -> list[dict[str, Any]]:
    """Satisfaction and recommendation by month, item, customer or supplier.

    `csat` is the share of those who gave 4 or 5; `nps` is the share of 9 and 10 less that of 0 to 6 among those who answered, times
    100. Feedback counts for each item of its order or case, and for each supplier that such an item was received from.
    """
    code, name, source = _grouped(asked.by)
    query = select(
        code.label("code"),
        name.label("name"),
        _SAID.c.id,
        _SAID.c.satisfaction,
        _SAID.c.recommendation,
        _SAID.c.given_at,
    ).select_from(source)
    zone = ZoneInfo(connection.execute(select(kernel.company.c.time_zone)).scalar_one())
    found: dict[tuple[str, str], list[Any]] = {}
    for row in connection.execute(query.distinct().order_by(_SAID.c.id)):
        on = row.given_at.astimezone(zone).date()
        if (asked.from_on is None or on >= asked.from_on) and (asked.to_on is None or on <= asked.to_on):
            key = (on.strftime("%Y-%m"), "") if asked.by == "month" else (row.code, row.name)
            found.setdefault(key, []).append(row)
    return [_counted(key, rows) for key, rows in sorted(found.items(), reverse=asked.by == "month")]


def _grouped(by: str) -> tuple[ColumnElement[Any], ColumnElement[Any], Any]:
    """What identifies and names a group, and the tables to read it from."""
    party, item, line = master_data.party, master_data.item, document_line
    source = _SAID.join(document, document.c.id == _SAID.c.about_id)
    if by == "month":
        return literal(""), literal(""), source
    if by == "customer":
        return party.c.code, party.c.name, source.join(party, party.c.id == document.c.party_id)
    of_goods = and_(line.c.document_id == document.c.id, line.c.item_id.is_not(None))
    source = source.join(line, of_goods)
    if by == "item":
        return item.c.code, item.c.name, source.join(item, item.c.id == line.c.item_id)
    received, receipt = document_line.alias("received"), document.alias("receipt")
    bought = (
        select(received.c.item_id, receipt.c.party_id)
        .distinct()
        .join(receipt, receipt.c.id == received.c.document_id)
        .where(receipt.c.kind == DocumentKind.GOODS_RECEIPT.value, receipt.c.state == DocumentState.POSTED.value)
        .subquery()
    )
    source = source.join(bought, bought.c.item_id == line.c.item_id).join(party, party.c.id == bought.c.party_id)
    return party.c.code, party.c.name, source


def _counted(key: tuple[str, str], rows: Iterable[Any]) -> dict[str, Any]:
    given = list(rows)
    asked = [row.recommendation for row in given if row.recommendation is not None]
    content = sum(row.satisfaction >= 4 for row in given)
    net = sum(n >= _PROMOTES for n in asked) - sum(n <= _DETRACTS for n in asked)
    return {
        "code": key[0],
        "name": key[1],
        "count": len(given),
        "mean": _part(sum(row.satisfaction for row in given), len(given), "0.01"),
        "csat": _part(content, len(given), "0.0001"),
        "recommended": len(asked),
        "nps": _part(net * 100, len(asked), "0.1") if asked else None,
    }


def _part(part: int, whole: int, digits: str) -> Decimal:
    return (Decimal(part) / whole).quantize(Decimal(digits))


QUERIES: Final[tuple[Query, ...]] = (case_feedback, customer_feedback, feedback_report)
