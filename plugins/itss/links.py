"""The addresses of the portal's pages: what mails, briefs and tasks link to. Paths below the UI's own address."""

from __future__ import annotations

from urllib.parse import quote

from itss.ref import Ref

PORTAL = "/itss"
"""Where the portal is mounted in Airflow's API server."""


def revision_path(ref: Ref) -> str:
    """The page of one revision: what is signed, and the buttons to answer with."""
    return f"{PORTAL}/reports/{ref.path}"


def file_path(ref: Ref, name: str) -> str:
    """One file of a revision, as it was signed."""
    return f"{revision_path(ref)}/files/{name}"


def review_path(ref: Ref) -> str:
    """The form of the review meeting of one revision."""
    return f"{revision_path(ref)}/review"


def improvements_path() -> str:
    """The page of improvement items and proposals; ``#<key>`` behind it is one of them."""
    return f"{PORTAL}/improvements"


def turn_path() -> str:
    """The page *my turn*: everything that waits for whoever is signed in."""
    return f"{PORTAL}/turn"


def hand_in_path(report: str = "", period: str = "") -> str:
    """The page where data is handed in; of one report and period where they are named."""
    return f"{PORTAL}/hand-in" + (f"/{report}/{period}" if report and period else "")


def run_path(dag: str, run: str = "") -> str:
    """Airflow's own page of a run, else of the DAG; a run's id comes from whoever triggered it."""
    return f"/dags/{dag}" + (f"/runs/{quote(run, safe='')}" if run else "")
