select * from marts.purchase_requisition_line
where ($state::varchar is null or state = $state)
    and ($item_code::varchar is null or item_code = $item_code)
    and (not $open_only or open_quantity > 0)
order by document_on desc, document_id desc, line_number
limit $limit offset $offset
