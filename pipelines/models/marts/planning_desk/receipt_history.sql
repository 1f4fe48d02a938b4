/* What was ordered, promised and received, receipt by receipt: purchases by supplier, and production by completion.

   Grain    receipt
   Watch    receipts that were taken back are left out. Transfers between places are not here: how long they take is no lead time of
            an item. What was ordered only after it came (an order entered late) is left out, too: it tells nothing of waiting. */
with
item as (select * from staging.item where active and not withheld),
document as (select * from staging.document),
line as (select * from staging.document_line),
place as (select * from staging.location),
party as (select * from staging.party),
site as (select * from raw.site),
led_to as (select * from raw.document_link where kind = 'fulfilment'),
bought as (
    select
        receipt.number || '/' || received.line_number as receipt,
        ordered.number as order_number,
        received.item_id,
        coalesce(place.site_code, 'MAIN') as site_code,
        party.party_code as supplier_code,
        ordered.document_on as ordered_on,
        coalesce(asked.promised_on, asked.due_on, ordered.due_on) as promised_on,
        receipt.posted_on as received_on,
        asked.quantity as ordered_quantity,
        received.quantity
    from line as received
    inner join document as receipt on received.document_id = receipt.document_id
    inner join line as asked on received.source_line_id = asked.document_line_id
    inner join document as ordered on asked.document_id = ordered.document_id
    left join place on received.location_id = place.location_id
    left join party on ordered.party_id = party.party_id
    where receipt.kind = 'goods_receipt' and receipt.state = 'posted' and ordered.kind = 'purchase_order'
        and asked.to_location_id is null
),
made as (
    select
        completion.number as receipt,
        ordered.number as order_number,
        ordered.item_id,
        coalesce(site.code, 'MAIN') as site_code,
        null as supplier_code,
        ordered.document_on as ordered_on,
        ordered.due_on as promised_on,
        completion.posted_on as received_on,
        ordered.quantity as ordered_quantity,
        completion.quantity
    from document as completion
    inner join led_to on completion.document_id = led_to.to_id
    inner join document as ordered on led_to.from_id = ordered.document_id
    left join site on ordered.site_id = site.id
    where completion.kind = 'production_completion' and completion.state = 'posted' and ordered.kind = 'production_order'
),
received as (
    select * from bought
    union all
    select * from made
)

select
    received.receipt,
    received.order_number,
    item.item_code,
    received.site_code,
    received.supplier_code,
    received.ordered_on,
    received.promised_on,
    received.received_on,
    received.ordered_quantity,
    received.quantity,
    received.received_on - received.ordered_on as lead_time_days,
    received.received_on - received.promised_on as late_days
from received
inner join item on received.item_id = item.item_id
where received.received_on >= received.ordered_on and received.quantity > 0
