"""Order files of Taobao, JD and Pinduoduo on both databases: what a seller exports is booked once, to the cent, with its tax taken out."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

from app.jobs.import_shop_orders import OrderFile, ShopImport, import_shop_orders
from app.jobs.order_drop import Seen, take_dropped
from app.kernel.errors import Refused
from tests.company import Company
from tests.makers import stocked

D = Decimal
Rows = list[dict[str, str]]

TAOBAO_ORDERS: Rows = [
    {
        "订单编号": '="380412000123456789"',
        "买家应付货款": "26.00",
        "买家应付邮费": "8.00",
        "总金额": "34.00",
        "买家实际支付金额": "34.00",
        "订单状态": "买家已付款，等待卖家发货",
        "买家留言": "周末送",
        "收货人姓名": "李伟",
        "收货地址": "浙江省 杭州市 西湖区 文一路1号",
        "联系手机": "'13800001111",
        "订单创建时间": "2026-06-14 10:00:00",
        "订单付款时间": "2026-06-14 10:05:00",
    },
    {
        "订单编号": '="380412000123456790"',
        "买家应付货款": "10.00",
        "买家应付邮费": "0.00",
        "总金额": "10.00",
        "买家实际支付金额": "0.00",
        "订单状态": "等待买家付款",
        "收货人姓名": "王芳",
        "订单创建时间": "2026-06-14 11:00:00",
    },
]
TAOBAO_GOODS: Rows = [
    {"订单编号": "380412000123456789", "标题": "零件 甲", "价格": "10.00", "购买数量": "2", "商家编码": "PART"},
    {"订单编号": "380412000123456789", "标题": "零件 乙", "价格": "8.00", "购买数量": "1", "外部系统编号": "PART"},
    {"订单编号": "380412000123456790", "标题": "零件 甲", "价格": "10.00", "购买数量": "1", "商家编码": "PART"},
]
JD: Rows = [
    {
        "订单号": "290011223344",
        "商品编号": "1000771",
        "商品名称": "零件",
        "订购数量": str(quantity),
        "下单时间": "2026/6/14 9:30",
        "京东价": price,
        "货号": "PART",
        "订单金额": "50.00",
        "订单状态": "等待出库",
        "客户姓名": "陈静",
        "客户地址": "上海市浦东新区",
        "联系电话": "13900002222",
        "付款确认时间": "2026/6/14 9:31",
    }
    for quantity, price in ((3, "10.00"), (1, "25.00"))
]
PINDUODUO: Rows = [
    {
        "商品": "零件 三件装",
        "订单号": "260614-123456789012345",
        "订单状态": "待发货",
        "商品总价(元)": "30.00",
        "店铺优惠折扣(元)": "2.00",
        "平台优惠折扣(元)": "5.00",
        "邮费(元)": "0.00",
        "用户实付金额(元)": "23.00",
        "商家实收金额(元)": "28.00",
        "商品数量(件)": "3",
        "收货人": "赵敏",
        "手机": "13700003333",
        "省": "广东省",
        "市": "广州市",
        "区": "天河区",
        "街道": "体育西路9号",
        "支付时间": "2026-06-14 12:00:00",
        "拼单成交时间": "2026-06-14 12:03:00",
        "商家编码-SKU维度": "PART",
    }
]


def text_of(rows: Rows, separator: str = ",") -> str:
    """A table as a marketplace writes it."""
    titles = list(dict.fromkeys(title for row in rows for title in row))
    quoted = [titles, *([row.get(title, "") for title in titles] for row in rows)]
    return "\r\n".join(separator.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in quoted)


def csv_of(rows: Rows, name: str = "ExportOrderList.csv", encoding: str = "gb18030") -> OrderFile:
    """The table as a CSV file."""
    return OrderFile(name, text_of(rows).encode(encoding))


def workbook_of(rows: Rows) -> OrderFile:
    """The table as an Excel workbook."""
    book = Workbook()
    page = book.active
    assert page is not None
    titles = list(dict.fromkeys(title for row in rows for title in row))
    page.append(titles)
    for row in rows:
        page.append([row.get(title, "") for title in titles])
    out = io.BytesIO()
    book.save(out)
    return OrderFile("orders.xlsx", out.getvalue())


@pytest.fixture
def market(works: Company) -> Company:
    """A company with parts in store and a shop on each marketplace."""
    stocked(works)
    for system in ("taobao", "jd", "pinduoduo"):
        works.do("put_shop", code=system.upper(), name=system, system=system, customer="CUS", tax_code="VAT13")
    return works


def brought(market: Company, shop: str, *files: OrderFile) -> ShopImport:
    """Import files of a shop."""
    return import_shop_orders(market.gateway, shop, files)


def test_taobao_orders_and_goods_come_in_two_files(market: Company) -> None:
    files = csv_of(TAOBAO_ORDERS), csv_of(TAOBAO_GOODS, "ExportOrderDetailList.csv")
    account = brought(market, "TAOBAO", *files)
    assert (account.read, dict(account.states)) == (2, {"booked": 1, "ignored": 1})
    (order,) = market.ask("sales_orders")
    assert (order["external_number"], order["total_amount"], order["note"]) == (
        "380412000123456789",
        D("34.00"),
        "周末送",
    )
    first, second, freight = market.ask("document_lines", document=order["id"])
    assert [row["net_amount"] + row["tax_amount"] for row in (first, second, freight)] == [
        D("18.57"),
        D("7.43"),
        D("8.00"),
    ]
    assert [row["tax_amount"] for row in (first, second, freight)] == [D("2.14"), D("0.85"), D("0.92")]
    assert (first["quantity"], first["reserved_quantity"], freight["kind"]) == (D(2), D(2), "charge")
    buyers = {row["number"]: row["buyer_phone"] for row in market.ask("shop_orders")}
    assert buyers["380412000123456789"] == "13800001111"
    assert brought(market, "TAOBAO", *reversed(files)).stored == 0
    assert len(market.ask("sales_orders")) == 1
    market.assert_clean()


def test_jd_lines_share_their_order_and_its_discount(market: Company) -> None:
    account = brought(market, "JD", workbook_of(JD))
    assert dict(account.states) == {"booked": 1}
    (order,) = market.ask("sales_orders")
    assert order["total_amount"] == D("50.00")
    assert [row["quantity"] for row in market.ask("document_lines", document=order["id"])] == [D(3), D(1)]
    market.assert_clean()


def test_a_voucher_of_pinduoduo_does_not_lower_what_the_seller_is_paid(market: Company) -> None:
    account = brought(market, "PINDUODUO", csv_of(PINDUODUO, encoding="utf-8-sig"))
    assert dict(account.states) == {"booked": 1}
    (order,) = market.ask("sales_orders")
    assert order["total_amount"] == D("28.00")
    (kept,) = market.ask("shop_orders")
    assert kept["buyer_address"] == "广东省 广州市 天河区 体育西路9号"


def test_a_later_file_brings_the_new_state(market: Company) -> None:
    brought(market, "PINDUODUO", csv_of(PINDUODUO))
    gone = [{**PINDUODUO[0], "订单状态": "未发货，退款成功"}]
    assert dict(brought(market, "PINDUODUO", csv_of(gone)).states) == {"booked": 1}
    (order,) = market.ask("sales_orders")
    assert order["state"] == "cancelled"
    market.assert_clean()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"订单状态": "神秘状态"}, "status_unknown"),
        ({"商家实收金额(元)": "31.00"}, "field_invalid"),
        ({"商品数量(件)": "drei"}, "field_invalid"),
        ({"商品数量(件)": ""}, "field_missing"),
        ({"商品总价(元)": "-1"}, "field_invalid"),
        ({"拼单成交时间": "gestern"}, "field_invalid"),
        ({"商家编码-SKU维度": "NO-SUCH"}, "item_unknown"),
    ],
)
def test_what_cannot_be_read_waits_with_its_reason(market: Company, changes: dict[str, str], reason: str) -> None:
    account = brought(market, "PINDUODUO", csv_of([{**PINDUODUO[0], **changes}]))
    assert [row["reason"] for row in account.waiting] == [reason]
    assert market.ask("sales_orders") == []


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff\xfe\x81", "商品,数量\r\nA,1".encode(), b"PK\x03\x04 no workbook", "订单号,订单号\r\n1,2".encode()],
)
def test_what_is_no_export_is_refused_whole(market: Company, content: bytes) -> None:
    with pytest.raises(Refused, match="shop_export"):
        brought(market, "PINDUODUO", csv_of(PINDUODUO), OrderFile("hostile.csv", content))
    assert market.ask("shop_messages") == []


def test_a_number_that_a_spreadsheet_has_shortened_is_refused(market: Company) -> None:
    with pytest.raises(Refused, match="shop_export"):
        brought(market, "JD", csv_of([{**JD[0], "订单号": "2.90011E+11"}]))


def test_a_marketplace_has_no_secret_and_no_address(market: Company, tmp_path: Path) -> None:
    refused = market.refused("put_shop", code="T2", name="T", system="taobao", customer="CUS", secret="hush")
    assert refused == "shop_without_webhook"
    assert {row["address"] for row in market.ask("shops")} == {None}


def test_goods_without_their_orders_are_refused(market: Company) -> None:
    with pytest.raises(Refused, match="订单状态"):
        brought(market, "TAOBAO", csv_of(TAOBAO_GOODS))


# Dropped files -------------------------------------------------------------------------------------------------------


def test_what_is_dropped_is_taken_once_and_moved(market: Company, tmp_path: Path) -> None:
    drop, seen = tmp_path / "drop", Seen()
    assert take_dropped(market.gateway, drop, seen) == 0
    for file in (csv_of(TAOBAO_ORDERS), csv_of(TAOBAO_GOODS, "ExportOrderDetailList.csv")):
        (drop / "TAOBAO" / file.name).write_bytes(file.content)
    (drop / "JD" / "other.csv").write_bytes(b"nothing,of,this\n1,2,3\n")
    assert take_dropped(market.gateway, drop, seen) == 0, "files that may still grow wait"
    with (drop / "TAOBAO" / "ExportOrderList.csv").open("ab") as growing:
        growing.write(b"\r\n")
    assert take_dropped(market.gateway, drop, seen) == 1, "the shop whose files still grow waits on"
    assert take_dropped(market.gateway, drop, seen) == 2
    assert len(market.ask("sales_orders")) == 1
    assert len(list((drop / "TAOBAO" / "done").iterdir())) == 2
    (reason,) = (drop / "JD" / "rejected").glob("*.reason.txt")
    assert "shop_export" in reason.read_text(encoding="utf-8")
    assert take_dropped(market.gateway, drop, seen) == 0


def test_dropping_the_same_files_again_books_nothing(market: Company, tmp_path: Path) -> None:
    for _ in range(2):
        folder = tmp_path / "drop" / "JD"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "orders.xlsx").write_bytes(workbook_of(JD).content)
        seen: Seen = {}
        assert [take_dropped(market.gateway, tmp_path / "drop", seen) for _ in range(2)] == [0, 1]
    assert len(market.ask("sales_orders")) == 1
    assert len(list((tmp_path / "drop" / "JD" / "done").iterdir())) == 2


def test_the_goods_of_one_order_in_two_files_are_refused(market: Company) -> None:
    later = csv_of([{**row, "订单状态": "已取消"} for row in JD], "later.csv")
    with pytest.raises(Refused, match="290011223344"):
        brought(market, "JD", csv_of(JD), later)
    assert market.ask("sales_orders") == []


@pytest.mark.parametrize("content", ["订单号,数量\n" + "\n" * 400_000 + "1,2\n" * 200_002, "," * 5_000_000])
def test_a_file_beyond_its_limits_is_refused_while_it_is_read(market: Company, content: str) -> None:
    with pytest.raises(Refused, match="too_many_lines"):
        brought(market, "JD", OrderFile("large.csv", content.encode()))


def test_dropped_orders_wait_where_the_store_does_not_take_them(market: Company, tmp_path: Path) -> None:
    drop, seen = tmp_path / "drop", Seen()
    take_dropped(market.gateway, drop, seen)
    (drop / "JD" / "orders.xlsx").write_bytes(workbook_of(JD).content)
    market.do("set_read_only", reason="month end")
    assert [take_dropped(market.gateway, drop, seen) for _ in range(2)] == [0, 0]
    assert (drop / "JD" / "orders.xlsx").is_file()
    market.do("set_read_only", reason=None)
    assert take_dropped(market.gateway, drop, seen) == 1
    assert len(market.ask("sales_orders")) == 1
