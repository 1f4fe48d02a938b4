/* What was promised on each line of a sales order and what had left by then.

   Grain    one row per document_line_id
   Watch    a line is on time when all of it had left by its promised day, and in full when all of it has left; what was taken back
            does not count as left. Drafts, cancelled orders and lines cancelled to nothing are left out. */
with
company as (select * from staging.company),
ordered as (select * from staging.document where kind = 'sales_order' and state in ('confirmed', 'closed')),
line as (select * from staging.document_line),
wanted as (select * from line where line_kind = 'item' and quantity > 0),
shipment as (select * from staging.document where kind = 'shipment' and state = 'posted' and reverses_id is null),
party as (select * from staging.party),
item as (select * from staging.item),
carrier as (select * from staging.carrier),
warehouse as (select * from intermediate.warehouse_of_place),
order_carrier as (select * from intermediate.order_carrier),
sent as (
    select line.source_line_id as order_line_id, line.quantity, line.location_id, line.document_line_id, shipment.posted_on
    from line
    inner join shipment on line.document_id = shipment.document_id
),
promised as (
    select
        wanted.document_line_id,
        coalesce(wanted.promised_on, wanted.due_on, ordered.due_on, ordered.document_on) as promised_on
    from wanted
    inner join ordered on wanted.document_id = ordered.document_id
),
gone as (
    select
        promised.document_line_id,
        coalesce(sum(sent.quantity), 0) as shipped_quantity,
        coalesce(sum(sent.quantity) filter (where sent.posted_on <= promised.promised_on), 0) as shipped_by_promise,
        max(sent.posted_on) as last_shipped_on,
        arg_min(sent.location_id, sent.document_line_id) as location_id
    from promised
    left join sent on promised.document_line_id = sent.order_line_id
    group by promised.document_line_id
)

select
    company.company,
    wanted.document_line_id,
    wanted.document_id,
    ordered.number as order_number,
    wanted.line_number,
    ordered.state,
    ordered.channel,
    ordered.party_id,
    party.party_code,
    party.party_name,
    party.customer_class,
    wanted.item_id,
    item.item_code,
    item.item_name,
    item.item_name_zh,
    item.unit_code,
    warehouse.warehouse_code,
    warehouse.warehouse_name,
    carrier.carrier_code,
    carrier.carrier_name,
    ordered.document_on as ordered_on,
    promised.promised_on,
    wanted.quantity,
    gone.shipped_quantity,
    gone.shipped_by_promise,
    gone.last_shipped_on,
    gone.shipped_by_promise >= wanted.quantity as on_time,
    gone.shipped_quantity >= wanted.quantity as in_full
from wanted
inner join ordered on wanted.document_id = ordered.document_id
inner join promised on wanted.document_line_id = promised.document_line_id
inner join gone on wanted.document_line_id = gone.document_line_id
cross join company
left join party on ordered.party_id = party.party_id
left join item on wanted.item_id = item.item_id
left join warehouse on coalesce(gone.location_id, wanted.location_id) = warehouse.location_id
left join order_carrier on wanted.document_id = order_carrier.order_id
left join carrier on order_carrier.carrier_id = carrier.carrier_id
