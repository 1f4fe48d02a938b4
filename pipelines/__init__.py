"""MOVES: facts from the operational store into the analytical one, and out again as planning packages.

`feed` reads what changed, `warehouse` loads, builds and publishes, `models` are the SQL, `quality` decides what may be seen,
`serving` hands it out. Pipelines know the operational tables and nothing of the application: the store is handed in.
"""

from pipelines.feed.source import Source
from pipelines.publishing.refresh import RefreshReport, refresh
from pipelines.publishing.worker import RefreshWorker

__all__ = ["RefreshReport", "RefreshWorker", "Source", "refresh"]
