"""Makes roles and users in the tables of FAB: run with the environment of an Airflow whose auth manager that is.

``python fab_users.py < {"roles": {role: [[action, resource], …]}, "users": {name: [role, password]}}``
"""

from __future__ import annotations

import json
import sys
from typing import Any

from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder


def make(said: dict[str, Any]) -> None:
    """What is there already stays."""
    with get_application_builder() as appbuilder:
        manager = appbuilder.sm
        manager.sync_roles()
        for role, permissions in said["roles"].items():
            for action, resource in permissions:
                manager.add_permission_to_role(manager.add_role(role), manager.create_permission(action, resource))
        for name, (role, password) in said["users"].items():
            made = manager.add_user(name, name, name, f"{name}@example.com", manager.find_role(role), password)
            if not made:
                raise SystemExit(f"The user {name} was not made.")


if __name__ == "__main__":
    make(json.load(sys.stdin))
