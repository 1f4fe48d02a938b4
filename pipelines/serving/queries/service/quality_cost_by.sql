with
counted as (
    select
        case $by
            when 'month' then strftime(posted_on, '%Y-%m')
            when 'category' then category
            when 'reason' then coalesce(reason_code, '')
            when 'item' then coalesce(item_code, '')
            else coalesce(party_code, '')
        end as code,
        case $by when 'item' then coalesce(item_name, '') when 'customer' then coalesce(party_name, '') else '' end as name,
        coalesce(sum(quality_cost) filter (where not external), 0) as internal_failure,
        coalesce(sum(quality_cost) filter (where external), 0) as external_failure,
        sum(quality_cost) as total,
        count(distinct document_id) as document_count
    from marts.quality_cost
    where posted_on between $from_on and $to_on
    group by all
)
select * from counted
order by case when $by = 'month' then code end desc, code, name
