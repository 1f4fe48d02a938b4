/* Parcels with how they stand; waybill numbers, which lead to an address, stay in the operational store.

   Grain    one row per parcel_id, which is its document
   Watch    the weight is that of the scale, else of the goods by their master data; null where neither is known. */
with
parcel as (select * from raw.parcel),
tracking as (select * from raw.parcel_tracking)

select
    parcel.id as parcel_id,
    parcel.carrier_id,
    parcel.package_type,
    coalesce(parcel.scale_weight_kg, nullif(parcel.computed_weight_kg, 0)) as weight_kg,
    tracking.state as tracking_state,
    tracking.expected_on,
    tracking.delivered_on,
    tracking.problem
from parcel
left join tracking on parcel.id = tracking.id
