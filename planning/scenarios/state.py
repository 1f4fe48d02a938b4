"""A base while patches change it: which tables are new so far, and how rows are selected by a patch's keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from planning.package import Parameters
from planning.projection import Finances
from planning.scenarios.model import Patch, PatchRefused


@dataclass
class State:
    """Tables by name, replaced one by one; `touched` names the package's tables that are not the base's."""

    tables: dict[str, pl.DataFrame]
    finances: Finances | None
    scenario: str
    parameters: Parameters
    families: Mapping[str, frozenset[str]] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    added: int = 0

    def put(self, name: str, frame: pl.DataFrame) -> None:
        """Put a changed table in another's place."""
        self.tables[name] = frame
        self.touched.add(name)

    def put_finances(self, name: str, frame: pl.DataFrame) -> None:
        """Put a changed financial table in another's place."""
        assert self.finances is not None, name
        self.finances = self.finances.with_table(name, frame)

    def item_mask(self, frame: pl.DataFrame, patch: Patch) -> pl.Series:
        """Rows of the patch's item or family; all rows where it names neither.

        Raises:
            PatchRefused: there is no such item.
        """
        items = self.tables["items"]["item"]
        mask = pl.Series([True]).new_from_index(0, frame.height)
        if patch.item is not None:
            if not (items == patch.item).any():
                raise PatchRefused("item", patch.item, "unknown item")
            mask = mask & (frame["item"] == patch.item)
        if patch.family is not None and patch.family in self.families:
            mask = mask & frame["item"].is_in(list(self.families[patch.family]))
        elif patch.family is not None:
            if not items.str.starts_with(patch.family).any():
                raise PatchRefused("family", patch.family, "no family of that name, and no item begins with it")
            mask = mask & frame["item"].str.starts_with(patch.family)
        return mask

    def key_mask(self, frame: pl.DataFrame, column: str, value: str | None) -> pl.Series:
        """Rows whose column has that value; all rows where it is None.

        Raises:
            PatchRefused: no row has it.
        """
        if value is None:
            return pl.Series([True]).new_from_index(0, frame.height)
        mask = (frame[column] == value).fill_null(value=False)
        if not mask.any():
            raise PatchRefused(column, value, f"unknown {column}")
        return mask


def period_mask(dates: pl.Series, patch: Patch) -> pl.Series:
    """Which dates lie in the patch's period [from_on, to_on), open where it names no end.

    >>> period_mask(pl.Series([4, 5, 9]), Patch("demand", from_on=5, to_on=9)).to_list()
    [False, True, False]
    """
    mask = pl.Series([True]).new_from_index(0, len(dates))
    if patch.from_on is not None:
        mask = mask & (dates >= patch.from_on)
    if patch.to_on is not None:
        mask = mask & (dates < patch.to_on)
    return mask.fill_null(value=False)
