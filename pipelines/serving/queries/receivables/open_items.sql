select * from marts.open_item_as_of($as_of)
where ($side::varchar is null or side = $side)
    and ($party_code::varchar is null or party_code = $party_code)
order by due_on, document_number
limit $limit offset $offset
