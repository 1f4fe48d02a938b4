"""A small filled workbook that ties out, and how to change it."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from pipelines.connectors.workbook.layout import SHEETS

Rows = dict[str, list[dict[str, Any]]]


def tied_out() -> Rows:
    """Stock 100 + 60, receivable 226, payable 113, cash 500: capital takes the rest."""
    return {
        "parties": [
            {"code": "CUS", "name": "客户 Customer", "role": "customer", "payment_term": "NET30"},
            {"code": "SUP", "name": "供应商 Supplier", "role": "supplier"},
        ],
        "categories": [
            {"code": "RAW", "name": "Raw", "valuation": "moving_average", "stock": "raw"},
            {"code": "FG", "name": "Goods", "valuation": "moving_average", "stock": "finished"},
        ],
        "items": [
            {"code": "PART", "name": "Part", "category": "RAW", "unit": "EA"},
            {"code": "GOOD", "name": "Good", "category": "FG", "unit": "EA", "source": "make", "list_price": 20},
        ],
        "boms": [{"item": "GOOD", "component": "PART", "quantity_per": 2}],
        "work_centers": [{"code": "SAW", "name": "Saw", "cost_per_hour": 30}],
        "routings": [{"item": "GOOD", "operation": 10, "name": "Saw", "work_center": "SAW", "run_minutes": 3}],
        "stock": [
            {"item": "PART", "location": "MAIN", "quantity": 100, "unit_cost": 1},
            {"item": "GOOD", "location": "MAIN", "quantity": 10, "unit_cost": 6},
        ],
        "sales_orders": [{"number": "A-1", "party": "CUS", "item": "GOOD", "quantity": 3, "unit_price": 20}],
        "purchase_orders": [{"number": "B-1", "party": "SUP", "item": "PART", "quantity": 50, "unit_price": 1}],
        "receivables": [
            {"number": "R-1", "party": "CUS", "document_on": "2026-05-01", "due_on": "2026-06-01", "amount": 226}
        ],
        "payables": [
            {"number": "P-1", "party": "SUP", "document_on": "2026-05-02", "due_on": "2026-06-02", "amount": 113}
        ],
        "trial_balance": [
            {"account": "1002", "debit": 500},
            {"account": "1403", "debit": 100},
            {"account": "140501", "debit": 60},
            {"account": "1122", "debit": 226},
            {"account": "220201", "credit": 113},
            {"account": "4001", "credit": 773},
        ],
    }


def workbook(rows: Rows, **more_sheets: list[list[Any]]) -> bytes:
    """Write rows as the template would hold them."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    for sheet in SHEETS:
        page = book.add_worksheet(sheet.name)
        names = [column.name for column in sheet.columns]
        page.write_row(0, 0, names)
        for number, row in enumerate(rows.get(sheet.name, []), start=1):
            for name, value in row.items():
                page.write(number, names.index(name), value)
    for name, cells in more_sheets.items():
        page = book.add_worksheet(name)
        for number, row in enumerate(cells):
            page.write_row(number, 0, row)
    book.close()
    return file.getvalue()
