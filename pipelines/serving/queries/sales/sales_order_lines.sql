select * from marts.sales_order_line
where ($party_code::varchar is null or party_code = $party_code)
    and ($item_code::varchar is null or item_code = $item_code)
    and ($state::varchar is null or state = $state)
    and (not $open_only or open_quantity > 0)
    and ($from_on::date is null or document_on >= $from_on) and ($to_on::date is null or document_on <= $to_on)
order by document_on desc, document_id desc, line_number
limit $limit offset $offset
