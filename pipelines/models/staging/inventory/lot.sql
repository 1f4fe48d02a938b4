/* Lots of lot-tracked items.

   Grain    one row per lot_id */
select
    id as lot_id,
    item_id,
    code as lot_code,
    expires_on,
    received_on
from raw.lot
