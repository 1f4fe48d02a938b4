"""What stands on a printed sheet is what stands in the books, in the partner's language, and its codes can be scanned."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from app.kernel.access import SYSTEM, Principal
from app.kernel.errors import Refused
from app.kernel.i18n import LANGUAGES, texts
from app.printing.sheets import SHEETS, Printed, print_document
from tests.company import Company, environment
from tests.conftest import ROOT
from tests.makers import dropped
from tests.service_makers import repair_case, repair_finished, repair_offered

PROFILE = {
    "name": "临港泵业（上海）有限公司",
    "tax_number": "91310000MA1K00000X",
    "address": "上海市浦东新区飞渡路 66 号",
    "phone": "+86 21 5000 6600",
    "bank_account": "ICBC Lingang 1001 2345",
}


def pages(printed: Printed) -> list[str]:
    """The text of each page."""
    with pypdfium2.PdfDocument(printed.content) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def said(printed: Printed) -> str:
    """The text of a file without white space, which a PDF does not keep."""
    return "".join("".join(pages(printed)).split())


def codes(printed: Printed) -> list[str]:
    """What a scanner reads from the first page."""
    with pypdfium2.PdfDocument(printed.content) as document:
        image = document[0].render(scale=4).to_pil()
    return sorted(found.text for found in zxingcpp.read_barcodes(image))


def printed(works: Company, document: int | None, **asked: Any) -> Printed:
    """A document on paper."""
    assert document is not None
    return print_document(works.gateway, document, principal=SYSTEM, **asked)


def test_a_repair_is_printed_as_estimate_and_as_report_with_the_share_of_the_warranty(works: Company) -> None:
    repair = repair_finished(works)
    estimate = said(printed(works, repair, language="en"))
    for part in ("Repairestimate", "P-1", "Thesealisworn", "Benchwork", "−50%", "1h", "42.50", "Warrantyuntil"):
        assert part in estimate, part
    report = said(printed(works, repair, sheet="report", language="zh-Hant"))
    for part in ("維修報告", "Sealreplaced", "1小時", "42.50", "收件日期"):
        assert part in report, part


def test_a_repair_in_dollars_is_printed_in_them_and_its_invoice_names_the_rate(small_works: Company) -> None:
    works = small_works
    works.do("put_exchange_rate", from_currency="USD", to_currency="CNY", valid_on="2026-06-01", rate="7.2")
    repair = works.do("open_repair_order", case=repair_case(works), currency="USD").document
    takes = [{"kind": "part", "item": "PART", "quantity": 2, "unit_price": "12.50", "warranty_share": "0"}]
    works.do("put_repair_estimate", repair=repair, diagnosis="Worn", lines=takes)
    estimate = said(printed(works, repair, language="en"))
    assert "USD28.25" in estimate
    works.do("offer_repair_estimate", repair=repair)
    works.do("approve_repair_estimate", repair=repair, answered_by="Li")
    works.do("issue_repair_parts", repair=repair)
    works.do("finish_repair", repair=repair)
    assert "USD28.25" in said(printed(works, repair, sheet="report", language="en"))
    invoice = works.do("invoice_repair", repair=repair).document
    paper = said(printed(works, invoice, language="en"))
    assert all(stated in paper for stated in ("USD28.25", "7.2", "CNY203.40"))


@pytest.fixture
def trade(works: Company) -> dict[str, int | None]:
    """One document of each kind that is printed, between two partners of two languages."""
    works.do("put_company_profile", **PROFILE)
    works.do("put_item_category", code="TEA", name="Tea", inventory_role="inventory_finished")
    works.do(
        "put_item", code="LEAF", name="Green tea <100 g> & tin", name_zh="绿茶 100 克", category="TEA", unit="EA",
        tax_code="VAT13", lot_tracked=True,
    )  # fmt: skip
    works.do(
        "put_party", code="HK", name="維多利亞茶行", is_customer=True, language="zh-Hant", address="香港中環皇后大道 1 號",
        phone="+852 2500 0000", tax_code="VAT13", payment_term="NET30",
    )  # fmt: skip
    bought = works.do(
        "create_purchase_order", supplier="SUP", lines=[{"item": "LEAF", "quantity": 50, "unit_price": "4.125"}]
    )
    received = works.do(
        "receive_goods",
        order=bought.document,
        lines=[{"line": 1, "quantity": 50, "lot": "L-7", "expires_on": "2027-06-01"}],
    )
    lines = [{"item": "LEAF", "quantity": 30, "unit_price": "10.5", "discount_rate": "0.1"}]
    sold = works.do("create_sales_order", customer="HK", lines=lines, external_number="HK-77")
    shipped = works.do("ship_goods", order=sold.document)
    freight = [{"description": "Freight", "amount": 20, "tax_code": "VAT9"}]
    invoiced = works.do("issue_customer_invoice", order=sold.document, charges=freight)
    return {
        "purchase_order": bought.document,
        "goods_receipt": received.document,
        "sales_order": sold.document,
        "shipment": shipped.document,
        "customer_invoice": invoiced.document,
    }


def test_an_invoice_states_both_sides_every_line_tax_by_rate_and_total(works: Company, trade: dict[str, int]) -> None:
    paper = said(printed(works, trade["customer_invoice"], language="en"))
    for stated in (
        *PROFILE.values(),
        "維多利亞茶行",
        "香港中環皇后大道1號",
        "HK-77",
        "Greentea<100g>&tin",
        "LEAF",
        "30EA",
        "10.50",
        "10%",
        "283.50",
        "Freight",
        "20.00",
        "Tax13%36.86",
        "Tax9%1.80",
        "CNY342.16",
        "page1of1",
    ):
        assert "".join(stated.split()) in paper, stated


def test_the_partners_language_is_taken_and_chinese_states_the_amount_in_capitals(
    works: Company, trade: dict[str, int]
) -> None:
    paper = said(printed(works, trade["customer_invoice"]))
    assert "銷貨發票" in paper
    assert "綠茶" not in paper, "an item's name is printed as it was entered"
    assert "绿茶100克" in paper
    assert "參佰肆拾貳元壹角陸分" in paper


def test_what_is_delivered_is_told_by_lot_and_without_prices(works: Company, trade: dict[str, int]) -> None:
    paper = said(printed(works, trade["shipment"], language="en"))
    assert all(stated in paper for stated in ("L-7", "until", "30EA", "HK-77"))
    assert "10.50" not in paper
    assert "315" not in paper


def test_what_goes_to_a_customers_place_or_back_to_its_owner_has_a_note_to_sign(
    works: Company, trade: dict[str, int]
) -> None:
    works.do("put_location", code="AT-HK", name="At the tea shop", kind="consignment", customer="HK")
    sent = works.do("send_consignment", customer="HK", lines=[{"item": "LEAF", "quantity": 7, "lot": "L-7"}])
    lent = [{"item": "LEAF", "quantity": 9, "lot": "L-8", "location": "MAIN"}]
    works.do("receive_third_party_goods", owner="HK", lines=lent)
    back = works.do("return_third_party_goods", owner="HK")
    works.do("put_location", code="BIN", name="Bin", site="MAIN")
    line = {"item": "LEAF", "quantity": 3, "lot": "L-7", "from_location": "MAIN", "to_location": "BIN"}
    within = works.do("transfer_stock", lines=[line])
    assert "3EA" in said(printed(works, within.document, language="en"))
    for document, stated in ((sent, ("Deliverynote", "L-7", "7EA")), (back, ("Returnofothers’goods", "L-8", "9EA"))):
        paper = said(printed(works, document.document, language="en"))
        assert all(word in paper for word in (*stated, "維多利亞茶行", "Receivedby")), paper


def test_a_scanner_reads_the_number_the_item_and_the_lot(works: Company, trade: dict[str, int]) -> None:
    receipt, shipment = works.ask("document_by_id", document=trade["goods_receipt"])[0], trade["shipment"]
    number = works.ask("document_by_id", document=shipment)[0]["number"]
    assert codes(printed(works, shipment)) == [number]
    assert codes(printed(works, shipment, sheet="shipping_label")) == [number, number]
    assert codes(printed(works, receipt["id"])) == ["L-7", "LEAF"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sheet_prints_in_every_language_and_twice_the_same(
    works: Company, trade: dict[str, int], lang: str
) -> None:
    for kind, document in trade.items():
        for sheet in SHEETS[kind]:
            once = printed(works, document, sheet=sheet.name, language=lang)
            assert once == printed(works, document, sheet=sheet.name, language=lang)
            assert once.content.startswith(b"%PDF-")
            title = texts(lang)[sheet.title]
            if sheet.name not in {"shipping_label", "item_label"}:
                assert "".join(str(title).split()) in said(once)


def test_a_long_order_goes_over_pages_with_its_head_repeated_and_no_line_lost(
    works: Company, trade: dict[str, int]
) -> None:
    lines = [{"item": "LEAF", "quantity": n, "unit_price": "1"} for n in range(1, 301)]
    order = works.do("create_sales_order", customer="HK", lines=lines, confirm=False)
    sheets = pages(printed(works, order.document, language="en"))
    assert len(sheets) > 8
    assert all("Unit price" in page for page in sheets[:-1])
    assert all(f"page {n} of {len(sheets)}" in page for n, page in enumerate(sheets, start=1))
    assert "".join(sheets).count("LEAF") == 300
    assert "Draft" in sheets[0]


@pytest.mark.parametrize(
    "name",
    ["</para><b>x", "W" * 200, "\u202egnihsilbup", "𠮷野家\U0001f375", "&amp;&#0;", "a\tb", "茶" * 200],
)
def test_no_name_breaks_a_sheet(works: Company, trade: dict[str, int], name: str) -> None:
    receipt = works.submit("put_party", code="ODD", name=name, is_customer=True, tax_code="VAT13", address=name * 5)
    if receipt.status == "refused":
        assert receipt.message_key == "refusal.input_invalid"
        return
    order = works.do("create_sales_order", customer="ODD", lines=[{"item": "LEAF", "quantity": 1, "unit_price": 1}])
    shipped = works.do("ship_goods", order=order.document)
    assert len(pages(printed(works, order.document))) == 1
    for sheet in SHEETS["shipment"]:
        assert len(pages(printed(works, shipped.document, sheet=sheet.name))) == 1


def test_what_cannot_be_printed_is_refused_in_words(works: Company, trade: dict[str, int]) -> None:
    for asked, key in (
        ({"sheet": "poster"}, "sheet_unknown"),
        ({"language": "fr"}, "language_unknown"),
    ):
        with pytest.raises(Refused) as refusal:
            printed(works, trade["shipment"], **asked)
        assert refusal.value.key == key
    with pytest.raises(Refused) as refusal:
        printed(works, 999_999)
    assert refusal.value.key == "not_found"


def test_nobody_prints_what_he_may_not_read(works: Company, trade: dict[str, int]) -> None:
    buyer = Principal(77, "buyer", "Buyer", permissions=frozenset({"documents.read", "purchasing.read"}))
    assert print_document(works.gateway, trade["purchase_order"], principal=buyer).content
    with pytest.raises(Refused) as refusal:
        print_document(works.gateway, trade["customer_invoice"], principal=buyer)
    assert refusal.value.key == "not_found"


def test_the_command_line_prints_to_a_file_and_says_where(
    works: Company, trade: dict[str, int], tmp_path: Path
) -> None:
    number = works.ask("document_by_id", document=trade["customer_invoice"])[0]["number"]
    command = [sys.executable, "-m", "app.cli", "print", number, "--output", str(tmp_path), "--json"]
    given = environment(works, tmp_path / "store.key")
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    written = Path(json.loads(done.stdout)["path"])
    assert written.name == f"invoice-{number}.pdf"
    assert written.read_bytes() == printed(works, trade["customer_invoice"]).content
    unknown = subprocess.run([*command[:4], "XX-1"], cwd=ROOT, env=given, capture_output=True, check=False)
    assert (unknown.returncode, b"XX-1" in unknown.stderr) == (1, True)


def test_the_sum_of_what_is_printed_is_the_document(works: Company, trade: dict[str, int]) -> None:
    row = works.ask("printed_document", document=trade["customer_invoice"])[0]
    lines = works.ask("document_lines", document=trade["customer_invoice"])
    assert sum((line["net_amount"] for line in lines), Decimal(0)) == row["net_amount"]
    assert sum((line["tax_amount"] for line in lines), Decimal(0)) == row["tax_amount"]
    assert row["net_amount"] + row["tax_amount"] == row["total_amount"]


def test_a_delivery_note_names_every_piece(works: Company) -> None:
    item = {"code": "PUMP", "name": "Pump", "category": "RAW", "unit": "EA", "list_price": "90", "tax_code": "VAT13"}
    works.do("put_item", **item, serial_tracked=True)
    came = {"item": "PUMP", "location": "MAIN", "quantity": 3, "unit_cost": "40", "serials": "SN-71..SN-73"}
    works.do("book_opening_stock", lines=[came])
    order = works.do("create_sales_order", customer="CUS", lines=[{"item": "PUMP", "quantity": 2}]).document
    shipped = [{"line": 1, "quantity": 2, "serials": ["SN-73", "SN-71"]}]
    text = said(printed(works, works.do("ship_goods", order=order, lines=shipped).document))
    assert ("SN-71" in text, "SN-72" in text, "SN-73" in text) == (True, False, True)


def test_a_delivery_note_leads_to_the_page_of_its_order_while_that_is_shared(
    works: Company, trade: dict[str, int]
) -> None:
    note, known = trade["shipment"], "https://erp.example.com"
    order = works.ask("printed_document", document=note)[0]["order_id"]
    assert not any(known in code for code in codes(printed(works, note, public_address=known)))
    path = works.do("share_order", order=order, valid_days=30).data["path"]
    assert f"{known}{path}" in codes(printed(works, note, public_address=known))
    assert path not in str(codes(printed(works, note)))
    packer = Principal(9, "packer", "Packer", permissions=frozenset({"documents.read", "sales.read"}))
    for_packer = print_document(works.gateway, note, principal=packer, public_address=known)
    assert not any(known in code for code in codes(for_packer))
    works.do("revoke_order_links", order=order)
    assert not any(known in code for code in codes(printed(works, note, public_address=known)))


def test_an_estimate_leads_to_the_page_where_it_is_answered(works: Company) -> None:
    repair, known = repair_offered(works), "https://erp.example.com"
    assert not any(known in code for code in codes(printed(works, repair, public_address=known)))
    path = works.do("share_repair", repair=repair).data["path"]
    assert f"{known}{path}" in codes(printed(works, repair, public_address=known))


def test_an_order_of_a_drop_shipment_says_where_to_ship_to_who_may_order(works: Company) -> None:
    sold, bought, left = dropped(works)
    works.do("plan_delivery", order=sold, address="Quay 7, Ningbo", phone="0574 1234567")
    text = said(printed(works, bought))
    assert all(part in text for part in ("Supplier", "Customer", "Quay7,Ningbo", "05741234567"))
    assert "SF1234567890" in said(printed(works, left))
    reader = Principal(9, "wu", "Wu", permissions=frozenset({"documents.read", "purchasing.read"}))
    assert "Quay7" not in said(print_document(works.gateway, bought, principal=reader))
