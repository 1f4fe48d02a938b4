select * from marts.stock_on_hand_as_of($as_of)
where ($item_code::varchar is null or item_code = $item_code)
    and ($location_code::varchar is null or location_code = $location_code)
order by item_code, location_code, lot_code, status
limit $limit offset $offset
