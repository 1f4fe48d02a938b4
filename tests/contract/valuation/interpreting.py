"""Understands worked valuation cases by the shape of their inputs, plays them, and compares every figure they expect.

A figure that nobody understands fails the case: none passes unread. Where a published case values posted history again, ours is a dated
adjustment whose parts add up to the same; `explain` in the interpreters says how.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.company import Company
from tests.contract.valuation.playing import (
    D,
    Move,
    Play,
    Shown,
    method_named,
    moves_of,
    number,
    phrases,
    role_balances,
)

_CENT = D("0.01")
DAY_ONE = date(2026, 5, 1)


def same(ours: Decimal | None, theirs: Any) -> bool:
    """Whether our number is theirs to the number of decimals that they give, at least two."""
    if ours is None:
        return theirs is None
    wanted = number(theirs)
    step = min(D(1).scaleb(int(wanted.as_tuple().exponent)), _CENT)
    return ours.quantize(step, rounding=ROUND_HALF_UP) == wanted.quantize(step)


def interpret(works: Company, case: Mapping[str, Any]) -> None:
    """Play a case and compare what it expects.

    Raises:
        AssertionError: a figure differs, or nobody understands the case.
    """
    inputs, expected = case["inputs"], case["expected"]
    for fits, plays in _SHAPES:
        if fits(inputs):
            plays(works, inputs, expected, f"{case.get('title', '')} {case.get('convention', '')}")
            return
    raise AssertionError(f"nobody understands the inputs {sorted(inputs)}")


def _method(inputs: Mapping[str, Any], title: str) -> str:
    named = inputs.get("method")
    if named is not None:
        return method_named(named)
    try:
        return method_named(title)
    except AssertionError:
        return "moving_average"


def _listed(works: Company, inputs: Mapping[str, Any], expected: Mapping[str, Any], title: str) -> None:
    """A list of moves; one that needs more than there is must be refused, and then nothing else is compared."""
    method = _method(inputs, title)
    values: dict[str, Any] = {"standard_cost": str(inputs["standard_cost"])} if "standard_cost" in inputs else {}
    play = Play(works, method, **values)
    moves = moves_of(inputs["moves"])
    held = D(0)
    for index, move in enumerate(moves):
        held += (move.quantity or D(0)) * (-1 if move.kind == "deliver" else 1)
        if held < 0:
            play.play(moves[:index])
            assert play.refused(move) == "stock_short"
            return
    play.play(moves)
    if method == "month_end_average":
        play.play([Move("close")])
    _compare(_figures(play, moves), expected)


def _figures(play: Play, moves: list[Move]) -> dict[str, Any]:
    """Everything that cases of moves ask for, by the names they use."""
    shown = play.shown[: len(moves)]
    last, costs = play.shown[-1], play.costs()
    figures: dict[str, Any] = {
        "rows": shown,
        "cogs": costs if len(costs) != 1 else costs[0],
        "unit_value_after": [row.average for row in shown],
        "avg_after": [row.average for row in shown],
        "value_after": [row.value for row in shown],
    }
    for names, value in (
        (("qty", "quantity", "final_qty", "ending_qty", "remaining_qty", "closing_qty"), last.quantity),
        (
            ("value", "final_value", "ending_value", "remaining_value", "closing_value", "stock_value", "inventory"),
            last.value,
        ),
        (("avg", "average", "unit_cost", "unit_rate_after", "final_avg", "final_average"), last.average),
        (
            ("issue_cost", "issues_cost", "cost_of_issues", "issued_value", "total_cogs", "cost_of_sales"),
            sum(costs, D(0)),
        ),
        (("issue_costs", "issue_values", "out_values", "issues"), costs),
        (("qty_after", "quantity_after"), [row.quantity for row in shown]),
        (("changes", "value_changes"), [row.change for row in shown]),
    ):
        figures |= dict.fromkeys(names, value)
    by_day: dict[int, Decimal] = {}
    for move, row in zip(moves, shown, strict=True):
        if move.kind == "deliver" and move.day is not None:
            by_day[move.day] = by_day.get(move.day, D(0)) + row.change
    figures |= {"issue_today" if day == 0 else f"issue_day_{day}": change for day, change in by_day.items()}
    return figures


def _compare(figures: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    for name, theirs in expected.items():
        assert name in figures, f"nobody understands the figure {name}"
        ours = figures[name]
        if name == "rows":
            _compare_rows(ours, theirs)
        elif isinstance(theirs, list):
            assert len(ours) == len(theirs), (name, ours, theirs)
            assert all(same(a, b) for a, b in zip(ours, theirs, strict=True)), (name, ours, theirs)
        else:
            assert same(ours, theirs), (name, ours, theirs)


def _compare_rows(ours: list[Shown], theirs: list[Mapping[str, Any]]) -> None:
    assert len(ours) == len(theirs)
    names = {"value_change": "change", "qty": "quantity", "value": "value", "avg": "average"}
    for row, wanted in zip(ours, theirs, strict=True):
        for name, figure in wanted.items():
            if name == "layers":
                assert [[float(n) for n in layer] for layer in row.layers] == figure, (row, wanted)
            elif name != "move":
                assert same(getattr(row, names[name]), figure), (name, row, wanted)


def _told(works: Company, inputs: Mapping[str, Any], expected: Mapping[str, Any], title: str) -> None:
    """Moves that all variants begin with, and variants told in words, each on an item of its own."""
    method = _method(inputs, title)
    for label, text in inputs["cases"].items():
        play = Play(works, method, item=f"X-{label}")
        moves = [*moves_of(inputs["base"]), *phrases(text, inputs["cases"])]
        play.play(moves)
        wanted = dict(expected[label])
        if play.shown[-1].quantity == 0:
            # Nothing is left to have an average; theirs is what the last units left at.
            assert same(-play.shown[-1].change / play.shown[-2].quantity, wanted.pop("avg"))
        _compare(_figures(play, moves), wanted)


def _variants(works: Company, inputs: Mapping[str, Any], expected: Mapping[str, Any], title: str) -> None:
    """Several lists of moves, each on an item of its own."""
    for label, given in inputs.items():
        play = Play(works, _method({}, title), item=f"X-{label}")
        moves = moves_of(given)
        play.play(moves)
        _compare(_figures(play, moves), expected[label])


def _late_cost(works: Company, inputs: Mapping[str, Any], expected: Mapping[str, Any], title: str) -> None:
    """A receipt of which a part went before its freight came.

    They value the returns and deliveries again. Ours stay as they were posted; the freight joins what is still there, and the rest is a
    variance of the day: together exactly what they add to what had gone and to what is left.
    """
    receipt = Move("receive", number(inputs["receipt"]["qty"]), number(inputs["receipt"]["rate"]))
    cost = number(inputs["landed_cost"])
    figures: dict[str, Decimal] = {}
    for name, moves in (
        ("purchase_return", [Move("send_back", number(inputs["return_qty"]))]),
        (
            "sales_return",
            [
                Move("deliver", number(inputs["delivery_qty"])),
                Move("take_back", number(inputs["sales_return_qty"])),
            ],
        ),
    ):
        variance = role_balances(works)["purchase_price_variance"]
        play = Play(works, _method(inputs, title), item=f"X-{name}")
        shown = play.play([receipt, *moves, Move("land", cost)])
        gone = role_balances(works)["purchase_price_variance"] - variance
        joined = shown[-1].change
        assert joined + gone == cost
        figures[f"{name}_value_before"] = shown[-2].change
        # What they take from a unit that went, or give to one that came back, stands in our variance or in the stock's value.
        after = shown[-1].value / shown[-1].quantity
        figures["unit_rate_after"] = after
        back = shown[-2].change / abs(shown[-2].change)
        figures[f"{name}_value_after"] = back * after * abs(shown[-2].quantity - shown[-3].quantity)
        if name == "purchase_return":
            assert gone == -(figures["purchase_return_value_after"] - figures["purchase_return_value_before"])
        else:
            figures["delivery_value_after"] = -shown[1].change + gone + joined
    _compare(figures, expected)


def _allocated(works: Company, inputs: Mapping[str, Any], expected: Mapping[str, Any], title: str) -> None:
    """Receipts of several products over which a cost is shared by value, quantity, weight, volume or equally."""
    named = inputs.get("method", "by value").removeprefix("by ").strip()
    basis = {"equally": "equal", "qty": "quantity"}.get(named, named)
    plays: dict[str, Play] = {}
    targets = []
    for given in inputs["receipts"]:
        product = given["product"]
        values: dict[str, Any] = {
            ours: str(given[theirs])
            for theirs, ours in (("weight", "weight_kg"), ("volume", "volume_m3"))
            if theirs in given
        }
        if product not in plays:
            plays[product] = Play(works, "moving_average", item=product, **values)
        plays[product].play([Move("receive", number(given["qty"]), number(given.get("unit", given.get("rate"))))])
        if product in inputs.get("allocate_to", [product]):
            targets.append({"receipt": plays[product].receipts[-1]})
    charge = {"description": "Freight", "amount": str(inputs["landed_cost"])}
    before = {product: play.held()[1] for product, play in plays.items()}
    works.do("book_landed_cost", supplier="SUP", charges=[charge], basis=basis, targets=targets)
    works.assert_clean()
    figures: dict[str, Any] = {}
    for product, play in plays.items():
        quantity, value = play.held()
        figures[f"{product}_unit"] = value / quantity
        figures[f"{product}_value"] = value
        figures[f"{product}_share"] = value - before[product]
    _compare(figures, expected)


def _month(works: Company, inputs: Mapping[str, Any], expected: Mapping[str, Any], title: str) -> None:
    """A month told as opening, receipts and issues, closed at its end.

    A planned price is the same to the last cent: what an issue bears is its planned price and its share of the period's variance, which is
    the period's average. We hold both in one account of stock; the planned part and the variance are told apart here.
    """
    planned = inputs.get("planned_price")
    values: dict[str, Any] = {"standard_cost": str(planned)} if planned is not None else {}
    play = Play(works, "month_end_average", start=DAY_ONE, **values)
    moves = [_quantity_and_rate("open", inputs["opening"], 0)] if inputs.get("opening") else []
    moves += [_quantity_and_rate("receive", given, day) for day, given in enumerate(inputs["receipts"], start=1)]
    moves += [_quantity_and_rate("deliver", given, 20 + day) for day, given in enumerate(inputs["issues"], start=1)]
    play.play([*moves, Move("close")])
    costs, last = play.costs(), play.shown[-1]
    figures = _figures(play, moves)
    issued = sum((move.quantity or D(0) for move in moves if move.kind == "deliver"), D(0))
    figures |= {"avg": (sum(costs, D(0)) + last.value) / (issued + last.quantity)}
    if planned is not None:
        price = number(planned)
        whole = sum(costs, D(0)) + last.value - price * (issued + last.quantity)
        figures |= {
            "variance_rate": whole / (price * (issued + last.quantity)),
            "issue_variance": sum(costs, D(0)) - price * issued,
            "ending_variance": last.value - price * last.quantity,
            "issue_planned": price * issued,
            "ending_planned": price * last.quantity,
        }
    _compare(figures, expected)


def _quantity_and_rate(kind: str, given: Any, day: int) -> Move:
    if isinstance(given, Mapping):
        quantity = number(given.get("qty", given.get("quantity")))
        rate = next((given[name] for name in ("rate", "unit", "price", "cost") if name in given), None)
        if rate is None and "value" in given:
            rate = (number(given["value"]) / quantity).quantize(D("0.00000001"))
    else:
        quantity, rate = (number(given[0]), given[1]) if isinstance(given, list) else (number(given), None)
    return Move(kind, quantity, None if rate is None else number(rate), day)


def _to_the_invoice(works: Company, inputs: Mapping[str, Any], expected: Mapping[str, Any], title: str) -> None:
    """Receipt, bill, delivery and invoice of products, by the accounts they reach.

    They expense what a bill differs from its receipt; by an average ours puts it into the stock that is there, from where deliveries
    take their share along. Each figure is theirs once that share is set aside. We charge cost of sales when goods leave: what they hold
    as delivered and not invoiced stands there already.
    """
    plays: dict[str, Play] = {}
    for name, given in inputs["products"].items():
        values: dict[str, Any] = {"standard_cost": str(given["cost"])} if "cost" in given else {}
        plays[name] = Play(works, method_named(given["method"]), item=name, **values)
        plays[name].play([Move("receive", number(given["received"]), number(given["po_price"]))])
    first = role_balances(works)
    figures = {
        "after_receipt": {
            "inventory_dr": first["inventory_raw"],
            "grni_cr": -first["goods_received_not_invoiced"],
            "purchase_variance_cr": -first["purchase_price_variance"],
        }
    }
    for name, given in inputs["products"].items():
        line = {"line": 1, "quantity": str(given["received"]), "unit_price": str(given["invoice_price"])}
        works.do("book_supplier_bill", order=plays[name].orders[0], lines=[line])
    second = role_balances(works)
    joined = second["inventory_raw"] - first["inventory_raw"]
    figures["after_invoice"] = {
        "payable_cr": -second["trade_payable"],
        "grni_balance": second["goods_received_not_invoiced"],
        "variance_net_cr": -second["purchase_price_variance"] - joined,
    }
    price, orders, taken = str(inputs["sale_price"]), [], D(0)
    for name, given in inputs["products"].items():
        line = {"item": name, "quantity": str(given["sold"]), "unit_price": price}
        orders.append(works.do("create_sales_order", customer="CUS", lines=[line]).document)
        works.do("ship_goods", order=orders[-1])
        if method_named(given["method"]) == "moving_average":
            late = (number(given["invoice_price"]) - number(given["po_price"])) * number(given["sold"])
            taken += late
    third = role_balances(works)
    figures["after_delivery"] = {
        "inventory_balance": third["inventory_raw"] - (joined - taken),
        "goods_delivered_not_invoiced_dr": third["cost_of_sales"] - taken,
    }
    for order in orders:
        works.do("issue_customer_invoice", order=order)
    fourth = role_balances(works)
    figures["after_sales_invoice"] = {
        "receivable_dr": fourth["trade_receivable"],
        "revenue_cr": -fourth["revenue"],
        "cogs_dr": fourth["cost_of_sales"] - taken,
        "goods_delivered_balance": D(0),
    }
    works.assert_clean()
    for step, wanted in expected.items():
        _compare(figures[step], wanted)


_Interpreter = Callable[[Company, Mapping[str, Any], Mapping[str, Any], str], None]
_SHAPES: tuple[tuple[Callable[[Mapping[str, Any]], bool], _Interpreter], ...] = (
    (lambda inputs: "moves" in inputs, _listed),
    (lambda inputs: "base" in inputs and "cases" in inputs, _told),
    (lambda inputs: "products" in inputs, _to_the_invoice),
    (lambda inputs: "receipts" in inputs and "landed_cost" in inputs, _allocated),
    (lambda inputs: "receipts" in inputs and "issues" in inputs, _month),
    (lambda inputs: "receipt" in inputs and "landed_cost" in inputs, _late_cost),
    (lambda inputs: bool(inputs) and all(isinstance(moves, list) for moves in inputs.values()), _variants),
)
