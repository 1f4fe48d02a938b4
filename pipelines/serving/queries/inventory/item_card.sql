select * from marts.item_card
where ($item_code::varchar is null or item_code = $item_code)
    and ($category_code::varchar is null or category_code = $category_code)
    and ($search::varchar is null or contains(lower(item_code || ' ' || item_name || ' ' || coalesce(item_name_zh, '')), lower($search)))
order by item_code
limit $limit offset $offset
