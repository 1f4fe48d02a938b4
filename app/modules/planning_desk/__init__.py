"""The plan desk: records plan runs, brings their alerts to the people responsible, and releases chosen lines into documents.

Invariants: a run never changes; a line is released once; a line whose basis has changed since the run comes back as a conflict.
"""
