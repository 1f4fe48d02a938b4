"""Nobody without a session gets a byte, and nobody's session serves another, on real connections."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import httpx
import pytest
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app.api.cookies import form_token as token_of
from app.kernel.sessions import create_user
from tests.api.conftest import form_token, session_cookie, signed_in
from tests.plant import PASSWORD, Plant

pytestmark = pytest.mark.slow

CLOSED_PATHS = (
    "/",
    "/sales_orders",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/stream",
    "/_stcore/metrics",
    "/static/js/index.js",
    "/media/0123456789abcdef.csv",
    "/component/x/index.html",
    "/api/session",
    "/api/openapi.json",
    "/api/queries/sales_orders",
    "/nothing/here",
)


async def opened(base: str, **given: Any) -> list[bytes]:
    """The first frame a socket gives after asking for a page; none where it is refused or stays silent."""
    frames: list[bytes] = []
    address = base.replace("http://", "ws://") + "/_stcore/stream"
    try:
        async with websockets.connect(address, **given) as socket:
            rerun = BackMsg()
            rerun.rerun_script.query_string = ""
            await socket.send(rerun.SerializeToString())
            async with asyncio.timeout(20.0):
                frame = await socket.recv()
                frames.append(frame if isinstance(frame, bytes) else frame.encode())
    except (websockets.exceptions.InvalidStatus, TimeoutError, websockets.exceptions.ConnectionClosed):
        pass
    return frames


def test_a_visitor_without_a_session_gets_no_byte_of_any_closed_path(base: str) -> None:
    with httpx.Client(base_url=base) as client:
        for path in CLOSED_PATHS:
            answer = client.get(path)
            assert answer.status_code == 401, path
            assert answer.json()["status"] == "refused", path


def test_a_page_asked_without_a_session_leads_to_sign_in_and_back(base: str) -> None:
    with httpx.Client(base_url=base, headers={"accept": "text/html"}) as client:
        answer = client.get("/sales_order?id=5")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/sales_order%3Fid%3D5"


def test_a_socket_without_a_session_gets_no_frame(base: str) -> None:
    assert asyncio.run(opened(base, origin=base)) == []


def test_a_socket_with_a_session_gets_the_page(base: str) -> None:
    with signed_in(base, "clerk") as client:
        headers = {"cookie": f"tallyworks={session_cookie(client)}"}
        frames = asyncio.run(opened(base, origin=base, additional_headers=headers))
    assert frames


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "https://localhost", "http://localhost:1"])
def test_a_socket_from_another_origin_is_refused_even_with_a_session(base: str, origin: str | None) -> None:
    with signed_in(base, "clerk") as client:
        headers = {"cookie": f"tallyworks={session_cookie(client)}"}
        frames = asyncio.run(opened(base, origin=origin, additional_headers=headers))
    assert frames == []


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "user@localhost", ""])
def test_a_host_that_is_not_ours_is_refused_on_every_path(base: str, host: str) -> None:
    with signed_in(base, "clerk") as client:
        for path in ("/login", "/api/health", "/", "/api/session"):
            assert client.get(path, headers={"host": host}).status_code in {400, 421}, (path, host)


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example"])
def test_a_post_from_another_page_is_refused(base: str, origin: str | None) -> None:
    with httpx.Client(base_url=base) as client:
        token = form_token(client.get("/login").text)
        headers = {} if origin is None else {"origin": origin}
        answer = client.post("/login", data={"login": "clerk", "password": "x", "form_token": token}, headers=headers)
    assert answer.status_code == 403


def test_a_sign_in_without_the_forms_token_is_refused(visitor: httpx.Client) -> None:
    visitor.get("/login")
    answer = visitor.post("/login", data={"login": "clerk", "password": "x", "form_token": "0" * 64})
    assert answer.status_code == 403


def test_a_command_that_rides_on_a_cookie_needs_the_form_token(base: str, plant: Plant) -> None:
    body = {"id": str(uuid.uuid4()), "data": {"order": plant.numbers["open_sales_order"]}}
    with signed_in(base, "clerk") as client:
        without = client.post("/api/commands/reserve_sales_order", json=body)
        proof = {"x-form-token": token_of(session_cookie(client))}
        with_it = client.post("/api/commands/reserve_sales_order", json=body, headers=proof)
        again = client.post("/api/commands/reserve_sales_order", json=body, headers=proof)
    assert without.status_code == 403
    assert with_it.status_code == 200
    assert again.json() == with_it.json()


def test_a_planted_cookie_never_becomes_a_session(base: str) -> None:
    with httpx.Client(base_url=base, headers={"origin": base}, cookies={"tallyworks": "planted" * 6}) as client:
        token = form_token(client.get("/login").text)
        client.post("/login", data={"login": "clerk", "password": "wrong", "form_token": token})
        assert client.get("/api/session").status_code == 401
    with signed_in(base, "clerk") as client:
        assert session_cookie(client) != "planted" * 6
        twice = {"cookie": f"tallyworks=planted; tallyworks={session_cookie(client)}"}
        assert httpx.get(f"{base}/api/session", headers=twice).status_code == 401


def test_signing_out_ends_the_session_on_the_server(base: str) -> None:
    with signed_in(base, "clerk") as client:
        kept = session_cookie(client)
        answer = client.post("/sign-out", data={"form_token": token_of(kept)})
        assert answer.status_code == 303
    assert httpx.get(f"{base}/api/session", headers={"cookie": f"tallyworks={kept}"}).status_code == 401


def test_a_stale_tab_loses_its_socket_when_the_session_is_revoked(base: str, plant: Plant) -> None:
    with signed_in(base, "planner") as client:
        headers = {"cookie": f"tallyworks={session_cookie(client)}"}
        frames, code = asyncio.run(_after_revocation(base, headers, lambda: plant.sessions.revoke_user("planner")))
    assert code == 4401
    assert frames == []


async def _after_revocation(base: str, headers: dict[str, str], revoke: Any) -> tuple[list[bytes], int | None]:
    address = base.replace("http://", "ws://") + "/_stcore/stream"
    rerun = BackMsg()
    rerun.rerun_script.query_string = ""
    frames: list[bytes] = []
    async with websockets.connect(address, origin=base, additional_headers=headers) as socket:
        await socket.send(rerun.SerializeToString())
        try:
            await socket.recv()
            async with asyncio.timeout(6.0):
                while True:
                    await socket.recv()
        except TimeoutError:
            pass
        revoke()
        await socket.send(rerun.SerializeToString())
        try:
            async with asyncio.timeout(20.0):
                async for frame in socket:
                    frames += [frame if isinstance(frame, bytes) else frame.encode()]
        except websockets.exceptions.ConnectionClosed:
            pass
        return frames, socket.close_code


def test_another_users_stream_id_resumes_nothing(base: str) -> None:
    with signed_in(base, "books") as owner, signed_in(base, "clerk") as thief:
        stolen = asyncio.run(_stream_of(base, session_cookie(owner), None))
        time.sleep(0.5)
        own = asyncio.run(_stream_of(base, session_cookie(owner), stolen))
        taken = asyncio.run(_stream_of(base, session_cookie(thief), stolen))
    assert own == stolen
    assert taken != stolen


async def _stream_of(base: str, cookie: str, resume: str | None) -> str:
    """The id of the Streamlit session that a socket gets, when it asks to resume one."""
    address = base.replace("http://", "ws://") + "/_stcore/stream"
    protocols = ["streamlit", "none", *([resume] if resume else [])]
    headers = {"cookie": f"tallyworks={cookie}"}
    async with websockets.connect(address, origin=base, additional_headers=headers, subprotocols=protocols) as socket:  # pyright: ignore[reportArgumentType]
        rerun = BackMsg()
        rerun.rerun_script.query_string = ""
        await socket.send(rerun.SerializeToString())
        async with asyncio.timeout(30.0):
            async for frame in socket:
                message = ForwardMsg()
                message.ParseFromString(frame if isinstance(frame, bytes) else frame.encode())
                if message.HasField("new_session"):
                    return message.new_session.initialize.session_id
    raise AssertionError("the socket ended before it named a session")


def test_a_body_over_the_limit_is_refused_whether_declared_or_not(base: str) -> None:
    def chunks() -> Any:
        for _ in range(300):
            yield b"x" * 10_000

    with signed_in(base, "clerk") as client:
        proof = {"x-form-token": token_of(session_cookie(client)), "content-type": "application/json"}
        declared = client.post("/api/commands/ship_goods", content=b"x" * 2_000_001, headers=proof)
        counted = client.post("/api/commands/ship_goods", content=chunks(), headers=proof)
        at_limit = client.post("/api/commands/ship_goods", content=b"x" * 2_000_000, headers=proof)
    assert (declared.status_code, counted.status_code) == (413, 413)
    assert at_limit.status_code == 422


@pytest.mark.parametrize("path", ["/login", "/api/health", "/assets/door.css", "/setup", "/"])
def test_every_answer_carries_the_protective_headers(base: str, path: str) -> None:
    with signed_in(base, "clerk") as client:
        headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy.replace("ws://", "")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_scripts_are_only_files_of_this_server(base: str) -> None:
    with signed_in(base, "clerk") as client:
        answer = client.get("/")
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert "<script>" not in answer.text
    assert "https://" not in answer.text


def test_a_bearer_token_reaches_only_its_scopes(base: str, plant: Plant) -> None:
    token = plant.sessions.new_api_token("clerk", "shop", ["sales.read"], days=1)
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=base, headers=headers) as client:
        orders = client.get("/api/queries/sales_orders")
        stock = client.get("/api/queries/stock_on_hand")
        page = client.get("/sales_orders")
    assert orders.status_code == 200
    assert orders.json()["rows"]
    assert stock.status_code == 403
    assert page.status_code == 401


def test_the_description_has_a_path_for_every_command_and_query(base: str, plant: Plant) -> None:
    with signed_in(base, "admin") as client:
        paths = client.get("/api/openapi.json").json()["paths"]
    bus = plant.gateway.bus
    assert {f"/api/commands/{name}" for name in bus.commands} | {f"/api/queries/{name}" for name in bus.queries} <= set(
        paths
    )


def test_wrong_passwords_slow_the_account_down_and_say_for_how_long(
    base: str, plant: Plant, visitor: httpx.Client
) -> None:
    # A person of its own: the served plant's clock stands still, so whoever has to wait here waits for good.
    create_user(plant.gateway, "guessed", "Guessed Often", ["clerk"], PASSWORD)
    token = form_token(visitor.get("/login").text)
    answers = [
        visitor.post("/login", data={"login": "guessed", "password": f"wrong {n}", "form_token": token})
        for n in range(7)
    ]
    assert [answer.status_code for answer in answers[:5]] == [401] * 5
    slow = next(answer for answer in answers if answer.status_code == 429)
    assert int(slow.headers["retry-after"]) >= 1


def test_sign_in_speaks_three_languages_without_a_script(base: str) -> None:
    for wanted, heading in (("en", "Sign in"), ("zh-CN", "登录"), ("zh-TW", "登入")):
        page = httpx.get(f"{base}/login", headers={"accept-language": wanted}).text
        assert f"<h1>{heading}</h1>" in page
        assert "<script" not in page


def test_the_language_can_be_switched_and_stays(visitor: httpx.Client) -> None:
    token = form_token(visitor.get("/login").text)
    answer = visitor.post("/language", data={"language": "zh-Hant", "next": "/login", "form_token": token})
    assert answer.headers["location"] == "/login"
    assert "登入" in visitor.get("/login").text


def test_onward_addresses_stay_on_this_server(base: str) -> None:
    for wanted in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"):
        with httpx.Client(base_url=base, headers={"origin": base}) as client:
            token = form_token(client.get("/login", params={"next": wanted}).text)
            data = {"login": "clerk", "password": PASSWORD, "form_token": token, "next": wanted}
            assert client.post("/login", data=data).headers["location"] == "/"
