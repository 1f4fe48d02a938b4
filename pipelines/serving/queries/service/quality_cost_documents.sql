select *
from marts.quality_cost
where posted_on between $from_on and $to_on and ($category::varchar is null or category = $category)
order by abs(quality_cost) desc, document_id, item_id
limit $limit offset $offset
