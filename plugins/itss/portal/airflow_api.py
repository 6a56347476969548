"""Everything of Airflow's inside that the portal rests on, in one file: who is signed in, and what they may.

These names are Airflow's own and not part of its public interface: a new version is tried here first.
Surprise: an app that a plugin mounts lacks ``app.state.auth_manager``, so the auth manager is asked by its function.
"""

from __future__ import annotations

import logging
from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user
from airflow.configuration import conf

log = logging.getLogger(__name__)

ALL_REPORTS = "ITSS Reports"
"""The named permission (*can read*) of those who see every report: report manager and auditors."""

signed_in = get_user
"""The dependency that yields who is signed in, by bearer token or cookie; 401 without."""


def user_name(user: Any) -> str:
    """The name with which a person signs in, as the report list has it; with FAB the id is a number."""
    return str(user.get_name())


def may_read(user: Any, dag_id: str) -> bool:
    """Whether Airflow lets ``user`` read this DAG."""
    return bool(get_auth_manager().is_authorized_dag(method="GET", details=DagDetails(id=dag_id), user=user))


def readable(user: Any, dag_ids: set[str]) -> set[str]:
    """Those of ``dag_ids`` that Airflow lets ``user`` read, asked at once."""
    return set(get_auth_manager().filter_authorized_dag_ids(dag_ids=dag_ids, user=user, method="GET"))


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
    if type(manager).__name__ == "SimpleAuthManager":
        return bool(manager.is_authorized_variable(method="PUT", user=user))
    return bool(manager.is_authorized_custom_view(method="GET", resource_name=ALL_REPORTS, user=user))


def login_url(back_to: str) -> str:
    """Where one signs in, and comes back from."""
    return str(get_auth_manager().get_url_login(next_url=back_to))


def secret_key() -> str:
    """Airflow's own secret, the same on every API server; signs the tokens of our forms."""
    return str(conf.get_mandatory_value("api", "secret_key"))
