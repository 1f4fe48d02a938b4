/* What is on its way already: requisitions, purchase orders by promised delivery, released production orders, and goods on the way
   between places, which come to the site of their destination. What a plant makes of an item that is asked for there comes there.

   Grain    order_number, line_number, delivery_number */
with
incoming as (select * from marts.open_order where direction = 'in'),
item as (select * from staging.item where active and not withheld),
destination as (
    select
        line.document_id,
        line.line_number,
        place.site_code
    from staging.document_line as line
    inner join staging.location as place on line.to_location_id = place.location_id
),
asked_at as (select distinct item_code, site_code from marts.planning_demand where site_code <> 'MAIN'),
made_at as (
    select document.document_id, site.code as site_code
    from staging.document
    inner join raw.site as site on document.site_id = site.id
    where document.kind = 'production_order'
)

select
    incoming.order_number
    || case when incoming.line_number > 0 then '/' || incoming.line_number else '' end
    || case when incoming.delivery_number > 1 then '.' || incoming.delivery_number else '' end as receipt,
    incoming.order_number,
    incoming.line_number,
    incoming.delivery_number,
    incoming.item_code,
    coalesce(destination.site_code, asked_at.site_code, 'MAIN') as site_code,
    incoming.open_quantity as quantity,
    incoming.due_on,
    incoming.order_kind,
    true as firm,
    incoming.party_code as supplier_code
from incoming
inner join item on incoming.item_id = item.item_id
left join destination
    on incoming.order_kind = 'transfer_dispatch'
    and incoming.order_id = destination.document_id
    and incoming.line_number = destination.line_number
left join made_at on incoming.order_kind = 'production_order' and incoming.order_id = made_at.document_id
left join asked_at on incoming.item_code = asked_at.item_code and made_at.site_code = asked_at.site_code
