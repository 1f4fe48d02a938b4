/* Parcels with their order, their shipment and how long they were on the way.

   Grain    one row per document_id
   Watch    a parcel that was unpacked or taken back keeps its row with its state; leave it out to count what went. */
with
company as (select * from staging.company),
document as (select * from staging.document),
party as (select * from staging.party),
parcel as (select * from staging.parcel),
way as (select * from intermediate.parcel_way),
carrier as (select * from staging.carrier),
place as (
    select line.document_id, arg_min(warehouse.warehouse_code, line.document_line_id) as warehouse_code
    from staging.document_line as line
    inner join intermediate.warehouse_of_place as warehouse on line.location_id = warehouse.location_id
    group by line.document_id
)

select
    company.company,
    parcel.parcel_id as document_id,
    packed.number as parcel_number,
    packed.state,
    packed.document_on as packed_on,
    packed.posted_on as handed_over_on,
    way.order_id,
    ordered.number as order_number,
    way.shipment_id,
    shipment.number as shipment_number,
    packed.party_id,
    party.party_code,
    party.party_name,
    party.customer_class,
    place.warehouse_code,
    carrier.carrier_code,
    carrier.carrier_name,
    parcel.package_type,
    parcel.weight_kg,
    parcel.tracking_state,
    parcel.expected_on,
    parcel.delivered_on,
    parcel.problem,
    date_diff('day', packed.posted_on, parcel.delivered_on) as days_on_way
from parcel
inner join document as packed on parcel.parcel_id = packed.document_id
inner join way on parcel.parcel_id = way.parcel_id
cross join company
left join document as ordered on way.order_id = ordered.document_id
left join document as shipment on way.shipment_id = shipment.document_id
left join party on packed.party_id = party.party_id
left join carrier on parcel.carrier_id = carrier.carrier_id
left join place on parcel.parcel_id = place.document_id
