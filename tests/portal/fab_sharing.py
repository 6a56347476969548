"""Shares the DAGs of the list among the roles of FAB, round after round; prints who may read which after each.

``python fab_sharing.py < {"roles": […], "by_hand": [[role, DAG], …], "rounds": [[[old, new], …], …]}``: before each
round what is ``old`` in the file of customers becomes ``new``.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from airflow.api_fastapi.app import create_auth_manager
from airflow.providers.fab.auth_manager.models import Role
from airflow.providers.fab.www.security_appless import ApplessAirflowSecurityManager
from airflow.utils.session import create_session
from itss.portal import fab_roles
from itss.settings import settings
from sqlalchemy import select


def rights() -> list[list[str]]:
    """Every right of every role to one DAG alone."""
    with create_session() as session:
        roles = session.scalars(select(Role)).unique().all()
        named = [(role.name, right) for role in roles for right in role.permissions]
        return sorted([name, str(one.action), str(one.resource)] for name, one in named if ":" in str(one.resource))


def main(said: dict[str, Any]) -> list[Any]:
    """What came of it, round by round."""
    create_auth_manager()
    with create_session() as session:
        manager = ApplessAirflowSecurityManager(session=session)
        for name in said["roles"]:
            manager.add_role(name)
        for name, dag in said["by_hand"]:
            for action in ("can_read", "can_edit"):
                manager.add_permission_to_role(manager.find_role(name), manager.create_permission(action, f"DAG:{dag}"))
    path, found = settings().report_list.parent / "customers.yaml", []
    for changes in said["rounds"]:
        text = path.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        found.append([fab_roles.share_dags(), rights()])
    return [found, fab_roles.missing_roles(["Nobody", said["roles"][0]])]


if __name__ == "__main__":
    made = main(json.load(sys.stdin))
    print(f"made {json.dumps(made)}")
