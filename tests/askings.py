"""Every way in which a named question of the warehouse may be asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from pipelines.serving.catalog import NamedQuery


def every_asking(query: NamedQuery, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The arguments of one asking for each combination of the query's choices; what is needed besides is taken from `given`.

    Raises:
        KeyError: the query needs something that is not given.
    """
    needed = {p.name: given[p.name] for p in query.parameters if p.required and not p.choices}
    chosen = [p for p in query.parameters if p.choices]
    for words in product(*([*p.choices, *([] if p.required else [None])] for p in chosen)):
        yield needed | {p.name: word for p, word in zip(chosen, words, strict=True) if word is not None}
