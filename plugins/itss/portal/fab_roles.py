"""Which roles of FAB may read the DAGs of one customer: as the customers file says, and no other by that DAG alone.

Given by the API server and not as `access_control` of the DAG: for a role that does not exist Airflow 3.3 makes every
DAG of the same file stale, a whole shard of reports for one misspelled word. Other auth managers have no such right.
Surprise: roles with a right to all DAGs, and *Admin*, are not touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from airflow.utils.session import create_session
from sqlalchemy import select
from sqlalchemy.orm import Session

from itss.portal.airflow_api import is_a, log
from itss.portal.state import report_list

_READ, _PREFIX, _ADMIN = "can_read", "DAG:", "Admin"
_AT_ONCE = 500


def share_dags() -> int:
    """Give and take what differs from the customers files; of how many DAGs. Nothing where the auth manager is another.

    A role that there is not is named in the log, and gets nothing.
    """
    if not is_a("FabAuthManager"):
        return 0
    wanted = {one.key: frozenset(one.customer.roles) for one in report_list().reports if one.customer}
    count = 0
    with create_session() as session:
        known = _roles(session)
        for name in sorted(frozenset().union(*wanted.values()) - known):
            log.warning("FAB has no role '%s', which a customers file names: it sees no DAG by it", name)
        found = _readers(session, wanted)
    for dag_id, roles in wanted.items():
        if found.get(dag_id, frozenset()) != roles & known:
            with create_session() as session:
                _share(session, dag_id, roles & known)
            count += 1
    return count


def missing_roles(names: Iterable[str]) -> list[str]:
    """Those of ``names`` that FAB has not; of another auth manager nothing is said."""
    if not is_a("FabAuthManager"):
        return []
    with create_session() as session:
        known = _roles(session)
    return sorted(set(names) - known)


def _roles(session: Session) -> frozenset[str]:
    from airflow.providers.fab.auth_manager.models import Role

    return frozenset(session.scalars(select(Role.name)))


def _readers(session: Session, dag_ids: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """By DAG, the roles that may read it by a right to it alone."""
    from airflow.providers.fab.auth_manager.models import Action, Permission, Resource, Role, assoc_permission_role

    names = [f"{_PREFIX}{one}" for one in dag_ids]
    found: dict[str, frozenset[str]] = {}
    joined = (
        select(Resource.name, Role.name)
        .join(Permission, Permission.resource_id == Resource.id)
        .join(Action, Action.id == Permission.action_id)
        .join(assoc_permission_role, assoc_permission_role.c.permission_view_id == Permission.id)
        .join(Role, Role.id == assoc_permission_role.c.role_id)
        .where(Action.name == _READ, Role.name != _ADMIN)
    )
    for start in range(0, len(names), _AT_ONCE):
        for resource, role in session.execute(joined.where(Resource.name.in_(names[start : start + _AT_ONCE]))):
            dag_id = resource.removeprefix(_PREFIX)
            found[dag_id] = found.get(dag_id, frozenset()) | {role}
    return found


def _share(session: Session, dag_id: str, roles: frozenset[str]) -> None:
    from airflow.providers.fab.www.security_appless import ApplessAirflowSecurityManager

    manager = ApplessAirflowSecurityManager(session=session)
    right = manager.create_permission(_READ, f"{_PREFIX}{dag_id}")
    for role in list(right.role):
        if role.name not in (*roles, _ADMIN):
            manager.remove_permission_from_role(role, right)
    for name in roles:
        manager.add_permission_to_role(manager.find_role(name), right)
    log.info("%s may be read by %s", dag_id, ", ".join(sorted(roles)) or "no role of its own")
