"""What the running Airflow knows of the users and connections of a list: asked by `itss check --airflow`, names only.

Only whoever sees every report may ask. The answer is that of the API server: a worker has the same users, and the same
places of secrets, but may have other variables in its environment.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import JSONResponse

from itss.portal import airflow_api, fab_roles
from itss.portal.viewer import Who

router = APIRouter()
MOST = 100
"""So many of each are asked about at once."""
Names = Annotated[list[str], Query(default_factory=list, max_length=MOST)]


@router.get("/api/check")
def known(who: Who, user: Names, answers: Names, connection: Names, role: Names) -> JSONResponse:
    """Which ``user``, ``connection`` and ``role`` there is not, and which ``answers`` (``report/user``) are refused.

    ``is_asked`` is false where the auth manager cannot say who there is: then of users nothing is said.
    """
    if not who.sees_all:
        raise HTTPException(403, f"{who.name} may not ask what Airflow knows.")
    pairs = [(report, name) for report, _, name in (pair.partition("/") for pair in answers)]
    accounts = airflow_api.accounts({*user, *(name for _, name in pairs)})
    found = accounts or {}
    refused = [
        f"{report}/{name}"
        for report, name in pairs
        if name in found and not airflow_api.may_answer(found[name], report)
    ]
    return JSONResponse(
        {
            "auth_manager": airflow_api.auth_manager(),
            "is_asked": accounts is not None,
            "unknown_users": [name for name in user if accounts is not None and name not in found],
            "may_not_answer": refused,
            "unknown_roles": fab_roles.missing_roles(role),
            "unknown_connections": [name for name in connection if not airflow_api.knows_connection(name)],
        }
    )
