"""Fulfilment: picks, parcels, carriers."""

from __future__ import annotations

from typing import Final

from app.jobs.invariants.invariant import Invariant

FULFILMENT: Final[tuple[Invariant, ...]] = (
    Invariant(
        "I-53",
        "what is held of an order is what its pick lists, pickers and parcels say, and is reserved for its line",
        """select h.id, h.to_pick, h.picked, h.packed, p.open_quantity, e.taken, r.reserved
        from pick_hold h join stock_balance b on b.id = h.balance_id
        left join (select l.source_line_id, l.item_id, l.location_id, l.lot_id,
                sum(l.quantity - l.fulfilled_quantity) as open_quantity
            from document_line l join document d on d.id = l.document_id and d.kind = 'pick_list' and d.state = 'released'
            where not l.closed group by l.source_line_id, l.item_id, l.location_id, l.lot_id) p
            on p.source_line_id = h.order_line_id and p.item_id = b.item_id and p.location_id = b.location_id
            and p.lot_id = b.lot_id and b.status = 'available' and b.owner_id = 0
        left join (select order_line_id, balance_id,
                sum(case kind when 'picked' then quantity when 'put_back' then -quantity else 0 end)
            as taken from pick_event group by order_line_id, balance_id) e
            on e.order_line_id = h.order_line_id and e.balance_id = h.balance_id
        left join (select l.source_line_id, l.item_id, l.location_id, l.lot_id,
                sum(case d.state when 'open' then l.quantity else 0 end) as packed,
                sum(case d.state when 'open' then 0 else l.quantity end) as handed_over
            from document_line l join document d on d.id = l.document_id and d.kind = 'parcel' and d.state <> 'cancelled'
            group by l.source_line_id, l.item_id, l.location_id, l.lot_id) s
            on s.source_line_id = h.order_line_id and s.item_id = b.item_id and s.location_id = b.location_id
            and s.lot_id = b.lot_id and b.status = 'available' and b.owner_id = 0
        left join (select demand_line_id, balance_id, sum(quantity) as reserved from reservation_move
            group by demand_line_id, balance_id) r on r.demand_line_id = h.order_line_id and r.balance_id = h.balance_id
        where h.to_pick <> coalesce(p.open_quantity, 0) or h.picked + h.packed + coalesce(s.handed_over, 0) <> coalesce(e.taken, 0)
            or h.packed <> coalesce(s.packed, 0)
            or h.to_pick + h.picked + h.packed > coalesce(r.reserved, 0)""",
    ),
    Invariant(
        "I-53b",
        "an open line of a pick list is held for its order",
        """select l.id, d.number from document_line l join document d on d.id = l.document_id
        where d.kind = 'pick_list' and d.state = 'released' and not l.closed and l.quantity > l.fulfilled_quantity
            and not exists (select 1 from pick_hold h join stock_balance b on b.id = h.balance_id
                where h.order_line_id = l.source_line_id and b.item_id = l.item_id and b.location_id = l.location_id
                    and b.lot_id = l.lot_id and h.to_pick > 0)""",
    ),
    Invariant(
        "I-54",
        "what is in the parcels of a shipment is what it ships, by order line, place and lot",
        """select shipment_id, source_line_id, location_id, lot_id, sum(packed) as packed, sum(shipped) as shipped from (
            select k.to_id as shipment_id, l.source_line_id, l.location_id, l.lot_id, l.quantity as packed, 0 as shipped
            from document_link k join document p on p.id = k.from_id and p.kind = 'parcel'
            join document_line l on l.document_id = p.id where k.kind = 'packing'
            union all
            select l.document_id, l.source_line_id, l.location_id, l.lot_id, 0, l.quantity from document_line l
            where l.document_id in (select k.to_id from document_link k join document p on p.id = k.from_id
                where p.kind = 'parcel' and k.kind = 'packing')) both_sides
        group by shipment_id, source_line_id, location_id, lot_id having sum(packed) <> sum(shipped)""",
    ),
    Invariant(
        "I-54b",
        "a parcel is handed over with its shipment and taken back with it",
        """select p.number, p.state, s.number as shipment from document p
        left join document_link k on k.from_id = p.id and k.kind = 'packing' left join document s on s.id = k.to_id
        where p.kind = 'parcel' and ((p.state in ('posted', 'reversed')) <> (s.id is not null) or s.state <> p.state)""",
    ),
    Invariant(
        "I-55",
        "a parcel stands as its newest event says",
        """select t.id, t.state, e.state as said from parcel_tracking t join (
            select parcel_id, state, row_number() over (partition by parcel_id order by happened_at desc, id desc) as place
            from tracking_event where state is not null) e on e.parcel_id = t.id and e.place = 1
        where e.state <> t.state or (t.state = 'delivered') <> (t.delivered_on is not null)""",
    ),
    Invariant(
        "I-55b",
        "every message of a carrier was applied, waits or is kept, and one that was applied names its parcel",
        """select m.id, h.state from carrier_message m left join carrier_handling h on h.id = m.id
        where h.id is null or (h.state = 'applied') <> (h.parcel_id is not null)""",
    ),
)
