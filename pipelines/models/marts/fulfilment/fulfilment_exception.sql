/* What went wrong on the way: parcels in trouble, parcels late, and goods that pickers missed.

   Grain    source, exception_id, kind
   Watch    a parcel counts once for each kind of trouble that it ever had, whether or not it is over, on the day it was handed
            over; a missed pick counts on the day its list was released. Late is delivered after its expected day, or late now. */
with
company as (select * from staging.company),
parcel as (select * from marts.parcel where state = 'posted'),
pick as (select * from marts.pick_line),
event as (select * from staging.pick_event where kind = 'short'),
told as (
    select distinct
        parcel_id,
        case when state in ('returning', 'returned') then 'returned' else state end as kind
    from raw.tracking_event
    where state in ('failed', 'returning', 'returned', 'refused')
),
trouble as (
    select parcel_id, kind
    from told
    union
    select document_id, problem
    from parcel
    where problem is not null
    union
    select document_id, 'late'
    from parcel
    where delivered_on > expected_on
)

select
    company.company,
    'parcel' as source,
    parcel.document_id as exception_id,
    trouble.kind,
    parcel.handed_over_on as happened_on,
    'parcel' as document_kind,
    parcel.document_id,
    parcel.parcel_number as document_number,
    parcel.order_id,
    parcel.order_number,
    parcel.party_code,
    parcel.party_name,
    parcel.warehouse_code,
    parcel.carrier_code,
    null as item_code,
    null as quantity,
    parcel.problem is not distinct from trouble.kind as still
from trouble
inner join parcel on trouble.parcel_id = parcel.document_id
cross join company
union all
select
    company.company,
    'pick',
    event.pick_event_id,
    coalesce(event.reason, 'other'),
    pick.released_on,
    'pick_list',
    pick.document_id,
    pick.pick_list_number,
    pick.order_id,
    pick.order_number,
    party.party_code,
    party.party_name,
    pick.warehouse_code,
    null,
    pick.item_code,
    event.quantity,
    false
from event
inner join pick on event.pick_line_id = pick.document_line_id
cross join company
left join staging.document as ordered on pick.order_id = ordered.document_id
left join staging.party as party on ordered.party_id = party.party_id
