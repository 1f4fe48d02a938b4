select *
from marts.shipment_delivery
where posted_on between $from_on and $to_on
    and ($warehouse_code::varchar is null or warehouse_code = $warehouse_code)
    and ($carrier_code::varchar is null or carrier_code = $carrier_code)
    and ($party_code::varchar is null or party_code = $party_code)
order by posted_on desc, document_id desc
limit $limit offset $offset
