"""What is doubtful about an exclusion is a finding: it finds nothing, concerns nothing, or takes out many."""

import datetime as dt

import pandas as pd
import pytest
from itss.agreements.models import AgreementVersion, ServiceHours, Target
from itss.checks.agreed_exclusions import exclusion_findings
from itss.exclusions.models import Exclusion
from itss.periods import parse_period
from itss.processes import PROCESSES

SEPTEMBER = parse_period("2026-09", "month", "Asia/Shanghai")
VERSION = AgreementVersion(
    version="1",
    effective_from=dt.date(2026, 1, 1),
    service_hours=ServiceHours(always=True),
    targets=(Target(process="incident", measure="resolution_compliance", at_least=0.9),),
)
OPENED = pd.to_datetime([f"2026-09-{day:02d}T02:00Z" for day in range(1, 11)])
ROWS = pd.DataFrame({"id": [f"INC{number}" for number in range(10)], "opened_at": OPENED.as_unit("us")})


def exclusion(process="incident", agreed_on="2026-10-01", **more):
    spelled = {"from" if name == "since" else name: value for name, value in more.items()}
    said = {"key": "one", "reason": "r", "agreed_by": "b", "evidence": {"file": "mail.eml", "sha256": "0" * 64}}
    return Exclusion.model_validate({"process": process, "agreed_on": agreed_on, **said, **spelled}).placed("UTC")


def rules(one, process="incident", version=VERSION):
    batches = [(PROCESSES[process], ROWS, "a source")]
    return {found.rule.split(":")[0] for found in exclusion_findings(batches, [one], version, SEPTEMBER)}


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (exclusion(id=["INC0", "INC1"]), set()),
        (exclusion(id=["INC0", "INC1", "INC2"]), {"exclusions_take_many"}),
        (exclusion(id=["INC0", "INC99"]), {"exclusion_finds_nothing"}),
        # records of a period long ago are in no data any more, and nobody asks for them
        (exclusion(id=["INC99"], agreed_on="2026-03-01"), set()),
        (exclusion(since="2026-09-20T00:00", until="2026-09-21T00:00"), {"exclusion_finds_nothing"}),
        (exclusion(since="2026-07-20T00:00", until="2026-07-21T00:00", agreed_on="2026-08-01"), set()),
        (exclusion(since="2026-09-01T00:00", until="2026-10-01T00:00"), {"exclusions_take_many"}),
        (exclusion(since="2026-09-01T00:00", until="2026-09-02T00:00", service="ERP"), {"exclusion_finds_nothing"}),
        (exclusion(id=["INC0"], measures=["unknown"]), {"exclusion_of_no_measure"}),
    ],
)
def test_findings(one, expected):
    assert rules(one) == expected


def test_without_a_target_and_without_measures_an_exclusion_concerns_nothing():
    assert rules(exclusion(id=["INC0"]), version=None) == {"exclusion_of_no_measure"}
    assert rules(exclusion(id=["INC0"], measures=["opened"]), version=None) == set()


def test_exclusions_of_processes_that_are_not_collected_are_no_finding():
    assert rules(exclusion("change", id=["CHG1"])) == set()
