"""The portal as Airflow mounts it: who gets in, in which language, and what every answer says to the browser."""

from __future__ import annotations

import subprocess
import sys

import pytest
from act_house import in_approval
from walk import KEY


@pytest.mark.parametrize("path", ["/", "/turn"])
def test_page_without_login_goes_to_the_login_and_back(visit, path):
    answer = visit("").get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("next=%2Fitss" + path.replace("/", "%2F"))


def test_anything_else_without_login_is_refused(visit):
    assert visit("").get("/", Accept="*/*").status_code == 401
    assert visit("").get("/looks/portal.js", Accept="*/*").status_code == 401


@pytest.mark.parametrize(("asked", "lang"), [("en", "en"), ("zh-CN", "zh-CN"), ("de", "zh-CN")])
def test_page_is_in_the_language_of_the_browser(visit, asked, lang):
    assert f'<html lang="{lang}" ' in visit("report_author", language=asked).get("/turn").text


def test_every_answer_allows_nothing_from_elsewhere(visit):
    for path in ("/turn", "/looks/portal.css", "/nowhere"):
        headers = visit("report_author").get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"


def test_api_server_starts_without_what_only_some_requests_need():
    """Measured: pandas and Great Expectations are seconds of import, in every worker of the API server."""
    heavy = ("pandas", "numpy", "great_expectations", "pyarrow", "duckdb", "openpyxl", "xlsxwriter")
    code = f"import sys, itss.portal.app; print([one for one in {heavy!r} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("user", ["Report_Manager", "report_manager ", "report\u200b_manager", "ｒeport_manager"])
def test_a_user_whose_name_looks_like_somebodys_is_nobody_in_the_list(visit, house, user):
    ref = in_approval("initial_review")
    assert visit(user).get("/audit").status_code == 403
    assert visit(user).get(f"/reports/{ref.path}").status_code == 403
    assert KEY not in visit(user).get("/").text
