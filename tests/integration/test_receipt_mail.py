"""Receipts by mail, through a real SMTP server with a login and TLS on this machine."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import ipaddress
import shutil
import ssl
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from afspraken import settings as settings_module
from afspraken.db import connect
from afspraken.settings import Settings
from expectations import judge_deliveries
from ingestion import receive_deliveries, send_mails
from ingestion.mail import ATTEMPTS, Mailed
from tests.conftest import free_port
from tests.deliveries import COLUMNS, deliver, home, homes

PASSWORD = "geheim van de post/1"
MAILBOX = "leveringen@dko.example"


class Postbox:
    """What a server got, and what it is told to answer."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipient_answer = ""
        self.data_answer = ""

    async def handle_RCPT(  # noqa: N802 - the name is the server's
        self, server: Any, session: Any, envelope: Any, address: str, _: Any
    ) -> str:
        if self.recipient_answer:
            return self.recipient_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data_answer:
            return self.data_answer
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append(mail)  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def post(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Postbox, str]]:
    """A server that wants STARTTLS and a login; with it the address that goes in SMTP_URL."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    box = Postbox()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def login(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
        return AuthResult(success=right, handled=right)

    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=login,
    )
    controller.start()
    secret = PASSWORD.replace(" ", "%20").replace("/", "%2F")
    yield box, f"smtp://monitor:{secret}@127.0.0.1:{controller.port}?starttls"
    controller.stop()


@pytest.fixture
def mailing(
    warehouse: Settings,
    post: tuple[Postbox, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """Settings of a municipality in which DKO has a mailbox and CAR has none."""
    root = tmp_path / "root"
    source = settings_module.ROOT / "municipalities" / "heerlen-voorbeeld"
    target = root / "municipalities" / "heerlen-voorbeeld"
    target.mkdir(parents=True)
    shutil.copy(source / "municipality.yml", target)
    path = target / "municipality.yml"
    content = yaml.safe_load(path.read_text("utf-8"))
    for party in content["partijen"]:
        if party["code"] == "DKO":
            party["postvak"] = MAILBOX
    path.write_text(yaml.safe_dump(content), "utf-8")
    monkeypatch.setattr(settings_module, "ROOT", root)
    return warehouse.model_copy(
        update={"smtp_url": post[1], "mail_from": "Afsprakenmonitor <monitor@heerlen.example>"}
    )


def take(settings: Settings, **home_values: str) -> None:
    inbox = settings.state_dir / "inbox"
    deliver(inbox, [*homes(50), home(51, **home_values)])
    deliver(inbox, homes(5, "CAR"), party="CAR")
    receive_deliveries(settings)
    judge_deliveries(settings)


def mails(settings: Settings) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        return connection.execute(
            "select delivery_id, recipient, state, attempts, last_error, sent_at is not null "
            "from ops.mail order by mail_id"
        ).fetchall()


def test_a_receipt_is_mailed_once_to_the_mailbox_of_its_party(
    mailing: Settings, post: tuple[Postbox, str]
) -> None:
    box, _ = post
    take(mailing, status="XXX")
    assert send_mails(mailing) == Mailed(sent=1)
    assert send_mails(mailing) == Mailed()
    (mail,) = box.mails
    assert mail["To"] == MAILBOX
    assert mail["Subject"] == "VOORBEELD: Levering DKO-2026-09-30-1: aanvaard met opmerkingen"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@heerlen.example>")
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None and html is not None
    assert "AANVAARD MET OPMERKINGEN" in text.get_content()
    assert "eenheid.csv, rij 52, status: XXX" in text.get_content()
    assert "✓! aanvaard met opmerkingen" in html.get_content()
    assert mails(mailing) == [("DKO-2026-09-30-1", MAILBOX, "sent", 1, None, True)]


def test_a_refusal_is_mailed_too(mailing: Settings, post: tuple[Postbox, str]) -> None:
    deliver(mailing.state_dir / "inbox", homes(5), columns=(*COLUMNS[:-1], "Statuscode"))
    receive_deliveries(mailing)
    send_mails(mailing)
    assert [mail["Subject"] for mail in post[0].mails] == [
        "VOORBEELD: Levering DKO-2026-09-30-1: geweigerd"
    ]


def test_a_server_that_is_away_costs_nothing_and_the_mail_goes_later(
    mailing: Settings, post: tuple[Postbox, str]
) -> None:
    away = mailing.model_copy(
        update={"smtp_url": f"smtp://monitor:{'geheim'}@127.0.0.1:{free_port()}"}
    )
    take(away)
    assert send_mails(away) == Mailed(waiting=1)
    ((_, _, state, attempts, error, _),) = mails(away)
    assert (state, attempts) == ("waiting", 1)
    assert "ConnectionRefusedError" in error and "geheim" not in error
    assert send_mails(mailing) == Mailed(sent=1)
    assert mails(mailing)[0][2:] == ("sent", 2, None, True)
    assert len(post[0].mails) == 1


def test_a_wrong_password_is_told_without_the_password(
    mailing: Settings, post: tuple[Postbox, str]
) -> None:
    wrong = mailing.model_copy(update={"smtp_url": post[1].replace("geheim", "verkeerd")})
    take(wrong)
    assert send_mails(wrong) == Mailed(waiting=1)
    assert mails(wrong)[0][4].startswith("535")
    assert "verkeerd" not in mails(wrong)[0][4]
    assert "verkeerd" not in repr(wrong)


def test_a_server_without_tls_gets_no_password(mailing: Settings) -> None:
    box = Postbox()
    plain = Controller(box, hostname="127.0.0.1", port=free_port())
    plain.start()
    try:
        url = f"smtp://monitor:geheim@127.0.0.1:{plain.port}?starttls"
        settings = mailing.model_copy(update={"smtp_url": url})
        take(settings)
        assert send_mails(settings) == Mailed(waiting=1)
    finally:
        plain.stop()
    assert box.mails == []
    assert "STARTTLS" in mails(settings)[0][4]


def test_a_mailbox_that_does_not_exist_is_given_up_and_a_full_one_is_tried_again(
    mailing: Settings, post: tuple[Postbox, str]
) -> None:
    take(mailing)
    post[0].recipient_answer = "452 mailbox full"
    assert send_mails(mailing) == Mailed(waiting=1)
    post[0].recipient_answer = "550 no such mailbox"
    assert send_mails(mailing) == Mailed(given_up=1)
    assert mails(mailing)[0][2:5] == ("given_up", 2, "550 no such mailbox")
    assert send_mails(mailing) == Mailed()


def test_a_mail_is_not_tried_for_ever(mailing: Settings, post: tuple[Postbox, str]) -> None:
    take(mailing)
    with connect(mailing) as connection:
        connection.execute("update ops.mail set attempts = %s", [ATTEMPTS - 1])
    post[0].data_answer = "451 try later"
    assert send_mails(mailing) == Mailed(given_up=1)


def test_nothing_is_kept_to_be_mailed_where_no_server_is_set(
    mailing: Settings, post: tuple[Postbox, str]
) -> None:
    take(mailing.model_copy(update={"smtp_url": ""}))
    assert mails(mailing) == []
    assert send_mails(mailing) == Mailed()


def test_two_mailers_at_once_send_a_mail_once(mailing: Settings, post: tuple[Postbox, str]) -> None:
    take(mailing)
    threads = [threading.Thread(target=send_mails, args=(mailing,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(post[0].mails) == 1
