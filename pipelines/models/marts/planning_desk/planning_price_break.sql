/* The latest price of each supplier for each item from each quantity on.

   Grain    item_code, supplier_code, from_quantity
   Watch    latest means the latest valid_from; the planner asks for prices of today, not of the past. */
with
item as (select * from staging.item where active and not withheld),
party as (select * from staging.party),
term as (select * from raw.supplier_item where active),
price as (select * from raw.price_break),
withheld as (select row_key from control.withheld where table_name = 'price_break')

select
    item.item_code,
    party.party_code as supplier_code,
    price.from_quantity,
    arg_max(price.unit_price, price.valid_from)::decimal(19, 6) as unit_price,
    max(price.valid_from) as valid_from
from price
inner join term on price.supplier_item_id = term.id
inner join item on term.item_id = item.item_id
inner join party on term.supplier_id = party.party_id
where not exists (select 1 from withheld where withheld.row_key = price.id)
group by item.item_code, party.party_code, price.from_quantity
