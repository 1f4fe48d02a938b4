/* Which order each parcel is of and which shipment took it.

   Grain    one row per parcel_id */
with
link as (select from_id, to_id from raw.document_link where kind = 'packing'),
parcel as (select parcel_id from staging.parcel)

select
    parcel.parcel_id,
    min(packed.from_id) as order_id,
    min(sent.to_id) as shipment_id
from parcel
left join link as packed on parcel.parcel_id = packed.to_id
left join link as sent on parcel.parcel_id = sent.from_id
group by parcel.parcel_id
