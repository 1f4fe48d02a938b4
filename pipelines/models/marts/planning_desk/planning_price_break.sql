/* The latest price of each supplier for each item from each quantity on.

   Grain    item_code, supplier_code, from_quantity
   Watch    latest means the latest valid_from; the planner asks for prices of today, not of the past. A price of a foreign
            currency is converted at the latest rate; without a rate there is no price to plan with. */
with
item as (select * from staging.item where active and not withheld),
party as (select * from staging.party),
company as (select * from staging.company),
term as (select * from raw.supplier_item where active),
price as (select * from raw.price_break),
withheld as (select row_key from control.withheld where table_name = 'price_break'),
rate as (
    select from_currency, to_currency, arg_max(rate, valid_on)::double as rate
    from raw.exchange_rate
    group by from_currency, to_currency
),
factor as (
    select
        party.id as party_id,
        case when party.currency = company.currency then 1 else coalesce(direct.rate, 1 / opposite.rate) end as rate
    from raw.party as party
    cross join company
    left join rate as direct on direct.from_currency = party.currency and direct.to_currency = company.currency
    left join rate as opposite on opposite.from_currency = company.currency and opposite.to_currency = party.currency
)

select
    item.item_code,
    party.party_code as supplier_code,
    price.from_quantity,
    (arg_max(price.unit_price, price.valid_from) * any_value(factor.rate))::decimal(19, 6) as unit_price,
    max(price.valid_from) as valid_from
from price
inner join term on price.supplier_item_id = term.id
inner join item on term.item_id = item.item_id
inner join party on term.supplier_id = party.party_id
inner join factor on party.party_id = factor.party_id and factor.rate is not null
where not exists (select 1 from withheld where withheld.row_key = price.id)
group by item.item_code, party.party_code, price.from_quantity
