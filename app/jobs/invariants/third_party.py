"""Consignment: goods of others have no value and become ours by a receipt alone; they and ours at customers are not promised."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import Invariant

THIRD_PARTY: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-89",
        "goods of others have no value, and what moves nothing but them has no journal entry and no cost layer",
        """select m.document_id, m.id as move_id, m.value, 0 as entry_id from stock_move m
        where m.owner_id <> 0 and m.value <> 0
        union all
        select d.id, 0, 0, e.id from document d join journal_entry e on e.document_id = d.id
        where d.kind in ('third_party_receipt', 'third_party_return')
        union all
        select d.id, 0, l.remaining_value, 0 from document d join document_line x on x.document_id = d.id
        join cost_layer l on l.document_line_id = x.id where d.kind in ('third_party_receipt', 'third_party_return')""",
    ),
    Invariant(
        "I-90",
        "goods of others belong to a party and stand in storage; nothing of them or of what stands at customers is reserved",
        """select b.id, b.item_id, b.owner_id, b.status, b.quantity, b.reserved from stock_balance b
        left join party o on o.id = b.owner_id join location p on p.id = b.location_id
        where (b.owner_id <> 0 and (o.id is null or (b.quantity <> 0 and p.kind <> 'storage')))
            or ((b.owner_id <> 0 or b.status = 'consigned') and (b.reserved <> 0
                or exists (select 1 from reservation_move r where r.balance_id = b.id)
                or exists (select 1 from pick_hold h where h.balance_id = b.id)))""",
    ),
    Invariant(
        "I-91",
        "what was taken over left its owner as it came into own stock: of the supplier of the receipt, in one place and lot",
        """select document_id, item_id, lot_id, sum(gone) as gone, sum(come) as come from (
            select m.document_id, m.document_line_id, m.item_id, m.lot_id, m.from_location_id as place_id,
                case when m.owner_id = d.party_id then m.quantity else 0 end as gone, 0 as come
            from stock_move m join document d on d.id = m.document_id
            where d.kind = 'goods_receipt' and m.owner_id <> 0 and m.reverses_id is null
            union all
            select m.document_id, m.document_line_id, m.item_id, m.lot_id, m.to_location_id, 0, m.quantity
            from stock_move m join document d on d.id = m.document_id
            where d.kind = 'goods_receipt' and m.owner_id = 0 and m.quantity > 0 and exists (
                select 1 from stock_move f where f.document_line_id = m.document_line_id
                    and f.document_id = m.document_id and f.owner_id <> 0)) both_sides
        group by document_id, document_line_id, item_id, lot_id, place_id having sum(gone) <> sum(come)
        union all
        select d.id, 0, 0, count(k.id), 0 from document d
        join document_link k on k.to_id = d.id and k.kind = 'take_over'
        where d.kind <> 'goods_receipt' or not exists (
            select 1 from stock_move m where m.document_id = d.id and m.owner_id = d.party_id)
        group by d.id""",
    ),
)
