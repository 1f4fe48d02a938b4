select
    case_kind,
    count(*) as case_count,
    count(*) filter (where age_days <= 7) as days_0_7,
    count(*) filter (where age_days between 8 and 30) as days_8_30,
    count(*) filter (where age_days between 31 and 90) as days_31_90,
    count(*) filter (where age_days > 90) as over_90_days,
    max(age_days) as oldest_days
from (select case_kind, date_diff('day', opened_on, $as_of) as age_days from marts.service_case where is_open)
group by case_kind
order by case_kind
