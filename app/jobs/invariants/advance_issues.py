"""Issue before receipt: what was taken is settled, brought back or open, and no more is settled than was received and issued."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import Invariant

ADVANCE_ISSUES: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-85",
        "what was taken before its receipt is settled, brought back or open, as its document says, which posts nothing itself",
        """select d.number, l.line, l.quantity, l.fulfilled_quantity, l.returned_quantity, d.state from document_line l
        join document d on d.id = l.document_id and d.kind = 'advance_issue'
        left join advance_line a on a.document_line_id = l.id
        where a.id is null or a.item_id <> l.item_id or l.fulfilled_quantity + l.returned_quantity > l.quantity
            or l.fulfilled_quantity <> (
                select coalesce(sum(s.quantity), 0) from advance_settlement s where s.advance_line_id = l.id)
            or l.returned_quantity <> (
                select coalesce(sum(r.quantity), 0) from advance_return r where r.advance_line_id = l.id)
        union all
        select d.number, 0, sum(l.quantity), sum(l.fulfilled_quantity), sum(l.returned_quantity), d.state from document d
        join document_line l on l.document_id = d.id where d.kind = 'advance_issue'
        group by d.number, d.state having d.state <> case
            when sum(l.quantity) > sum(l.fulfilled_quantity) + sum(l.returned_quantity) then 'open'
            when sum(l.fulfilled_quantity) > 0 then 'settled' else 'cancelled' end
        union all
        select d.number, 0, 0, 0, 0, d.state from document d where d.kind = 'advance_issue' and (
            exists (select 1 from stock_move m where m.document_id = d.id)
            or exists (select 1 from journal_entry e where e.document_id = d.id))""",
    ),
    Invariant(
        "I-85b",
        "an issue that settles is of the goods, and for what they were taken; a receipt settles no more than it brought",
        """select d.number, x.line, sum(s.quantity) as settled, x.quantity from advance_settlement s
        join document_line x on x.id = s.issue_line_id join document d on d.id = x.document_id
        join document_line l on l.id = s.advance_line_id join advance_line a on a.document_line_id = l.id
        group by d.number, d.kind, d.state, x.line, x.quantity, x.item_id, x.source_line_id, l.item_id, l.id, a.purpose,
            a.target_line_id
        having x.item_id <> l.item_id or x.source_line_id <> coalesce(a.target_line_id, l.id)
            or d.kind <> case a.purpose when 'production' then 'material_issue' when 'sale' then 'shipment'
                else 'internal_issue' end
            or sum(s.quantity) <> case when d.state = 'posted' then x.quantity else 0 end
        union all
        select d.number, l.line, sum(s.quantity), l.quantity from advance_settlement s
        join document_line l on l.id = s.receipt_line_id join document d on d.id = l.document_id
        group by d.number, d.state, l.line, l.quantity
        having sum(s.quantity) < 0 or sum(s.quantity) > case when d.state = 'posted' then l.quantity else 0 end
        union all
        select d.number, l.line, 0, l.quantity from document_line l
        join document d on d.id = l.document_id and d.kind = 'internal_issue'
        where not exists (select 1 from advance_settlement s where s.issue_line_id = l.id)""",
    ),
)
