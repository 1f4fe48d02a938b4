"""From a commit to a published version: one refresh with its steps in order, and the process that repeats it beside the server."""
