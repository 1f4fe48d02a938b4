select * from marts.budget_order
where ($budget_code::varchar is null or budget_code = $budget_code)
    and ($party_code::varchar is null or party_code = $party_code)
    and (not $committed_only or committed_amount <> 0)
order by document_on desc, document_id desc, budget_code
limit $limit offset $offset
