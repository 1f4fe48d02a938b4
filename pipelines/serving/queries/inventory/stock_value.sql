select * from marts.stock_value
where ($item_code::varchar is null or item_code = $item_code)
    and ($category_code::varchar is null or category_code = $category_code)
order by value desc, item_code
limit $limit offset $offset
