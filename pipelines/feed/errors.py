"""What can go wrong between the operational store and the analytical one, as errors that name the remedy."""

from __future__ import annotations


class FeedBrokenError(Exception):
    """The feed and the tables contradict each other; the store must be verified before anything is published."""


class HistoryReplacedError(Exception):
    """The store is not a continuation of what was loaded: it was restored, replaced or migrated. Load it in full."""
