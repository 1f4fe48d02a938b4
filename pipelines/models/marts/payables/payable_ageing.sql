/* What each supplier is owed at the end of a day, by how long it is overdue.

   Grain    one row per party_id */
with
item as (select * from marts.open_item_as_of(as_of) where side = 'payable')

select
    company,
    party_id,
    party_code,
    party_name,
    sum(open_amount) as open_amount,
    coalesce(sum(open_amount) filter (where age = 'not_due'), 0) as not_due,
    coalesce(sum(open_amount) filter (where age = 'days_1_30'), 0) as days_1_30,
    coalesce(sum(open_amount) filter (where age = 'days_31_60'), 0) as days_31_60,
    coalesce(sum(open_amount) filter (where age = 'days_61_90'), 0) as days_61_90,
    coalesce(sum(open_amount) filter (where age = 'over_90_days'), 0) as over_90_days
from item
group by all
