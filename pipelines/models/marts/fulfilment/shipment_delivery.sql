/* Shipments to customers that stand: how soon they left, how soon they arrived, what they weighed and what their freight cost.

   Grain    one row per document_id
   Watch    a shipment has arrived when all its parcels have. Its warehouse is that of its first line. The books know the charges
            of an order, not which of them are for freight; they stand, less credits, with the first shipment of their order. */
with
company as (select * from staging.company),
document as (select * from staging.document),
shipment as (select * from document where kind = 'shipment' and state = 'posted' and reverses_id is null),
line as (select * from staging.document_line),
party as (select * from staging.party),
carrier as (select * from staging.carrier),
warehouse as (select * from intermediate.warehouse_of_place),
order_carrier as (select * from intermediate.order_carrier),
shipped as (
    select
        line.document_id,
        arg_min(order_line.document_id, line.document_line_id) as order_id,
        arg_min(line.location_id, line.document_line_id) as location_id,
        count(*) as line_count,
        sum(line.quantity) as quantity,
        count(coalesce(order_line.promised_on, order_line.due_on, ordered.due_on)) as promised_line_count,
        count(*) filter (
            where shipment.posted_on <= coalesce(order_line.promised_on, order_line.due_on, ordered.due_on)
        ) as on_time_line_count
    from line
    inner join shipment on line.document_id = shipment.document_id
    left join line as order_line on line.source_line_id = order_line.document_line_id
    left join document as ordered on order_line.document_id = ordered.document_id
    group by line.document_id
),
packed as (
    select
        shipment_id,
        count(*) as parcel_count,
        sum(weight_kg) as weight_kg,
        arg_min(carrier_code, document_id) as carrier_code,
        arg_min(carrier_name, document_id) as carrier_name,
        case when count(*) = count(delivered_on) then max(delivered_on) end as delivered_on
    from marts.parcel
    where state = 'posted'
    group by shipment_id
),
freight as (
    select charge.shipment_id, sum(line.net_amount) as freight_cost
    from raw.freight_charge as charge
    inner join line on charge.id = line.document_line_id
    inner join document on line.document_id = document.document_id
    where document.state = 'posted'
    group by charge.shipment_id
),
invoice as (select from_id as order_id, to_id as invoice_id from raw.document_link where kind = 'invoice'),
credit as (select from_id as invoice_id, to_id as credit_id from raw.document_link where kind = 'credit'),
charge as (
    select document.document_id, document.kind, sum(line.net_amount) as amount
    from line
    inner join document on line.document_id = document.document_id
    where line.line_kind = 'charge' and document.state = 'posted' and document.kind in ('customer_invoice', 'credit_note')
    group by all
),
charged as (
    select order_id, sum(amount) as freight_charged
    from (
        select invoice.order_id, charge.amount
        from invoice
        inner join charge on invoice.invoice_id = charge.document_id
        where charge.kind = 'customer_invoice'
        union all
        select invoice.order_id, -charge.amount
        from invoice
        inner join credit on invoice.invoice_id = credit.invoice_id
        inner join charge on credit.credit_id = charge.document_id
        where charge.kind = 'credit_note'
    )
    group by order_id
),
first_of_order as (select order_id, min(document_id) as document_id from shipped group by order_id)

select
    company.company,
    company.currency,
    shipment.document_id,
    shipment.number as shipment_number,
    shipment.posted_on,
    shipped.order_id,
    ordered.number as order_number,
    ordered.document_on as ordered_on,
    ordered.channel,
    shipment.party_id,
    party.party_code,
    party.party_name,
    party.customer_class,
    warehouse.warehouse_code,
    warehouse.warehouse_name,
    coalesce(packed.carrier_code, carrier.carrier_code) as carrier_code,
    coalesce(packed.carrier_name, carrier.carrier_name) as carrier_name,
    shipped.line_count,
    shipped.quantity,
    shipped.promised_line_count,
    shipped.on_time_line_count,
    coalesce(packed.parcel_count, 0) as parcel_count,
    packed.weight_kg,
    packed.delivered_on,
    date_diff('day', ordered.document_on, shipment.posted_on) as days_to_ship,
    date_diff('day', shipment.posted_on, packed.delivered_on) as days_to_deliver,
    coalesce(freight.freight_cost, 0) as freight_cost,
    case when first_of_order.document_id is not null then coalesce(charged.freight_charged, 0) else 0 end as freight_charged
from shipment
inner join shipped on shipment.document_id = shipped.document_id
cross join company
left join document as ordered on shipped.order_id = ordered.document_id
left join party on shipment.party_id = party.party_id
left join warehouse on shipped.location_id = warehouse.location_id
left join packed on shipment.document_id = packed.shipment_id
left join order_carrier on shipped.order_id = order_carrier.order_id
left join carrier on order_carrier.carrier_id = carrier.carrier_id
left join freight on shipment.document_id = freight.shipment_id
left join first_of_order on shipment.document_id = first_of_order.document_id
left join charged on shipped.order_id = charged.order_id
