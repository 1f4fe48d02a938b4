/* Change of each item's inventory value in a day, from the stock ledger.

   Grain    item_id, posted_on (sum again: base and recent rows are summed apart) */
select
    item_id,
    posted_on,
    sum(value)::decimal(38, 4) as value
from stock_move
group by all
