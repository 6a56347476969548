"""Who runs a command, for the record."""

from __future__ import annotations

import os
import pwd


def os_user() -> str:
    """The name of the operating system's user; its number where it has none, as in a container.

    Not `getpass.getuser`, which believes an environment variable.
    """
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
