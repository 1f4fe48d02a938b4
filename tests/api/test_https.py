"""The served product over https: the session cookie never travels in the clear, and its socket is closed to visitors too."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.api.conftest import form_token
from tests.plant import PASSWORD, built
from tests.serving import ROOT, free_port

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Served:
    """A server that speaks https, and what trusts its certificate."""

    base: str
    trust: ssl.SSLContext

    def client(self) -> httpx.Client:
        """A browser that trusts the certificate."""
        headers = {"accept": "text/html", "origin": self.base}
        return httpx.Client(base_url=self.base, verify=self.trust, headers=headers, timeout=20.0)


@pytest.fixture(scope="module")
def https(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`tallyworks serve` with a certificate, in a process of its own."""
    folder = tmp_path_factory.mktemp("https")
    plant = built(folder)
    plant.close()
    certificate, key = _certified(folder)
    port = free_port()
    served = Served(f"https://localhost:{port}", ssl.create_default_context(cafile=str(certificate)))
    log = (folder / "server.log").open("wb")
    command = ["--store", plant.address, "serve", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", *command, "--tls-cert", str(certificate), "--tls-key", str(key)],
        cwd=ROOT,
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        _wait(served, process)
        yield served
    finally:
        process.terminate()
        process.wait(timeout=60)
        log.close()


def _wait(served: Served, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    with served.client() as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get("/api/health").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.2)
    raise RuntimeError("the server did not start")


def _certified(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine alone, good for a day, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "server.pem", folder / "server-key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(pem, form, plain))
    return certificate_file, key_file


def _sign_in(client: httpx.Client) -> httpx.Response:
    token = form_token(client.get("/login").text)
    return client.post("/login", data={"login": "clerk", "password": PASSWORD, "form_token": token})


def test_the_session_cookie_is_bound_to_the_host_and_to_https(https: Served) -> None:
    with https.client() as client:
        answer = _sign_in(client)
    assert answer.status_code == 303
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("__Host-tallyworks="))
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= parts
    assert not any(part.startswith("domain") for part in parts)
    assert "max-age" in answer.headers["strict-transport-security"]


def test_a_cookie_of_the_plain_name_is_no_session_over_https(https: Served) -> None:
    with https.client() as client:
        _sign_in(client)
        session = client.cookies["__Host-tallyworks"]
    with https.client() as other:
        assert other.get("/api/session", headers={"cookie": f"tallyworks={session}"}).status_code == 401
        assert other.get("/api/session", headers={"cookie": f"__Host-tallyworks={session}"}).status_code == 200


async def _first_frame(https: Served, cookie: str | None) -> bytes | str | None:
    headers = {} if cookie is None else {"cookie": f"__Host-tallyworks={cookie}"}
    address = https.base.replace("https://", "wss://") + "/_stcore/stream"
    rerun = BackMsg()
    rerun.rerun_script.query_string = ""
    async with websockets.connect(
        address,
        ssl=https.trust,
        origin=https.base,
        additional_headers=headers,  # pyright: ignore[reportArgumentType]
    ) as socket:
        await socket.send(rerun.SerializeToString())
        return await socket.recv()


def test_the_secure_socket_gives_a_page_to_a_session_and_nothing_to_a_visitor(https: Served) -> None:
    with https.client() as client:
        _sign_in(client)
        session = client.cookies["__Host-tallyworks"]
    assert asyncio.run(_first_frame(https, session))
    with pytest.raises(websockets.exceptions.InvalidStatus):
        asyncio.run(_first_frame(https, None))
