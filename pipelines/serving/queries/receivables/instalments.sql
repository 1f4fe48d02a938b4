select * from marts.instalment_as_of($as_of)
where ($side::varchar is null or side = $side)
    and ($party_code::varchar is null or party_code = $party_code)
    and ($from_on::date is null or due_on >= $from_on)
    and ($to_on::date is null or due_on <= $to_on)
    and (not $parts_only or part_count > 1)
    and (not $open_only or open_amount <> 0)
    and (not $late_only or late_amount <> 0)
order by due_on, document_number, part_number, side
limit $limit offset $offset
