select * from marts.supplier_bill_line
where ($party_code::varchar is null or party_code = $party_code)
    and ($item_code::varchar is null or item_code = $item_code)
    and ($from_on::date is null or posted_on >= $from_on) and ($to_on::date is null or posted_on <= $to_on)
order by posted_on desc, document_line_id desc
limit $limit offset $offset
