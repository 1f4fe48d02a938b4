select * from marts.stock_ledger
where ($item_code::varchar is null or item_code = $item_code)
    and ($document_id::bigint is null or document_id = $document_id)
    and ($from_on::date is null or posted_on >= $from_on) and ($to_on::date is null or posted_on <= $to_on)
order by posted_on desc, stock_move_id desc
limit $limit offset $offset
