/* The stock ledger as recorded.

   Grain    one row per stock_move_id
   Watch    value is the signed change of the company's inventory value; a move between two stocked places has none. */
select
    id as stock_move_id,
    document_id,
    document_line_id,
    item_id,
    from_location_id,
    to_location_id,
    lot_id,
    owner_id,
    status,
    to_status,
    quantity,
    value,
    posted_on,
    reverses_id,
    adjusts_id
from raw.stock_move
