select * from marts.general_ledger
where ($account_code::varchar is null or account_code = $account_code)
    and ($party_code::varchar is null or party_code = $party_code)
    and ($document_id::bigint is null or document_id = $document_id)
    and ($entry_id::bigint is null or entry_id = $entry_id)
    and ($from_on::date is null or posted_on >= $from_on) and ($to_on::date is null or posted_on <= $to_on)
order by posted_on desc, entry_id desc, line_number
limit $limit offset $offset
