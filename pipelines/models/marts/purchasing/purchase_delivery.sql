/* When what is open on purchase orders comes: announced, else promised, else asked for.

   Grain    document_line_id, delivery_number
   Watch    what is announced and promised together is cut at what is open on the line, the earliest first; what nobody promised
            comes no earlier than it was asked for, and no earlier than the last promise. */
with
line as (select * from marts.purchase_order_line where open_quantity > 0),
asked as (select * from staging.document_line),
source as (select * from staging.document where kind in ('order_confirmation', 'delivery_notice')),
promised as (
    select
        asked.source_line_id as order_line_id,
        asked.document_line_id as promise_id,
        source.kind,
        coalesce(asked.promised_on, asked.due_on) as due_on,
        case when source.kind = 'order_confirmation' then asked.quantity - asked.fulfilled_quantity else asked.quantity end
            as quantity
    from asked
    inner join source on asked.document_id = source.document_id
    where not asked.closed and source.state = 'confirmed'
        and (source.kind = 'delivery_notice' or asked.quantity > asked.fulfilled_quantity)
),
counted as (
    select
        promised.*,
        line.open_quantity,
        sum(promised.quantity) over (
            partition by promised.order_line_id
            order by promised.due_on, promised.promise_id
        ) as upto_quantity
    from promised
    inner join line on promised.order_line_id = line.document_line_id
),
taken as (
    select
        order_line_id,
        promise_id,
        kind,
        due_on,
        least(quantity, open_quantity - (upto_quantity - quantity)) as quantity
    from counted
    where upto_quantity - quantity < open_quantity
),
whole as (
    select order_line_id, sum(quantity) as quantity, max(due_on) as last_due_on
    from taken
    group by order_line_id
),
delivery as (
    select order_line_id, promise_id, kind, due_on, quantity
    from taken
    union all
    select
        line.document_line_id,
        null,
        'purchase_order',
        greatest(coalesce(asked.due_on, line.document_on), whole.last_due_on),
        line.open_quantity - coalesce(whole.quantity, 0)
    from line
    inner join asked on line.document_line_id = asked.document_line_id
    left join whole on line.document_line_id = whole.order_line_id
    where line.open_quantity > coalesce(whole.quantity, 0)
)

select
    line.company,
    line.document_line_id,
    row_number() over (
        partition by line.document_line_id
        order by delivery.due_on, delivery.promise_id nulls last
    ) as delivery_number,
    line.document_id,
    line.order_number,
    line.line_number,
    line.party_code,
    line.party_name,
    line.item_id,
    line.item_code,
    line.item_name,
    line.unit_code,
    line.document_on,
    delivery.kind as promised_by,
    delivery.due_on,
    delivery.quantity as open_quantity
from delivery
inner join line on delivery.order_line_id = line.document_line_id
