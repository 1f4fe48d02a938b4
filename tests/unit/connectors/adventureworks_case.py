"""The least AdventureWorks that shows everything: one bike made of one bought frame, one order of each kind.

Rows have the form in which `read` hands them over; a test changes the rows that it is about.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
FRAME, BIKE = 1, 2


def _product(number: int, code: str, *, made: bool, cost: str, subcategory: int | None) -> Row:
    return {
        "productid": number,
        "name": f"Product {number}",
        "productnumber": code,
        "makeflag": str(made).lower(),
        "finishedgoodsflag": str(made).lower(),
        "weightunitmeasurecode": None,
        "daystomanufacture": 2 if made else 0,
        "productsubcategoryid": subcategory,
        "safetystocklevel": Decimal(10),
        "reorderpoint": Decimal(5),
        "standardcost": Decimal(cost),
        "listprice": Decimal(0),
        "weight": None,
        "sellstartdate": date(2008, 4, 30),
        "sellenddate": None,
    }


def sale(order: str, line: int, product: int, quantity: str, **changes: Any) -> Row:
    """A line of a sales order: ordered on 2011-01-01 and shipped a week later, by the file."""
    return {
        "Channel": "Internet",
        "SalesOrderNumber": order,
        "CustomerPONumber": None,
        "SalesOrderLineNumber": line,
        "ProductID": product,
        "CustomerKey": 11000,
        "ResellerKey": None,
        "OrderQuantity": Decimal(quantity),
        "UnitPrice": Decimal("33.6442"),
        "UnitPriceDiscountPct": Decimal(0),
        "SalesAmount": Decimal("33.6442") * Decimal(quantity),
        "TaxAmt": Decimal("2.6915"),
        "Freight": Decimal("0.8411"),
        "OrderDate": date(2011, 1, 1),
        "DueDate": date(2011, 1, 13),
        "ShipDate": date(2011, 1, 8),
        **changes,
    }


def work(number: int, quantity: str, scrapped: str = "0", **changes: Any) -> Row:
    """A work order for the bike, made from 2011-05-10 to 2011-05-20."""
    return {
        "WorkOrderID": number,
        "ProductID": BIKE,
        "OrderQty": Decimal(quantity),
        "StockedQty": Decimal(quantity) - Decimal(scrapped),
        "ScrappedQty": Decimal(scrapped),
        "StartDate": date(2011, 5, 10),
        "EndDate": date(2011, 5, 20),
        "DueDate": date(2011, 5, 21),
        **changes,
    }


def purchase(number: int, quantity: str, received: str, rejected: str, **changes: Any) -> tuple[Row, Row]:
    """A purchase order for frames at 10.005 each: header and its one line."""
    subtotal = Decimal(quantity) * Decimal("10.005")
    header = {
        "purchaseorderid": number,
        "status": 4,
        "vendorid": 1500,
        "shipmethodid": 1,
        "subtotal": subtotal,
        "taxamt": subtotal * Decimal("0.08"),
        "freight": Decimal("2.5"),
        "orderdate": date(2011, 4, 16),
        "shipdate": date(2011, 4, 25),
        **changes,
    }
    line = {
        "purchaseorderid": number,
        "purchaseorderdetailid": number,
        "productid": FRAME,
        "orderqty": Decimal(quantity),
        "unitprice": Decimal("10.005"),
        "receivedqty": Decimal(received),
        "rejectedqty": Decimal(rejected),
        "duedate": date(2011, 4, 30),
    }
    return header, line


def tables(**changes: list[Row]) -> dict[str, list[Row]]:
    """All files, with the given ones in place of their own."""
    return {**_products(), **_parties_and_people(), **_documents(), **changes}


def _products() -> dict[str, list[Row]]:
    component = {
        "unitmeasurecode": "EA",
        "billofmaterialsid": 1,
        "productassemblyid": BIKE,
        "componentid": FRAME,
        "perassemblyqty": Decimal(2),
        "startdate": date(2010, 3, 4),
        "enddate": None,
    }
    place = {"locationid": 10, "name": "Frame Forming", "costrate": Decimal("22.5"), "availability": Decimal(96)}
    return {
        "unitmeasure": [{"unitmeasurecode": "EA", "name": "Each"}],
        "location": [place],
        "productcategory": [{"productcategoryid": 1, "name": "Bikes"}],
        "productsubcategory": [{"productsubcategoryid": 1, "productcategoryid": 1, "name": "Road Bikes"}],
        "product": [
            _product(FRAME, "FR-1", made=False, cost="10", subcategory=None),
            _product(BIKE, "BK-1", made=True, cost="25", subcategory=1),
        ],
        "billofmaterials": [component],
        "productlistpricehistory": [],
        "productinventory": [{"productid": FRAME, "locationid": 10, "quantity": Decimal(7)}],
    }


def _parties_and_people() -> dict[str, list[Row]]:
    terms = {
        "productid": FRAME,
        "businessentityid": 1500,
        "averageleadtime": 17,
        "standardprice": Decimal("9.99"),
        "minorderqty": Decimal(1),
        "maxorderqty": Decimal(50),
        "unitmeasurecode": "EA",
        "lastreceiptdate": None,
    }
    welder = {"businessentityid": 1, "nationalidnumber": "295847284", "jobtitle": "Welder", "currentflag": "true"}
    since = date(2009, 1, 14)
    return {
        "vendor": [
            {"businessentityid": 1500, "name": "Frames Inc", "accountnumber": "FRAMES0001", "activeflag": "true"}
        ],
        "productvendor": [terms],
        "store": [],
        "salesterritory": [{"territoryid": 1, "countryregioncode": "US"}],
        "customer": [{"customerid": 11000, "personid": 5, "storeid": None, "territoryid": 1}],
        "department": [{"departmentid": 1, "name": "Production", "groupname": "Manufacturing"}],
        "employee": [{**welder, "hiredate": since}],
        "employeedepartmenthistory": [{"businessentityid": 1, "departmentid": 1, "startdate": since, "enddate": None}],
        "employeepayhistory": [{"businessentityid": 1, "rate": Decimal("12.45"), "ratechangedate": since}],
    }


def _documents() -> dict[str, list[Row]]:
    header, line = purchase(1, "10", "9", "2")
    rate = {
        "currencyrateid": 1,
        "fromcurrencycode": "USD",
        "tocurrencycode": "EUR",
        "endofdayrate": Decimal("0.7"),
        "currencyratedate": date(2011, 5, 31),
    }
    return {
        "currencyrate": [rate],
        "purchaseorderheader": [header],
        "purchaseorderdetail": [line],
        "workorder": [work(1, "5", "1")],
        "sales_lines": [sale("SO43659", 1, BIKE, "3")],
    }
