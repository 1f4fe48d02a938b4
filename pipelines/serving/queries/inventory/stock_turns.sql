select *
from (
    select
        *,
        case
            when used_quantity <= 0 then 'idle'
            when days_of_stock > $slow_days then 'slow'
            else 'moving'
        end as movement
    from marts.stock_turns($from_on, $to_on)
)
where ($category_code::varchar is null or category_code = $category_code)
    and ($movement::varchar is null or movement = $movement)
order by value desc, item_code
limit $limit offset $offset
