select *, date_diff('day', opened_on, $as_of) as age_days
from marts.service_case
where is_open and ($case_kind::varchar is null or case_kind = $case_kind)
order by opened_on, priority, document_id
limit $limit offset $offset
