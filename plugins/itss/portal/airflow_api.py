"""Everything of Airflow's inside that the portal rests on, in one file: who is signed in, and what they may.

These names are Airflow's own and not part of its public interface: a new version is tried here first.
Surprise: an app that a plugin mounts lacks ``app.state.auth_manager``, so the auth manager is asked by its function.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user
from airflow.configuration import conf
from airflow.exceptions import AirflowNotFoundException
from airflow.models import Connection
from airflow.utils.session import create_session
from sqlalchemy import select

log = logging.getLogger(__name__)

ALL_REPORTS = "ITSS Reports"
"""The named permission (*can read*) of those who see every report: report manager and auditors."""

signed_in = get_user
"""The dependency that yields who is signed in, by bearer token or cookie; 401 without."""


def user_name(user: Any) -> str:
    """The name with which a person signs in, as the report list has it; with FAB the id is a number."""
    return str(user.get_name())


def accounts(names: Collection[str]) -> dict[str, Any] | None:
    """The users who sign in by these names, by name; ``None`` where the auth manager cannot be asked who there is."""
    manager = get_auth_manager()
    if _is_a("SimpleAuthManager") and not conf.getboolean("core", "simple_auth_manager_all_admins"):
        return {one.get_name(): one for one in manager.get_users() if one.get_name() in names}
    return _of_fab(manager, names) if _is_a("FabAuthManager") else None


def ids_of(names: Collection[str]) -> dict[str, str]:
    """By name, the ids by which Airflow has who may answer; unknown names are left out.

    With FAB an id is a number. An auth manager that cannot be asked is believed to have the names as ids.
    """
    known = accounts(names)
    return {name: name for name in names} if known is None else {name: str(one.get_id()) for name, one in known.items()}


def auth_manager() -> str:
    """The name of the auth manager, for people."""
    return type(get_auth_manager()).__name__


def knows_connection(conn_id: str) -> bool:
    """Whether the API server finds the connection, in whatever place of secrets; nothing of it is handed out."""
    try:
        Connection.get_connection_from_secrets(conn_id)  # noqa: AIR311 - the SDK's is for tasks
    except AirflowNotFoundException:
        return False
    return True


def may_read(user: Any, dag_id: str) -> bool:
    """Whether Airflow lets ``user`` read this DAG."""
    return bool(get_auth_manager().is_authorized_dag(method="GET", details=DagDetails(id=dag_id), user=user))


def may_answer(user: Any, dag_id: str) -> bool:
    """Whether Airflow lets ``user`` answer human tasks of this DAG, if they are named there."""
    return bool(
        get_auth_manager().is_authorized_dag(
            method="PUT", access_entity=DagAccessEntity.HITL_DETAIL, details=DagDetails(id=dag_id), user=user
        )
    )


def sees_all(user: Any) -> bool:
    """Whether ``user`` has the permission `ALL_REPORTS`.

    SimpleAuthManager has no named permissions and grants every view to everybody: there it is the roles op and admin.
    """
    manager = get_auth_manager()
    if _is_a("SimpleAuthManager"):
        return bool(manager.is_authorized_variable(method="PUT", user=user))
    return bool(manager.is_authorized_custom_view(method="GET", resource_name=ALL_REPORTS, user=user))


def login_url(back_to: str) -> str:
    """Where one signs in, and comes back from."""
    return str(get_auth_manager().get_url_login(next_url=back_to))


def secret_key() -> str:
    """Airflow's own secret, the same on every API server; signs the tokens of our forms."""
    return str(conf.get_mandatory_value("api", "secret_key"))


def _is_a(name: str) -> bool:
    return any(one.__name__ == name for one in type(get_auth_manager()).__mro__)


def _of_fab(manager: Any, names: Collection[str]) -> dict[str, Any]:
    from airflow.providers.fab.auth_manager.models import User

    with create_session() as session:
        found = session.execute(select(User.username, User.id).where(User.username.in_(names))).all()
    users = {}
    for name, number in found:
        try:  # as a request of theirs is read: whoever was made inactive is nobody
            users[str(name)] = manager.deserialize_user({"sub": str(number)})
        except ValueError as error:
            log.info("%s", error)
    return users
