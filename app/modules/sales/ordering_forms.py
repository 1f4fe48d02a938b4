"""The ordering form of a customer: a link that he keeps, the goods that he may order by it at his prices, and the orders he gives.

What the form shows is chosen here, column by column: nothing of cost, stock, notes or other customers. What he sends is an order
like any other, at his prices of the day, but a draft: a clerk looks at it and confirms it.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Connection, func, or_, select

from app.kernel.access import Principal
from app.kernel.bus import Context, Outcome, Query, answers, handles, within
from app.kernel.document_queries import Sorted, contains, page_of, rows_of
from app.kernel.errors import Refused
from app.kernel.gateway import Gateway
from app.kernel.inbox import put_into_inbox
from app.kernel.links import LinkedPage
from app.kernel.unit_of_work import Row
from app.modules.master_data.pricing import best_price
from app.modules.master_data.terms import party_with_role
from app.modules.sales.handlers import create_sales_order
from schemas.commands import sales as commands
from schemas.commands.trade import CreateSalesOrder, OrderLine
from schemas.operational import documents, kernel, master_data
from schemas.operational import sales as tables
from schemas.operational.links import customer_link
from schemas.vocabulary.documents import DocumentKind, DocumentState

CHANNEL: Final = "form"
ORDERING_FORM: Final = LinkedPage("ordering_form", "/f/", "party_id")
_MOST_A_DAY: Final = 50
_BOUGHT_WITHIN: Final = timedelta(days=730)


@handles(commands.ShareOrderingForm, permission="sales.form.write")
def share_ordering_form(ctx: Context, data: commands.ShareOrderingForm) -> Outcome:
    """Make the link by which a customer orders; links that were made before stay good until they expire."""
    customer = party_with_role(ctx, data.customer, "customer")
    path = ORDERING_FORM.shared(ctx, customer.id, valid_days=data.valid_days)
    return Outcome("receipt.ordering_form_shared", values={"party": customer.code}, data={"path": path})


@handles(commands.RevokeOrderingForms, permission="sales.form.write")
def revoke_ordering_forms(ctx: Context, data: commands.RevokeOrderingForms) -> Outcome:
    """Take back every ordering form of a customer; who has a link of it sees nothing any more.

    Raises:
        Refused: he has none.
    """
    customer = party_with_role(ctx, data.customer, "customer")
    if not ORDERING_FORM.revoked(ctx, customer.id):
        raise Refused("ordering_form_missing", field="customer", party=customer.code)
    return Outcome("receipt.changed", values={"what": "ordering_form", "code": customer.code})


@handles(commands.OrderByForm, permission="ordering_form.use")
def order_by_form(ctx: Context, data: commands.OrderByForm) -> Outcome:
    """Take what a customer ordered by his form: a draft at his prices of the day, which waits for a clerk.

    Raises:
        Refused: the form was taken back or expired, it has given too many orders today, or it does not offer an item.
    """
    ctx.uow.write_earlier()
    form = ctx.uow.need(customer_link, data.form, lock=True)
    if form.page != ORDERING_FORM.name or form.revoked_at is not None or form.expires_at <= ctx.now:
        raise Refused("ordering_form_over", field="form")
    if _given_today(ctx, form) >= _MOST_A_DAY:
        raise Refused("ordering_form_often", field="form", most=_MOST_A_DAY)
    offered = {row["code"] for row in _offered(ctx.uow.connection, form.party_id, ctx.today)}
    foreign = sorted({line.item for line in data.lines} - offered)
    if foreign:
        raise Refused("ordering_form_item", field="lines", item=foreign[0])
    customer = ctx.uow.need(master_data.party, form.party_id)
    lines = [OrderLine(item=line.item, quantity=line.quantity) for line in data.lines]
    ordered = CreateSalesOrder(
        customer=customer.code,
        channel=CHANNEL,
        due_on=data.due_on,
        external_number=data.reference,
        note=data.note,
        lines=lines,
        confirm=False,
        reserve=False,
    )
    outcome = within(ctx, create_sales_order, ordered)
    order = outcome.document
    assert order is not None
    ctx.uow.insert(tables.ordered_by_form, id=order.id, form_id=form.id, ordered_on=ctx.today)
    put_into_inbox(
        ctx,
        source=f"ordering_form:{order.id}",
        kind="ordered_by_form",
        severity="info",
        facts={"party": customer.name, "count": len(lines)},
        role="clerk",
        document_id=order.id,
    )
    return outcome


def _given_today(ctx: Context, form: Row) -> int:
    given = tables.ordered_by_form.c
    query = select(func.count()).where(given.form_id == form.id, given.ordered_on == ctx.today)
    return int(ctx.uow.connection.execute(query).scalar_one())


def _offered(
    connection: Connection, party_id: int, on: date, search: str = "", *, most: int | None = None
) -> list[dict[str, Any]]:
    """What a customer may order: the items of his price list and what he ordered in the last two years, with his price of a day.

    Prices are in his currency; what has none in it is not offered.
    """
    item, line, document = master_data.item, documents.document_line, documents.document
    prices_of = master_data.price_list
    home = connection.execute(select(kernel.company.c.currency)).scalar_one()
    currency = connection.execute(
        select(master_data.party.c.currency).where(master_data.party.c.id == party_id)
    ).scalar_one()
    own_list = connection.execute(
        select(prices_of.c.id, prices_of.c.tax_included)
        .join(master_data.party, master_data.party.c.price_list_id == prices_of.c.id)
        .where(master_data.party.c.id == party_id, prices_of.c.currency == currency)
    ).first()
    price_list = own_list.id if own_list is not None else None
    listed = select(master_data.price_list_line.c.item_id).where(
        master_data.price_list_line.c.price_list_id == (price_list or 0)
    )
    bought = (
        select(line.c.item_id)
        .join(document, document.c.id == line.c.document_id)
        .where(
            document.c.party_id == party_id,
            document.c.kind == DocumentKind.SALES_ORDER.value,
            document.c.state.in_((DocumentState.CONFIRMED.value, DocumentState.CLOSED.value)),
            document.c.document_on > on - _BOUGHT_WITHIN,
            line.c.item_id.is_not(None),
        )
    )
    query = (
        select(
            item.c.id,
            item.c.code,
            item.c.name,
            item.c.name_zh,
            item.c.list_price,
            master_data.unit.c.code.label("unit"),
            master_data.unit.c.decimals,
        )
        .join(master_data.unit, master_data.unit.c.id == item.c.unit_id)
        .where(item.c.active.is_(True), or_(item.c.id.in_(listed), item.c.id.in_(bought)))
    )
    if search:
        pattern = contains(search)
        query = query.where(or_(item.c.code.ilike(pattern, escape="\\"), item.c.search_key.ilike(pattern, escape="\\")))
    rows = rows_of(connection, query.order_by(item.c.code).limit(most))
    prices = _prices(connection, price_list, [row["id"] for row in rows])
    for row in rows:
        own = best_price(prices.get(row["id"], ()), Decimal(1), on)
        listed_price = row.pop("list_price")
        row["price"] = listed_price if own is None and currency == home else own
        row["tax_included"] = own is not None and own_list is not None and own_list.tax_included
    return [row for row in rows if row["price"] is not None]


def _prices(connection: Connection, price_list: int | None, items: list[int]) -> dict[int, list[dict[str, Any]]]:
    line = master_data.price_list_line
    found: dict[int, list[dict[str, Any]]] = {}
    if price_list is not None:
        chosen = select(*line.c).where(line.c.price_list_id == price_list, line.c.item_id.in_(items))
        for row in rows_of(connection, chosen):
            found.setdefault(row["item_id"], []).append(row)
    return found


def ordering_form(gateway: Gateway, token: str, search: str = "", *, most: int | None = None) -> dict[str, Any] | None:
    """What the holder of a link sees: the seller, himself, and what he may order; None where it is none, expired or taken back.

    Args:
        gateway: of the store.
        token: what the link ends in.
        search: only what this finds.
        most: so many items at most; all without it.
    """
    with gateway.store.reading() as connection:
        form = ORDERING_FORM.opened(gateway, connection, token)
        if form is None:
            return None
        own = kernel.company.c
        company = rows_of(connection, select(own.name, own.phone, own.email))[0]
        party = master_data.party.c
        customer = rows_of(
            connection, select(party.name, party.language, party.currency).where(party.id == form.party_id)
        )[0]
        today = gateway.clock.today()
        return {
            "id": form.id,
            "company": company,
            "customer": customer,
            "today": today,
            "items": _offered(connection, form.party_id, today, search, most=most),
        }


class OrderingFormList(Sorted):
    """Which ordering forms; those that were taken back or expired are left out unless `all` is asked."""

    all: bool = False


@answers(OrderingFormList, permission="sales.read")
def ordering_forms(connection: Connection, asked: OrderingFormList, _principal: Principal) -> list[dict[str, Any]]:
    """The links by which customers order, with how many orders each gave and when the last came."""
    form, party, given = customer_link, master_data.party, tables.ordered_by_form
    used = (
        select(given.c.form_id, func.count().label("order_count"), func.max(given.c.ordered_on).label("last_on"))
        .group_by(given.c.form_id)
        .subquery()
    )
    query: Any = (
        select(
            form.c.id,
            party.c.id.label("party_id"),
            party.c.code.label("party_code"),
            party.c.name.label("party_name"),
            form.c.token,
            form.c.expires_at,
            form.c.revoked_at,
            func.coalesce(used.c.order_count, 0).label("order_count"),
            used.c.last_on,
        )
        .join(party, party.c.id == form.c.party_id)
        .outerjoin(used, used.c.form_id == form.c.id)
        .where(form.c.page == ORDERING_FORM.name)
    )
    if not asked.all:
        query = query.where(form.c.revoked_at.is_(None))
    if asked.search:
        query = query.where(party.c.search_key.ilike(contains(asked.search), escape="\\"))
    rows = page_of(connection, query, asked, party.c.code, form.c.id)
    return [{**row, "path": ORDERING_FORM.path(row.pop("token"))} for row in rows]


QUERIES: Final[tuple[Query, ...]] = (ordering_forms,)
