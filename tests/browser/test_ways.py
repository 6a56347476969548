"""Each user's way through the portal, in a real Chromium, against a running Airflow."""

from __future__ import annotations

import pytest
from visitors import House, fill_login

pytestmark = pytest.mark.flow


def test_a_page_without_login_goes_to_the_login_and_back(house: House) -> None:
    with house.visit() as page:
        page.goto("/itss/turn")
        fill_login(page, "head_of_department", house.airflow.users()["head_of_department"])
        page.wait_for_url("**/itss/turn")
        assert page.get_by_text("head_of_department").is_visible()
