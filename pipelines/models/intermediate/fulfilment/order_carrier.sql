/* Who brings an order: the carrier of its first parcel that was not unpacked, else the one that was planned.

   Grain    one row per order_id; orders without a carrier have none */
with
planned as (select id as order_id, carrier_id from raw.order_delivery where carrier_id is not null),
standing as (select * from staging.document where kind = 'parcel' and state <> 'cancelled'),
parcel as (select * from staging.parcel where carrier_id is not null),
way as (select * from intermediate.parcel_way),
brought as (
    select way.order_id, arg_min(parcel.carrier_id, parcel.parcel_id) as carrier_id
    from parcel
    inner join standing on parcel.parcel_id = standing.document_id
    inner join way on parcel.parcel_id = way.parcel_id
    group by way.order_id
)

select
    coalesce(brought.order_id, planned.order_id) as order_id,
    coalesce(brought.carrier_id, planned.carrier_id) as carrier_id
from brought
full join planned on brought.order_id = planned.order_id
