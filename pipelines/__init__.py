"""MOVES: facts from the operational store into the analytical one, and out again as planning packages.

`feed` reads what changed, `warehouse` loads and builds, `models` are the SQL, `quality` decides what may be seen, `publication`
puts these in order, `serving` hands out what is published. `connectors` bring other systems' data to the commands. Pipelines
know the operational tables and nothing of the application: the store is handed in.
"""

from pipelines.feed.source import Source
from pipelines.publication.refresh import RefreshReport, refresh
from pipelines.publication.worker import RefreshWorker

__all__ = ["RefreshReport", "RefreshWorker", "Source", "refresh"]
