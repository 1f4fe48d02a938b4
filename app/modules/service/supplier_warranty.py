"""Handlers of warranty that suppliers answer for: what a repair or defective goods of a case cost us is claimed, and credited.

The claim is a supplier claim like those of deliveries, with the reason `defective`; each of its lines comes from the line of the
repair or case that it is about. What a supplier accepts is a debit note that reduces the cost of warranty and stands as his credit
in payables. A line is claimed once at a time: again only after a claim was refused or withdrawn, or its credit was taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.kernel.bus import Context, Outcome, handles
from app.kernel.documents import (
    add_totals,
    document_id_of,
    find_document,
    lines_of,
    link,
    need_line,
    need_state,
    new_document,
    new_line,
)
from app.kernel.errors import Refused
from app.kernel.unit_of_work import Row
from app.modules.inventory.recall import OneLot, lot_recall
from app.modules.inventory.returns import posted_children
from app.modules.ledger.open_items import open_items_in
from app.modules.master_data.currencies import (
    DocumentCurrency,
    currency_of,
    currency_on,
    said_of,
    say_in_currency,
    say_line,
    total_said,
)
from app.modules.master_data.pricing import line_amounts
from app.modules.master_data.terms import party_with_role, stocking_quantity, tax_of
from app.modules.purchasing.claims import DEFECTIVE, announce_claim, end_claim, is_of_warranty
from app.modules.service.cases import LINK, find_case, goods_of_line
from app.modules.service.repairs import LABOUR, find_repair, open_lines
from app.modules.service.standing_claims import (
    ACCEPTED,
    ACCEPTED_IN_PART,
    claimed_goods,
    pieces_claimed,
    standing_claims,
)
from schemas.commands import warranty as commands
from schemas.facts import FactLine, WarrantyCredited
from schemas.operational import documents, inventory, master_data
from schemas.operational import purchasing as claim_tables
from schemas.operational import repairs as repair_tables
from schemas.vocabulary.documents import DocumentKind, DocumentState
from schemas.vocabulary.numbers import ONE, ZERO, rounded

_TO_SUPPLIER: Final = "to_supplier"
_DONE: Final = (DocumentState.FINISHED, DocumentState.SETTLED)
_CASES: Final = (
    DocumentState.OPEN,
    DocumentState.INSPECTED,
    DocumentState.DECIDED,
    DocumentState.SETTLED,
    DocumentState.CLOSED,
)


@dataclass(frozen=True)
class _Asked:
    """What is claimed for one line of a repair or a case, in the currency of the claim."""

    source: Row
    quantity: Decimal
    amount: Decimal
    note: str | None


@handles(commands.ClaimWarranty, permission="purchasing.claim.write")
def claim_warranty(ctx: Context, data: commands.ClaimWarranty) -> Outcome:
    """Claim from a supplier what the warranty bore of a repair, or what defective goods of a case are worth."""
    if (data.repair is None) == (data.case is None):
        raise Refused("warranty_claim_about", field="repair")
    if data.repair is not None:
        _hold_case(ctx, data.repair)
        about = find_repair(ctx, data.repair, *_DONE)
        known = open_lines(ctx, about)
        item_id = about.item_id
    else:
        assert data.case is not None
        about = find_case(ctx, data.case, *_CASES)
        known = lines_of(ctx, about)
        item_id = None
    wanted = data.lines or _all_borne(ctx, about, known)
    _refuse_twice(about, wanted)
    sources = [need_line(about, known, line.line) for line in wanted]
    supplier = _supplier(ctx, about, sources, data.supplier)
    on = data.document_on or ctx.today
    first = _first_day(ctx, about, known)
    if not first <= on <= ctx.today:
        raise Refused(
            "warranty_claim_day", field="document_on", number=about.number, first=first, last=ctx.today, day=on
        )
    currency = currency_on(ctx, data.currency or supplier.currency, on)
    of = _of_repair if data.repair is not None else _of_case
    asked = [of(ctx, about, source, line, currency) for source, line in zip(sources, wanted, strict=True)]
    claim = new_document(
        ctx,
        DocumentKind.SUPPLIER_CLAIM,
        DocumentState.OPEN,
        party_id=supplier.id,
        item_id=item_id or _one_item(ctx, about, sources),
        document_on=on,
        external_number=data.external_number,
        note=data.note,
    )
    _link(ctx, about, claim)
    _write_lines(ctx, claim, asked, currency)
    announce_claim(ctx, claim, len(asked))
    return Outcome("receipt.created_document", claim)


def _hold_case(ctx: Context, reference: int | str) -> None:
    """Lock the case of a repair before the repair, as who settles it does: its goods may be claimed for by the case too."""
    repair = ctx.uow.get(repair_tables.repair_order, document_id_of(ctx, reference))
    if repair is not None:
        case_line = ctx.uow.need(documents.document_line, repair.case_line_id)
        ctx.uow.need(documents.document, case_line.document_id, lock=True)


def _first_day(ctx: Context, about: Row, known: Mapping[int, Row]) -> date:
    """The first day on which something can be claimed: the day of the case, or that of the repair's completion."""
    done = [
        ctx.uow.need(documents.document, row.document_id).posted_on
        for line in known.values()
        for row in posted_children(ctx, line, DocumentKind.REPAIR_COMPLETION)
    ]
    return max(done, default=about.document_on)


def _all_borne(ctx: Context, about: Row, known: Mapping[int, Row]) -> list[commands.WarrantyLine]:
    """Every line of a repair that the warranty bore something of and that no claim stands for.

    Raises:
        Refused: a case names its lines, or nothing of the repair is left to claim.
    """
    if about.kind == DocumentKind.SERVICE_CASE:
        raise Refused("warranty_claim_lines", field="lines", number=about.number)
    lines = [
        commands.WarrantyLine(line=number)
        for number, row in known.items()
        if borne(ctx, row) > 0 and not standing_claims(ctx, row)
    ]
    if not lines:
        raise Refused("warranty_nothing_to_claim", field="repair", number=about.number)
    return lines


def _refuse_twice(about: Row, lines: Iterable[commands.WarrantyLine]) -> None:
    numbers = [line.line for line in lines]
    twice = next((number for number in numbers if numbers.count(number) > 1), None)
    if twice is not None:
        raise Refused("warranty_line_twice", field="lines", number=about.number, line=twice)


def _one_item(ctx: Context, case: Row, sources: Sequence[Row]) -> int:
    """The item that a claim about a case is for.

    Raises:
        Refused: its lines are of several; each is claimed by itself, so that its cost is told by item.
    """
    first, *others = dict.fromkeys(row.item_id for row in sources)
    if others:
        item = ctx.uow.need(master_data.item, others[0])
        raise Refused("warranty_one_item", field="lines", number=case.number, item=item.code)
    return int(first)


def _link(ctx: Context, about: Row, claim: Row) -> None:
    """Link a claim with the repair that it is about and with the case."""
    link(ctx, about, claim, "claim")
    if about.kind == DocumentKind.REPAIR_ORDER:
        for origin in ctx.uow.where(documents.document_link, "to_id", about.id):
            if origin.kind == LINK:
                link(ctx, ctx.uow.need(documents.document, origin.from_id), claim, "claim")


def borne(ctx: Context, repair_line: Row) -> Decimal:
    """What the warranty bore of a line of a repair, by the completion that stands."""
    done = posted_children(ctx, repair_line, DocumentKind.REPAIR_COMPLETION)
    return sum((ctx.uow.need(repair_tables.repair_cost, row.id).warranty_cost for row in done), ZERO)


def _of_repair(
    ctx: Context, repair: Row, source: Row, line: commands.WarrantyLine, currency: DocumentCurrency
) -> _Asked:
    """What is claimed for a line of a repair.

    Raises:
        Refused: a claim stands for it, or it asks for more than the warranty bore.
    """
    standing = standing_claims(ctx, source)
    if standing:
        claim = ctx.uow.need(documents.document, standing[0].document_id)
        told = {"number": repair.number, "line": source.line, "claim": claim.number}
        raise Refused("warranty_claimed", field="lines", **told)
    if pieces_claimed(ctx, repair) == 0:
        row = ctx.uow.need(repair_tables.repair_order, repair.id)
        case_line = ctx.uow.need(documents.document_line, row.case_line_id)
        left = _unclaimed_goods(ctx, case_line)
        if repair.quantity > left:
            case = ctx.uow.need(documents.document, case_line.document_id)
            told = {"number": case.number, "line": case_line.line, "quantity": repair.quantity, "most": left}
            raise Refused("warranty_above_goods", field="lines", **told)
    cost = borne(ctx, source)
    most = rounded(cost / currency.rate, currency.decimals)
    if most == 0:
        raise Refused("warranty_bore_nothing", field="lines", number=repair.number, line=source.line)
    if line.quantity is not None:
        raise Refused("warranty_by_amount", field="lines", number=repair.number, line=source.line)
    amount = most if line.amount is None else rounded(line.amount, currency.decimals)
    if amount > most or amount == 0:
        told = {"amount": line.amount, "currency": currency.code}
        raise Refused("warranty_above_cost", field="amount", number=repair.number, line=source.line, **told)
    return _Asked(source, ONE if source.kind == LABOUR else source.fulfilled_quantity, amount, line.note)


def _of_case(ctx: Context, case: Row, source: Row, line: commands.WarrantyLine, currency: DocumentCurrency) -> _Asked:
    """What is claimed for defective goods of a case.

    Raises:
        Refused: no amount is named, or more goods than are neither claimed nor sent back to a supplier.
    """
    amount = rounded(line.amount or ZERO, currency.decimals)
    if amount == 0:
        raise Refused("warranty_amount_missing", field="amount", number=case.number, line=source.line)
    left = _unclaimed_goods(ctx, source)
    item = ctx.uow.need(master_data.item, source.item_id)
    quantity = left if line.quantity is None else stocking_quantity(ctx, item, line.quantity, None)[0]
    if quantity > left or left <= 0:
        told = {"quantity": line.quantity or source.quantity, "most": left}
        raise Refused("warranty_above_goods", field="quantity", number=case.number, line=source.line, **told)
    return _Asked(source, quantity, amount, line.note)


def _unclaimed_goods(ctx: Context, case_line: Row) -> Decimal:
    """How much of a case's line no supplier answers for yet: neither claimed nor sent back to him."""
    sent_back = sum((row.quantity for row in goods_of_line(ctx, case_line) if row.step == _TO_SUPPLIER), ZERO)
    return case_line.quantity - claimed_goods(ctx, case_line) - sent_back


def _supplier(ctx: Context, about: Row, sources: Sequence[Row], named: str | None) -> Row:
    """Who answers for what is claimed: who delivered it by its lots, else who is named.

    Raises:
        Refused: nobody is known or named, several are known, or another delivered it than is named.
    """
    known = sorted(_delivered_by(ctx, about, sources))
    if named is not None:
        supplier = party_with_role(ctx, named, "supplier")
        if known and supplier.code not in known and not _delivered_items(ctx, supplier, sources):
            told = {"supplier": supplier.code, "known": ", ".join(known), "number": about.number}
            raise Refused("warranty_other_supplier", field="supplier", **told)
        return supplier
    if len(known) != 1:
        told = {"number": about.number, "known": ", ".join(known)}
        raise Refused("warranty_suppliers" if known else "warranty_supplier_unknown", field="supplier", **told)
    return party_with_role(ctx, known[0], "supplier")


def _delivered_by(ctx: Context, about: Row, sources: Sequence[Row]) -> set[str]:
    """The suppliers whose receipts brought the parts taken out in a repair, else its piece; or the lots of a case's lines."""
    if about.kind != DocumentKind.REPAIR_ORDER:
        return _receipts_of(ctx, {(row.item_id, row.lot_id) for row in sources})
    taken_out = {
        (part.item_id, part.lot_id)
        for source in sources
        for part in ctx.uow.where(repair_tables.removed_part, "document_line_id", source.id)
        if not part.superseded
    }
    piece = {(about.item_id, ctx.uow.need(repair_tables.repair_order, about.id).lot_id)}
    return _receipts_of(ctx, taken_out) or _receipts_of(ctx, piece)


def _receipts_of(ctx: Context, lots: Iterable[tuple[int, int]]) -> set[str]:
    """The suppliers whose receipts brought lots, each of an item; goods without a lot are nobody's."""
    ctx.uow.write_earlier()
    found: set[str] = set()
    for item_id, lot_id in sorted(lots):
        if not lot_id:
            continue
        item, lot = ctx.uow.need(master_data.item, item_id), ctx.uow.need(inventory.lot, lot_id)
        asked = OneLot(item=item.code, lot=lot.code, direction="backward")
        found |= {
            row["party_code"]
            for row in lot_recall(ctx.uow.connection, asked, ctx.principal)
            if row.get("kind") == DocumentKind.GOODS_RECEIPT and row["level"] == 0
        }
    return found


def _delivered_items(ctx: Context, supplier: Row, sources: Iterable[Row]) -> bool:
    """Whether a supplier has terms for a part that is claimed: the defective one may have come without a lot."""
    parts = {row.item_id for row in sources if row.kind == "component"}
    return any(
        row.supplier_id == supplier.id
        for item_id in sorted(parts)
        for row in ctx.uow.where(master_data.supplier_item, "item_id", item_id)
    )


def _write_lines(ctx: Context, claim: Row, asked: Iterable[_Asked], currency: DocumentCurrency) -> None:
    net = said = ZERO
    for number, one in enumerate(asked, start=1):
        price = rounded(one.amount / one.quantity, 8)
        row = new_line(
            ctx,
            claim,
            number,
            kind=one.source.kind,
            item_id=one.source.item_id,
            description=one.note or one.source.description,
            quantity=one.quantity,
            unit_id=one.source.unit_id,
            unit_price=currency.price(price),
            net_amount=currency.next_amount(one.amount),
            source_line_id=one.source.id,
            lot_id=one.source.lot_id,
        )
        ctx.uow.insert(claim_tables.claim_line, document_line_id=row.id, reason=DEFECTIVE, remedy="credit")
        told = {"unit_price": price, "net": one.amount, "tax": ZERO, "net_at_order_rate": row.net_amount}
        say_line(ctx, row, currency, **told)
        net += row.net_amount
        said += one.amount
    add_totals(ctx, claim, net, ZERO)
    say_in_currency(ctx, claim, currency, said, ZERO)


@handles(commands.AcceptWarrantyClaim, permission="payables.debit.write")
def accept_warranty_claim(ctx: Context, data: commands.AcceptWarrantyClaim) -> Outcome:
    """Book what a supplier accepts of a warranty claim: his credit in payables, and less cost of warranty."""
    claim = find_document(ctx, data.claim, DocumentKind.SUPPLIER_CLAIM)
    need_state(claim, DocumentState.OPEN)
    lines = lines_of(ctx, claim)
    posted_on = data.posted_on or ctx.today
    if posted_on < claim.document_on:
        raise Refused("settled_before_claim", field="posted_on", number=claim.number, document_on=claim.document_on)
    accepted = _accepted(ctx, claim, lines, data.lines)
    note = new_document(
        ctx,
        DocumentKind.DEBIT_NOTE,
        DocumentState.POSTED,
        party_id=claim.party_id,
        item_id=claim.item_id,
        document_on=posted_on,
        posted_on=posted_on,
        external_number=data.external_number,
        note=data.note,
    )
    link(ctx, claim, note, "credit")
    currency = currency_on(ctx, currency_of(ctx, claim).code, posted_on)
    gross = _credit(ctx, note, accepted, currency, data.tax_code)
    if note.net_amount == 0:
        raise Refused("warranty_credit_of_nothing", field="claim", number=claim.number, currency=ctx.company.currency)
    open_items_in(ctx, note, "payable", [(posted_on, -gross)], currency)
    whole = sum((amount for _, amount in accepted), ZERO) == total_said(ctx, claim)
    end_claim(ctx, claim, ACCEPTED if whole else ACCEPTED_IN_PART, posted_on, data.note)
    return Outcome("receipt.posted", note)


def _accepted(
    ctx: Context, claim: Row, lines: Mapping[int, Row], named: Sequence[commands.AcceptedLine]
) -> list[tuple[Row, Decimal]]:
    """What was accepted of which line of a claim, in its currency.

    Raises:
        Refused: the claim is about a delivery, a line is named twice, or more is accepted than was claimed.
    """
    currency = currency_of(ctx, claim)
    said = {number: said_of(ctx, currency, row).net_amount for number, row in lines.items()}
    if not is_of_warranty(ctx, claim):
        raise Refused("claim_of_delivery", field="claim", number=claim.number)
    if not named:
        return [(row, said[number]) for number, row in lines.items()]
    taken: dict[int, Decimal] = {}
    for line in named:
        need_line(claim, dict(lines), line.line)
        amount = rounded(line.amount, currency.decimals)
        if line.line in taken:
            raise Refused("warranty_line_twice", field="lines", number=claim.number, line=line.line)
        if amount > said[line.line] or amount == 0:
            told = {"amount": line.amount, "most": said[line.line], "currency": currency.code}
            raise Refused("warranty_above_claim", field="amount", number=claim.number, line=line.line, **told)
        taken[line.line] = amount
    return [(lines[number], amount) for number, amount in sorted(taken.items())]


def _credit(
    ctx: Context,
    note: Row,
    accepted: Sequence[tuple[Row, Decimal]],
    currency: DocumentCurrency,
    tax_code: str | None,
) -> Decimal:
    """Write and post a credit of accepted amounts, and return what it comes to with tax in its currency."""
    tax_id, tax_rate = tax_of(ctx, tax_code)
    sums = {"net": ZERO, "tax": ZERO}
    facts: list[FactLine] = []
    for number, (source, amount) in enumerate(accepted, start=1):
        net, tax = line_amounts(ONE, amount, ZERO, tax_rate, currency.decimals)
        row = new_line(ctx, note, number, **_credited(source, tax_id, currency, net, tax))
        told: dict[str, Any] = {"unit_price": amount, "net": net, "tax": tax, "net_at_order_rate": row.net_amount}
        say_line(ctx, row, currency, **told)
        sums = {"net": sums["net"] + net, "tax": sums["tax"] + tax}
        amounts = {"net": row.net_amount, "tax": row.tax_amount, "gross": row.net_amount + row.tax_amount}
        facts.append(FactLine(amounts, party_id=note.party_id))
    booked = {name: sum((fact.amounts[name] for fact in facts), ZERO) for name in ("net", "tax")}
    add_totals(ctx, note, booked["net"], booked["tax"])
    say_in_currency(ctx, note, currency, sums["net"], sums["tax"])
    ctx.emit(WarrantyCredited(note.id, note.posted_on, tuple(facts), note.external_number))
    return sums["net"] + sums["tax"]


def _credited(
    source: Row, tax_id: int | None, currency: DocumentCurrency, net: Decimal, tax: Decimal
) -> dict[str, Any]:
    """A line of a credit as the books have it; it is an amount and gives no goods back."""
    return {
        "kind": source.kind,
        "item_id": source.item_id,
        "description": source.description,
        "quantity": ZERO,
        "unit_id": source.unit_id,
        "unit_price": currency.price(net),
        "tax_code_id": tax_id,
        "net_amount": currency.next_amount(net),
        "tax_amount": currency.next_amount(tax),
        "source_line_id": source.id,
    }
