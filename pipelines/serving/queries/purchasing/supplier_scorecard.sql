select * from marts.supplier_scorecard($as_of)
where ($party_code::varchar is null or party_code = $party_code)
    and ($item_code::varchar is null or item_code = $item_code)
order by line_count desc, party_code, item_code
limit $limit offset $offset
