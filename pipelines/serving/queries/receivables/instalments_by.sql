select
    side,
    case $by when 'month' then due_month else party_code end as code,
    case $by when 'party' then party_name end as name,
    case $by when 'party' then party_id end as party_id,
    count(*) as part_count,
    count(distinct document_id) as document_count,
    sum(amount) as amount,
    sum(paid_amount) as paid_amount,
    sum(credited_amount) as credited_amount,
    sum(open_amount) as open_amount,
    sum(late_amount) as late_amount,
    sum(settled_late_amount) as settled_late_amount
from marts.instalment_as_of($as_of)
where side = $side
    and ($party_code::varchar is null or party_code = $party_code)
    and ($from_on::date is null or due_on >= $from_on)
    and ($to_on::date is null or due_on <= $to_on)
    and (not $parts_only or part_count > 1)
group by all
order by code, name
limit $limit offset $offset
