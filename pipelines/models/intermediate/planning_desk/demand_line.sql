/* What customers asked for, line by line: when they wanted it, where it is made or leaves from, and what of it they took back.

   Grain    one row per document_line_id; drafts are no demand, and what a supplier ships straight to a customer is none of ours
   Watch    the day is the one that the customer named, never our promise. What was cancelled, and the rest of a line that was
            closed short, stands in cancelled_quantity and not in demanded_quantity. */
with
line as (select * from staging.document_line where line_kind = 'item' and supplier_id is null and item_id is not null),
document as (select * from staging.document where kind = 'sales_order' and state in ('confirmed', 'closed', 'cancelled')),
party as (select * from staging.party),
plant as (select * from intermediate.line_plant),
promoted as (select distinct document_line_id from marts.promoted_line),
kept as (
    select
        line.*,
        document.party_id,
        coalesce(line.due_on, document.due_on, document.document_on) as requested_on,
        case
            when document.state = 'cancelled' then line.fulfilled_quantity
            when line.closed or document.state = 'closed' then least(line.quantity, line.fulfilled_quantity)
            else line.quantity
        end as demanded_quantity
    from line
    inner join document on line.document_id = document.document_id
)

select
    kept.document_line_id,
    kept.item_id,
    coalesce(plant.site_code, 'MAIN') as site_code,
    coalesce(party.customer_class, 'OTHER') as customer_group,
    kept.requested_on,
    kept.demanded_quantity,
    kept.quantity - kept.demanded_quantity as cancelled_quantity,
    promoted.document_line_id is not null as promoted
from kept
left join party on kept.party_id = party.party_id
left join plant on kept.document_line_id = plant.order_line_id
left join promoted on kept.document_line_id = promoted.document_line_id
