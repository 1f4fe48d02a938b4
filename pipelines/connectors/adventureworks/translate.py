"""Puts the rows of AdventureWorks into one stream of commands: company, master data, opening stock, then what happened by date.

Pure: rows in, commands and findings out. Reading files is left to `read`, running commands to the application.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from pipelines.connectors.adventureworks.documents import Documents
from pipelines.connectors.adventureworks.masters import Masters
from pipelines.connectors.adventureworks.read import Row
from pipelines.connectors.translation import Findings, TranslatedCommand

CHOICES: Final = (
    "Opening stock of an item is the largest shortfall that the dated stream would reach, at standard cost, dated 2011-04-01.",
    "Days of sales lines are 153 days later than in the file, which lines them up with work orders.",
    "Items made for sale are valued at standard cost; the present one holds throughout.",
    "Bought components and semi-finished parts are valued at moving average, goods bought for resale by FIFO.",
    "An item stands in the place that holds most of it in productinventory, whose quantities are a later snapshot.",
    "A purchase order is received and billed on its ship date: what arrived less what was rejected at the door.",
    "Completed and rejected purchase orders are closed short, or cancelled if nothing was accepted; others stay open for the rest.",
    "A purchase order's tax is shared over its lines by amount; its bill carries the tax of what was accepted and all the freight.",
    "Work orders take components and hand in products on their end date, then close; scrapped pieces use components too.",
    "Work orders without days follow the last dated one at the pace of its last 90 days, and take their product's median time.",
    "Sales orders are shipped and invoiced on their ship date and reserve nothing; freight is a charge on the invoice.",
    "Payments are not in the files: receivables and payables stay open.",
    "Order limits of a vendor who counts in cartons, cans or dozens are not taken: the files do not say what these hold.",
    "Individuals pay at once, stores and vendors are due after 30 days; names of people are not in the files.",
    "The last day of a component's effectivity is inclusive in the files; here it ends on the day after.",
)


_MASTER_FILES: Final = ("customer", "currencyrate", "product", "productvendor", "employee", "vendor", "unitmeasure")


class Translation:
    """The stream of one set of files up to a day, and what was found on the way."""

    def __init__(self, tables: dict[str, list[Row]], *, as_of: date | None = None) -> None:
        self.findings = Findings()
        self.findings.rows_read = {name: len(rows) for name, rows in tables.items()}
        reason = "a later snapshot that the ledgers do not lead to; used for the place an item stands in"
        self.findings.homeless["productinventory"] = (len(tables["productinventory"]), reason)
        reason = "territories have no home yet; a customer carries the country"
        self.findings.homeless["salesterritory"] = (len(tables["salesterritory"]), reason)
        self._masters = Masters(tables, self.findings, date.max)
        self._documents = Documents(tables, self._masters, self.findings)
        self.as_of = min(as_of or self._documents.last_day, self._documents.last_day)
        self._masters.as_of = self.as_of

    @property
    def command_count(self) -> int:
        """About how many commands there will be: a row of master data and a thing that happened are one each."""
        happened = sum(1 for event in self._documents.events if event.day <= self.as_of)
        return happened + sum(self.findings.rows_read[name] for name in _MASTER_FILES)

    def master_data(self) -> Iterator[TranslatedCommand]:
        """The company, its master data and its opening stock."""
        yield self._masters.company(self._documents.last_day.year + 1)
        yield from self._masters.commands(self._documents.first_orders())
        opening = self._documents.opening()
        if opening is not None:
            yield opening

    def happenings(self) -> Iterator[TranslatedCommand]:
        """What happened, by date, and what is discontinued at the end."""
        yield from self._documents.commands(self.as_of)
        yield from self._masters.discontinued()
