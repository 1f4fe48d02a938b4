select
    case $by when 'month' then strftime(given_on, '%Y-%m') else party_code end as code,
    case when $by = 'customer' then party_name end as name,
    count(*) as answer_count,
    control.quotient(sum(satisfaction), count(*)) as mean,
    control.quotient(count(*) filter (where satisfaction >= 4), count(*)) as content_share,
    count(recommendation) as recommended_count,
    control.quotient(
        (count(*) filter (where recommendation >= 9) - count(*) filter (where recommendation <= 6)) * 100,
        count(recommendation)
    ) as net_promoter_score
from marts.customer_feedback
where given_on between $from_on and $to_on
group by all
order by code, name
