"""The mail server behind an Airflow connection, reached and logged in to. The only module that knows Airflow's hook.

Refuses a connection without a usable sender, and says what is wrong in the server's own words where it said any,
without user name and password.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

from itss.delivery.smtp_dialogue import error_text, one_line
from itss.errors import DeliveryError
from itss.report_list.addresses import address_problem


class UnreachableError(DeliveryError):
    """No mail was begun: the server could not be reached, or did not let us in."""


@dataclass(frozen=True)
class Server:
    """A mail server that has greeted us; ``sender`` is the From header."""

    client: smtplib.SMTP
    sender: str

    @property
    def sender_address(self) -> str:
        """The address in ``sender``, without a display name."""
        return parseaddr(self.sender)[1]


@contextmanager
def connected(connection_id: str) -> Iterator[Server]:
    """The server of the connection, ready for one mail; `UnreachableError` names the connection when it is not."""
    hook = _hook(connection_id)
    try:
        yield _reached(hook, connection_id)
    finally:
        if hook._smtp_client is not None:
            with suppress(OSError):  # what was accepted stays accepted
                hook._smtp_client.close()


def _hook(connection_id: str) -> Any:
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    class Listening(SmtpHook):  # type: ignore[misc]
        """Connects once, and keeps the last reply: smtplib loses a refusal after which the server hangs up."""

        heard: tuple[int, bytes] = (0, b"")

        @property
        def smtp_retry_limit(self) -> int:
            return 0

        def _build_client(self) -> Any:
            client = super()._build_client()
            hear = client.getreply

            def getreply() -> tuple[int, bytes]:
                self.heard = hear()
                return self.heard

            client.getreply = getreply
            return client

    return Listening(smtp_conn_id=connection_id)


def _reached(hook: Any, connection_id: str) -> Server:
    from airflow.exceptions import AirflowException

    # none with its cause: it may quote the password
    try:
        hook.get_conn()
        hook._smtp_client.ehlo_or_helo_if_needed()
    except UnicodeEncodeError:
        raise UnreachableError(
            f"Host, user name or password of the connection '{connection_id}' is not plain ASCII.", "Change it."
        ) from None
    except (ValueError, OverflowError):
        raise UnreachableError(
            f"The connection '{connection_id}' cannot be read.", "Write it as a URI or as JSON, with a number as port."
        ) from None
    except RuntimeError as error:  # the provider's word for an ssl_context that it does not know
        raise UnreachableError(
            f"The connection '{connection_id}' cannot be used: {error_text(error)}", "Correct its extra."
        ) from None
    except (OSError, AirflowException) as error:
        raise _unreachable(hook, connection_id, error) from None
    sender = str(hook.from_email or "")
    if not sender:
        raise UnreachableError(
            f"The connection '{connection_id}' has no sender address.", "Write from_email into its extra."
        )
    server = Server(hook._smtp_client, sender)
    address = server.sender_address
    is_one = sender == address or sender.endswith(f"<{address}>")
    if not is_one or not sender.isprintable() or address_problem(address):
        raise UnreachableError(
            f"The sender address {sender!r} of the connection '{connection_id}' cannot be used.",
            "Correct from_email in its extra: one plain address, with or without a name.",
        )
    return server


def _unreachable(hook: Any, connection_id: str, error: Exception) -> UnreachableError:
    """What to say of ``error``: only a server that never said a word does not answer."""
    if hook.smtp_connection is None:
        return UnreachableError(f"The connection '{connection_id}' is not found.", "Add it to Airflow's connections.")
    code, words = hook.heard
    if isinstance(error, smtplib.SMTPResponseException) and isinstance(error.smtp_error, bytes):
        code, words = error.smtp_code, error.smtp_error
    has_answered = hook._smtp_client is not None or isinstance(error, smtplib.SMTPResponseException | ssl.SSLError)
    if code // 100 in (4, 5):
        what = f"refuses us: {one_line(code, _masked(words.decode(errors='replace'), hook))}"
    elif has_answered:
        what = f"answers, but cannot be used: {_masked(error_text(error), hook).rstrip('.')}"
    else:
        what = f"does not answer: {error_text(error)}"
    return UnreachableError(
        f"The mail server of connection '{connection_id}' {what}.",
        "Check the connection and the server, then clear the task.",
    )


def _masked(words: str, hook: Any) -> str:
    """``words`` without what we logged in with, plain or as it was sent."""
    user, password = hook.smtp_user, hook.smtp_password
    plain = [one for one in (user, password, hook.access_token) if one]
    sent = [b64encode(one.encode()).decode() for one in (*plain, f"\0{user}\0{password}")]
    longest_first = sorted([*plain, *sent], key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), "***", words, flags=re.IGNORECASE)
