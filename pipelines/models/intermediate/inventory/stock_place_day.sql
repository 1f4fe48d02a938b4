/* What came to and left each place in a day, from the stock ledger.

   Grain    item_id, location_id, lot_id, owner_id, status, posted_on (sum again: base and recent rows are summed apart) */
with
leg as (
    select
        item_id,
        to_location_id as location_id,
        lot_id,
        owner_id,
        coalesce(to_status, status) as status,
        posted_on,
        quantity
    from stock_move
    union all
    select item_id, from_location_id, lot_id, owner_id, status, posted_on, -quantity from stock_move
)

select
    item_id,
    location_id,
    lot_id,
    owner_id,
    status,
    posted_on,
    sum(quantity)::decimal(38, 6) as quantity
from leg
group by all
