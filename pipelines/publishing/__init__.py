"""One refresh from the feed's changes to a published version, and the process that repeats it beside the server.

Joins what the other rooms do one by one: `feed` reads, `warehouse` loads and builds, `quality` judges, and only then
is a version published.
"""
