"""The released report to everybody it goes to: by mail, and into the shared folder; a receipt on record each.

Owns the order that makes a rerun safe: planned, connected, ``sending`` on record, sent, answer on record. Tries all,
whoever fails. Its one surprise: a mail whose end nobody knows stays ``sending`` until a person decides, but a cut-off
copy into the folder is finished, because there one can look.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from itss.delivery.folder import Copy, put
from itss.delivery.mail import Mail
from itss.delivery.smtp import Receipt, UnknownEndError, UnreachableError, attempt, connected, local_files
from itss.errors import DeliveryError, RegisterError
from itss.ref import Ref
from itss.register import Register
from itss.register.deliveries import how_to_decide
from itss.register.records import DeliveryStatus


def deliver(
    register: Register,
    ref: Ref,
    mails: Sequence[Mail],
    connection_id: str,
    copy: Copy | None = None,
    only: str | None = None,
) -> None:
    """Serve everybody who has not been served (``only``: at this address), then raise for whoever is left of them.

    `DeliveryError` names each one without the report and why; `ContentChangedError`, before the first mail, a file
    that is not what was approved.
    """
    served: list[Mail | Copy] = [*mails, *([copy] if copy else [])]
    register.plan_deliveries(ref, [(one.recipient, one.address, one.message_id) for one in served], _now())
    chosen = [one for one in served if only in (None, one.address)]
    with TemporaryDirectory() as folder:
        files = {one.message_id: local_files(one.attachments, Path(folder)) for one in chosen}
        letters = [one for one in chosen if isinstance(one, Mail)]
        problems = _serve_all(register, ref, letters, files, connection_id)
        if copy in chosen and copy is not None:
            problems += _lay_down(register, ref, copy, files[copy.message_id])
    if problems:
        report, period, number = ref
        raise DeliveryError(
            f"{len(problems)} of {len(files)} recipients have not got it:\n" + "\n".join(problems) + "\n",
            f"Correct the cause, then clear the task, or: python -m itss resend {report} {period}. Whoever has it gets "
            f"no second. To excuse somebody who cannot be reached: python -m itss.register delivery {report} {period} "
            f"{number} ADDRESS waived.",
        )


def _serve_all(
    register: Register, ref: Ref, mails: Sequence[Mail], files: Mapping[str, list[str]], connection_id: str
) -> list[str]:
    """One line for each recipient who was not served."""
    settled = {item.message_id for item in register.deliveries(ref) if item.status in ("accepted", "waived")}
    problems: list[str] = []
    down: UnreachableError | None = None
    for mail in mails:
        if mail.message_id in settled:
            continue
        settled.add(mail.message_id)  # two roles with one address get one mail
        try:
            if down is not None:  # whoever comes next need not wait for the same timeout
                raise down
            with connected(connection_id) as server:
                receipt = _serve(register, ref, mail, server, files[mail.message_id])
            if receipt.status != "accepted":
                problems.append(f"  {mail.address}: {receipt.status}, {receipt.answer}")
        except UnreachableError as error:
            down = error
            problems.append(_put_off(register, ref, mail, error))
        except UnknownEndError as error:
            problems.append(f"  {mail.address}: {error.what} {how_to_decide(ref, mail.address, mail.message_id)}")
        except RegisterError as error:
            problems.append(f"  {mail.address}: {error}")
    return problems


def _serve(register: Register, ref: Ref, mail: Mail, server: Any, files: list[str]) -> Receipt:
    who = (mail.recipient, mail.address)
    register.record_delivery(ref, *who, "sending", "", mail.message_id, _now())
    receipt = attempt(server, mail, files)
    register.record_delivery(ref, *who, receipt.status, receipt.answer, mail.message_id, receipt.at)
    return receipt


def _put_off(register: Register, ref: Ref, mail: Mail, error: DeliveryError) -> str:
    (known,) = [item for item in register.deliveries(ref) if item.message_id == mail.message_id]
    if known.status == "sending":
        # an earlier attempt may have arrived; that this one could not begin says nothing about it
        began = f"{known.at:%Y-%m-%d %H:%M:%S} UTC"
        decide = how_to_decide(ref, mail.address, mail.message_id)
        return f"  {mail.address}: a mail was begun at {began} and how it ended is not known. {decide}"
    register.record_delivery(ref, mail.recipient, mail.address, "deferred", error.what, mail.message_id, _now())
    return f"  {mail.address}: deferred, {error.what}"


def _lay_down(register: Register, ref: Ref, copy: Copy, files: Sequence[str]) -> list[str]:
    """The copy in the shared folder, and its receipt; one line if it could not be made."""
    known = next(item for item in register.deliveries(ref) if item.message_id == copy.message_id)
    if known.status in ("accepted", "waived"):
        return []
    if known.status == "sending":  # cut off: what lies there already is compared, the rest is put beside it
        _record(register, ref, copy, "deferred", "was cut off")
    _record(register, ref, copy, "sending", "")
    try:
        answer = put(copy, [Path(file) for file in files])
    except DeliveryError as error:
        _record(register, ref, copy, "deferred", error.what)
        return [f"  {copy.address}: deferred, {error}"]
    _record(register, ref, copy, "accepted", answer)
    return []


def _record(register: Register, ref: Ref, copy: Copy, status: DeliveryStatus, answer: str) -> None:
    register.record_delivery(ref, copy.recipient, copy.address, status, answer, copy.message_id, _now())


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
