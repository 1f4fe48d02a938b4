select * from marts.open_order
where ($direction::varchar is null or direction = $direction)
    and ($order_kind::varchar is null or order_kind = $order_kind)
    and ($item_code::varchar is null or item_code = $item_code)
    and ($due_before::date is null or due_on < $due_before)
order by due_on, order_number, line_number
limit $limit offset $offset
