"""Everything of Airflow's inside that the portal rests on, in one file: who is signed in, and what they may.

These names are Airflow's own and not part of its public interface: a new version is tried here first.
Surprise: an app that a plugin mounts lacks ``app.state.auth_manager``, so the auth manager is asked by its function.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user
from airflow.configuration import conf
from airflow.exceptions import AirflowNotFoundException
from airflow.models import Connection
from airflow.models.dag import DagTag
from airflow.models.hitl import HITLDetail, HITLUser
from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import handle_event_submit
from airflow.observability import stats
from airflow.triggers.base import TriggerEvent
from airflow.utils.session import create_session
from airflow.utils.state import State, TaskInstanceState
from fastapi import Request
from fastapi.security import HTTPAuthorizationCredentials
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from itss.monitoring import emitting
from itss.register.records import Given

log = logging.getLogger(__name__)

ALL_REPORTS = "ITSS Reports"
"""The named permission (*can read*) of those who see every report: report manager and auditors."""

TAG = "service-report"
"""The tag of the DAGs that are ours."""
PARKED = (TaskInstanceState.AWAITING_INPUT, TaskInstanceState.DEFERRED)
_ENDED = tuple(State.finished)

signed_in = get_user
"""The dependency that yields who is signed in, by bearer token or cookie; 401 without."""


def switch_on_metrics() -> None:
    """Send the metrics of this process, such as of answers, by Airflow's own exporter, where one is configured."""
    emitting.switch_on(lambda name: bool(conf.getboolean("metrics", name)), lambda: stats)


def user_name(user: Any) -> str:
    """The name with which a person signs in, as the report list has it; with FAB the id is a number."""
    return str(user.get_name())


def accounts(names: Collection[str]) -> dict[str, Any] | None:
    """The users who sign in by these names, by name; ``None`` where the auth manager cannot be asked who there is."""
    manager = get_auth_manager()
    if is_a("SimpleAuthManager") and not conf.getboolean("core", "simple_auth_manager_all_admins"):
        return {one.get_name(): one for one in manager.get_users() if one.get_name() in names}
    return _of_fab(manager, names) if is_a("FabAuthManager") else None


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
    if is_a("SimpleAuthManager"):
        return bool(manager.is_authorized_variable(method="PUT", user=user))
    return bool(manager.is_authorized_custom_view(method="GET", resource_name=ALL_REPORTS, user=user))


def login_url(back_to: str) -> str:
    """Where one signs in, and comes back from."""
    return str(get_auth_manager().get_url_login(next_url=back_to))


def secret_key() -> str:
    """Airflow's own secret, the same on every API server; signs the tokens of our forms."""
    return str(conf.get_mandatory_value("api", "secret_key"))


async def whoever(request: Request) -> Any:
    """Who is signed in, by bearer token or cookie, where no dependency can ask; `HTTPException` without."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return await get_user(
        request, None, HTTPAuthorizationCredentials(scheme=kind, credentials=token) if token else None
    )


def is_report(dag_id: str) -> bool:
    """Whether a DAG is one of ours."""
    with create_session() as session:
        found = select(DagTag.dag_id).where(DagTag.dag_id == dag_id, DagTag.name == TAG)
        return session.scalars(found.limit(1)).first() is not None


def waits(dag_id: str, run: str, task: str) -> bool | None:
    """Whether a human task may still take an answer; ``None`` where Airflow knows of no such question."""
    with create_session() as session:
        found = _detail(session, dag_id, run, task)
        return None if found is None else found.task_instance.state not in _ENDED


def has_task(dag_id: str, run: str, task: str) -> bool:
    """Whether Airflow has the task of a question; none whose run was deleted."""
    with create_session() as session:
        found = select(TaskInstance.id).where(
            TaskInstance.dag_id == dag_id, TaskInstance.run_id == run, TaskInstance.task_id == task
        )
        return session.scalars(found.limit(1)).first() is not None


def offer(dag_id: str, run: str, task: str, user: Any) -> None:
    """Name ``user`` among those who may answer, where people are named: our own rule has found that they may.

    A delegate may have been named after the question was asked, and with FAB a person's id is not their name.
    """
    with create_session() as session:
        detail = _detail(session, dag_id, run, task)
        if detail is None or not detail.assigned_users:
            return
        ids = {one["id"] for one in detail.assigned_users}
        if not get_auth_manager().is_authorized_hitl_task(assigned_users=ids, user=user):
            detail.assignees = [*detail.assigned_users, {"id": str(user.get_id()), "name": user_name(user)}]


def took(dag_id: str, run: str, task: str, user: str, chosen: Sequence[str]) -> bool:
    """Whether Airflow has this very answer already."""
    with create_session() as session:
        detail = _detail(session, dag_id, run, task)
        who = {detail.responded_by_user_id, detail.responded_by_user_name} if detail else set()
        return detail is not None and user in who and list(detail.chosen_options or []) == list(chosen)


def resume(given: Given) -> bool:
    """Let the waiting task go on with an answer that is on record; ``False`` where it does not wait (yet, any more).

    In one transaction, and only once: whoever else resumes it has the lock of its row.
    """
    with create_session() as session:
        waiting = (
            TaskInstance.dag_id == given.ref.report,
            TaskInstance.run_id == given.run,
            TaskInstance.task_id == given.task,
            TaskInstance.map_index == -1,
            TaskInstance.state.in_(PARKED),
        )
        # an update, for SQLite has no other lock; the task instance first and its question then, as Airflow does
        touched = update(TaskInstance).where(*waiting).values(updated_at=TaskInstance.updated_at)
        if not session.execute(touched, execution_options={"synchronize_session": False}).rowcount:
            return False
        instance = session.scalars(select(TaskInstance).where(*waiting)).one()
        detail = _detail(session, given.ref.report, given.run, given.task)
        if detail is None:
            return False
        if not detail.response_received:
            detail.responded_by = HITLUser(id=given.user, name=given.user)
            detail.responded_at = given.at
            detail.chosen_options = list(given.chosen)
            detail.params_input = dict(given.given)
            session.flush()
        handle_event_submit(TriggerEvent(detail.as_resume_event_payload()), task_instance=instance, session=session)
        return True


def align() -> int:
    """Name those who may answer by the ids that Airflow has for them, in every question that waits; how many changed.

    A task names them as the list does, by the name with which they sign in; Airflow compares ids.
    """
    count = 0
    with create_session() as session:
        waiting = (
            select(HITLDetail)
            .join(TaskInstance, HITLDetail.ti_id == TaskInstance.id)
            .join(DagTag, (DagTag.dag_id == TaskInstance.dag_id) & (DagTag.name == TAG))
        )
        for detail in session.scalars(waiting.where(TaskInstance.state.in_(PARKED))):
            named = detail.assigned_users
            names = {one["name"] for one in named if one["id"] == one["name"]}
            ids = ids_of(names) if names else {}
            aligned = [HITLUser(id=ids.get(one["name"], one["id"]), name=one["name"]) for one in named]
            if aligned != named:
                detail.assignees, count = [dict(one) for one in aligned], count + 1
    return count


def _detail(session: Session, dag_id: str, run: str, task: str) -> HITLDetail | None:
    found = (
        select(HITLDetail)
        .join(TaskInstance, HITLDetail.ti_id == TaskInstance.id)
        .where(
            TaskInstance.dag_id == dag_id,
            TaskInstance.run_id == run,
            TaskInstance.task_id == task,
            TaskInstance.map_index == -1,
        )
    )
    return session.scalars(found).first()


def is_a(name: str) -> bool:
    """Whether the auth manager is of the class ``name``, or of one made from it."""
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
