/* The forecast that was accepted last.

   Grain    one row, or none where none was accepted */
with
publication as (select * from raw.forecast_publication qualify publication_number = max(publication_number) over ()),
run as (select * from raw.forecast_run)

select
    run.number as run_number,
    run.forecast_hash,
    run.starts_on,
    run.week_count,
    publication.id as publication_id
from publication
inner join run on publication.forecast_run_id = run.id
