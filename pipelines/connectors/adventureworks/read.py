"""Reads the AdventureWorks files as they lie: which files and columns there are, and the one form that values take.

Text is stripped of padding, days become dates, numbers become exact decimals by their shortest text. What the rows mean is
left to `masters` and `documents`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import polars as pl

from pipelines.connectors.translation import RejectedRow

Row = dict[str, Any]

_LARGEST_FILE_BYTES: Final = 64 * 1024 * 1024
_LARGEST_ROW_COUNT: Final = 2_000_000


class ReadError(Exception):
    """A file of the folder is missing, too large, or not of the form that is read here."""


@dataclass(frozen=True)
class FileShape:
    """A file and the columns that are taken from it, by kind."""

    name: str
    text: tuple[str, ...] = ()
    integer: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    day: tuple[str, ...] = ()


_CSV: Final = (
    FileShape(
        "billofmaterials",
        ("unitmeasurecode",),
        ("billofmaterialsid", "productassemblyid", "componentid"),
        ("perassemblyqty",),
        ("startdate", "enddate"),
    ),
    FileShape(
        "currencyrate",
        ("fromcurrencycode", "tocurrencycode"),
        ("currencyrateid",),
        ("endofdayrate",),
        ("currencyratedate",),
    ),
    FileShape("customer", (), ("customerid", "personid", "storeid", "territoryid")),
    FileShape("department", ("name", "groupname"), ("departmentid",)),
    FileShape("employee", ("nationalidnumber", "jobtitle", "currentflag"), ("businessentityid",), (), ("hiredate",)),
    FileShape("employeedepartmenthistory", (), ("businessentityid", "departmentid"), (), ("startdate", "enddate")),
    FileShape("employeepayhistory", (), ("businessentityid",), ("rate",), ("ratechangedate",)),
    FileShape("location", ("name",), ("locationid",), ("costrate", "availability")),
    FileShape(
        "product",
        ("name", "productnumber", "makeflag", "finishedgoodsflag", "weightunitmeasurecode"),
        ("productid", "daystomanufacture", "productsubcategoryid"),
        ("safetystocklevel", "reorderpoint", "standardcost", "listprice", "weight"),
        ("sellstartdate", "sellenddate"),
    ),
    FileShape("productcategory", ("name",), ("productcategoryid",)),
    FileShape("productinventory", (), ("productid", "locationid"), ("quantity",)),
    FileShape("productlistpricehistory", (), ("productid",), ("listprice",), ("startdate", "enddate")),
    FileShape("productsubcategory", ("name",), ("productsubcategoryid", "productcategoryid")),
    FileShape(
        "productvendor",
        ("unitmeasurecode",),
        ("productid", "businessentityid", "averageleadtime"),
        ("standardprice", "minorderqty", "maxorderqty"),
        ("lastreceiptdate",),
    ),
    FileShape(
        "purchaseorderdetail",
        (),
        ("purchaseorderid", "purchaseorderdetailid", "productid"),
        ("orderqty", "unitprice", "receivedqty", "rejectedqty"),
        ("duedate",),
    ),
    FileShape(
        "purchaseorderheader",
        (),
        ("purchaseorderid", "status", "vendorid", "shipmethodid"),
        ("subtotal", "taxamt", "freight"),
        ("orderdate", "shipdate"),
    ),
    FileShape("salesterritory", ("countryregioncode",), ("territoryid",)),
    FileShape("store", ("name",), ("businessentityid",)),
    FileShape("unitmeasure", ("unitmeasurecode", "name")),
    FileShape("vendor", ("name", "accountnumber", "activeflag"), ("businessentityid",)),
)
_PARQUET: Final = (
    FileShape(
        "sales_lines",
        ("Channel", "SalesOrderNumber", "CustomerPONumber"),
        ("SalesOrderLineNumber", "ProductID", "CustomerKey", "ResellerKey"),
        ("OrderQuantity", "UnitPrice", "UnitPriceDiscountPct", "SalesAmount", "TaxAmt", "Freight"),
        ("OrderDate", "DueDate", "ShipDate"),
    ),
    FileShape(
        "workorder",
        (),
        ("WorkOrderID", "ProductID"),
        ("OrderQty", "StockedQty", "ScrappedQty"),
        ("StartDate", "EndDate", "DueDate"),
    ),
)
NOT_READ: Final = {
    "countryregion.csv.gz": "names of countries; a party carries the country's code",
    "currency.csv.gz": "names of currencies; amounts and rates carry the currency's code",
    "daily_inventory.parquet": "the warehouse edition's computed balances; stock here comes from moves",
    "productcosthistory.csv.gz": "revaluation at a new standard cost is no document yet; the present cost holds throughout",
    "productmodel.csv.gz": "product models have no home yet",
    "salesperson.csv.gz": "sales people's quotas and commissions have no home yet",
    "salespersonquotahistory.csv.gz": "sales people's quotas and commissions have no home yet",
    "salesreason.csv.gz": "reasons of sales have no home yet",
    "salesterritoryhistory.csv.gz": "territories have no home yet",
    "scrapreason.csv.gz": "reasons of scrap have no home yet; scrapped quantities are booked",
    "shift.csv.gz": "shifts have no home yet",
    "shipmethod.csv.gz": "ways of shipping have no home yet",
    "specialoffer.csv.gz": "offers have no home yet; the discount of each sold line is booked",
    "specialofferproduct.csv.gz": "offers have no home yet; the discount of each sold line is booked",
    "stateprovince.csv.gz": "provinces have no home yet",
    "transactionhistory_first65535.parquet": "a copy of order lines that are read from the orders themselves",
}


def read_folder(folder: Path) -> tuple[dict[str, list[Row]], list[RejectedRow]]:
    """Read every file that has a home.

    Args:
        folder: where the files lie.

    Returns:
        Rows by file name, without its ending, missing values as None; and the rows of which a value has not the form of its
        column, which are left out.

    Raises:
        ReadError: a file is missing, too large, or lacks a column.
    """
    tables: dict[str, list[Row]] = {}
    malformed: list[RejectedRow] = []
    for shape in _CSV:
        path = _checked(folder, f"{shape.name}.csv.gz")
        try:
            frame = pl.read_csv(path, infer_schema=False, null_values=[""])
        except (pl.exceptions.PolarsError, OSError) as error:
            raise ReadError(f"{path} cannot be read: {error}") from error
        tables[shape.name], wrong = rows_of(frame, shape)
        malformed += wrong
    for shape in _PARQUET:
        path = _checked(folder, f"{shape.name}.parquet")
        try:
            frame = pl.read_parquet(path)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise ReadError(f"{path} cannot be read: {error}") from error
        tables[shape.name], wrong = rows_of(frame, shape)
        malformed += wrong
    return tables, malformed


def count_unread(folder: Path) -> dict[str, tuple[int, str]]:
    """Count the rows of the files that have no home, with the reason."""
    counted: dict[str, tuple[int, str]] = {}
    for name, reason in NOT_READ.items():
        path = folder / name
        if path.exists():
            lines = pl.scan_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False).lazy()
            counted[name] = (int(lines.select(pl.len()).collect().item()), reason)
    return counted


def rows_of(frame: pl.DataFrame, shape: FileShape) -> tuple[list[Row], list[RejectedRow]]:
    """Bring a file's rows into their one form.

    Raises:
        ReadError: a column is missing, or there are too many rows.
    """
    wanted = (*shape.text, *shape.integer, *shape.exact, *shape.day)
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise ReadError(f"{shape.name} has no column {missing[0]}; take the files that SOURCE.md describes")
    if frame.height > _LARGEST_ROW_COUNT:
        raise ReadError(f"{shape.name} has {frame.height} rows, more than {_LARGEST_ROW_COUNT}; split it")
    tidy = frame.select(
        *(pl.col(name).cast(pl.String).str.strip_chars() for name in shape.text),
        *(pl.col(name).cast(pl.Float64, strict=False).cast(pl.Int64, strict=False) for name in shape.integer),
        *(pl.col(name) for name in shape.exact),
        *(_as_day(frame, name) for name in shape.day),
    )
    columns = [_exact_column(tidy[name]) if name in shape.exact else tidy[name].to_list() for name in tidy.columns]
    wrong: dict[int, RejectedRow] = {}
    for name, values in zip(tidy.columns, columns, strict=True):
        if frame[name].null_count() < sum(value is None for value in values):
            for index, (given, value) in enumerate(zip(frame[name].to_list(), values, strict=True)):
                if value is None and given is not None:
                    reason = f"{name} has not the form of its column"
                    wrong[index] = RejectedRow(shape.name, f"row {index + 2}", str(given)[:80], reason)
    names = tidy.columns
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    return [row for index, row in enumerate(rows) if index not in wrong], list(wrong.values())


def shape_of(name: str) -> FileShape:
    """Return the shape of a file by its name without ending."""
    return next(shape for shape in (*_CSV, *_PARQUET) if shape.name == name)


def _as_day(frame: pl.DataFrame, name: str) -> pl.Expr:
    column = pl.col(name)
    if frame.schema[name] == pl.String:
        return column.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return column.cast(pl.Date)


def _exact_column(series: pl.Series) -> list[Decimal | None]:
    """Decimals by the shortest text of each value; equal texts share one decimal."""
    seen: dict[Any, Decimal | None] = {None: None}
    for value in series.unique().to_list():
        if value is not None:
            seen[value] = _exact(value if isinstance(value, str) else repr(value))
    return [seen[value] for value in series.to_list()]


def _exact(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _checked(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise ReadError(f"{path} is missing; give the folder that holds the AdventureWorks files")
    size = path.stat().st_size
    if size > _LARGEST_FILE_BYTES:
        raise ReadError(f"{path} has {size} bytes, more than {_LARGEST_FILE_BYTES}; check that it is the right file")
    return path
