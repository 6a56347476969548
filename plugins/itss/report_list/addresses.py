"""Whether a mail can be sent to an address, as email-validator judges it; no network is asked.

Its one surprise: an address of plain words is not shown to the library, whose import would cost every parse of a DAG
file 20 ms. What `_PLAIN` lets through, the library accepts.
"""

from __future__ import annotations

import re

_LABEL = r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,30}"
_PLAIN = rf"[A-Za-z0-9](?:[._-]?[A-Za-z0-9]){{0,60}}@(?:{_LABEL}\.){{0,3}}{_LABEL}"
_PUBLIC = ".example.com"
_REMEDY = "Write one plain address, e.g. report_author@example.com."


def address_problem(address: str) -> tuple[str, str] | None:
    """Why no mail can be sent to ``address``, and the remedy.

    Not plain ASCII is refused, because not every mail server takes it (RFC 6531); so are quotes, comments and IP
    addresses. A domain of one's own network, such as ``mail.local``, is not.
    """
    if re.fullmatch(_PLAIN, address):
        return None
    from email_validator import EmailNotValidError, validate_email

    try:
        # the library refuses the domains of one's own network; below a public one it judges all the rest
        found = validate_email(address + _PUBLIC, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        is_foreign = not address.rpartition("@")[0].isascii()
        remedy = "Not every mail server takes it: use an address of plain ASCII characters." if is_foreign else _REMEDY
        return f"No mail can be sent to {address!r}: {error}", remedy
    if not address.isascii():
        plain = (found.ascii_email or "").removesuffix(_PUBLIC)
        return f"No mail can be sent to {address!r}: its domain is not plain ASCII.", f"Write it as {plain}."
    return None
