"""Mail receipts: what ops.mail holds, until it is sent or given up.

A mail that can't be sent costs nothing but that mail: the failure is kept beside it and the next
round tries again. A mail may come twice when a process is killed between sending and noting it;
both then bear the same Message-ID.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg

from afspraken.db import connect
from afspraken.settings import Settings
from ingestion.municipality import read_municipality
from ingestion.receipts import text_of

# at a round every ten minutes: two days
ATTEMPTS = 288
TIMEOUT_SECONDS = 20
_LOCK = "ingestion.mail"


@dataclass(frozen=True)
class Mailed:
    """What one round of mailing did."""

    sent: int = 0
    waiting: int = 0
    given_up: int = 0


@dataclass(frozen=True)
class _Failure:
    """Why a mail was not sent; a final one is not tried again."""

    text: str
    is_final: bool = False


def mailbox(settings: Settings, sender: str) -> str | None:
    """Where receipts of a party are mailed to; None where it has no mailbox or no server is set."""
    if not _is_configured(settings):
        return None
    party = read_municipality(settings).parties.get(sender)
    return party.mailbox if party else None


def _is_configured(settings: Settings) -> bool:
    return bool(settings.smtp_url and settings.mail_from)


def send_mails(settings: Settings) -> Mailed:
    """Try to send every receipt that waits. Nothing is raised for a mail that can't be sent."""
    if not _is_configured(settings):
        return Mailed()
    sent = waiting = given_up = 0
    with connect(settings, "loader", autocommit=True) as connection:
        alone = connection.execute(
            "select pg_try_advisory_lock(hashtext(%s))", [_LOCK]
        ).fetchone() == (True,)
        mails = connection.execute(
            "select m.mail_id, m.recipient, d.receipt_html, d.receipt_json "
            "from ops.mail as m inner join ops.delivery as d on m.delivery_id = d.delivery_id "
            "where m.state = 'waiting' and d.receipt_json is not null order by m.mail_id"
        ).fetchall()
        if not alone or not mails:
            return Mailed()
        try:
            with _server(settings) as server:
                for mail_id, recipient, html, content in mails:
                    mail = message(settings, recipient, html, content)
                    state = _note(connection, mail_id, _send(server, mail))
                    sent += state == "sent"
                    waiting += state == "waiting"
                    given_up += state == "given_up"
        except (OSError, smtplib.SMTPException) as error:
            # the server itself: every mail that is left waits for the next round
            for mail_id, *_ in mails[sent + waiting + given_up :]:
                state = _note(connection, mail_id, _Failure(_told(error)))
                waiting += state == "waiting"
                given_up += state == "given_up"
    return Mailed(sent, waiting, given_up)


def message(
    settings: Settings, recipient: str, html: str, content: Mapping[str, Any]
) -> EmailMessage:
    """The mail of one receipt: plain Dutch text, and the receipt itself as HTML."""
    mail = EmailMessage()
    delivery = " ".join(str(content["levering_id"]).split())
    sample = "VOORBEELD: " if content["voorbeelddata"] else ""
    mail["Subject"] = f"{sample}Levering {delivery}: {content['oordeel']}"
    mail["From"] = settings.mail_from
    mail["To"] = recipient
    mail["Date"] = formatdate(localtime=True)
    mail["Content-Language"] = "nl"
    # no out-of-office is to answer this
    mail["Auto-Submitted"] = "auto-generated"
    domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
    own = hashlib.sha256(f"{delivery}|{recipient}|{content['beoordeeld_op']}".encode()).hexdigest()
    mail["Message-ID"] = f"<{own[:32]}@{domain}>"
    mail.set_content(text_of(content))
    mail.add_alternative(html, subtype="html")
    return mail


@contextmanager
def _server(settings: Settings) -> Iterator[smtplib.SMTP]:
    address = urlsplit(settings.smtp_url)
    if address.scheme not in ("smtp", "smtps") or not address.hostname:
        raise OSError("SMTP_URL is not of the form smtp://user:password@host:587?starttls")
    tls = ssl.create_default_context()
    if address.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            address.hostname, address.port or 465, timeout=TIMEOUT_SECONDS, context=tls
        )
    else:
        server = smtplib.SMTP(address.hostname, address.port or 25, timeout=TIMEOUT_SECONDS)
    with server:
        if "starttls" in parse_qs(address.query, keep_blank_values=True):
            server.starttls(context=tls)
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
        yield server


def _send(server: smtplib.SMTP, mail: EmailMessage) -> _Failure | None:
    try:
        server.send_message(mail)
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        return _Failure(f"{code} {text.decode(errors='replace')}", is_final=code >= 500)
    except smtplib.SMTPException as error:
        return _Failure(_told(error))
    return None


def _told(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        said = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
        return f"{error.smtp_code} {said}"
    return f"{type(error).__name__}: {error}"


def _note(connection: psycopg.Connection, mail_id: int, failure: _Failure | None) -> str:
    row = connection.execute(
        """
        update ops.mail set
            attempts = attempts + 1,
            last_error = %(error)s,
            sent_at = case when %(error)s::text is null then now() end,
            state = case
                when %(error)s::text is null then 'sent'
                when %(is_final)s or attempts + 1 >= %(attempts)s then 'given_up'
                else 'waiting'
            end
        where mail_id = %(mail_id)s
        returning state
        """,
        {
            "error": failure.text[:500] if failure else None,
            "is_final": failure is not None and failure.is_final,
            "attempts": ATTEMPTS,
            "mail_id": mail_id,
        },
    ).fetchone()
    return str(row[0]) if row else "given_up"
