select *
from marts.fulfilment_exception
where happened_on between $from_on and $to_on and ($kind::varchar is null or kind = $kind)
order by still desc, happened_on desc, document_id desc, exception_id, kind
limit $limit offset $offset
