with
found as (
    select distinct
        service_case.document_id,
        service_case.opened_on,
        service_case.ended_on,
        service_case.is_open,
        service_case.days_to_end,
        case $by
            when 'kind' then service_case.case_kind
            when 'reason' then service_case.reason_code
            when 'customer' then service_case.party_code
            when 'category' then line.category_code
            when 'item' then line.item_code
        end as code,
        case $by when 'customer' then service_case.party_name when 'item' then line.item_name end as name
    from marts.service_case as service_case
    left join marts.service_case_line as line
        on service_case.document_id = line.document_id and $by in ('category', 'item')
),
step as (
    select
        case when $by = 'month' then strftime(opened_on, '%Y-%m') else code end as code,
        name,
        1 as opened,
        0 as ended,
        is_open::integer as still_open,
        null::bigint as days_to_end
    from found
    where opened_on between $from_on and $to_on
    union all
    select
        case when $by = 'month' then strftime(ended_on, '%Y-%m') else code end,
        name,
        0,
        1,
        0,
        days_to_end
    from found
    where ended_on between $from_on and $to_on
)
select
    code,
    name,
    sum(opened)::bigint as opened_count,
    sum(ended)::bigint as ended_count,
    sum(still_open)::bigint as open_count,
    control.quotient(sum(days_to_end), sum(ended)) as days_to_end
from step
group by code, name
order by code nulls last, name
limit $limit offset $offset
