"""A notice by chat: the Airflow connection, the services behind it, and whether each took the message.

The only file of the room that knows Airflow. The connection holds addresses of the library Apprise (``dingtalk://…``,
``wecombot://…``, ``feishu://…``, ``slack://…``, ``workflows://…``), each of them a secret: neither log nor receipt says
more than the connection's name. Its one surprise: the library waits in a thread that is left alone after `PATIENCE_S`,
for a service that answers a byte at a time would hold the task for ever.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

PATIENCE_S = 20.0
"""So long may a chat take for one message."""
_LIBRARIES = ("apprise", "urllib3", "requests")
"""Their log lines may quote the address."""


def send(conn_id: str, title: str, body: str) -> str:
    """Send one message; empty once every service of the connection took it, else why not, without any secret."""
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        addresses = list(_addresses(conn_id))
    except Exception as error:  # of whatever secrets backend; its words may quote the secret
        return f"its connection cannot be read ({type(error).__name__})"
    if not addresses:
        return "its connection has no address: write it as a password, or as path into the extra's config"
    ended: list[str] = []
    thread = threading.Thread(target=lambda: ended.append(_outcome(addresses, title, body)), daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    return ended[0] if ended else f"it did not answer within {PATIENCE_S:.0f} s"


def _outcome(addresses: list[str], title: str, body: str) -> str:
    """As `send`, however long it takes."""
    try:
        took = [_took(one, title, body) for one in addresses]  # one that fails keeps it from none of the others
        return "" if all(took) else "it did not take the message"
    except Exception as error:  # each service has errors of its own
        return f"it failed with {type(error).__name__}"


def _took(address: str, title: str, body: str) -> bool:
    from apprise import Apprise, AppriseAsset, NotifyFormat
    from apprise.common import OverflowMode

    asset = AppriseAsset(async_mode=False)
    service = Apprise.instantiate(address, asset=asset)
    if service is None:  # no address of a service that the library knows
        return False
    service.overflow_mode = OverflowMode.SPLIT  # the longest message of some is shorter than a notice
    services = Apprise(asset=asset)
    services.add(service)
    return bool(services.notify(body=body, title=title, body_format=NotifyFormat.TEXT))


def _addresses(conn_id: str) -> Iterator[str]:
    """As the Airflow provider of Apprise writes them (``config`` in the extra), else as password or host."""
    from airflow.sdk import Connection

    found = Connection.get(conn_id)
    config: Any = found.extra_dejson.get("config")
    if isinstance(config, str):
        config = json.loads(config)
    if config:
        yield from (str(one["path"]) for one in (config if isinstance(config, list) else [config]))
    elif address := next((one for one in (found.password, found.host) if one and "://" in one), None):
        yield address
