/* Carriers; their keys and our account with them stay in the operational store.

   Grain    one row per carrier_id */
select
    id as carrier_id,
    code as carrier_code,
    name as carrier_name
from raw.carrier
