/* Stock by place, lot, owner and status as the operational store holds it.

   Grain    one row per stock_balance_id */
select
    id as stock_balance_id,
    item_id,
    location_id,
    lot_id,
    owner_id,
    status,
    quantity,
    reserved
from raw.stock_balance
