"""Who and what of a list may be written into the files of one customer, over the example with two of them."""

import datetime as dt
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml
from itss.exclusions.models import Exclusion
from itss.report_list.audience import is_of_customer, people_for
from itss.report_list.loader import load, load_accepted, load_one
from itss.settings import settings
from itss.sources.register_source import of_customer
from itss.steps.job import concerning, plan

ROOT = Path(__file__).resolve().parents[3]
NOW = dt.datetime(2026, 10, 5, tzinfo=dt.UTC)
EAST, HEADQUARTERS = "service_monthly.east", "service_monthly.headquarters"
STAFF = {"report_manager", "report_author", "head_of_department", "management_representative", "data_provider"}


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(ROOT / "docs" / "examples" / "customers", tmp_path / "list")
    return tmp_path / "list"


def changed(path, change):
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.mark.parametrize("read", [lambda p, k: load(p).list, lambda p, k: load_one(p, k).list, load_accepted])
def test_nobody_whom_only_another_customer_names(folder, read):
    for key, theirs in ((EAST, {"east_it", "east_service_manager"}), (HEADQUARTERS, {"headquarters_it"})):
        known = read(folder / "report_list.yaml", key)
        found = people_for(known.entry(key), known)
        assert set(found.people) == STAFF | theirs
        assert [one.key for one in found.reports] == [key]
        assert found.report_manager == "report_manager"


def test_whom_the_entry_names_itself_stays_whoever_else_does(folder):
    def share(document):
        document["customers"][0]["recipients"].append("east_it")
        document["customers"][0]["approvers"] = {"approval": ["management_representative"]}

    changed(folder / "customers.yaml", share)
    known = load(folder / "report_list.yaml").list
    east = people_for(known.entry(EAST), known)
    assert {"east_it", "management_representative"} <= set(east.people)
    assert "east_service_manager" not in people_for(known.entry(HEADQUARTERS), known).people


def test_delegates_follow_those_whom_they_stand_in_for(folder):
    def delegate(document):
        for name in ("deputy_east", "deputy_head"):
            document["people"][name] = {
                **document["people"]["report_author"],
                "email": f"{name}@example.com",
                "user": name,
            }
        days = {"from": dt.date(2026, 10, 1), "until": dt.date(2026, 10, 9), "reason": "leave"}
        document["delegates"] = [
            {"for": "east_service_manager", "to": "deputy_east", **days},
            {"for": "head_of_department", "to": "deputy_head", **days},
        ]

    changed(folder / "people.yaml", delegate)
    known = load(folder / "report_list.yaml").list
    assert len(known.delegates) == 2
    east, other = (people_for(known.entry(key), known) for key in (EAST, HEADQUARTERS))
    assert {"deputy_east", "deputy_head"} <= set(east.people)
    assert "deputy_east" not in other.people
    assert [one.to for one in other.delegates] == ["deputy_head"]


def test_customers_of_another_file_are_others_though_only_one_entry_is_read(folder):
    changed(folder / "people.yaml", lambda document: document["people"].update(vendor=document["people"]["east_it"]))
    vendors = {"customers": [{"key": "vendor", "title": {"zh-CN": "供", "en": "V"}, "recipients": ["vendor"]}]}
    (folder / "vendors.yaml").write_text(yaml.safe_dump(vendors), encoding="utf-8")
    for known in (load_one(folder / "report_list.yaml", EAST).list, load_accepted(folder / "report_list.yaml", EAST)):
        assert "vendor" not in people_for(known.entry(EAST), known).people


def test_where_the_customers_are_not_known_only_those_whom_the_entry_names(folder):
    known = load(folder / "report_list.yaml").list
    on_record = known.model_validate(known.model_dump(by_alias=True))
    assert on_record.customers is None
    found = people_for(on_record.entry(EAST), on_record)
    assert set(found.people) == (STAFF | {"east_it", "east_service_manager"}) - {"head_of_department"}


def test_an_entry_of_no_customer_knows_the_list_as_ever(folder):
    known = load(ROOT / "include" / "report_list.yaml").list
    assert people_for(known.reports[0], known) is known


def test_the_job_of_a_customer_says_nothing_of_another(folder):
    place = replace(settings(), report_list=folder / "report_list.yaml")
    for key, others in ((EAST, r"headquarters|总部"), (HEADQUARTERS, r"\beast|华东")):
        said = json.dumps(plan(place, key, "2026-09", NOW).document(), ensure_ascii=False)
        assert re.search(others, said) is None


def test_rows_of_the_register_of_their_reports_alone(folder):
    known = load(folder / "report_list.yaml").list
    reports = [EAST, HEADQUARTERS, "internal.east", "east_monthly", "eastern", "internal.easter"]
    frame = pd.DataFrame({"report": reports, "n": range(len(reports))})
    east = known.entry(EAST).model_copy(update={"was": "east_monthly"})
    assert list(of_customer(frame, east, known)["report"]) == [EAST, "internal.east", "east_monthly"]
    plain = east.model_copy(update={"customer": None})
    assert list(of_customer(frame, plain, known)["report"]) == reports
    assert of_customer(None, east, known) is None
    assert is_of_customer("anything", plain, known)


def test_an_exclusion_concerns_the_customer_with_whom_it_was_agreed(folder):
    place = replace(settings(), report_list=folder / "report_list.yaml")
    east, other = (plan(place, key, "2026-09", NOW) for key in (EAST, HEADQUARTERS))
    plain = replace(east, entry=east.entry.model_copy(update={"customer": None}))
    said = {"process": "incident", "reason": "r", "agreed_by": "o", "agreed_on": "2026-09-14"}
    said |= {"evidence": {"file": "a.eml", "sha256": "0" * 64}, "id": ["INC1"]}
    agreed = [
        Exclusion.model_validate({**said, "key": f"of_{name}", "customer": name}) for name in ("east", "headquarters")
    ]
    agreed.append(Exclusion.model_validate({**said, "key": "of_all"}))
    found = [[one.key for one in concerning(job, tuple(agreed))] for job in (east, other, plain)]
    assert found == [["of_east", "of_all"], ["of_headquarters", "of_all"], ["of_all"]]
