"""Totals of the documents that a family of commands made, by kind and day: the books' side of a reconciliation.

An import gives its commands ids with one prefix; what they wrote is added up here from the documents themselves, not from what the
import believes it did. Comparing the two is left to whoever imported.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection, Subquery, and_, func, select, union

from app.kernel.access import Principal
from app.kernel.bus import answers
from schemas.operational.documents import document, document_line, document_link
from schemas.operational.kernel import command_receipt
from schemas.operational.production import order_in_process


class CommandFamily(BaseModel):
    """Which commands: their principal, and what their ids begin with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    principal_id: int = 0
    prefix: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9:_.-]+$")]


@answers(CommandFamily, permission="ledger.totals.read")
def document_totals(connection: Connection, arguments: CommandFamily, principal: Principal) -> list[dict[str, Any]]:
    """Add up documents, lines, quantities and amounts by kind and day, goods and charges apart."""
    mine = _documents_of(arguments)
    heads = connection.execute(
        select(mine.c.kind, mine.c.day, func.count().label("documents"), func.sum(mine.c.quantity).label("quantity"))
        .group_by(mine.c.kind, mine.c.day)
        .order_by(mine.c.kind, mine.c.day)
    ).mappings()
    rows = {(row["kind"], row["day"]): {**row, "lines": {}} for row in heads}
    lines = connection.execute(
        select(
            mine.c.kind,
            mine.c.day,
            document_line.c.kind.label("line_kind"),
            func.count().label("lines"),
            func.sum(document_line.c.quantity).label("quantity"),
            func.sum(document_line.c.net_amount).label("net_amount"),
            func.sum(document_line.c.tax_amount).label("tax_amount"),
        )
        .join(document_line, document_line.c.document_id == mine.c.id)
        .group_by(mine.c.kind, mine.c.day, document_line.c.kind)
    ).mappings()
    for row in lines:
        rows[(row["kind"], row["day"])]["lines"][row["line_kind"]] = {
            name: row[name] for name in ("lines", "quantity", "net_amount", "tax_amount")
        }
    scrapped = connection.execute(
        select(mine.c.kind, mine.c.day, func.sum(order_in_process.c.scrapped_quantity).label("scrapped"))
        .join(order_in_process, order_in_process.c.document_id == mine.c.id)
        .group_by(mine.c.kind, mine.c.day)
    ).mappings()
    for row in scrapped:
        rows[(row["kind"], row["day"])]["scrapped"] = row["scrapped"]
    return list(rows.values())


def _documents_of(family: CommandFamily) -> Subquery:
    """The documents that the commands report, and the material issues that completions made on the way."""
    reported = and_(
        command_receipt.c.document_id.is_not(None),
        command_receipt.c.principal_id == family.principal_id,
        command_receipt.c.command_id >= family.prefix,
        command_receipt.c.command_id < family.prefix + "\U0010ffff",
    )
    named = select(command_receipt.c.document_id.label("id")).where(reported)
    issued = (
        select(document_link.c.to_id.label("id"))
        .join(command_receipt, command_receipt.c.document_id == document_link.c.from_id)
        .where(reported, document_link.c.kind == "issue")
    )
    ids = union(named, issued).subquery()
    day = func.coalesce(document.c.posted_on, document.c.document_on).label("day")
    return (
        select(document.c.id, document.c.kind, day, document.c.quantity).join(ids, ids.c.id == document.c.id).subquery()
    )
